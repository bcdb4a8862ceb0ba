"""compose.override.yaml: servers, what is watched, switches, mail, tools, ports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dockgen.cli.reading import read_project
from dockgen.decide.development import with_ports
from dockgen.decide.reload import developed
from dockgen.decide.targets import development_groups
from dockgen.facts import Application, Dependency, Django, EnvVar, Fact, Facts, Manager
from dockgen.plans import Plan, Process, System
from dockgen.rendering import render

FACTS = Facts(Fact("shop"), Manager("pip"))


class Loader(yaml.SafeLoader):
    """YAML with compose's own tags."""


def _sequence(loader: yaml.SafeLoader, node: yaml.Node) -> list[object]:
    assert isinstance(node, yaml.SequenceNode)
    return list(loader.construct_sequence(node))


Loader.add_constructor("!override", _sequence)


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def made(root: Path, files: dict[str, str], **answers: Any) -> dict[str, str]:
    plan = decided(root, files, **answers)
    return render(plan)


def decided(root: Path, files: dict[str, str], **answers: Any) -> Plan | System:
    _, plan = read_project(tree(root, files), {"with": ["dev"], **answers}).decide()
    assert not plan.questions, plan.questions
    return plan


def override(root: Path, files: dict[str, str], **answers: Any) -> dict[str, Any]:
    text = made(root, files, **answers)["compose.override.yaml"]
    found = yaml.load(text, Loader)
    assert isinstance(found, dict)
    return found


FLASK = {
    "requirements.txt": "flask==3.1.2\ngunicorn==23.0.0\n",
    "app.py": 'import flask\n\napp = flask.Flask(__name__)\n\n\n@app.get("/health")\ndef health():\n    return "ok"\n',
}


# ---- servers


def web(*command: str) -> Process:
    return Process("web", "web", command, 8000)


@pytest.mark.parametrize(
    "command, expected",
    [
        (
            ("uvicorn", "a:b", "--workers", "4", "--timeout-graceful-shutdown=25"),
            ("uvicorn", "a:b", "--timeout-graceful-shutdown=2", "--reload"),
        ),
        (("gunicorn", "a:b", "-w", "4"), ("gunicorn", "a:b", "--workers=1", "--reload")),
        (("hypercorn", "a:b", "--graceful-timeout=25"), ("hypercorn", "a:b", "--graceful-timeout=2", "--reload")),
        (("streamlit", "run", "a.py"), ("streamlit", "run", "a.py", "--server.runOnSave=true")),
    ],
)
def test_a_server_reloads_with_one_process(command: tuple[str, ...], expected: tuple[str, ...]) -> None:
    run = developed(FACTS, web(*command))
    assert run.command == expected and run.reloads
    assert not any("reload" in word for word in run.alone)  # for a debugger


@pytest.mark.parametrize("command", [("python", "bot.py"), ("daphne", "a:b"), ("celery", "--app=a", "worker")])
def test_what_has_no_reloader_is_started_again(command: tuple[str, ...]) -> None:
    run = developed(FACTS, Process("worker", "worker", command))
    assert run.command == command and not run.reloads


def flask(version: str | None, specifier: str = "", *others: str) -> Facts:
    return Facts(
        Fact("shop"),
        Manager("pip"),
        dependencies=(Dependency("flask", specifier, version), *(Dependency(other) for other in others)),
        applications=(Application("flask", "wsgi", "shop", "create_app", "shop/__init__.py", 3, factory=True),),
    )


def test_flask_is_served_by_its_own_server() -> None:
    run = developed(flask("3.1.2"), web("gunicorn", "shop:create_app()"))
    assert run.command == ("flask", "--app=shop:create_app()", "run", "--host=0.0.0.0", "--port=8000", "--debug")
    assert run.alone == run.command[:-1]


@pytest.mark.parametrize("facts", [flask("2.1.0"), flask(None, "<2.3"), flask("3.1.2", "", "flask-socketio"), FACTS])
def test_flask_of_old_and_socketio_keep_gunicorn(facts: Facts) -> None:
    assert developed(facts, web("gunicorn", "shop:create_app()")).command[0] == "gunicorn"


def django(*apps: str, channels: bool = False, env: tuple[EnvVar, ...] = ()) -> Facts:
    found = Django(
        "manage.py", "site.settings", "site.settings", "site.wsgi", "site.asgi", None, "static", None, True, True, None,
        channels, apps=tuple(Fact(app) for app in apps),
    )  # fmt: skip
    return Facts(Fact("shop"), Manager("pip"), django=found, env=env)


