"""Schema migrations: the command that works from the image's working directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockgen.detect import detect
from dockgen.detect.migrations import detect_migrations
from dockgen.facts import Dependency, Migration
from dockgen.source import Source


def found(root: Path, files: dict[str, str], *dependencies: str) -> tuple[Migration, ...]:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return detect_migrations(Source(root), tuple(Dependency(name) for name in dependencies), None)


def ini(location: str) -> str:
    return f"[alembic]\n# where\nscript_location = {location}\n"


@pytest.mark.parametrize(
    ("files", "command", "needed"),
    [
        ({"alembic.ini": ini("alembic"), "alembic/env.py": ""}, "alembic upgrade head", ("alembic.ini", "alembic")),
        ({"alembic.ini": ini("./app/db"), "app/db/env.py": ""}, "alembic upgrade head", ("alembic.ini", "app/db")),
        ({"alembic.ini": ini("%(here)s/a"), "a/env.py": ""}, "alembic upgrade head", ("alembic.ini", "a")),
        (
            {"db/alembic.ini": ini("%(here)s/a"), "db/a/env.py": ""},
            "alembic --config=db/alembic.ini upgrade head",
            ("db/alembic.ini", "db/a"),
        ),
        (
            {"src/alembic.ini": ini("src/a"), "src/a/env.py": ""},
            "alembic --config=src/alembic.ini upgrade head",
            ("src/alembic.ini", "src/a"),
        ),
        (
            {"my src/alembic.ini": ini("a"), "my src/a/env.py": ""},
            "sh -c cd 'my src' && exec alembic upgrade head",
            ("my src/alembic.ini", "my src/a"),
        ),
        (
            {"pyproject.toml": "[tool.alembic]\nscript_location = '%(here)s/a'\n", "a/env.py": ""},
            "alembic upgrade head",
            ("pyproject.toml", "a"),
        ),
    ],
)
def test_alembic(tmp_path: Path, files: dict[str, str], command: str, needed: tuple[str, ...]) -> None:
    (migration,) = found(tmp_path, files, "alembic")
    assert (" ".join(migration.command), migration.files) == (command, needed)
    assert migration.evidence[0].line == {"alembic.ini": 3, "pyproject.toml": 1}[Path(needed[0]).name]


@pytest.mark.parametrize(
    ("folder", "command"),
    [("migrations", "flask db upgrade"), ("shop/migrations", "flask db upgrade --directory=shop/migrations")],
)
def test_flask_migrate(tmp_path: Path, folder: str, command: str) -> None:
    files = {f"{folder}/env.py": "", f"{folder}/script.py.mako": "", f"{folder}/alembic.ini": "[alembic]\n"}
    (migration,) = found(tmp_path, files, "flask-migrate", "alembic")
    assert (migration.tool, " ".join(migration.command)) == ("flask-migrate", command)


def test_aerich(tmp_path: Path) -> None:
    text = "[tool.aerich]\ntortoise_orm = 'app.db.CONFIG'\nlocation = './moves'\n"
    (migration,) = found(tmp_path, {"pyproject.toml": text, "moves/models/0.py": ""}, "aerich")
    assert (migration.command, migration.files) == (("aerich", "upgrade"), ("pyproject.toml", "moves"))


@pytest.mark.parametrize(
    ("files", "dependency"),
    [
        ({"alembic.ini": ini("alembic"), "alembic/env.py": ""}, "sqlalchemy"),
        ({"alembic.ini": ini("gone")}, "alembic"),
        ({"alembic.ini": "no ini file"}, "alembic"),
        ({"tests/alembic.ini": ini("a"), "tests/a/env.py": ""}, "alembic"),
        ({"pyproject.toml": "[tool.alembic]\nscript_location = 3\n"}, "alembic"),
        ({"pyproject.toml": "tool = 1\n"}, "aerich"),
        ({"env.py": "", "script.py.mako": ""}, "flask-migrate"),
    ],
)
def test_none(tmp_path: Path, files: dict[str, str], dependency: str) -> None:
    assert found(tmp_path, files, dependency) == ()


@given(st.text(max_size=200))
def test_any_text_is_read_or_passed_over(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "alembic.ini").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert detect_migrations(Source(folder), (Dependency("alembic"),), None) == ()


AS_IT_COMES = """\
def run_migrations_offline():
    url = config.get_main_option("sqlalchemy.url")
    context.configure(
        url=url, target_metadata=None)
connectable = engine_from_config(config.get_section(config.config_ini_section, {}), prefix="sqlalchemy.")
"""


@pytest.mark.parametrize(
    ("url", "env", "line"),
    [
        ("postgresql://u:p@localhost:5432/x", AS_IT_COMES, 4),
        ("postgresql+asyncpg://127.0.0.1/x", AS_IT_COMES.replace("engine_from", "async_engine_from"), 4),
        ("postgresql://u:p@db:5432/x", AS_IT_COMES, 4),  # a name of the author's own network
        ("postgresql://u:p@db.example.org:5432/x", AS_IT_COMES, None),
        ("sqlite:///x.db", AS_IT_COMES, None),
        ("postgresql://localhost/x", "config.set_main_option('sqlalchemy.url', url())\n" + AS_IT_COMES, None),
        ("postgresql://localhost/x", "section['sqlalchemy.url'] = settings.url\n" + AS_IT_COMES, None),
        ("postgresql://localhost/x", "from app.db import engine\nconnectable = engine\n", None),
        (
            "postgresql://localhost/x",
            AS_IT_COMES.replace('config.get_main_option("sqlalchemy.url")', "get_url()"),
            None,
        ),
    ],
)
def test_a_url_of_the_authors_machine_that_nothing_replaces(
    tmp_path: Path, url: str, env: str, line: int | None
) -> None:
    files = {"alembic.ini": ini("a") + f"sqlalchemy.url = {url}\n", "a/env.py": env}
    (migration,) = found(tmp_path, files, "alembic")
    assert (migration.fixed and migration.fixed.line) == line
    assert migration.fixed_scheme == (url.partition("://")[0] if line else "")


def test_the_names_of_single_migrations(tmp_path: Path) -> None:
    files = {
        "alembic.ini": ini("migrations"), "migrations/env.py": "import alembic\n",
        "migrations/versions/02_b.py": "", "migrations/versions/01_a.py": "",
    }  # fmt: skip
    assert found(tmp_path, files, "alembic")[0].steps == ("01_a.py", "02_b.py")


@pytest.mark.parametrize(
    ("env", "settings", "command"),
    [
        ("from shop.models import Base\n", "", "python -m alembic upgrade head"),
        ("import shop\n", "prepend_sys_path = .\n", "alembic upgrade head"),
        ("import sys\nsys.path.append('.')\nimport shop\n", "", "alembic upgrade head"),
        ("import sqlalchemy\n", "", "alembic upgrade head"),
    ],
)
def test_modules_beside_alembic_ini_are_found(tmp_path: Path, env: str, settings: str, command: str) -> None:
    files = {"alembic.ini": ini("migrations") + settings, "migrations/env.py": env, "shop/models.py": "x = 1\n"}
    assert " ".join(found(tmp_path, files, "alembic")[0].command) == command


def test_the_environment_of_alembic_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "db/alembic").mkdir(parents=True)
    (tmp_path / "db/alembic/env.py").write_text("from alembic import context\nrun_migrations(context)\n")
    assert [p.file for p in detect(Source(tmp_path)).programs] == ["db/alembic/env.py"]
    (tmp_path / "db/alembic/script.py.mako").write_text("")
    assert detect(Source(tmp_path)).programs == ()
