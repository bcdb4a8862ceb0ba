"""What runs: from answers, declared commands, application objects, console scripts and programs."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from dockgen.decide.older import for_python
from dockgen.decide.processes import ProcessChoice, decide_processes
from dockgen.facts import (
    Application,
    ConsoleScript,
    DeclaredCommand,
    Dependency,
    Django,
    EnvVar,
    Evidence,
    Fact,
    Facts,
    HealthRoute,
    HostSetting,
    Leads,
    Manager,
    Migration,
    Program,
    ServiceUse,
)

HERE = Evidence("x", 1, "seen")


def facts(*applications: Application, uses: tuple[str, ...] = (), **options: Any) -> Facts:
    dependencies = tuple(Dependency(n.partition("==")[0], version=n.partition("==")[2] or None) for n in uses)
    return Facts(
        name=Fact("shop"), manager=Manager("pip"), applications=applications, dependencies=dependencies, **options
    )


def chosen(known: Facts, **answers: Any) -> ProcessChoice:
    return decide_processes(known, answers)


def command(known: Facts, **answers: Any) -> str:
    return " ".join(chosen(known, **answers).processes[0].command)


def declared(text: str, process: str = "web") -> DeclaredCommand:
    return DeclaredCommand(process, text, tuple(text.split()), Evidence("Procfile", 1, "the Procfile's web process"))


API = Application("fastapi", "asgi", "main", "app", "main.py", 3)
SITE = Application("flask", "wsgi", "shop.wsgi", "application", "shop/wsgi.py", 3)


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        (("uvicorn",), "uvicorn main:app --host 0.0.0.0 --port 8000 --timeout-graceful-shutdown=25"),
        (
            ("hypercorn",),
            "hypercorn main:app --bind 0.0.0.0:8000 --access-logfile=- --graceful-timeout=25",
        ),
        (("daphne",), "daphne -b 0.0.0.0 -p 8000 main:app"),
        (("granian",), "granian --interface asgi --host 0.0.0.0 --port 8000 main:app"),
        (("hypercorn", "uvicorn==0.21.1"), "uvicorn main:app --host 0.0.0.0 --port 8000"),
    ],
)
def test_the_server_that_is_there(uses: tuple[str, ...], expected: str) -> None:
    assert command(facts(API, uses=uses)) == expected
    assert chosen(facts(API, uses=uses)).additions == ()


def test_uwsgi_is_a_server_that_is_there() -> None:
    told = "uwsgi --http=0.0.0.0:8000 --module={} --master --die-on-term --need-app --enable-threads"
    assert command(facts(SITE, uses=("uwsgi==2.0.30",))) == told.format("shop.wsgi:application")
    factory = replace(SITE, module="shop", object="create_app", factory=True)
    assert command(facts(factory, uses=("pyuwsgi",))) == told.format("shop:create_app()")
    assert command(facts(SITE, uses=("uwsgi", "gunicorn==23.0"))).startswith("gunicorn ")


def test_a_server_is_added_and_told() -> None:
    choice = chosen(facts(API))
    assert choice.additions[0].startswith("uvicorn==") and "add uvicorn to yours" in choice.warnings[0].message
    choice = chosen(facts(SITE))
    assert choice.additions[0].startswith("gunicorn==") and choice.processes[0].command[0] == "gunicorn"


def test_no_development_server_runs_in_the_image() -> None:
    """Nor on the port where nothing else would listen: Flask's own is kept where the author publishes it."""
    choice = chosen(facts(replace(SITE, runs_itself=True, host="0.0.0.0")))
    assert choice.processes[0].command[:3] == ("gunicorn", "shop.wsgi:application", "--bind=0.0.0.0:5000")
    assert choice.additions and "no server is among the dependencies" in choice.warnings[0].message
    assert chosen(facts(replace(SITE, runs_itself=True))).processes[0].port == 8000


def test_the_module_for_servers_counts_before_the_one_for_developing() -> None:
    developing = replace(SITE, module="run", object="app", file="run.py", runs_itself=True, port=5001)
    assert command(facts(developing, SITE)).startswith("gunicorn shop.wsgi:application --bind=0.0.0.0:8000")


