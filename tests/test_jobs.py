"""What is no web application, from the tree to the processes: task queues, consumers, bots, gRPC, MCP, folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.facts import Facts
from dockgen.plans import Plan
from dockgen.source import Source

WEB = {"web.py": "from flask import Flask\napp = Flask(__name__)\n"}
GRPC = (
    "import os, grpc\ndef main():\n    port = os.environ.get('PORT', '50051')\n    server = grpc.server(None)\n"
    "    server.add_insecure_port(f'[::]:{port}')\n    server.wait_for_termination()\n"
    "if __name__ == '__main__':\n    main()\n"
)
SPIDER = "import scrapy\nclass S(scrapy.Spider):\n    name = '%s'\n"
CFG = "[settings]\ndefault = shop.settings\n"
GUARD = "if __name__ == '__main__':\n    "


def planned(folder: Path, requirements: str, files: dict[str, str]) -> tuple[Facts, Plan]:
    (folder / "requirements.txt").write_text("".join(f"{name}\n" for name in requirements.split()))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    facts = detect(Source(folder))
    return facts, decide(facts, {})


def processes(plan: Plan) -> dict[str, str]:
    return {f"{p.name}:{p.kind}": " ".join(p.command) for p in plan.processes}


@pytest.mark.parametrize(
    ("requirements", "files", "expected"),
    [
        (
            "arq",
            {"shop/__init__.py": "", "shop/work.py": "import arq\nclass WorkerSettings:\n    functions = [1]\n"},
            {"worker:worker": "arq shop.work.WorkerSettings"},
        ),
        ("arq", {"a.py": "import arq\nclass WorkerSettings:\n    queue_name = 'x'\nprint(1)\n"}, {"script:script": "python a.py"}),
        (
            "saq",
            {"work.py": "from saq import Queue\nsettings = {'queue': Queue.from_url('x'), 'functions': []}\n"},
            {"worker:worker": "saq work.settings"},
        ),
        (
            "dramatiq periodiq",
            {"tasks.py": "import dramatiq\n@dramatiq.actor\ndef f(): pass\n", "other.py": "def f(): pass\n"},
            {"worker:worker": "dramatiq tasks", "scheduler:scheduler": "periodiq tasks"},
        ),
        (
            "huey",
            {"config.py": "from huey import RedisHuey\nhuey = RedisHuey('x')\n",
             "tasks.py": "from config import huey as queue\n@queue.task()\ndef f(): pass\n"},
            {"worker:worker": "huey_consumer tasks.queue"},
        ),
        (
            "taskiq taskiq-redis",
            {"shop/__init__.py": "", "shop/b.py": "from taskiq_redis import ListQueueBroker\n"
             "from taskiq import TaskiqScheduler\nbroker = ListQueueBroker('x').with_result_backend(None)\n"
             "scheduler = TaskiqScheduler(broker, [])\n",
             "shop/work.py": "from shop.b import broker\n@broker.task\nasync def f(): pass\n"},
            {"worker:worker": "taskiq worker shop.b:broker shop.work",
             "scheduler:scheduler": "taskiq scheduler shop.b:scheduler shop.work"},
        ),
        (
            "faststream[rabbit]",
            {"main.py": "from faststream import FastStream\napp = FastStream(None)\n"},
            {"worker:worker": "faststream run main:app"},
        ),
        (
            "procrastinate",
            {"jobs.py": "import procrastinate\napp = procrastinate.App(connector=None)\n"},
            {"worker:worker": "procrastinate --app=jobs.app worker"},
        ),
        (
            "faust",
            {"work.py": "import faust\napp = faust.App('x')\n"},
            {"worker:worker": "faust --app=work:app worker --loglevel=info"},
        ),
        (
            "bentoml",
            {"service.py": "import bentoml\n@bentoml.service\nclass Echo: pass\n"},
            {"web:web": "bentoml serve service:Echo --host 0.0.0.0 --port 3000"},
        ),
    ],
)  # fmt: skip
def test_queues_run_by_their_own_command(
    tmp_path: Path, requirements: str, files: dict[str, str], expected: dict[str, str]
) -> None:
    assert processes(planned(tmp_path, requirements, files)[1]) == expected


def test_celery_that_a_flask_factory_keeps(tmp_path: Path) -> None:
    shop = (
        "from celery import Celery\nfrom flask import Flask\ndef create_app():\n    app = Flask(__name__)\n"
        "    celery_app = Celery(app.name)\n    app.extensions['celery'] = celery_app\n    return app\n"
    )
    make = "from shop import create_app\nflask_app = create_app()\ncelery_app = flask_app.extensions['celery']\n"
    _, plan = planned(tmp_path, "flask gunicorn celery", {"shop/__init__.py": shop, "make_celery.py": make})
    assert processes(plan)["worker:worker"] == "celery --app=make_celery:celery_app worker --loglevel=info"


def test_a_program_starts_faststream_itself(tmp_path: Path) -> None:
    code = "import asyncio\nfrom faststream import FastStream\nasync def main():\n    app = FastStream(None)\n    await app.run()\n"
    _, plan = planned(tmp_path, "faststream[rabbit]", {"consume.py": f"{code}{GUARD}asyncio.run(main())\n"})
    assert processes(plan) == {"worker:worker": "python consume.py"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"q.py": "import rq\nq = rq.Queue('high')\nd = rq.Queue()\n"}, "rq worker default high"),
        ({"w.py": f"from rq import Worker\n{GUARD}Worker(['high']).work()\n"}, "python w.py"),
        ({"q.py": "import rq\ndef count(q):\n    return q.count\n"}, None),
    ],
)
def test_rq_listens_where_jobs_are_put(tmp_path: Path, files: dict[str, str], expected: str | None) -> None:
    _, plan = planned(tmp_path, "flask gunicorn rq", {**WEB, **files})
    assert processes(plan).get("worker:worker") == expected
    assert any("how its worker starts" in w.message for w in plan.warnings) == (expected is None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("import time\nwhile True:\n    time.sleep(1)\n", "worker"),
        (
            "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except KeyboardInterrupt:\n        break\n",
            "worker",
        ),
        (
            "import time\nclass W:\n    def go(self):\n        while self.running:\n            time.sleep(1)\nW().go()\n",
            "worker",
        ),
        ("import asyncio\nasync def main():\n    await asyncio.Future()\nasyncio.run(main())\n", "worker"),
        ("import pika\npika.BlockingConnection().channel().start_consuming()\n", "worker"),
        (
            f"from apscheduler.schedulers.blocking import BlockingScheduler\n{GUARD}BlockingScheduler().start()\n",
            "worker",
        ),
        ("from other import loop\nloop()\n", "worker"),
        ("import time\nwhile True:\n    if done():\n        break\n    time.sleep(1)\n", "script"),
        ("import time\nwhile True:\n    word = input()\n    time.sleep(1)\n", "script"),
        ("while True:\n    pass\n", "script"),
        ("import time\ndef forever():\n    while True:\n        time.sleep(1)\nprint('once')\n", "script"),
        ("import time\nif args.watch:\n    while True:\n        time.sleep(1)\nprint(1)\n", "script"),
    ],
)
def test_what_stays_is_a_worker(tmp_path: Path, body: str, kind: str) -> None:
    files = {"main.py": body, "other.py": "import time\ndef loop():\n    while True:\n        time.sleep(1)\n"}
    assert [p.kind for p in planned(tmp_path, "requests", files)[1].processes] == [kind]


def test_a_grpc_server_is_asked_by_its_own_protocol(tmp_path: Path) -> None:
    _, plan = planned(tmp_path, "grpcio grpcio-health-checking", {"server.py": GRPC})
    assert (plan.main.kind, plan.main.port) == ("worker", 50051)
    assert "HealthStub" in plan.main.health[-1]


def test_a_grpc_server_does_not_listen_on_the_port_of_a_service_that_it_calls(tmp_path: Path) -> None:
    code = GRPC.replace("os.environ.get('PORT', '50051')", "must('PORT')") + "F = os.environ.get('FLAGD_PORT', 8013)\n"
    _, plan = planned(tmp_path, "grpcio", {"server.py": code})
    assert (plan.main.kind, plan.main.port, plan.main.health) == ("worker", None, ())


MCP = "from fastmcp import FastMCP\nmcp = FastMCP('x')\n"


@pytest.mark.parametrize(
    ("run", "kind", "port"),
    [
        ("mcp.run()", "cli", None),
        ("mcp.run(transport='stdio')", "cli", None),
        ("mcp.run(transport='http')", "web", 8000),
        ("mcp.run('sse', port=9000)", "web", 9000),
        ("mcp.run(transport=os.getenv('MODE', 'stdio'), port=9000)", "cli", None),
        ("mcp.run(transport=os.getenv('MODE', 'http'), port=9000)", "web", 9000),
    ],
)
def test_an_mcp_server_listens_where_its_transport_does(tmp_path: Path, run: str, kind: str, port: int | None) -> None:
    _, plan = planned(tmp_path, "fastmcp", {"server.py": f"import os\n{MCP}{GUARD}{run}\n"})
    assert (plan.main.kind, plan.main.port) == (kind, port)
    assert any("docker run --interactive" in w.message for w in plan.warnings) == (kind == "cli")
    assert (("FASTMCP_HOST", "0.0.0.0") in plan.environment) == (kind == "web")


def test_an_mcp_server_behind_a_typer_option(tmp_path: Path) -> None:
    code = f"{MCP}def main(transport: str = 'http'):\n    mcp.run(transport=transport)\n{GUARD}main()\n"
    assert planned(tmp_path, "fastmcp", {"server.py": code})[1].main.kind == "web"


@pytest.mark.parametrize(
    ("requirements", "code", "port"),
    [
        ("discord.py", "import discord\ndiscord.Client().run('x')\n", None),
        ("py-cord", "import discord\ndiscord.Bot().run('x')\n", None),
        ("python-telegram-bot", "import telegram\napp.run_polling()\n", None),
        ("python-telegram-bot", "import telegram\napp.run_webhook(listen='0.0.0.0', port=8443)\n", 8443),
        ("slack-bolt", "from slack_bolt import App\napp = App()\napp.start()\n", 3000),
        ("slack-bolt", "from slack_bolt import App\nfrom x import Handler\napp = App()\nHandler(app).start()\n", None),
        ("telethon", "from telethon import TelegramClient\nTelegramClient('a').run_until_disconnected()\n", None),
    ],
)
def test_bots(tmp_path: Path, requirements: str, code: str, port: int | None) -> None:
    facts, plan = planned(tmp_path, requirements, {"main.py": code})
    assert (plan.main.kind, plan.main.port) == ("bot", port)
    assert [f.value for f in facts.frameworks] == [requirements.replace(".", "-")]


def test_a_client_that_ends_is_a_script(tmp_path: Path) -> None:
    code = "from telethon.sync import TelegramClient\nprint(TelegramClient('a').get_me())\n"
    assert planned(tmp_path, "telethon", {"main.py": code})[1].main.kind == "script"


def test_a_bot_with_a_queue_beside_it(tmp_path: Path) -> None:
    files = {
        "bot.py": "import aiogram\ndp.start_polling()\n",
        "tasks.py": "from celery import Celery\napp = Celery()\n",
    }
    assert processes(planned(tmp_path, "aiogram celery", files)[1]) == {
        "bot:bot": "python bot.py",
        "worker:worker": "celery --app=tasks worker --loglevel=info",
    }


@pytest.mark.parametrize(
    ("spiders", "command"), [(["quotes"], "scrapy crawl quotes"), (["a", "b"], "scrapy list"), ([], "scrapy list")]
)
def test_a_scrapy_project(tmp_path: Path, spiders: list[str], command: str) -> None:
    files = {f"shop/spiders/{name}.py": SPIDER % name for name in spiders}
    _, plan = planned(tmp_path, "scrapy", {"scrapy.cfg": CFG, "shop/settings.py": "", **files})
    assert (plan.main.kind, " ".join(plan.main.command)) == ("script", command)
    assert any("docker run IMAGE scrapy crawl" in w.message for w in plan.warnings) == (len(spiders) != 1)


NOTEBOOK = '{"cells": [{"cell_type": "code", "source": ["%s"]}]}'


@pytest.mark.parametrize(
    ("requirements", "files", "expected"),
    [
        ("jupyterlab", {"index.ipynb": "", "b.ipynb": ""}, ("notebook", "index.ipynb", 8888, "/api")),
        ("notebook", {"nb/a.ipynb": "", "nb/b.ipynb": ""}, ("notebook", "nb", 8888, "/api")),
        ("voila", {"nb/a.ipynb": "", "nb/b.ipynb": ""}, ("web", "nb", 8866, None)),
        ("panel", {"a.ipynb": NOTEBOOK % "x.servable()"}, ("web", "a.ipynb", 5006, None)),
        ("panel", {"a.ipynb": NOTEBOOK % "x.show()"}, ("notebook", "a.ipynb", 8888, "/api")),
    ],
)
def test_a_folder_of_notebooks(
    tmp_path: Path, requirements: str, files: dict[str, str], expected: tuple[str, str, int, str | None]
) -> None:
    _, plan = planned(tmp_path, requirements, files)
    entry = next(d.value for d in plan.decisions if d.answer == "entry")
    assert (plan.main.kind, entry, plan.main.port, plan.main.health_path) == expected


def test_a_program_counts_before_notebooks(tmp_path: Path) -> None:
    _, plan = planned(tmp_path, "jupyterlab", {"a.ipynb": "", "train.py": "print(1)\n"})
    assert processes(plan) == {"script:script": "python train.py"}


@pytest.mark.parametrize(
    ("requirements", "code", "said"),
    [
        ("apache-airflow", "from airflow import DAG\n", "apache/airflow"),
        ("dagster", "from dagster import Definitions\n", "docs.dagster.io"),
    ],
)
def test_what_no_single_image_serves_is_a_question(tmp_path: Path, requirements: str, code: str, said: str) -> None:
    _, plan = planned(tmp_path, requirements, {"dags/etl.py": code})
    assert [(q.answer, said in q.why) for q in plan.questions] == [("start", True)]


@pytest.mark.parametrize(
    ("apps", "command"),
    [
        ('INSTALLED_APPS = ["huey.contrib.djhuey"]', "python manage.py run_huey"),
        ('INSTALLED_APPS = []\nINSTALLED_APPS += ["django_dramatiq"]', "python manage.py rundramatiq"),
        (
            'INSTALLED_APPS = ["django_rq"]\nRQ_QUEUES = {"default": {}, "mail": {}}',
            "python manage.py rqworker default mail",
        ),
        ('INSTALLED_APPS = ["django.contrib.auth"]', None),
    ],
)
def test_queues_of_django(tmp_path: Path, apps: str, command: str | None) -> None:
    named = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')\n"
    wsgi = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    files = {"manage.py": named, "site1/__init__.py": "", "site1/wsgi.py": named + wsgi, "site1/settings.py": apps}
    _, plan = planned(tmp_path, "django gunicorn huey", files)
    assert processes(plan).get("worker:worker") == command


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"Procfile": "web: gunicorn web:app\nclock: python clock.py\n"}, {"clock:scheduler": "python clock.py"}),
        ({"Procfile": "web: gunicorn web:app\nclock: python gone.py\n"}, {}),
        ({"Procfile": "web: gunicorn web:app\ntail: npm run css\n"}, {}),
        (
            {"compose.yaml": "services:\n  mail:\n    build: .\n    command: celery -A jobs worker -Q mail\n"},
            {"mail:worker": "celery -A jobs worker -Q mail"},
        ),
        (
            {
                "supervisord.conf": "[program:mail]\ncommand=/venv/bin/python -u clock.py\n[program:db]\ncommand=/bin/redis\n"
            },
            {"mail:worker": "python -u clock.py"},
        ),
        (
            {"deploy/clock.service": "[Service]\nExecStart=/srv/venv/bin/python clock.py\n"},
            {"clock:scheduler": "python clock.py"},
        ),
        (
            {
                "Procfile": "web: ./start.sh\n",
                "start.sh": "set -e\npython clock.py &\nexec gunicorn web:app -w ${N:-3}\n",
            },
            {"worker:worker": "python clock.py"},
        ),
    ],
)
def test_declared_processes(tmp_path: Path, files: dict[str, str], expected: dict[str, str]) -> None:
    _, plan = planned(tmp_path, "flask gunicorn celery", {**WEB, "clock.py": "print(1)\n", **files})
    found = processes(plan)
    assert found.pop("web:web").startswith("gunicorn web:app")
    assert found == expected


@pytest.mark.parametrize(
    ("files", "start"),
    [
        ({"start.sh": "#!/bin/sh\npython prepare.py && \\\n  python main.py --port 1\n"}, "python main.py --port 1"),
        ({"Dockerfile": 'FROM x\nCMD ["python", "-u", "main.py", "serve"]\n'}, "python main.py serve"),
        ({"Dockerfile": 'FROM x\nCMD sh -c "python prepare.py && python main.py"\n'}, "python main.py"),
        ({"Procfile": "worker: bash bin/run.sh\n", "bin/run.sh": "exec python main.py $@\n"}, "python main.py"),
        (
            {"Procfile": "worker: bash bin/run.sh\n", "bin/run.sh": "cd /x && make\n", "prepare.py": "x = 1\n"},
            "python main.py",
        ),
    ],
)
def test_a_declared_command_is_followed_with_its_arguments(tmp_path: Path, files: dict[str, str], start: str) -> None:
    _, plan = planned(tmp_path, "requests", {"main.py": "print(1)\n", "prepare.py": "print(2)\n", **files})
    assert " ".join(plan.main.command) == start


def test_python_m_means_the_main_module(tmp_path: Path) -> None:
    files = {
        "Dockerfile": 'FROM x\nCMD ["python", "-m", "bot"]\n',
        "bot/__init__.py": "print(0)\n",
        "bot/__main__.py": "print(1)\n",
    }
    _, plan = planned(tmp_path, "discord.py", {**files, "bot/b.py": "import discord\n"})
    assert next(d.value for d in plan.decisions if d.answer == "entry") == "bot/__main__.py"
    assert plan.main.command == ("python", "-m", "bot")


@pytest.mark.parametrize(
    ("scripts", "chosen"),
    [
        ({"shop": "shop:main", "other": "shop:once"}, "shop"),
        ({"alert": "shop:once", "alert-index": "shop:once"}, "alert"),
        ({"one": "shop:once", "two": "shop:stay"}, "two"),
        ({"one": "shop:once", "two": "shop:once"}, None),
    ],
)
def test_the_console_script_that_is_the_program(tmp_path: Path, scripts: dict[str, str], chosen: str | None) -> None:
    lines = "".join(f'{name} = "{target}"\n' for name, target in scripts.items())
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "store"\nversion = "1"\ndependencies = []\n[build-system]\nrequires = ["setuptools"]\n'
        f'build-backend = "setuptools.build_meta"\n[project.scripts]\n{lines}'
    )
    code = "import time\ndef once(): pass\ndef main(): pass\ndef stay():\n    while True:\n        time.sleep(1)\n"
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text(code)
    plan = decide(detect(Source(tmp_path)), {})
    assert next((d.value for d in plan.decisions if d.answer == "entry"), None) == chosen


def test_tasks_of_a_queue_are_production_code_and_those_of_invoke_are_not(tmp_path: Path) -> None:
    celery = "from celery import Celery\napp = Celery()\n"
    (tmp_path / "a").mkdir()
    assert planned(tmp_path / "a", "celery", {"tasks.py": celery})[1].main.kind == "worker"
    (tmp_path / "b").mkdir()
    facts, _ = planned(tmp_path / "b", "requests", {"tasks.py": f"import invoke\n{celery}", "main.py": "print(1)\n"})
    assert not facts.applications