def test_django_runs_its_own_server() -> None:
    facts = django(env=(EnvVar("DEBUG"),))
    run = developed(facts, web("gunicorn", "site.wsgi:application"))
    assert run.command == ("python", "manage.py", "runserver", "0.0.0.0:8000")
    assert run.alone == (*run.command, "--noreload")


def test_django_without_a_switch_is_told_to_serve_static_files() -> None:
    assert developed(django(), web("gunicorn", "site.wsgi:application")).command[-1] == "--insecure"


def test_websockets_need_daphne_among_the_applications() -> None:
    process = web("uvicorn", "site.asgi:application")
    assert developed(django("channels", channels=True), process).command[0] == "uvicorn"
    assert developed(django("channels", "daphne", channels=True), process).command[:3] == (
        "python", "manage.py", "runserver",
    )  # fmt: skip


def test_a_command_that_ends_is_left_alone() -> None:
    command = ("flask", "--app=shop", "db", "upgrade")
    assert developed(flask("3.1.2"), Process("migrate", "release", command)).command == command


# ---- the file


def test_production_is_one_file_away(tmp_path: Path) -> None:
    files = made(tmp_path, FLASK)
    assert "docker compose -f compose.yaml up --build --wait\n" in files["compose.yaml"]
    assert "docker compose up --build --watch\n" in files["compose.override.yaml"]
    for word in ("debugpy", "develop", "target", "adminer"):
        assert word not in files["compose.yaml"]
    assert "compose.override.yaml\n" in files[".dockerignore"]


def test_without_compose_there_is_none(tmp_path: Path) -> None:
    files = made(tmp_path, FLASK, without=["compose"])
    assert "compose.override.yaml" not in files and " AS dev\n" in files["Dockerfile"]


def test_code_is_copied_and_manifests_rebuild(tmp_path: Path) -> None:
    [sync, rebuild] = override(tmp_path, FLASK)["services"]["web"]["develop"]["watch"]
    assert sync == {"action": "sync", "path": ".", "target": "/app", "ignore": ["requirements.txt"]}
    assert rebuild == {"action": "rebuild", "path": "requirements.txt"}


def test_of_a_package_its_own_folder_is_copied(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask==3.1.2"]\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
        "shop/__init__.py": "",
        "shop/web.py": FLASK["app.py"],
    }
    sync = override(tmp_path, files)["services"]["web"]["develop"]["watch"][0]
    assert (sync["path"], sync["target"]) == ("shop", "/app/shop")


def test_the_debugger_is_on_this_machine_alone_and_waits_for_nobody(tmp_path: Path) -> None:
    debug = override(tmp_path, FLASK)["services"]["web-debug"]
    assert debug["ports"] == ["127.0.0.1:5678:5678", "127.0.0.1:8001:8000"]
    assert debug["profiles"] == ["debug"] and "--wait-for-client" not in debug["command"]
    assert debug["develop"]["watch"][0]["action"] == "sync+restart"


def test_a_program_that_ends_waits_for_its_debugger(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "rich==14.0.0\n",
        "main.py": 'import rich\n\nif __name__ == "__main__":\n    rich.print()\n',
    }
    found = override(tmp_path, files)["services"]
    name = next(name for name in found if name.endswith("-debug"))
    assert found[name]["command"][:6] == ["python", "-m", "debugpy", "--listen", "0.0.0.0:5678", "--wait-for-client"]
    assert "develop" not in found[name.removesuffix("-debug")]


# ---- switches and mail


@pytest.mark.parametrize(
    "read, expected",
    [
        ('os.environ.get("APP_DEBUG", "") == "1"', "1"),
        ('os.environ.get("APP_DEBUG", "False") == "True"', "True"),
        ('os.environ.get("APP_DEBUG", "false").lower() == "true"', "true"),
    ],
)
def test_a_switch_that_the_code_reads_is_on(read: str, expected: str, tmp_path: Path) -> None:
    code = FLASK["app.py"].replace("import flask\n", f"import os\n\nimport flask\n\nDEBUG = {read}\n")
    found = override(tmp_path, FLASK | {"app.py": code})["services"]["web"]
    assert found["environment"] == {"APP_DEBUG": expected}


def test_no_switch_is_made_up(tmp_path: Path) -> None:
    files = FLASK | {".env.example": "DEBUG=1\n"}
    assert "environment" not in override(tmp_path, files)["services"]["web"]