def test_what_the_project_itself_starts_counts_before_the_objects_of_another_program() -> None:
    page = Program("page.py", 1, guard=True, serves="gradio", host="0.0.0.0", port=7860)
    assert command(facts(API, programs=(page,), commands=(declared("python page.py"),))) == "python page.py"
    run = replace(page, serves="fastapi")
    assert command(facts(API, programs=(run,), commands=(declared("python page.py"),))).startswith("uvicorn main:app")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gunicorn shop.wsgi", "gunicorn shop.wsgi --bind=0.0.0.0:8000 --config=gunicorn.docker.py"),
        (
            "gunicorn -w 4 -b 127.0.0.1:9000 --reload shop.wsgi:application",
            "gunicorn -w 4 shop.wsgi:application --bind=0.0.0.0:9000 --config=gunicorn.docker.py",
        ),
        ("gunicorn -c conf.py --bind=:$PORT shop.wsgi", "gunicorn -c conf.py shop.wsgi --bind=0.0.0.0:8000"),
        (
            "gunicorn shop.wsgi --access-logfile /dev/null",
            "gunicorn shop.wsgi --access-logfile /dev/null --bind=0.0.0.0:8000 --config=gunicorn.docker.py",
        ),
    ],
)
def test_the_projects_own_command_with_a_containers_address(text: str, expected: str) -> None:
    known = facts(SITE, uses=("gunicorn==23.0",), commands=(declared(text),))
    assert command(known) == expected
    assert chosen(known).processes[0].evidence[0].file == "Procfile"


@pytest.mark.parametrize(
    "text",
    [
        "gunicorn shop.wsgi -w $WORKERS",  # a shell's work
        "uwsgi --http :8000 --module shop.wsgi",  # no server that dockgen knows to bind
        "waitress-serve shop.wsgi:application",  # not among the dependencies
        "DEBUG=1 gunicorn shop.wsgi",
    ],
)
def test_a_command_that_a_container_cannot_run_names_the_application_only(text: str) -> None:
    known = facts(
        SITE, replace(SITE, module="other", file="o.py"), uses=("gunicorn==23.0",), commands=(declared(text),)
    )
    assert command(known).startswith("gunicorn shop.wsgi:application --bind=0.0.0.0:8000")


@pytest.mark.parametrize(
    ("options", "answers", "port"),
    [
        ({}, {}, 8000),
        ({}, {"port": 9000}, 9000),
        ({"commands": (DeclaredCommand("port", "5006", ("5006",), HERE),)}, {}, 5006),
        ({"commands": (DeclaredCommand("port", "80", ("80",), HERE),)}, {}, 8000),
        ({"commands": (declared("uvicorn main:app --port 8080"),)}, {}, 8080),
    ],
)
def test_port(options: dict[str, Any], answers: dict[str, Any], port: int) -> None:
    assert chosen(facts(API, uses=("uvicorn",), **options), **answers).processes[0].port == port


def test_the_port_in_the_code_counts_first() -> None:
    known = facts(replace(API, port=8008), commands=(DeclaredCommand("port", "5006", ("5006",), HERE),))
    assert chosen(known).processes[0].port == 8008


def test_several_applications_are_a_question() -> None:
    choice = chosen(facts(API, replace(API, module="other", file="other.py")))
    assert choice.ambiguities[0].choices == ("main:app", "other:app") and choice.entry is None
    assert chosen(facts(API, replace(API, module="other", file="other.py")), entry="other:app").ambiguities == ()


def test_of_several_in_one_module_the_plain_name_counts() -> None:
    admin = replace(API, object="admin_app", line=9)
    assert chosen(facts(admin, API)).entry == Fact("main:app", chosen(facts(admin, API)).entry.evidence)  # type: ignore[union-attr]
    assert chosen(facts(API, replace(API, object="other", line=9))).entry is None


def test_one_object_under_two_names_is_none() -> None:
    known = facts(replace(SITE, module="shop.web", object="app"), SITE)
    assert chosen(known).entry == Fact("shop.wsgi:application", chosen(known).entry.evidence)  # type: ignore[union-attr]


