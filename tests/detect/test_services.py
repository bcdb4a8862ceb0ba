"""Services: settings decide over libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect import detect
from dockgen.detect.composed import compose_images, platform_services, service_of_image
from dockgen.detect.django import detect_django
from dockgen.detect.services import detect_services, other_services
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


def test_celerys_broker_is_the_one_beside_it(tmp_path: Path) -> None:
    files = {
        "a.py": "from celery import Celery\napp = Celery('a')\n",
        "compose.yaml": "services:\n  a:\n    build: .\n  redis:\n    image: redis:7\n",
    }
    found = services(tmp_path, files, "celery", "redis")
    assert [name for name, use in found.items() if use.certain] == ["redis"]


def test_vendors_are_no_services(tmp_path: Path) -> None:
    code = "import os, openai, discord\nos.environ['OPENAI_API_KEY']\nos.environ['DISCORD_TOKEN']\n"
    assert services(tmp_path, {"a.py": code}, "openai", "discord-py") == {}


SWITCH = """import os
ENGINE = os.getenv("APP_DB_ENGINE", "sqlite")
HOST = os.getenv("APP_DB_HOST", "localhost")
if ENGINE == "postgres":
    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": HOST}}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
"""


def with_django(tmp_path: Path, *dependencies: Dependency) -> tuple[str | None, dict[str, tuple[str, str, str]]]:
    """The engine that Django's settings come to, and what each variable is for."""
    (tmp_path / "manage.py").write_text("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n")
    (tmp_path / "settings.py").write_text(SWITCH)
    source = Source(tmp_path)
    django = detect_django(source, dependencies)
    assert django is not None
    return django.engine, {v.name: (v.service, v.part, v.scheme) for v in detect_env(source, dependencies)}


def test_the_switch_between_engines_is_wired_where_production_has_the_driver(tmp_path: Path) -> None:
    engine, env = with_django(tmp_path, Dependency("django"), Dependency("psycopg"))
    assert engine == "django.db.backends.postgresql"
    assert env["APP_DB_ENGINE"] == ("postgres", "choice", "postgres")
    assert env["APP_DB_HOST"][:2] == ("postgres", "host")


def test_an_engine_without_a_driver_in_production_is_not_used(tmp_path: Path) -> None:
    engine, env = with_django(tmp_path, Dependency("django"), Dependency("psycopg", group="dev"))
    assert engine == "django.db.backends.sqlite3"
    assert {service for service, _, _ in env.values()} == {""}


@pytest.mark.parametrize(("default", "chosen"), [("postgres", "postgres"), ("mysql", "mysql"), ("sqlite", "postgres")])
def test_of_several_drivers_the_switch_decides(tmp_path: Path, default: str, chosen: str) -> None:
    code = (
        f"import os\nK = os.getenv('DB_TYPE', '{default}')\nH = os.getenv('DB_HOST')\n"
        "if K == 'postgres': U = 1\nelif K == 'mysql': U = 2\n"
    )
    (tmp_path / "a.py").write_text(code)
    known = [Dependency(name) for name in ("sqlalchemy", "psycopg", "pymysql")]
    env = {v.name: v for v in detect_env(Source(tmp_path), known)}
    assert (env["DB_TYPE"].service, env["DB_TYPE"].scheme) == (chosen, chosen)
    assert env["DB_HOST"].service == chosen


OWN_COMPOSE = """services:
  app:
    build: .
    image: ghcr.io/me/shop:latest
  db:
    image: postgres:${PG:-16.3}-alpine
    environment:
      - POSTGRES_DB=${DB:-polls}
      - POSTGRES_USER=clerk
  search:
    image: elasticsearch:8.1.0
  convert:
    image: gotenberg/gotenberg:8
  adminer:
    image: adminer
"""


def test_the_projects_own_compose_file_says_version_and_names(tmp_path: Path) -> None:
    files = {"a.py": "import os, psycopg\nos.environ['DATABASE_URL']\n", "docker-compose.yml": OWN_COMPOSE}
    use = services(tmp_path, files, "psycopg")["postgres"]
    assert (use.version, use.database, use.user, use.called) == ("16.3", "polls", "clerk", "db")
    told = [w.message for w in other_services(Source(tmp_path), [use], "shop")]
    assert len(told) == 2, told  # neither the project's own image nor a tool
    assert "elasticsearch" in told[0] and "--service elasticsearch" in told[0]
    assert "gotenberg/gotenberg:8" in told[1] and "add it to compose.yaml" in told[1]


def test_mysqls_client_beside_variables_of_mariadb(tmp_path: Path) -> None:
    code = "import os, pymysql\npymysql.connect(host=os.environ['MARIADB_HOST'])\n"
    use = services(tmp_path, {"a.py": code}, "pymysql")
    assert set(use) == {"mariadb"} and use["mariadb"].required


def test_the_file_for_tests_says_least(tmp_path: Path) -> None:
    test = OWN_COMPOSE.replace("16.3", "17").replace("polls", "test")
    files = {
        "a.py": "import os, psycopg\nos.environ['DATABASE_URL']\n",
        "docker-compose.test.yml": test, "docker-compose.yml": OWN_COMPOSE,
    }  # fmt: skip
    assert services(tmp_path, files, "psycopg")["postgres"].database == "polls"


def test_an_account_that_the_image_refuses_is_not_taken(tmp_path: Path) -> None:
    own = "services: {db: {image: 'mysql:8.4.2', environment: {MYSQL_USER: root, MYSQL_DATABASE: 'a;b'}}}"
    files = {"a.py": "import os\nos.environ['MYSQL_HOST']\n", "docker-compose.yml": own}
    use = services(tmp_path, files, "pymysql", "sqlalchemy")["mysql"]
    assert (use.version, use.database, use.user) == ("8.4.2", "", "")