MAIL = """import os
import smtplib

HOST = os.environ.get("SMTP_HOST", "localhost")
PORT = int(os.environ.get("SMTP_PORT", "587"))
USER = os.environ.get("SMTP_USER", "")
TLS = os.environ.get("SMTP_USE_TLS", "true") == "true"
"""


def test_mail_goes_to_mailpit(tmp_path: Path) -> None:
    found = override(tmp_path, FLASK | {"mail.py": MAIL, "app.py": "import mail\n" + FLASK["app.py"]})["services"]
    environment = found["web"]["environment"]
    assert (environment["SMTP_HOST"], environment["SMTP_PORT"]) == ("mailpit", "1025")
    assert environment["SMTP_USE_TLS"] == "false" and "SMTP_USER" not in environment
    assert found["mailpit"]["ports"] == ["127.0.0.1:8025:8025"]
    assert "profiles" not in found["mailpit"]  # the application needs it there


def test_a_login_that_the_code_cannot_do_without_is_any(tmp_path: Path) -> None:
    mail = MAIL.replace('os.environ.get("SMTP_USER", "")', 'os.environ["SMTP_USER"]')
    found = override(tmp_path, FLASK | {"mail.py": mail, "app.py": "import mail\n" + FLASK["app.py"]})["services"]
    assert found["web"]["environment"]["SMTP_USER"] == "mailpit"
    assert found["mailpit"]["environment"]["MP_SMTP_AUTH_ACCEPT_ANY"] == "1"


def test_an_address_of_somebody_is_no_server(tmp_path: Path) -> None:
    code = 'import os\n\nSENDER = os.environ.get("DEFAULT_EMAIL_ADDRESS", "a@example.com")\n' + FLASK["app.py"]
    assert "mailpit" not in override(tmp_path, FLASK | {"app.py": code})["services"]


def test_production_sends_its_mail_where_it_did(tmp_path: Path) -> None:
    files = made(tmp_path, FLASK | {"mail.py": MAIL, "app.py": "import mail\n" + FLASK["app.py"]})
    assert "mailpit" not in files["compose.yaml"]


# ---- tools

CELERY = """import os
from celery import Celery

celery = Celery("shop", broker=os.environ["CELERY_BROKER_URL"])


@celery.task
def pack():
    pass
"""


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
def test_flower_is_told_the_broker(broker: str, tmp_path: Path) -> None:
    files = FLASK | {
        "requirements.txt": FLASK["requirements.txt"] + f"celery{'[redis]' if broker == 'redis' else ''}==5.5.3\n",
        "tasks.py": CELERY,
        "app.py": "import tasks\n" + FLASK["app.py"],
        ".env.example": f"CELERY_BROKER_URL={'redis' if broker == 'redis' else 'amqp'}://localhost\n",
    }
    plan = decided(tmp_path, files, service=[broker])
    assert isinstance(plan, Plan) and plan.compose is not None
    flower = yaml.load(render(plan)["compose.override.yaml"], Loader)["services"]["flower"]
    assert flower["profiles"] == ["tools"] and flower["ports"] == ["127.0.0.1:5555:5555"]
    if broker == "redis":
        assert flower["environment"] == {"CELERY_BROKER_URL": "redis://redis:6379/0"}
    else:
        assert flower["env_file"] == ".secrets/flower.env" and "environment" not in flower
        secret = next(s for s in plan.compose.secrets if s.file == "flower.env")
        assert re.fullmatch(r"amqp://app:\{rabbitmq_password\}@rabbitmq:5672/+", secret.template)


def test_a_project_that_starts_its_own_flower_gets_no_other(tmp_path: Path) -> None:
    files = FLASK | {
        "requirements.txt": FLASK["requirements.txt"] + "celery[redis]==5.5.3\nflower==2.0.1\n",
        "tasks.py": CELERY,
        "app.py": "import tasks\n" + FLASK["app.py"],
        "Procfile": "web: gunicorn app:app\nworker: celery --app=tasks worker\nflower: celery --app=tasks flower\n",
    }
    found = override(tmp_path, files, service=["redis"])["services"]
    assert "image" not in found["flower"] or found["flower"]["image"].endswith(":dev")


@pytest.mark.parametrize("service", ["postgres", "mysql", "mariadb"])
def test_adminer_looks_into_sql_databases(service: str, tmp_path: Path) -> None:
    adminer = override(tmp_path, FLASK, service=[service])["services"]["adminer"]
    assert adminer["environment"] == {"ADMINER_DEFAULT_SERVER": service}
    assert adminer["networks"] == ["data", "public"] and adminer["image"].startswith("adminer:")