def test_tests_count_only_where_there_is_nothing_else() -> None:
    assert command(facts(API, replace(API, module="t", file="t.py", test=True))).startswith("uvicorn main:app")
    assert command(facts(replace(API, test=True))).startswith("uvicorn main:app")


def test_a_named_framework_decides() -> None:
    known = facts(API, SITE, uses=("uvicorn", "gunicorn==23.0"), frameworks=(Fact("fastapi"), Fact("flask")))
    assert chosen(known).entry is None
    assert command(known, framework="flask").startswith("gunicorn shop.wsgi:application")
    assert "nothing in the code uses quart" in chosen(known, framework="Quart").ambiguities[0].why


def test_a_factory_is_called() -> None:
    assert "gunicorn shop:create_app() " in command(
        facts(replace(SITE, module="shop", object="create_app", factory=True))
    )
    assert "uvicorn main:make --factory" in command(facts(replace(API, object="make", factory=True)))
    assert chosen(facts(replace(API, factory=True, factory_required_args=1))).entry is None


DJANGO = Django(
    "site/manage.py", "p.settings", "p.settings", "p.wsgi", "p.asgi", None, None, None, True, True, None, False
)


def test_django() -> None:
    choice = chosen(facts(uses=("django", "gunicorn==23.0"), django=DJANGO))
    assert choice.processes[0].command[:2] == ("gunicorn", "p.wsgi:application") and choice.python_path == ("site",)
    choice = chosen(facts(uses=("django", "daphne"), django=replace(DJANGO, channels=True)))
    assert choice.processes[0].command[-1] == "p.asgi:application"
    known = facts(
        uses=("django", "uvicorn", "gunicorn"), django=DJANGO, commands=(declared("uvicorn p.asgi:application"),)
    )
    assert command(known).startswith("uvicorn p.asgi:application --host")
    alone = facts(django=replace(DJANGO, wsgi=None, asgi=None), programs=(Program(DJANGO.manage, 1, guard=True),))
    assert (chosen(alone).processes, chosen(alone).ambiguities[0].answer) == ((), "start")


@pytest.mark.parametrize(
    ("settings", "files", "told"),
    [
        ("p.settings.dev", ("site/p/settings/dev.py", "site/p/settings/production.py"), True),
        ("p.settings.production", ("site/p/settings/dev.py", "site/p/settings/production.py"), False),
        ("p.settings.dev", ("site/p/settings/dev.py",), False),
    ],
)
def test_django_with_the_settings_of_development(settings: str, files: tuple[str, ...], told: bool) -> None:
    known = facts(
        uses=("django", "gunicorn==23.0"),
        django=replace(DJANGO, settings=settings),
        leads=tuple(Leads(file, ()) for file in files),
    )
    texts = [warning.message for warning in chosen(known).warnings]
    assert any("DJANGO_SETTINGS_MODULE=p.settings.production" in text for text in texts) is told


def test_programs() -> None:
    assert command(facts(programs=(Program("run.py", 1),))) == "python run.py"
    package = Program("shop/main.py", 1, module="shop.main")
    assert command(facts(programs=(package,))) == "python -m shop.main"
    assert command(facts(programs=(Program("tools/x.py", 1), package))) == "python -m shop.main"
    two = facts(programs=(Program("a.py", 1, guard=True), Program("b.py", 1, guard=True)))
    assert chosen(two).ambiguities[0].choices == ("a.py", "b.py")
    serving = facts(programs=(Program("client.py", 1), Program("server.py", 1, serves="grpcio", port=50051)))
    assert chosen(serving).processes[0].port == 50051


def test_of_declared_programs_the_one_that_serves_counts_before_its_client() -> None:
    programs = (Program("client.py", 1, guard=True), Program("server.py", 1, guard=True, serves="grpcio", port=50051))
    commands = tuple(DeclaredCommand(n, f"python {n}.py", ("python", f"{n}.py"), HERE) for n in ("client", "server"))
    assert command(facts(programs=programs, commands=commands)) == "python server.py"
    worker = (Program("client.py", 1, guard=True, stays=3), programs[1])
    assert command(facts(programs=worker, commands=commands)) == "python client.py"


