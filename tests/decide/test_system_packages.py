"""System packages: what is compiled, what is loaded, and nothing that nobody needs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockgen.decide.system_packages import SystemChoice, choose_system_packages
from dockgen.facts import BrowserUse, Dependency, Django, Evidence, Fact, Facts, Manager
from dockgen.knowledge import table

LOCK = Evidence("uv.lock", 7, "locked")
LINUX = "{0}-1.0-cp313-cp313-manylinux_2_28_x86_64.whl"
OLDER = "{0}-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"
KEYS = frozenset(
    [
        "wheel",
        "wheel_below",
        "build",
        "build_since",
        "optional",
        "started",
        "direct",
        "runtime_built",
        "runtime",
        "runtime_before",
        "by_browser",
        "warn_browser",
        "runtime_since",
        "extras_runtime",
        "brings",
        "brings_since",
        "extras",
        "replaced_by",
        "clashes",
        "bookworm",
        "programs",
        "warn",
        "warn_built",
        "note",
        "prove",
        "imports",
        "prove_with",
        "prove_version",
        "proved",
        "evidence",
    ]
)
OTHER_TABLES = frozenset(
    [
        "suites",
        "slim",
        "absent",
        "programs",
        "program_names",
        "elsewhere",
        "backends",
        "django_engines",
        "sdists",
    ]
)
ROWS = {name: row for name, row in table("system_packages").items() if name not in OTHER_TABLES}


def project(*dependencies: Dependency, **more: Any) -> Facts:
    facts = Facts(Fact("shop"), Manager("uv", "uv.lock"), dependencies=dependencies)
    return replace(facts, **more)


def asked(name: str, **more: Any) -> Dependency:
    return replace(Dependency(name, evidence=(Evidence("requirements.txt", 3, "listed"),)), **more)


def locked(name: str, *wheels: str, version: str = "1.0", direct: bool = False, **more: Any) -> Dependency:
    files = tuple(wheel.format(name.replace("-", "_")) for wheel in wheels)
    dependency = Dependency(
        name,
        version=version,
        direct=direct,
        wheels=files,
        has_sdist=True,
        evidence=(LOCK,),
    )
    return replace(dependency, **more)


def names(choice: SystemChoice) -> tuple[list[str], list[str]]:
    return [p.name for p in choice.build], [p.name for p in choice.runtime]


def choose(*dependencies: Dependency, python: str = "3.13", suite: str | None = None) -> tuple[list[str], list[str]]:
    return names(choose_system_packages(project(*dependencies), python, suite))


def test_a_locked_distribution_without_a_fitting_wheel_is_compiled_and_says_why() -> None:
    choice = choose_system_packages(project(locked("psycopg2", "{0}-1.0-cp313-cp313-win_amd64.whl")), "3.13")
    assert names(choice) == (["gcc", "libc6-dev", "libpq-dev"], ["libpq5"])
    assert choice.build[0].why == "psycopg2 1.0 has no wheel for Python 3.13 in uv.lock: compiled"
    assert choice.runtime[0].why == "needed by psycopg2 1.0, which is compiled"
    assert choice.runtime[0].evidence == (LOCK,)
    assert choice.warnings == ()


def test_a_fitting_wheel_in_the_lock_is_stronger_than_the_table() -> None:
    assert choose(locked("psycopg2", LINUX)) == ([], [])


def test_the_python_decides_which_wheel_fits() -> None:
    assert choose(locked("lxml", OLDER), python="3.11") == ([], [])
    build, runtime = choose(locked("lxml", OLDER), python="3.13")
    assert "libxslt1-dev" in build
    assert runtime == ["libxml2", "libxslt1.1"]


def test_without_a_lock_the_table_decides() -> None:
    assert choose(asked("psycopg2")) == (["gcc", "libc6-dev", "libpq-dev"], ["libpq5"])
    assert choose(asked("psycopg2-binary")) == ([], [])
    for name in ("lxml", "pillow", "cryptography", "numpy", "opencv-python-headless"):
        assert choose(asked(name)) == ([], []), name


def test_old_releases_that_had_wheels() -> None:
    assert choose(asked("psycopg2", version="2.7.3.2"), python="3.6") == ([], [])
    assert choose(asked("psycopg2", version="2.7.3.2"), python="3.8")[1] == ["libpq5"]
    assert choose(asked("psycopg2", version="2.8.6"), python="3.6")[1] == ["libpq5"]


def test_a_compiled_distribution_that_nobody_knows_is_a_guess_and_says_so() -> None:
    choice = choose_system_packages(project(locked("zzz-unheard-of", OLDER)), "3.13")
    assert names(choice) == (["gcc", "libc6-dev"], [])
    assert "guess" in choice.warnings[0].message
    assert choice.warnings[0].evidence == (LOCK,)


@pytest.mark.parametrize(
    "dependency",
    [
        locked("docopt"),
        locked("zzz-unheard-of", "{0}-1.0-py2-none-any.whl"),
        locked("zzz-unheard-of", LINUX),
        locked("zzz-unheard-of", OLDER, group="dev"),
        locked("zzz-unheard-of", OLDER, marker="sys_platform == 'win32'"),
        locked("zzz-unheard-of", OLDER, marker="python_version < '3.12'"),
        asked("zzz-unheard-of"),
        asked("psycopg2", group="dev"),
        asked("psycopg2", marker="sys_platform == 'darwin'"),
    ],
)
def test_nothing_is_compiled(dependency: Dependency) -> None:
    choice = choose_system_packages(project(dependency), "3.13")
    assert names(choice) == ([], [])
    assert choice.warnings == ()


@pytest.mark.parametrize(
    ("dependencies", "build", "runtime"),
    [
        ((asked("psycopg"),), [], ["libpq5"]),
        ((asked("psycopg", extras=("binary",)),), [], []),
        ((asked("psycopg", extras=("binary", "pool")),), [], []),
        (
            (asked("psycopg", version="3.2"), asked("psycopg-binary", version="3.2")),
            [],
            [],
        ),
        (
            (asked("psycopg", extras=("c",)),),
            ["gcc", "libc6-dev", "libpq-dev"],
            ["libpq5"],
        ),
        ((locked("psycopg", "{0}-1.0-py3-none-any.whl"),), [], ["libpq5"]),
        (
            (
                locked("psycopg", "{0}-1.0-py3-none-any.whl"),
                locked("psycopg-binary", LINUX),
            ),
            [],
            [],
        ),
        (
            (locked("psycopg", "{0}-1.0-py3-none-any.whl"), locked("psycopg-c")),
            ["gcc", "libc6-dev", "libpq-dev"],
            ["libpq5"],
        ),
    ],
)
def test_psycopg(dependencies: tuple[Dependency, ...], build: list[str], runtime: list[str]) -> None:
    assert choose(*dependencies) == (build, runtime)


@pytest.mark.parametrize(
    ("name", "runtime"),
    [
        ("pdf2image", ["poppler-utils"]),
        ("pydub", ["ffmpeg"]),
        ("python-magic", ["libmagic1t64"]),
        ("pytesseract", ["tesseract-ocr"]),
        ("opencv-python", ["libgl1", "libglib2.0-0t64"]),
        ("ultralytics", ["libgl1", "libglib2.0-0t64"]),
        ("gitpython", ["git"]),
        ("pyodbc", ["libodbc2", "unixodbc"]),
    ],
)
def test_runtime_without_a_compiler(name: str, runtime: list[str]) -> None:
    assert choose(asked(name)) == ([], runtime)


def test_what_a_distribution_requires_is_known_without_a_lock() -> None:
    choice = choose_system_packages(project(asked("cairosvg")), "3.13")
    assert [p.name for p in choice.runtime] == ["libcairo2"]
    build, runtime = choose(asked("sqlalchemy", extras=("postgresql",)))
    assert (build, runtime) == (["gcc", "libc6-dev", "libpq-dev"], ["libpq5"])


def test_a_lock_that_lists_all_is_believed() -> None:
    got = choose(
        locked("ultralytics", "{0}-1.0-py3-none-any.whl", direct=True),
        locked("opencv-python-headless", LINUX),
    )
    assert got == ([], [])


@pytest.mark.parametrize(
    ("dependency", "old"),
    [
        (asked("weasyprint"), False),
        (asked("weasyprint", version="62.3"), False),
        (asked("weasyprint", version="52.5"), True),
        (asked("weasyprint", specifier="<53"), True),
        (asked("weasyprint", specifier=">=51,<53"), True),
        (asked("weasyprint", specifier="~=52.1"), True),
        (asked("weasyprint", specifier=">=50"), False),
        (asked("weasyprint", specifier=">=60,<70"), False),
        (asked("weasyprint", version="not a version"), False),
    ],
)
def test_versions_bound_what_is_needed(dependency: Dependency, old: bool) -> None:
    _, runtime = choose(dependency)
    assert ("libgdk-pixbuf-2.0-0" in runtime) is old
    assert "libpango-1.0-0" in runtime


def test_a_warning_about_compiling_is_for_the_compiled() -> None:
    def said(*wheels: str) -> list[str]:
        return [w.message for w in choose_system_packages(project(locked("xmlsec", *wheels)), "3.13").warnings]

    assert said(LINUX) == []
    assert any("lxml" in message for message in said(OLDER))


def test_two_opencv_distributions_are_told() -> None:
    choice = choose_system_packages(project(asked("opencv-python"), asked("opencv-python-headless")), "3.13")
    [both] = [warning for warning in choice.warnings if "overwrite each other" in warning.message]
    assert len(both.evidence) == 2


def test_windows_in_a_container_are_told() -> None:
    [told] = choose_system_packages(project(asked("opencv-python")), "3.13").warnings
    assert "opencv-python-headless needs none" in told.message
    assert not choose_system_packages(project(asked("opencv-python-headless")), "3.13").warnings


@pytest.mark.parametrize(
    ("location", "build"),
    [
        ("https://example.org/a/b.git", ["git"]),
        ("git+https://example.org/a/b.git@v1", ["git"]),
        ("ssh://git@example.org/a/b.git", ["git", "openssh-client"]),
        ("git+ssh://git@example.org/a/b.git", ["git", "openssh-client"]),
        ("git@example.org:a/b.git", ["git", "openssh-client"]),
    ],
)
def test_git_dependencies(location: str, build: list[str]) -> None:
    assert choose(asked("zzz-unheard-of", source="git", location=location)) == (
        build,
        [],
    )


def test_a_known_distribution_from_git_is_compiled() -> None:
    build, runtime = choose(asked("lxml", source="git", location="https://example.org/lxml.git"))
    assert {"git", "gcc", "libxml2-dev"} <= set(build)
    assert "libxml2" in runtime


def test_a_path_dependency_is_none_of_the_index() -> None:
    assert choose(asked("psycopg2", source="path", location="libs/psycopg2")) == (
        [],
        [],
    )


def test_programs_that_the_code_starts() -> None:
    here = Evidence("shop/video.py", 12, "subprocess.run")
    calls = tuple(Fact(name, (here,)) for name in ("ffmpeg", "ffprobe", "/usr/bin/git", "uv", "ls", "terraform"))
    choice = choose_system_packages(project(calls=calls), "3.13")
    assert names(choice) == ([], ["ffmpeg", "git"])
    assert choice.runtime[0].why == "the code starts ffmpeg; the code starts ffprobe"
    assert choice.runtime[0].evidence == (here,)
    assert [w.message.split(",")[0] for w in choice.warnings] == ["The code starts terraform"]


def test_a_program_that_a_distribution_brings_is_no_warning() -> None:
    choice = choose_system_packages(project(asked("awscli"), calls=(Fact("aws"),)), "3.13")
    assert choice.warnings == ()


def test_what_slim_has_is_not_named_again() -> None:
    build, runtime = choose(asked("m2crypto"))
    assert "libssl-dev" in build
    assert runtime == []


def test_bookworm_has_other_names() -> None:
    assert choose(asked("python-magic"), suite="bookworm") == ([], ["libmagic1"])
    assert choose(asked("python-ldap"), suite="bookworm")[1] == [
        "libldap-2.5-0",
        "libsasl2-2",
    ]


def test_the_suite_follows_the_python() -> None:
    assert choose(asked("python-magic"), python="3.8") == ([], ["libmagic1"])
    assert choose(asked("python-magic"), python="3.9.2") == ([], ["libmagic1t64"])


def test_a_package_that_the_suite_lost_is_a_warning() -> None:
    choice = choose_system_packages(project(asked("pdfkit")), "3.13")
    assert "wkhtmltopdf" not in names(choice)[1]
    assert "has no package wkhtmltopdf" in choice.warnings[0].message
    assert "wkhtmltopdf" in choose(asked("pdfkit"), suite="bookworm")[1]


def test_geodjango() -> None:
    django = Django(
        manage="manage.py", settings="s", manage_settings="s", wsgi=None, asgi=None, engine="django.contrib.gis.db.backends.postgis",
        static_root=None, media_root=None, staticfiles=False, migrations=False, allowed_hosts=None,
        channels=False,
    )  # fmt: skip
    assert "libgdal36" in names(choose_system_packages(project(django=django), "3.13"))[1]
    plain = replace(django, engine="django.db.backends.postgresql")
    assert names(choose_system_packages(project(django=plain), "3.13")) == ([], [])
    listed = replace(django, engine=None, apps=(Fact("django.contrib.gis", (Evidence("s.py", 1, ""),)),))
    assert "libgeos-c1t64" in names(choose_system_packages(project(django=listed), "3.13"))[1]


def test_the_projects_own_back_end() -> None:
    manager = Manager("uv", packaged=True, build_backend="maturin")
    assert "cargo" in names(choose_system_packages(project(manager=manager), "3.13"))[0]
    unpackaged = replace(manager, packaged=False)
    assert names(choose_system_packages(project(manager=unpackaged), "3.13")) == (
        [],
        [],
    )


def test_sorted_and_each_once_with_all_reasons() -> None:
    choice = choose_system_packages(project(asked("psycopg2"), asked("mysqlclient"), asked("python-ldap")), "3.13")
    build, runtime = names(choice)
    assert build == sorted(set(build))
    assert runtime == sorted(set(runtime))
    gcc = next(p for p in choice.build if p.name == "gcc")
    assert all(name in gcc.why for name in ("psycopg2", "mysqlclient", "python-ldap"))


def test_a_distribution_named_like_one_of_the_other_tables_is_no_row() -> None:
    for name in OTHER_TABLES:
        assert choose(asked(name)) == ([], []), name


@pytest.mark.parametrize("name", sorted(ROWS))
def test_row(name: str) -> None:
    row = ROWS[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert set(row) <= KEYS
    assert row["wheel"] in ("none", "manylinux", "musllinux", "pure")
    assert row["evidence"] in ("readelf", "peers", "known")
    packages = [
        *row.get("build", ()),
        *row.get("runtime_built", ()),
        *row.get("runtime", ()),
    ]
    for key in ("build_since", "runtime_before", "runtime_since", "extras_runtime"):
        packages += [p for some in row.get(key, {}).values() for p in some]
    for package in packages:
        assert re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", package), package
    assert set(row.get("bookworm", {})) <= set(packages)
    if row["wheel"] == "none":
        assert row.get("build"), "always compiled, and with what?"
    if row["wheel"] == "pure":
        assert not row.get("build") and not row.get("runtime_built")
    if "proved" in row:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d (trixie|bookworm)( wheel)?", row["proved"])
        assert row.get("prove")


DEBIAN = json.loads((Path(__file__).parent / "debian_packages.json").read_text("utf-8"))
"""Suite -> package -> what it brings; written by tests/e2e/write_debian_table.py."""


@pytest.mark.parametrize("suite", ["trixie", "bookworm"])
def test_debian_has_every_package_of_the_table(suite: str) -> None:
    missing = {name for name, brought in DEBIAN[suite].items() if brought is None}
    assert missing <= set(table("system_packages")["absent"][suite])
    for name, row in ROWS.items():
        renamed = row.get("bookworm", {}) if suite == "bookworm" else {}
        lists = [row.get(key, []) for key in ("build", "runtime_built", "runtime")]
        for key in ("build_since", "runtime_before", "runtime_since", "extras_runtime"):
            lists += row.get(key, {}).values()
        for package in (package for some in lists for package in some):
            assert renamed.get(package, package) in DEBIAN[suite], f"{name}: run tests/e2e/write_debian_table.py"


@pytest.mark.parametrize("name", sorted(ROWS))
def test_no_row_names_what_another_of_its_packages_brings(name: str) -> None:
    """But for libraries that the distribution itself loads and programs that it starts: they are its own needs."""
    row = ROWS[name]
    programs = {p for program in row.get("programs", ()) for p in table("system_packages")["programs"].get(program, ())}
    packages = [*row.get("runtime", ()), *row.get("runtime_built", ())]
    for key in ("runtime_before", "runtime_since"):
        packages += [p for some in row.get(key, {}).values() for p in some]
    for package in packages:
        if not package.startswith("lib") and package not in programs:
            by = [other for other in packages if package in (DEBIAN["trixie"].get(other) or ())]
            assert not by, f"{package} comes with {by[0]}"


@pytest.mark.parametrize(
    ("version", "runtime"),
    [
        ("66.0", ["libharfbuzz-subset0", "libpango-1.0-0", "libpangoft2-1.0-0"]),
        ("52.5", ["libcairo2", "libgdk-pixbuf-2.0-0", "libpango-1.0-0", "libpangocairo-1.0-0"]),
    ],
)
def test_weasyprint_gets_the_libraries_that_it_loads(version: str, runtime: list[str]) -> None:
    assert choose(asked("weasyprint", version=version)) == ([], runtime)


def test_mysqlclient_asks_pkg_config_since_2_2() -> None:
    old = ["default-libmysqlclient-dev", "gcc", "libc6-dev"]
    assert choose(asked("mysqlclient", version="1.4.6"))[0] == old
    assert choose(asked("mysqlclient"))[0] == [*old, "pkg-config"]


def test_uwsgi_gets_the_headers_that_its_configuration_needs() -> None:
    assert choose(asked("uwsgi")) == (["gcc", "libc6-dev"], [])
    routes = (Fact("libpcre2-dev", (Evidence("uwsgi.ini", 4, "routes need PCRE"),)),)
    choice = choose_system_packages(project(asked("uwsgi"), uwsgi=routes), "3.13")
    assert names(choice) == (["gcc", "libc6-dev", "libpcre2-dev"], [])
    assert choice.build[2].why == "uwsgi.ini:4: routes need PCRE"


def test_a_pin_without_a_wheel_for_this_python_is_compiled() -> None:
    build, runtime = choose(asked("pylibmc", version="1.6.3"), python="3.12")
    assert build == ["gcc", "libc6-dev", "libmemcached-dev", "zlib1g-dev"]
    assert runtime == ["libmemcached11t64"]
    assert choose(asked("pylibmc", version="1.6.3"), python="3.11") == ([], [])
    assert choose(asked("lxml", specifier="<5"), python="3.13")[1] == ["libxml2", "libxslt1.1"]
    assert choose(asked("lxml"), python="3.13") == ([], [])


def test_what_is_only_faster_when_compiled_needs_no_compiler() -> None:
    choice = choose_system_packages(project(locked("markupsafe", OLDER)), "3.13")
    assert names(choice) == ([], [])
    assert "faster" in choice.warnings[0].message


def test_a_browser_is_installed_where_the_code_starts_it() -> None:
    assert choose(asked("selenium")) == ([], [])
    started = (BrowserUse("selenium", "chrome", False, (Evidence("app.py", 3, "starts"),)),)
    choice = choose_system_packages(project(asked("selenium"), browsers=started), "3.13")
    assert names(choice) == ([], ["chromium", "chromium-driver"])


def test_what_others_bring_and_do_without() -> None:
    pure = "{0}-1.0-py3-none-any.whl"
    brought = (locked("streamlit", pure, direct=True), locked("gitpython", pure), locked("pydub", pure))
    assert choose(*brought) == ([], [])
    assert choose(*brought[:1], locked("gitpython", pure, direct=True)) == ([], ["git"])


def test_debians_own_python_is_of_no_use() -> None:
    listed = tuple(
        Fact(p, (Evidence("packages.txt", 1, "listed"),)) for p in ("python3-dev", "python3.11-venv", "ffmpeg")
    )
    assert names(choose_system_packages(project(packages=listed), "3.13")) == ([], ["ffmpeg"])
    bindings = (Fact("python3-gdal", (Evidence("packages.txt", 1, "listed"),)),)
    assert names(choose_system_packages(project(packages=bindings), "3.13")) == ([], ["python3-gdal"])


def test_no_suite_carries_a_headers_package_at_run_time() -> None:
    for name, row in ROWS.items():
        kept = [p for p in row.get("runtime", []) + row.get("runtime_built", []) if p.endswith("-dev")]
        assert kept in ([], ["libc6-dev"]), name


@given(
    st.lists(
        st.builds(
            Dependency,
            st.sampled_from([*sorted(ROWS), "zzz-unheard-of", "programs", ""]),
            specifier=st.sampled_from(["", ">=1", "<53", "===abc", "~=1", "not a specifier", "==1.*"]),
            version=st.none() | st.text(max_size=8),
            extras=st.tuples(st.sampled_from(["binary", "c", "pdf", "Voice", ""])),
            direct=st.booleans(),
            source=st.sampled_from(["index", "git", "path", "url", "workspace"]),
            location=st.text(max_size=12),
            marker=st.sampled_from(["", "sys_platform == 'win32'", "nonsense ("]),
            wheels=st.none() | st.lists(st.text(max_size=30), max_size=2).map(tuple),
        ),
        max_size=6,
    ),
    st.sampled_from(["3.6", "3.9.1", "3.13", "3.14"]),
)
def test_whatever_is_declared_gives_sorted_names_that_debian_may_have(
    dependencies: list[Dependency], python: str
) -> None:
    for packages in names(choose_system_packages(project(*dependencies), python)):
        assert packages == sorted(set(packages))
        assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", name) for name in packages)


@pytest.mark.parametrize(
    ("name", "imports", "runtime"),
    [
        ("pre-commit", (), ["git"]),  # nothing was read
        ("pre-commit", ("flask",), []),
        ("pre-commit", ("flask", "pre_commit"), ["git"]),
        ("gitpython", ("git",), ["git"]),
    ],
)
def test_a_tool_of_developers_among_the_dependencies(name: str, imports: tuple[str, ...], runtime: list[str]) -> None:
    found = choose_system_packages(project(Dependency(name), imports=imports), "3.13")
    assert [p.name for p in found.runtime] == runtime