def test_a_project_without_such_services_has_no_tools(tmp_path: Path) -> None:
    assert set(override(tmp_path, FLASK, service=["redis"])["services"]) == {"web", "web-debug"}


def test_tools_come_from_the_registry(tmp_path: Path) -> None:
    found = override(tmp_path, FLASK, service=["postgres"], registry="mirror.example.com")["services"]
    assert found["adminer"]["image"] == "mirror.example.com/adminer:5"


# ---- several applications


def test_ports_of_several_applications_do_not_clash(tmp_path: Path) -> None:
    files = {f"services/{app}/{name}": text for app in ("api", "site") for name, text in FLASK.items()}
    found = override(tmp_path, files, service=["postgres"])["services"]
    ports = [port.rsplit(":", 2)[1] for one in found.values() for port in one.get("ports", ())]
    assert len(ports) == len(set(ports)) == 5  # two debuggers, two debugged processes, one adminer
    watch = found["site"]["develop"]["watch"]
    assert watch[0] == {"action": "sync", "path": "services/site", "target": "/app", "ignore": ["requirements.txt"]}
    assert watch[1]["path"] == "services/site/requirements.txt"


def test_a_port_that_a_process_has_is_not_given_to_a_tool(tmp_path: Path) -> None:
    plan = decided(tmp_path, FLASK, service=["postgres"], port=8080)
    assert isinstance(plan, Plan) and plan.development is not None
    assert {tool.host for tool in plan.development.tools} == {8082}  # 8081 is the debugged process's
    assert with_ports((plan,))[0] == plan


# ---- the dev target


def test_what_only_developing_needs_is_installed_apart_from_the_code(tmp_path: Path) -> None:
    text = made(tmp_path, FLASK | {"requirements-dev.txt": "pytest==9.0.0\n"})["Dockerfile"]
    stage = text[text.index("AS development") :]
    assert "pytest==9.0.0 debugpy==" in stage[: stage.index("FROM runtime AS dev")]
    assert "COPY --link --from=development /app/.venv /app/.venv" in stage
    assert "debugpy" not in text[: text.index("AS development")].replace("debugpy.\n", "")


def test_uvicorn_gets_a_watcher_where_it_has_none(tmp_path: Path) -> None:
    code = "from fastapi import FastAPI\n\napp = FastAPI()\n"
    bare = {"requirements.txt": "fastapi==0.120.0\nuvicorn==0.38.0\n", "main.py": code}
    assert "watchfiles==" in made(tmp_path / "a", bare)["Dockerfile"]
    has = bare | {"requirements.txt": bare["requirements.txt"] + "watchfiles==1.1.0\n"}
    assert "watchfiles" not in made(tmp_path / "b", has)["Dockerfile"]


def test_groups_for_developing_and_testing() -> None:
    found = [Dependency("ruff", group="dev"), Dependency("pytest", group="test"), Dependency("sphinx", group="docs")]
    assert development_groups(found) == ("dev", "test")


def test_a_pack_changes_one_block(tmp_path: Path) -> None:
    from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

    from dockgen.rendering import builtin_pack, environment

    mine = '{% extends "compose.override.yaml.j2" %}{% block tools %}\n  mine:\n    image: mine\n{% endblock %}'
    plan = decided(tmp_path, FLASK, service=["postgres"])
    env = environment(ChoiceLoader([DictLoader({"mine.j2": mine}), FileSystemLoader(builtin_pack())]))
    found = yaml.load(env.get_template("mine.j2").render(plan=plan), Loader)
    assert set(found["services"]) == {"web", "web-debug", "mine"}
    assert found["services"]["web"]["build"] == {"target": "dev"}


def test_edits_of_the_override_are_seen_and_kept(tmp_path: Path) -> None:
    from tests.e2e import lab

    folder = tree(tmp_path, FLASK)
    assert lab.dockgen("init", str(folder), "--yes", "--with", "dev").code == 0
    assert lab.dockgen("check", str(folder)).code == 0
    path = folder / "compose.override.yaml"
    path.write_text(path.read_text().replace("stop_grace_period: 5s", "stop_grace_period: 9s"))
    assert lab.dockgen("check", str(folder)).code == 4
    (folder / "requirements-extra.txt").write_text("rich==14.0.0\n")
    (folder / "requirements.txt").write_text("-r requirements-extra.txt\n" + FLASK["requirements.txt"])
    assert lab.dockgen("update", str(folder), "--yes").code == 0
    text = path.read_text()
    assert "stop_grace_period: 9s" in text and "path: requirements-extra.txt" in text