def test_a_server_command_for_an_object_that_is_not_there_names_the_program_of_its_module() -> None:
    programs = tuple(Program(f"app/{n}.py", 1, guard=True, serves="dash") for n in ("app", "app_map"))
    served = DeclaredCommand("web", "", ("gunicorn", "-b", "0.0.0.0:8051", "app:server"), HERE)
    assert command(facts(programs=programs, commands=(served,))) == "python app/app.py"
    alone = Application(
        "dash", "script", "app.app", "app", "app/app.py", 3, runs_itself=True
    )  # without a server object
    assert command(facts(alone, programs=programs, commands=(served,))) == "python app/app.py"
    assert chosen(facts(programs=programs)).entry is None


def test_a_port_on_loopback_gives_way_to_what_the_image_exposes() -> None:
    local = Application("falcon", "wsgi", "shop", "api", "shop.py", 1, host="localhost", port=8041)
    exposed = (DeclaredCommand("port", "8000", (), HERE),)
    assert chosen(facts(local)).processes[0].port == 8041
    assert chosen(facts(local, commands=exposed)).processes[0].port == 8000
    assert chosen(facts(replace(local, host="0.0.0.0"), commands=exposed)).processes[0].port == 8041


@pytest.mark.parametrize(
    ("words", "exposed", "port"),
    [
        (("flask", "run", "--host=0.0.0.0"), None, 5000),
        (("python", "-m", "flask", "--app", "shop", "run", "-h", "0.0.0.0"), None, 5000),
        (("flask", "run"), None, 8000),
        (("flask", "run", "--port", "5050"), None, 5050),
        (("flask", "run"), "8030", 8030),
        (("flask", "db", "upgrade"), None, 8000),
    ],
)
def test_the_port_of_flasks_own_command(words: tuple[str, ...], exposed: str | None, port: int) -> None:
    commands = [DeclaredCommand("web", " ".join(words), words, HERE)]
    commands += [DeclaredCommand("port", exposed, (exposed,), HERE)] if exposed else []
    application = Application("flask", "wsgi", "shop", "app", "shop.py", 1)
    assert chosen(facts(application, commands=tuple(commands))).processes[0].port == port


def test_a_bot_has_no_port() -> None:
    known = facts(programs=(Program("bot.py", 1, serves="discord-py"),), frameworks=(Fact("discord-py"),))
    assert (chosen(known).processes[0].kind, chosen(known).processes[0].port) == ("bot", None)


def test_a_program_that_only_the_container_reaches_is_told() -> None:
    known = facts(programs=(Program("app.py", 1, serves="flask", host="127.0.0.1", port=5000),))
    assert "nobody outside the container reaches it" in chosen(known).warnings[0].message
    assert chosen(facts(programs=(Program("app.py", 1, serves="aiohttp"),))).processes[0].port == 8080
    gradio = chosen(facts(programs=(Program("app.py", 1, serves="gradio"),)))
    assert ("GRADIO_SERVER_NAME", "0.0.0.0") in gradio.environment and not gradio.warnings


def test_a_port_that_cannot_be_read_is_set_or_told() -> None:
    program = Program("app.py", 1, serves="aiohttp", unread=("port",))
    assert "8080 is a guess" in chosen(facts(programs=(program,))).warnings[0].message
    assert chosen(facts(programs=(program,)), port=9000).warnings == ()
    exposed = facts(programs=(program,), commands=(DeclaredCommand("port", "8081", ("8081",), HERE),))
    assert (chosen(exposed).warnings, chosen(exposed).processes[0].port) == ((), 8081)
    variable = chosen(facts(programs=(replace(program, port_variable="API_PORT"),)))
    assert (variable.environment, variable.warnings) == ((("API_PORT", "8080"),), ())


def test_a_host_that_cannot_be_read_is_not_said_to_be_the_loopback() -> None:
    program = Program("app.py", 1, serves="flask", port=5000)
    assert "binds 127.0.0.1" in chosen(facts(programs=(program,))).warnings[0].message
    assert chosen(facts(programs=(replace(program, unread=("host",)),))).warnings == ()


