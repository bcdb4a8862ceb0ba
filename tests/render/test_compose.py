"""compose.yaml: valid YAML for every reader, and what an expert would have written."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from yamllint import linter  # type: ignore[import-untyped]
from yamllint.config import YamlLintConfig  # type: ignore[import-untyped]

from dockgen.knowledge import table
from dockgen.plans import Base, Compose, Plan, Process, Project, Secret, Service
from dockgen.rendering import render
from dockgen.rendering.yaml import compose_value, yaml_scalar

HEALTH = ("python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8000), 2).close()")
WEB = Process("web", "web", ("gunicorn", "shop:app"), port=8000, health=HEALTH)
WORKER = Process("worker", "worker", ("celery", "--app=shop", "worker"))
BEAT = Process("beat", "scheduler", ("celery", "--app=shop", "beat"))
MIGRATE = Process("migrate", "release", ("python", "manage.py", "migrate"))
CLI = Process("app", "cli", ("tool",))
POSTGRES = Service(
    "postgres", "postgres:17", 5432, (("POSTGRES_PASSWORD_FILE", "/run/secrets/db_password"),), ("db_password",),
    "/var/lib/postgresql/data", ("CMD", "pg_isready"),
)  # fmt: skip
REDIS = Service("redis", "redis:8-alpine", 6379, volume="/data", health=("CMD", "redis-cli", "ping"))
RABBIT = Service("rabbitmq", "rabbitmq:4-alpine", 5672, (), ("rabbitmq_env",), None, ("CMD-SHELL", "echo $HOME"))
SECRETS = (
    Secret("db_password", "db_password"),
    Secret("rabbitmq_env", "rabbitmq.env", "RABBITMQ_DEFAULT_PASS", "{rabbitmq_password}"),
    Secret("SECRET_KEY", "app.env", "SECRET_KEY"),
)
FULL = Compose(
    (POSTGRES, REDIS, RABBIT), (("DEBUG", "0"), ("ODD", "a: $b #c")), SECRETS, ("API_KEY",), (("media", "/app/media"),)
)


def text_of(compose: Compose, *processes: Process, name: str = "shop") -> str:
    plan = Plan(
        name, Base("python:3.13-slim", "python:3.13-slim", "3.13"), False, None, Project(), (), (), processes, (), (), compose, (),
        ("compose.yaml",), (), (), (),
    )  # fmt: skip
    return render(plan)["compose.yaml"]


def data_of(compose: Compose, *processes: Process) -> Any:
    return yaml.safe_load(text_of(compose, *processes))


STACKS = {
    "full": (FULL, (WEB, WORKER, BEAT, MIGRATE)),
    "web": (Compose(), (WEB,)),
    "web and data": (Compose((REDIS,), (("REDIS_URL", "redis://redis:6379/0"),)), (WEB,)),
    "cli": (Compose(), (CLI,)),
    "cli and worker": (Compose((REDIS,)), (CLI, WORKER)),
    "bot": (Compose(unset=("TOKEN",), read_only=False), (Process("bot", "bot", ("python", "bot.py")),)),
    "two releases": (Compose((POSTGRES,), secrets=SECRETS[:1]), (WEB, MIGRATE, Process("seed", "release", ("seed",)))),
}
every_stack = pytest.mark.parametrize(("compose", "processes"), STACKS.values(), ids=STACKS.keys())


@every_stack
def test_yamllint_finds_nothing(compose: Compose, processes: tuple[Process, ...]) -> None:
    config = YamlLintConfig("extends: default\nrules: {line-length: disable}")
    assert [str(p) for p in linter.run(text_of(compose, *processes), config)] == []


@every_stack
@pytest.mark.skipif(shutil.which("docker") is None, reason="docker is not installed")
def test_compose_takes_it(compose: Compose, processes: tuple[Process, ...], tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(text_of(compose, *processes))
    (tmp_path / ".secrets").mkdir()
    for name in ("app.env", "rabbitmq.env", "db_password"):
        (tmp_path / ".secrets" / name).write_text("A=1\n")
    command = ["docker", "compose", "config", "--format=json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    if "is not a docker command" in done.stderr or "unknown flag: --format" in done.stderr:
        pytest.skip("docker compose is not installed")
    assert done.returncode == 0 and not done.stderr, done.stderr
    services = json.loads(done.stdout)["services"]
    assert set(services) == {p.name for p in processes} | {s.name for s in compose.services}
    if ("ODD", "a: $b #c") in compose.environment:
        assert (
            services["web"]["environment"]["ODD"] == "a: $$b #c"
        )  # config prints it doubled again: nothing was expanded


@every_stack
def test_two_yaml_readers_agree(compose: Compose, processes: tuple[Process, ...]) -> None:
    text = text_of(compose, *processes)
    assert YAML(typ="safe").load(text) == yaml.safe_load(text)


def test_one_process_needs_no_anchor() -> None:
    assert "x-app" not in text_of(Compose(), WEB)
    assert "x-app: &app" in text_of(Compose(), WEB, WORKER)


def test_a_project_without_services_is_short() -> None:
    data = data_of(Compose(), WEB)
    assert set(data) == {"name", "services"}
    assert data["services"]["web"].keys().isdisjoint({"networks", "depends_on", "environment", "env_file", "volumes"})


def test_hardening() -> None:
    web = data_of(Compose(), WEB)["services"]["web"]
    assert web["read_only"] and web["tmpfs"] == ["/tmp:size=256m"] and web["cap_drop"] == ["ALL"] and web["init"]
    assert web["security_opt"] == ["no-new-privileges:true"]
    assert web["ports"] == ["127.0.0.1:8000:8000"]
    assert {"cpus", "memory", "pids"} == set(web["deploy"]["resources"]["limits"])


def test_data_services_are_not_published() -> None:
    data = data_of(FULL, WEB)
    for name in ("postgres", "redis", "rabbitmq"):
        assert "ports" not in data["services"][name]
        assert data["services"][name]["networks"] == ["data"]
    assert data["networks"]["data"] == {"internal": True}


def test_order_of_start() -> None:
    services = data_of(FULL, WEB, WORKER, MIGRATE)["services"]
    done, healthy = {"condition": "service_completed_successfully"}, {"condition": "service_healthy"}
    assert services["migrate"]["depends_on"] == {"postgres": healthy}
    assert services["web"]["depends_on"] == {"migrate": done, "redis": healthy, "rabbitmq": healthy}
    assert services["migrate"]["restart"] == "no" and "ports" not in services["migrate"]


def test_steps_run_one_after_the_other() -> None:
    services = data_of(STACKS["two releases"][0], *STACKS["two releases"][1])["services"]
    assert set(services["seed"]["depends_on"]) == {"migrate"}
    assert set(services["web"]["depends_on"]) == {"seed"}


def test_a_worker_does_not_inherit_the_web_check() -> None:
    services = data_of(FULL, WEB, WORKER, BEAT)["services"]
    assert "healthcheck" not in services["web"]
    assert "':1628'" in services["worker"]["healthcheck"]["test"][3]  # 5672, the broker's port
    assert services["beat"]["healthcheck"]["test"] == ["CMD", "true"]


def test_a_check_of_its_own_is_used() -> None:
    worker = Process("worker", "worker", ("w",), health=("check", "$x"))
    assert data_of(FULL, WEB, worker)["services"]["worker"]["healthcheck"]["test"] == ["CMD", "check", "$$x"]


def test_without_an_image_check_there_is_nothing_to_override() -> None:
    bot = Process("bot", "bot", ("b",))
    assert "healthcheck" not in data_of(Compose(), bot, WORKER)["services"]["worker"]


def test_a_worker_is_asked_whether_it_is_connected_also_where_it_is_the_image() -> None:
    assert ":1628" in " ".join(data_of(FULL, WORKER)["services"]["worker"]["healthcheck"]["test"])


def test_a_command_line_tool_is_not_restarted() -> None:
    app = data_of(Compose(), CLI)["services"]["app"]
    assert "restart" not in app and "ports" not in app


def test_secrets_are_files() -> None:
    data = data_of(FULL, WEB)
    assert data["secrets"] == {"db_password": {"file": ".secrets/db_password"}}
    assert data["services"]["postgres"]["secrets"] == ["db_password"]
    assert data["services"]["rabbitmq"]["env_file"] == ".secrets/rabbitmq.env"
    assert data["services"]["web"]["env_file"] == ".secrets/app.env"


def test_writing_everywhere_is_said() -> None:
    text = text_of(Compose(read_only=False), WEB)
    assert "read_only: true" not in text and "# No read_only" in text


def test_every_known_service_has_what_compose_needs() -> None:
    for name, row in table("services")["services"].items():
        assert ":" in row["image"] and not row["image"].endswith(":latest"), name
        assert row["health"][0] in ("CMD", "CMD-SHELL") and row["url"] and row["port"], name


@given(st.text(max_size=80))  # YAML bounds a key on one line to 1024 characters, and an escape takes ten
def test_any_string_is_one_scalar(value: str) -> None:
    scalar = yaml_scalar(value)
    assert "\n" not in scalar
    expected: list[tuple[str, object]] = [
        (f"key: {scalar}\n", {"key": value}),
        (f"[{scalar}, {scalar}]\n", [value, value]),
        (f"{{{scalar}: 1}}\n", {value: 1}),
        (f"- {scalar}  # a comment\n", [value]),
    ]
    for document, meant in expected:
        assert yaml.safe_load(document) == meant
        assert YAML(typ="safe", pure=True).load(io.StringIO(document)) == meant


@pytest.mark.parametrize(
    "value",
    ["", "yes", "No", "on", "null", "~", "1", "1.0", "0o7", "1e3", "12:30:45", "- a", "a: b", "a #b", "#a", "&a", "*a", "!a", "%a", "@a",
     "`a`", "'a'", '"a"', "{a}", "[a]", "a, b", "?", "? a", "=", "<<", "-", "--- a", "...", "2024-01-01", ".5", "_1", "a:", ":a", "a:b",
     "\\", "\t", "\x00", "\x85", "\u2028", "\ufeff", "é", "\U0001f600", "a\nb", " a", "a ", "0x1F", ".inf", "y"],
)  # fmt: skip
def test_strings_with_a_meaning(value: str) -> None:
    for read in (yaml.safe_load, YAML(typ="safe", pure=True).load):
        assert read(f"k: {yaml_scalar(value)}\n") == {"k": value}
        assert read(f"[a, {yaml_scalar(value)}]\n") == ["a", value]


def test_other_scalars() -> None:
    assert [yaml_scalar(v) for v in (None, True, False, 3, 1.5)] == ["null", "true", "false", "3", "1.5"]


def test_what_needs_no_quotes_has_none() -> None:
    plain = ("redis://redis:6379/0", "postgres:17", "/var/lib/data", "--app=x", "pg_isready --username=app")
    assert [yaml_scalar(v) for v in plain if not v.startswith("-")] == [v for v in plain if not v.startswith("-")]


def test_dollars_are_doubled_for_compose() -> None:
    assert yaml.safe_load(compose_value("$a ${b} $$")) == "$$a $${b} $$$$"
    assert compose_value(3) == "3"
