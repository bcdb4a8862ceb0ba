"""Services: settings decide over libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.composed import compose_images, service_of_image
from dockgen.detect.services import detect_services
from dockgen.detect.settings import detect_env
from dockgen.facts import Dependency, Django, Evidence, ServiceUse
from dockgen.source import Source


def services(
    tmp_path: Path, files: dict[str, str], *dependencies: Dependency | str, engine: str | None = None
) -> dict[str, ServiceUse]:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    where = (Evidence("requirements.txt", 1, "a line"),)
    known = [d if isinstance(d, Dependency) else Dependency(d, evidence=where) for d in dependencies]
    source = Source(tmp_path)
    django = None
    if engine is not None:
        where_it_is = (Evidence("s.py", 9, "x"),)
        django = Django("manage.py", "s", "s", None, None, engine, None, None, False, True, None, False, where_it_is)
    found = detect_services(source, known, detect_env(source, known), django)
    return {use.name: use for use in found}


def test_a_required_variable_makes_it_required(tmp_path: Path) -> None:
    use = services(tmp_path, {"a.py": "import os, psycopg\nos.environ['DATABASE_URL']\n"}, "psycopg")["postgres"]
    assert use.certain and use.required
    assert (use.evidence[0].file, use.evidence[0].line) == ("a.py", 2)


def test_a_fallback_makes_it_optional(tmp_path: Path) -> None:
    code = "import os\nos.getenv('DATABASE_URL', 'sqlite:///x.db')\n"
    use = services(tmp_path, {"a.py": code}, "sqlalchemy", "psycopg")["postgres"]
    assert use.certain and not use.required


def test_a_library_alone_is_a_hint(tmp_path: Path) -> None:
    use = services(tmp_path, {"a.py": "import redis\n"}, "redis")["redis"]
    assert not use.certain and not use.required


@pytest.mark.parametrize(
    "dependency",
    [Dependency("redis", direct=False), Dependency("redis", group="dev")],
    ids=["transitive", "development"],
)
def test_what_the_project_does_not_want_itself(tmp_path: Path, dependency: Dependency) -> None:
    assert services(tmp_path, {"a.py": "x = 1\n"}, dependency) == {}


def test_a_driver_that_nothing_loads(tmp_path: Path) -> None:
    assert services(tmp_path, {"a.py": "x = 1\n"}, "psycopg2") == {}
    assert not services(tmp_path, {"a.py": "x = 1\n"}, "psycopg2", "sqlalchemy")["postgres"].certain


def test_a_url_in_the_code(tmp_path: Path) -> None:
    code = '"""postgresql://docs/only"""\nimport redis\nr = redis.from_url("redis://cache:6379/0")\n'
    found = services(tmp_path, {"a.py": code}, "redis")
    assert set(found) == {"redis"}
    assert found["redis"].required and found["redis"].evidence[0].line == 3


@pytest.mark.parametrize(
    "code",
    [
        "u.startswith('postgresql://x')",
        "u == 'redis://x'",
        "option(help='redis://localhost')",
        "u.replace('postgres://', 'postgresql://')",
        "schemes = ('redis://',)",
    ],
)
def test_texts_about_urls_are_none(tmp_path: Path, code: str) -> None:
    found = services(tmp_path, {"a.py": f"import redis, psycopg\n{code}\n"}, "redis", "psycopg")
    assert not any(use.certain for use in found.values())


def test_a_url_that_nothing_could_connect_with(tmp_path: Path) -> None:
    assert services(tmp_path, {"a.py": "print('postgresql://localhost/test')\n"}) == {}


def test_a_url_put_together(tmp_path: Path) -> None:
    code = "def url(u, p):\n    return f'postgresql+asyncpg://{u}:{p}@db/x'\n"
    assert services(tmp_path, {"a.py": code}, "sqlalchemy", "asyncpg")["postgres"].certain


@pytest.mark.parametrize(
    ("engine", "name", "variant"),
    [
        ("django.db.backends.postgresql", "postgres", ""),
        ("django.contrib.gis.db.backends.postgis", "postgres", "postgis"),
        ("django.db.backends.mysql", "mysql", ""),
        ("mssql", "mssql", ""),
    ],
)
def test_django_engines(tmp_path: Path, engine: str, name: str, variant: str) -> None:
    use = services(tmp_path, {"s.py": "x = 1\n"}, "django", engine=engine)[name]
    assert use.certain and use.required and use.variant == variant


def test_django_with_sqlite(tmp_path: Path) -> None:
    assert services(tmp_path, {"s.py": "x = 1\n"}, "django", engine="django.db.backends.sqlite3") == {}


def test_mariadb_is_not_mysql_as_well(tmp_path: Path) -> None:
    files = {"a.py": "import os, pymysql\nos.environ['MARIADB_HOST']\n"}
    assert set(services(tmp_path, files, "pymysql")) == {"mariadb"}
    files["compose.yml"] = "services:\n  db:\n    image: mariadb:10\n"
    assert set(services(tmp_path, files, "pymysql")) == {"mariadb"}


def test_an_existing_compose_file_is_a_witness(tmp_path: Path) -> None:
    files = {
        "a.py": "import psycopg\n",
        "docker-compose.yml": "services:\n  db:\n    image: docker.io/postgis/postgis:16-3.4\n  m:\n    image: grafana/grafana\n",
    }
    use = services(tmp_path, files, "psycopg")["postgres"]
    assert use.variant == "postgis"
    assert (
        Evidence("docker-compose.yml", 3, "the project's own compose file runs docker.io/postgis/postgis:16-3.4")
        in use.evidence
    )


@pytest.mark.parametrize(
    "text",
    ["a: [", "- 1", "services: 3", "services: {a: 3, b: {image: 5}}", "&a [*a]", "a: !!python/object:os.system {}"],
)
def test_a_broken_compose_file_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "compose.yml").write_text(text)
    assert compose_images(Source(tmp_path), "compose.yml") == []


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("postgres:17", ("postgres", "")),
        ("registry.example.com:5000/library/redis@sha256:0", ("redis", "")),
        ("pgvector/pgvector:pg17", ("postgres", "pgvector")),
        ("bitnami/mariadb:${VERSION:-11}", ("mariadb", "")),
        ("nginx", ("", "")),
    ],
)
def test_images(image: str, expected: tuple[str, str]) -> None:
    assert service_of_image(image) == expected


def test_celery_without_a_broker_is_a_hint(tmp_path: Path) -> None:
    found = services(tmp_path, {"a.py": "from celery import Celery\napp = Celery('a')\n"}, "celery")
    assert set(found) == {"rabbitmq"} and not found["rabbitmq"].certain


def test_vendors_are_no_services(tmp_path: Path) -> None:
    code = "import os, openai, discord\nos.environ['OPENAI_API_KEY']\nos.environ['DISCORD_TOKEN']\n"
    assert services(tmp_path, {"a.py": code}, "openai", "discord-py") == {}