def test_django_with_debug_on_is_told() -> None:
    django = Django(
        "manage.py", "p.settings", "p.settings", "p.wsgi", None, None, None, None, False, True, ("*",), False
    )
    on = replace(django, debug=Evidence("p/settings.py", 4, "DEBUG"))
    told = [[w.message for w in chosen(facts(django=d)).warnings if "DEBUG" in w.message] for d in (django, on)]
    assert told[0] == [] and "no variable turns it off" in told[1][0]
    variable = chosen(facts(django=replace(on, debug_variable="APP_DEBUG"))).warnings
    assert any("set APP_DEBUG for it to be off" in w.message for w in variable)


def test_a_program_on_the_loopback_is_opened_by_what_sets_its_host() -> None:
    serve = Program("shop/cli.py", 9, serves="uvicorn", host="127.0.0.1", port=8001, script="shop", subcommand="serve")
    script = ConsoleScript("shop", "shop.cli:main", HERE)

    def opened(setting: HostSetting | None, **options: Any) -> ProcessChoice:
        known = facts(scripts=(script,), starts=(replace(serve, host_setting=setting),), **options)
        return chosen(replace(known, manager=Manager("pip", packaged=True)))

    after = opened(HostSetting("--host"))
    assert (" ".join(after.processes[0].command), after.warnings) == ("shop serve --host=0.0.0.0", ())
    assert opened(HostSetting("--host", early=True)).processes[0].command == ("shop", "--host=0.0.0.0", "serve")
    assert opened(HostSetting(variable="SHOP_HOST")).environment == (("SHOP_HOST", "0.0.0.0"),)
    field = HostSetting(field=("shop/settings.py", 4))
    read = EnvVar("SHOP_HOST", default="127.0.0.1", evidence=(Evidence("shop/settings.py", 4, "a field"),))
    assert opened(field, env=(read,)).environment == (("SHOP_HOST", "0.0.0.0"),)
    assert "nobody outside" in opened(field).warnings[0].message
    said = DeclaredCommand("web", "", ("shop", "serve", "--host", "0.0.0.0"), HERE)
    declared = opened(HostSetting("--host"), commands=(said,))
    assert " ".join(declared.processes[0].command) == "shop serve --host 0.0.0.0" and not declared.warnings


def test_the_port_of_a_console_script_that_serves_a_named_application() -> None:
    made = Application("fastapi", "asgi", "shop.app", "make", "shop/app.py", 2, factory=True)
    start = Program("shop/cli.py", 9, serves="uvicorn", port=8123, script="shop", target="shop/app.py:make")
    assert chosen(facts(made, starts=(start,))).processes[0].port == 8123
    assert chosen(facts(made, starts=(replace(start, target="shop/other.py:app"),))).processes[0].port == 8000
    assert chosen(facts(made, starts=(replace(start, port_variable="PORT"),))).processes[0].port == 8000


def test_console_scripts() -> None:
    script = ConsoleScript("shop", "shop.cli:main", HERE)
    assert command(facts(scripts=(script,))) == "shop"
    assert command(facts(scripts=(replace(script, name="other"), script))) == "shop"
    two = facts(scripts=(replace(script, name="a"), replace(script, name="b")))
    assert chosen(two).ambiguities[0].choices == ("a", "b")


def test_scripts_that_a_program_runs() -> None:
    chat = Application("chainlit", "script", "chat", "", "chat.py", 5)
    assert command(facts(chat)) == "chainlit run chat.py --headless --host 0.0.0.0 --port 8000"
    panel = Application("panel", "script", "a", "", "a.py", 5)
    assert command(facts(panel, replace(panel, file="b.py"))).startswith(
        "panel serve a.py b.py --address=0.0.0.0 --port=5006"
    )


def test_nothing_to_run_is_a_question() -> None:
    assert "was found" in chosen(facts()).ambiguities[0].why


CELERY = Application("celery", "celery", "shop.celery", "app", "shop/celery.py", 4)


def kinds(known: Facts) -> dict[str, str]:
    return {process.name: " ".join(process.command) for process in chosen(known).processes}


