"""The stack: services, wiring, secrets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockgen.decide.compose import decide_compose
from dockgen.facts import Dependency, Django, EnvVar, Evidence, Fact, Facts, Manager, ServiceUse
from dockgen.plans import Compose, Process, Secret, Service, image_name

HERE = (Evidence("app.py", 3, "read by os.environ[...]"),)
WEB = (Process("web", "web", ("gunicorn",), port=8000),)
DJANGO = Django("manage.py", "s", "s", None, None, None, None, None, False, True, None, False)


def variable(name: str, service: str = "", part: str = "", scheme: str = "", **options: object) -> EnvVar:
    return EnvVar(name, service=service, part=part, scheme=scheme, evidence=HERE, **options)  # type: ignore[arg-type]


def facts(*env: EnvVar, services: tuple[str, ...] = (), **options: object) -> Facts:
    uses = tuple(ServiceUse(name, evidence=HERE) for name in services)
    return Facts(Fact("shop-api"), Manager("pip", packages=("shop",)), env=env, services=uses, **options)  # type: ignore[arg-type]


def decided(given: Facts, processes: tuple[Process, ...] = WEB, **answers: object) -> tuple[Compose, list[str]]:
    compose, _, warnings = decide_compose(given, processes, answers)
    assert compose is not None
    return compose, [warning.message for warning in warnings]


def line(compose: Compose, name: str) -> Secret:
    return next(secret for secret in compose.secrets if secret.variable == name)


def service(compose: Compose, name: str) -> Service:
    return next(s for s in compose.services if s.name == name)


@pytest.mark.parametrize(
    ("name", "scheme", "template"),
    [
        ("postgres", "postgresql+asyncpg", "postgresql+asyncpg://app:{db_password}@postgres:5432/app"),
        ("mysql", "mysql+pymysql", "mysql+pymysql://app:{db_password}@mysql:3306/app"),
        ("mariadb", "mysql", "mysql://app:{db_password}@mariadb:3306/app"),
        ("mongodb", "mongodb", "mongodb://app:{db_password}@mongodb:27017/app?authSource=admin"),
        ("rabbitmq", "amqp", "amqp://app:{rabbitmq_password}@rabbitmq:5672/"),
        ("mssql", "mssql+pymssql", "mssql+pymssql://sa:Aa1-{db_password}@mssql:1433/master"),
    ],
)
def test_a_url_with_a_password_is_a_secret(name: str, scheme: str, template: str) -> None:
    compose, _ = decided(facts(variable("THE_URL", name, "url", scheme, required=True), services=(name,)))
    assert line(compose, "THE_URL").template == template
    assert line(compose, "THE_URL").file == "app.env"
    password = template.partition("{")[2].partition("}")[0]
    assert Secret(password, password) in compose.secrets
    assert "THE_URL" not in dict(compose.environment)


@pytest.mark.parametrize(
    ("name", "default", "value"),
    [
        ("redis", None, "redis://redis:6379/0"),
        ("redis", "redis://localhost:6379/3", "redis://redis:6379/3"),
        ("memcached", None, "memcached:11211"),
        ("kafka", None, "kafka:9092"),
    ],
)
def test_a_url_without_a_password_is_plain(name: str, default: str | None, value: str) -> None:
    scheme = "redis" if name == "redis" else ""
    compose, _ = decided(facts(variable("THE_URL", name, "url", scheme, default=default), services=(name,)))
    assert dict(compose.environment) == {"THE_URL": value}
    assert compose.secrets == ()


def test_a_database_that_the_code_puts_behind_the_url() -> None:
    known = facts(variable("THE_URL", "redis", "url", "redis", default=None), services=("redis",))
    known = replace(known, env=tuple(replace(v, extended=True) for v in known.env))
    assert dict(decided(known)[0].environment) == {"THE_URL": "redis://redis:6379"}


def test_parts() -> None:
    parts = [variable(f"DB_{part.upper()}", "postgres", part) for part in ("host", "port", "user", "name", "password")]
    compose, warnings = decided(facts(*parts, services=("postgres",)))
    assert dict(compose.environment) == {"DB_HOST": "postgres", "DB_PORT": "5432", "DB_USER": "app", "DB_NAME": "app"}
    assert line(compose, "DB_PASSWORD").template == "{db_password}"
    assert warnings == []


def test_django_engine() -> None:
    given = facts(
        variable("SQL_ENGINE", "postgres"),
        variable("SQL_HOST", "postgres", "host"),
        services=("postgres",),
        django=DJANGO,
    )
    assert dict(decided(given)[0].environment)["SQL_ENGINE"] == "django.db.backends.postgresql"


def test_passwords_go_in_by_file_where_the_image_can() -> None:
    compose, _ = decided(facts(services=("postgres", "rabbitmq")))
    postgres, rabbit = service(compose, "postgres"), service(compose, "rabbitmq")
    assert ("POSTGRES_PASSWORD_FILE", "/run/secrets/db_password") in postgres.environment
    assert postgres.secrets == ("db_password",)
    assert rabbit.secrets == ("rabbitmq_env",)
    assert Secret("rabbitmq_env", "rabbitmq.env", "RABBITMQ_DEFAULT_PASS", "{rabbitmq_password}") in compose.secrets


def test_two_databases_have_two_passwords() -> None:
    compose, _ = decided(facts(services=("postgres", "mongodb")))
    # The first keeps its name whatever is added: its data were made with that password.
    assert {"db_password", "mongodb_password"} <= {secret.name for secret in compose.secrets}


@pytest.mark.parametrize(
    ("name", "random"),
    [
        ("SECRET_KEY", True), ("DJANGO_SECRET_KEY", True), ("JWT_SECRET", True), ("SHOP_SECRET_KEY", True), ("SECURITY_PASSWORD_SALT", True),
        ("STRIPE_SECRET_KEY", False), ("AWS_SECRET_ACCESS_KEY", False), ("GOOGLE_CLIENT_SECRET", False), ("DISCORD_TOKEN", False),
        ("OPENAI_API_KEY", False), ("API_KEY", False), ("TOKEN", False), ("FERNET_KEY", False), ("ENCRYPTION_KEY", False),
    ],
)  # fmt: skip
def test_random_or_known_to_the_person_only(name: str, random: bool) -> None:
    compose, warnings = decided(facts(variable(name, required=True, secret=True)))
    assert (Secret(name, "app.env", name) in compose.secrets) is random
    assert (compose.unset == (name,)) is not random
    assert any(name in warning for warning in warnings) is not random


def test_an_optional_vendor_key_is_left_alone() -> None:
    compose, warnings = decided(facts(variable("OPENAI_API_KEY", secret=True)))
    assert (compose.secrets, compose.unset, warnings) == ((), (), [])


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (variable("ALLOWED_HOSTS", required=True), "localhost,127.0.0.1"),
        (variable("DJANGO_ALLOWED_HOSTS", default=""), "localhost,127.0.0.1"),
        (variable("ALLOWED_HOSTS", default="*"), None),
        (variable("DEBUG", required=True), "0"),
        (variable("DEBUG", required=True, words=("true", "false")), "false"),
        (variable("DEBUG", default="true"), None),
        (variable("PORT", required=True), "8000"),
        (variable("REGION", required=True), None),
    ],
)
def test_plain_variables(given: EnvVar, value: str | None) -> None:
    compose, _ = decided(facts(given))
    assert dict(compose.environment).get(given.name) == value
    assert (given.name in compose.unset) is (given.name == "REGION")


def test_allowed_hosts_between_spaces() -> None:
    where = (Evidence("s.py", 1, "read by os.environ.get, split at spaces"),)
    compose, _ = decided(facts(EnvVar("ALLOWED_HOSTS", required=True, evidence=where)))
    assert dict(compose.environment) == {"ALLOWED_HOSTS": "localhost 127.0.0.1"}


def test_a_hint_is_a_warning_and_a_flag_adds_it() -> None:
    given = Facts(
        Fact("x"), Manager("pip"), services=(ServiceUse("redis", certain=False, required=False, evidence=HERE),)
    )
    compose, warnings = decided(given)
    assert compose.services == () and "--service redis" in warnings[0]
    compose, warnings = decided(given, service=("redis",))
    assert [s.name for s in compose.services] == ["redis"]
    assert any("no variable tells the code where redis is (app.py:3)" in w for w in warnings)


def test_any_service_can_be_asked_for() -> None:
    compose, _ = decided(facts(), service=("memcached",))
    assert service(compose, "memcached").image == "memcached:1-alpine"


def test_without_compose() -> None:
    assert decide_compose(facts(services=("redis",)), WEB, {"without": ("compose",)}) == (None, (), ())


def test_the_registry_prefix() -> None:
    compose, _ = decided(facts(services=("redis",)), registry="registry.example.com/hub/")
    assert service(compose, "redis").image == "registry.example.com/hub/redis:8-alpine"


def test_variants() -> None:
    given = Facts(Fact("x"), Manager("pip"), services=(ServiceUse("postgres", variant="postgis", evidence=HERE),))
    assert service(decided(given)[0], "postgres").image.startswith("postgis/postgis:17")


def test_two_names_for_one_database_is_a_question() -> None:
    _, ambiguities, _ = decide_compose(facts(services=("mysql", "mariadb")), WEB, {})
    assert [a.answer for a in ambiguities] == ["service"]
    assert ambiguities[0].choices == ("mysql", "mariadb")


def test_pymysql_without_cryptography() -> None:
    given = facts(variable("DB_HOST", "mysql", "host"), services=("mysql",), dependencies=(Dependency("pymysql"),))
    assert any("cryptography" in warning for warning in decided(given)[1])
    given = facts(
        variable("DB_HOST", "mysql", "host"),
        services=("mysql",),
        dependencies=(Dependency("pymysql", extras=("rsa",)),),
    )
    assert decided(given)[1] == []


def test_what_only_an_example_file_names_is_not_wired_when_the_code_reads_another() -> None:
    example = EnvVar(
        "DATABASE_URL",
        service="postgres",
        part="url",
        evidence=(Evidence(".env.example", 1, "documented in the example of an env file"),),
    )
    compose, _ = decided(facts(example, variable("DB_HOST", "postgres", "host"), services=("postgres",)))
    assert not any(secret.variable == "DATABASE_URL" for secret in compose.secrets)


@pytest.mark.parametrize(
    ("name", "version", "image", "volume"),
    [
        ("postgres", "16.3", "postgres:16", "/var/lib/postgresql/data"),
        ("postgres", "18", "postgres:18", "/var/lib/postgresql"),
        ("postgres", "9.6", "postgres:17", "/var/lib/postgresql/data"),  # no longer maintained
        ("redis", "7.2", "redis:7-alpine", "/data"),
        ("mariadb", "11.4.2", "mariadb:11.4", "/var/lib/mysql"),
        ("mysql", "5.7", "mysql:8.4", "/var/lib/mysql"),
        ("rabbitmq", "3", "rabbitmq:4-alpine", "/var/lib/rabbitmq"),
    ],
)
def test_the_release_that_the_projects_own_file_runs(name: str, version: str, image: str, volume: str) -> None:
    given = Facts(Fact("shop"), Manager("pip"), services=(ServiceUse(name, version=version, evidence=HERE),))
    made = service(decided(given)[0], name)
    assert (made.image, made.volume) == (image, volume)


def test_the_names_that_the_projects_own_file_has() -> None:
    use = ServiceUse("postgres", database="polls", user="clerk", evidence=HERE)
    env = (variable("DB_NAME", "postgres", "name"), variable("DATABASE_URL", "postgres", "url", "postgresql"))
    compose, _ = decided(Facts(Fact("shop"), Manager("pip"), env=env, services=(use,)))
    postgres = service(compose, "postgres")
    assert dict(postgres.environment)["POSTGRES_DB"] == "polls"
    assert dict(postgres.environment)["POSTGRES_USER"] == "clerk"
    assert "--username=clerk" in postgres.health and "--dbname=polls" in postgres.health
    assert dict(compose.environment) == {"DB_NAME": "polls"}
    assert line(compose, "DATABASE_URL").template == "postgresql://clerk:{db_password}@postgres:5432/polls"


def test_what_becomes_of_the_projects_own_files_is_told() -> None:
    _, warnings = decided(facts(files=("docker-compose.yml", "docker-compose.override.yml")))
    assert "docker compose -f docker-compose.yml" in warnings[0]
    assert "docker-compose.override.yml is merged into compose.yaml" in warnings[1]


@pytest.mark.parametrize(("name", "image"), [("mysql", "mysql-app"), ("Redis", "redis-app"), ("shop", "shop")])
def test_no_image_is_called_like_an_official_one(name: str, image: str) -> None:
    assert image_name(name) == image


def test_the_name_that_the_projects_own_file_has_for_a_service() -> None:
    fixed = ServiceUse("redis", called="cache", evidence=HERE)
    told = ServiceUse("postgres", called="db", evidence=HERE)
    env = (variable("DATABASE_URL", "postgres", "url", "postgresql"),)
    compose, warnings = decided(Facts(Fact("shop"), Manager("pip"), env=env, services=(fixed, told)))
    assert service(compose, "redis").aliases == ("cache",)
    assert service(compose, "postgres").aliases == ()  # its variable says where it is
    assert any("called cache as in your own file" in message for message in warnings)
    # A name that a process has is that process's.
    web = ServiceUse("redis", called="web", evidence=HERE)
    assert service(decided(Facts(Fact("shop"), Manager("pip"), services=(web,)))[0], "redis").aliases == ()
