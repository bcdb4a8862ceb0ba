"""What goes into the image, what may be written there, and what the context leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockgen.decide.ignore import choose_ignore
from dockgen.decide.project import choose_project, runtime_environment
from dockgen.facts import ConsoleScript, Django, EnvVar, Evidence, Fact, Facts, Manager
from dockgen.plans import Process, Project

E = Evidence("x", 1, "")
WEB = Process("web", "web", ("uvicorn", "shop.main:app"), 8000)
PACKAGED = Facts(
    Fact("shop"), Manager("uv", "uv.lock", packaged=True, packages=("shop",)), files=("pyproject.toml", "src/")
)
PLAIN = Facts(
    Fact("shop"), Manager("pip", requirements=("requirements.txt",), files=("requirements.txt",)), files=("main.py",)
)
DJANGO = Django(
    "manage.py", "site.settings", "site.settings", "site.wsgi", None, None, "staticfiles", None, True, True, None, False,
    served_settings="site.settings",
)  # fmt: skip


def test_a_package_is_a_wheel_and_nothing_else() -> None:
    project = choose_project(PACKAGED, (WEB,), ())
    assert (project.wheels, project.tree) == ((".",), False)
    assert dict(runtime_environment(PACKAGED, project, (WEB,)))["PYTHONPATH"] == "/opt/app"


def test_a_console_script_comes_with_the_wheel() -> None:
    facts = replace(PACKAGED, scripts=(ConsoleScript("shop-cli", "shop.cli:main", E),))
    assert not choose_project(facts, (Process("cli", "cli", ("shop-cli",)),), ()).tree


def test_a_script_outside_the_package_needs_the_tree() -> None:
    assert choose_project(PACKAGED, (Process("main", "script", ("python", "main.py")),), ()).tree


def test_files_that_the_package_reads_come_along() -> None:
    own = (Evidence("src/shop/main.py", 3, "names alembic.ini"),)
    tool = (Evidence("bin/bump.py", 3, "names tests"),)  # is not in the image itself
    reads = (Fact("alembic.ini", own), Fact("tests", tool), Fact(".pre-commit-config.yaml", own))
    project = choose_project(replace(PACKAGED, reads=reads), (WEB,), ())
    assert project.extra == ("alembic.ini",)


def test_plain_code_is_the_tree() -> None:
    project = choose_project(PLAIN, (replace(WEB, command=("uvicorn", "main:app")),), ())
    assert (project.wheels, project.tree) == ((), True)


def test_workspace_members_are_wheels_beside_a_plain_root() -> None:
    facts = Facts(Fact("shop"), Manager("uv", "uv.lock", local=("libs/core",)))
    project = choose_project(facts, (Process("main", "script", ("python", "main.py")),), ())
    assert (project.wheels, project.tree) == (("libs/core",), True)


def test_static_files_are_collected_with_stand_ins_only_for_this_step() -> None:
    env = (
        EnvVar("SECRET_KEY", required=True),
        EnvVar("DEBUG", default="0"),
        EnvVar("DATABASE_URL", required=True, part="url", service="postgres"),
    )
    [step] = choose_project(replace(PLAIN, django=DJANGO, env=env), (WEB,), ()).steps
    assert step.command == ("python", "manage.py", "collectstatic", "--no-input")
    assert dict(step.environment) == {"SECRET_KEY": "build", "DATABASE_URL": "postgresql://build"}


def test_no_static_root_no_collectstatic() -> None:
    assert choose_project(replace(PLAIN, django=replace(DJANGO, static_root=None)), (WEB,), ()).steps == ()


def patterns(facts: Facts, project: Project, entry: str = "main:app") -> set[str]:
    return {p for _, group in choose_ignore(facts, project, entry, ()) for p in group}


def test_secrets_and_git_are_always_left_out() -> None:
    # **/.env stands for .env at the root, too (Docker: ** is any number of folders, none included)
    assert {".git", "**/.env", ".secrets", "**/*.pem", "**/id_rsa*"} <= patterns(PLAIN, Project())


def test_the_readme_stays_where_a_back_end_reads_it() -> None:
    facts = replace(PLAIN, files=("README.md", "LICENSE", "main.py", "tests/"))
    assert {"README.md", "LICENSE", "tests"} <= patterns(facts, Project())
    kept = patterns(facts, Project(wheels=(".",)))
    assert "README.md" not in kept and "LICENSE" not in kept and "tests" in kept


def test_nothing_that_is_read_or_run_is_left_out() -> None:
    facts = replace(
        PLAIN,
        files=("docs/", "tests/", "test/"),
        reads=(Fact("docs/"),),
        manager=replace(PLAIN.manager, files=("test/requirements.txt",)),
    )
    assert not {"docs", "tests", "test"} & patterns(facts, Project(), "tests.server:app")


def test_only_names_that_exist_are_listed() -> None:
    assert "docs" not in patterns(PLAIN, Project())


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("db.sqlite3", "db.sqlite3"), ("C:\\Users\\x.db", "C:\\\\Users\\\\x.db"), ("a[1]*?.db", "a\\[1]\\*\\?.db"), ("#!.db", "\\#\\!.db")],
)  # fmt: skip
def test_a_files_name_is_no_pattern(name: str, pattern: str) -> None:
    """BuildKit takes what follows a backslash into a regular expression: C:\\Users was a syntax error there."""
    ignore = dict(choose_ignore(PLAIN, Project(), "main.py", (name,)))
    assert ignore["local data"] == (pattern,)


def test_translations_of_a_wheel_are_told() -> None:
    from dockgen.decide.project import translations_told
    from dockgen.facts import Translations
    from dockgen.plans import Project

    catalogs = Translations("gettext", ("shop/locale",), ("django",), (Evidence("shop/locale/de.po", 1, "it"),))
    facts = Facts(Fact("shop"), Manager("pip"), translations=catalogs)
    assert translations_told(facts, Project(tree=False))[1][0].message.endswith("compile them in the back end's build")
    decisions, warnings = translations_told(facts, Project(tree=True))
    assert decisions[0].value == "shop/locale" and not warnings