def test_celery_beside_the_web_and_alone() -> None:
    beat = "celery --app=shop beat --loglevel=info --schedule=/tmp/celerybeat-schedule --pidfile="
    worker = "celery --app=shop worker --loglevel=info"
    assert kinds(facts(SITE, CELERY, uses=("gunicorn==23.0",)))["worker"] == worker
    assert "scheduler" not in kinds(facts(SITE, CELERY))
    assert kinds(facts(SITE, CELERY, schedules=(HERE,)))["scheduler"] == beat
    assert kinds(facts(CELERY, schedules=(HERE,))) == {"worker": worker, "scheduler": beat}
    stored = kinds(facts(SITE, CELERY, uses=("django-celery-beat",), schedules=(HERE,)))
    assert "DatabaseScheduler" in stored["scheduler"]


def test_workers_of_manage_py() -> None:
    known = facts(uses=("django", "gunicorn==23.0", "django-rq"), django=replace(DJANGO, manage="manage.py"))
    assert kinds(known)["worker"] == "python manage.py rqworker"


def test_a_declared_worker_counts_first() -> None:
    known = facts(SITE, CELERY, commands=(declared("celery -A shop worker -c 2", "worker"),))
    assert kinds(known)["worker"] == "celery -A shop worker -c 2"


def test_the_health_route_is_that_of_the_application() -> None:
    ours, other = HealthRoute("/healthz", "fastapi", "main:app"), HealthRoute("/up", "fastapi", "other:app")
    web = facts(API, uses=("uvicorn",), health=(other, ours))
    assert chosen(web).processes[0].health_path == "/healthz"
    assert chosen(replace(web, health=(replace(ours, application=""),))).processes[0].health_path == "/healthz"
    two = replace(web, applications=(API, replace(API, file="o.py", module="other")), health=(other,))
    assert chosen(two, entry="main:app").processes[0].health_path is None


def test_django_answers_a_check_only_under_an_allowed_host() -> None:
    route = (HealthRoute("/health/", "django", ""),)
    known = facts(uses=("django", "gunicorn==23.0"), django=DJANGO, health=route)
    web = chosen(known).processes[0]
    assert web.health_path == "/health/" and "create_connection" in web.health[2]  # no host is seen to be allowed
    for allowed, host in ((("127.0.0.1", "x.com"), None), ((), None), ((".shop.com", "b.com"), "'shop.com'")):
        web = chosen(replace(known, django=replace(DJANGO, allowed_hosts=allowed))).processes[0]
        assert web.health_path == "/health/" and ("urlopen" in web.health[2]) == (host is None)
        assert host is None or f"'Host': {host}" in web.health[2]
    read = chosen(replace(known, django=replace(DJANGO, hosts_variable="HOSTS"))).processes[0].health[2]
    compile(read, "check", "exec")
    host = read.partition("'Host': ")[2].partition("}")[0]
    for given, wanted in (("a.com,b.com", "a.com"), (".a.com", "a.com"), ("*", "localhost"), ("", "localhost")):
        namespace = {"re": re, "os": SimpleNamespace(environ={"HOSTS": given})}
        assert eval(host, namespace) == wanted


def test_migrations_that_would_ask_their_own_container_are_told_and_not_run() -> None:
    migration = Migration("alembic", ("alembic", "upgrade", "head"), ("alembic.ini", "a"))
    web = Application("fastapi", "asgi", "main", "app", "main.py", 3)
    known = facts(web, uses=("fastapi", "uvicorn"), migrations=(migration,), services=(ServiceUse("postgres"),))
    assert [p.name for p in chosen(known).processes] == ["web", "migrate"]
    fixed = replace(known, migrations=(replace(migration, fixed=Evidence("alembic.ini", 3, "")),))
    assert [p.name for p in chosen(fixed).processes] == ["web"]
    assert [w.evidence[0].line for w in chosen(fixed).warnings if "alembic.ini" in w.message] == [3]