@pytest.mark.parametrize(
    ("version", "drivers", "scheme"),
    [
        ("2.1.0", ("psycopg2-binary",), "postgresql+psycopg2"),
        (None, ("psycopg2-binary",), "postgresql+psycopg2"),  # the newest release is what gets installed
        ("2.0.43", ("psycopg2-binary",), "postgresql"),
        ("2.1.0", ("psycopg",), "postgresql"),
        ("2.1.0", ("psycopg", "psycopg2-binary"), "postgresql"),
    ],
)
def test_a_default_without_a_driver_means_the_projects_own(
    tmp_path: Path, version: str | None, drivers: tuple[str, ...], scheme: str
) -> None:
    code = "import os, sqlalchemy\nsqlalchemy.create_engine(os.getenv('DATABASE_URL', 'postgresql://localhost/x'))\n"
    (tmp_path / "a.py").write_text(code)
    known = [Dependency("sqlalchemy", version=version), *map(Dependency, drivers)]
    (variable,) = detect_env(Source(tmp_path), known)
    assert variable.scheme == scheme


RUNS_POSTGRES = "services:\n  db:\n    image: postgres:16\n"


@pytest.mark.parametrize(
    ("files", "libraries", "certain"),
    [
        ({"a.py": "import asyncpg", "compose.yml": RUNS_POSTGRES}, ("asyncpg",), True),
        ({"a.py": "import asyncpg", "compose.test.yml": RUNS_POSTGRES}, ("asyncpg",), False),
        ({"a.py": "import asyncpg"}, ("asyncpg",), False),
        ({"a.py": "import asyncpg, sqlite3", "compose.yml": RUNS_POSTGRES}, ("asyncpg",), False),
        ({"a.py": "import asyncpg, pymysql", "compose.yml": RUNS_POSTGRES}, ("asyncpg", "pymysql"), False),
    ],
)
def test_the_one_database_that_the_project_has_a_driver_and_a_server_for(
    tmp_path: Path, files: dict[str, str], libraries: tuple[str, ...], certain: bool
) -> None:
    assert services(tmp_path, files, *libraries)["postgres"].certain is certain


def test_datajoint_speaks_to_mysql(tmp_path: Path) -> None:
    code = "import datajoint as dj\nschema = dj.Schema('shop')\n"
    assert services(tmp_path, {"a.py": code}, "datajoint")["mysql"].certain


def test_a_client_that_all_names_are_taken_of(tmp_path: Path) -> None:
    code = "from mongoengine import *\nconnect(db='a', host=config['host'])\n"
    assert services(tmp_path, {"a.py": code}, "mongoengine")["mongodb"].certain
    own = code + "def connect(**options): ...\n"
    assert not services(tmp_path, {"a.py": own}, "mongoengine")["mongodb"].certain


FROZEN = "amqp==5.1.0\ncelery==5.2.6\nkombu==5.2.4\nredis==4.2.2\n"
CELERY = "import os\nfrom celery import Celery\napp = Celery('tasks', broker=os.getenv('CELERY_BROKER_URL'))\n"


def test_a_frozen_list_has_amqp_beside_every_celery(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(FROZEN)
    (tmp_path / "tasks.py").write_text(CELERY)
    found = detect(Source(tmp_path))
    assert [service.name for service in found.services] == ["redis"]
    assert [(v.name, v.required) for v in found.env] == [("CELERY_BROKER_URL", True)]


@pytest.mark.parametrize(
    ("file", "text", "services"),
    [
        (
            "render.yaml",
            "services:\n  - type: keyvalue\n    name: q\ndatabases:\n  - name: db\n",
            ["postgres", "redis"],
        ),
        (".do/app.yaml", "databases:\n- name: db\n  engine: PG\n", ["postgres"]),
        ("app.json", '{"addons": ["heroku-postgresql:mini", {"plan": "cloudamqp:lemur"}]}', ["postgres", "rabbitmq"]),
        ("app.json", '["no", "object"]', []),
        ("render.yaml", "services: [", []),
    ],
)
def test_what_a_hosting_platform_is_asked_for(tmp_path: Path, file: str, text: str, services: list[str]) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert sorted(name for name, _, _ in platform_services(Source(tmp_path))) == services


def test_the_broker_that_the_platform_runs(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("celery==5.4.0\nredis==5.0.0\nlibrabbitmq==2.0.0\n")
    (tmp_path / "tasks.py").write_text(CELERY)
    (tmp_path / "render.yaml").write_text("services:\n  - type: redis\n    name: q\n")
    found = detect(Source(tmp_path))
    assert [service.name for service in found.services] == ["redis"]
    assert any(e.file == "render.yaml" for service in found.services for e in service.evidence)


@pytest.mark.parametrize(("extra", "services"), [("pymongo", []), ("influxdb", ["mongodb"])])
def test_what_only_an_extra_brings_is_no_service(tmp_path: Path, extra: str, services: list[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "watcher"\nversion = "1"\n[project.optional-dependencies]\nexport = ["{extra}>=1"]\n'
    )
    (tmp_path / "requirements.txt").write_text("requests==2.32.0\n")
    (tmp_path / "main.py").write_text(
        "import pymongo\nclient = pymongo.MongoClient('mongodb://localhost:27017')\nprint(client)\n"
    )
    assert [service.name for service in detect(Source(tmp_path)).services] == services