def test_alembic_with_a_fixed_url_is_told_the_address_that_the_program_reads() -> None:
    """With the driver that alembic.ini names: env.py is written for that one."""
    line = Evidence("db/alembic.ini", 3, "")
    config = ("db/alembic.ini", "db/a")
    command = ("alembic", "--config=db/alembic.ini", "upgrade", "head")
    migration = Migration("alembic", command, config, fixed=line, fixed_scheme="postgresql+asyncpg")
    address = EnvVar("DB_URL", required=True, service="postgres", part="url", scheme="postgresql")
    web = Application("fastapi", "asgi", "main", "app", "main.py", 3)
    known = facts(
        web, uses=("fastapi", "uvicorn"), migrations=(migration,), services=(ServiceUse("postgres"),), env=(address,)
    )
    choice = chosen(known)
    assert not [w for w in choice.warnings if "alembic.ini" in w.message]
    python, option, code = choice.processes[-1].command
    assert (python, option) == ("python", "-c")
    asked: list[object] = []

    class Config:
        def __init__(self, path: str) -> None:
            asked.append(path)

        def set_main_option(self, name: str, value: str) -> None:
            asked.append((name, value))

    told = SimpleNamespace(
        config=SimpleNamespace(Config=Config), command=SimpleNamespace(upgrade=lambda _, to: asked.append(to))
    )
    with patch.dict(sys.modules, {"alembic": told}), patch.dict(os.environ, {"DB_URL": "postgres://u:p%40@h:5432/n"}):
        exec(code, {})
    url = "postgresql+asyncpg://u:p%%40@h:5432/n"  # configparser's own way to write %
    assert asked == ["db/alembic.ini", ("sqlalchemy.url", url), "head"]

    two = replace(known, env=(address, replace(address, name="REPLICA_URL")))
    assert [p.name for p in chosen(two).processes] == ["web"]
    for scheme in ("driver", "mysql+pymysql"):  # Alembic's own template; another database
        other = replace(known, migrations=(replace(migration, fixed_scheme=scheme),))
        assert [p.name for p in chosen(other).processes] == ["web"]
    elsewhere = replace(migration, command=("sh", "-c", "cd db && exec alembic upgrade head"))
    assert [p.name for p in chosen(replace(known, migrations=(elsewhere,))).processes] == ["web"]


@pytest.mark.parametrize(
    ("framework", "names", "lock", "added"),
    [
        ("falcon", ("redis",), None, ("falcon",)),
        ("falcon", ("falcon",), None, ()),
        ("flask", ("flask-restx",), None, ()),
        ("quart", (), None, ("quart",)),
        ("quart", (), "poetry.lock", ()),
        ("starlette", ("mcp",), None, ()),
    ],
)
def test_a_framework_that_no_dependency_brings_is_installed_and_told(
    framework: str, names: tuple[str, ...], lock: str | None, added: tuple[str, ...]
) -> None:
    known = facts(Application(framework, "asgi", "main", "app", "main.py", 1), uses=names)
    known = replace(known, manager=Manager("poetry", lock, ("pyproject.toml",)))
    choice = chosen(known)
    assert tuple(a for a in choice.additions if a == framework) == added
    assert bool([w for w in choice.warnings if f"{framework} is imported" in w.message]) is bool(added)
    if framework == "quart" and added:
        assert choice.processes[0].command[0] == "hypercorn"


@pytest.mark.parametrize(
    ("framework", "python", "added"),
    [
        ("flask", "3.9", "gunicorn==23.0.0"),
        ("flask", "3.13.1", "gunicorn==26.1.0"),
        ("fastapi", "3.7.9", "uvicorn==0.22.0"),
        ("fastapi", "3.6", "uvicorn==0.16.0"),
        ("fastapi", "3.14", "uvicorn==0.46.0"),
    ],
)
def test_an_added_server_is_one_for_this_python(framework: str, python: str, added: str) -> None:
    application = Application(framework, "wsgi" if framework == "flask" else "asgi", "main", "app", "main.py", 1)
    choice = for_python(chosen(facts(application, uses=(framework,))), python)
    assert choice.additions == (added,)
    assert added in choice.warnings[0].message
    limited = any(word.startswith("--timeout-graceful") for word in choice.processes[0].command)
    assert limited is (framework == "fastapi" and python != "3.6")


@pytest.mark.parametrize(("pin", "server"), [("channels==2.1.1", "daphne"), ("channels==4.0.0", "uvicorn")])
def test_old_channels_bring_daphne(pin: str, server: str) -> None:
    known = facts(
        Application("channels", "asgi", "shop.routing", "application", "shop/routing.py", 1), uses=("django", pin)
    )
    assert chosen(known).processes[0].command[0] == server
