"""Which of several programs of a tree is what the project runs: its own commands and packaging decide, and what lies
among samples, evaluations and an agent's skills does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.decide.processes import ProcessChoice, decide_processes
from dockgen.decide.required import needed_by
from dockgen.detect import detect
from dockgen.facts import Facts
from dockgen.source import Source

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
LOOP = "import time\nwhile True:\n    time.sleep(1)\n"


def chosen(root: Path, files: dict[str, str]) -> tuple[Facts, ProcessChoice]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    facts = detect(Source(root))
    return facts, decide_processes(facts, {})


def said(choice: ProcessChoice) -> tuple[str, str, int | None]:
    main = choice.processes[0]
    return choice.entry.value if choice.entry else "", main.kind, main.port


PACKAGED = {
    "pyproject.toml": "[project]\nname = 'tool'\nversion = '1'\ndependencies = ['rich']\n[project.scripts]\n"
    "tool = 'tool.main:main'\n[build-system]\nrequires = ['setuptools']\nbuild-backend = 'setuptools.build_meta'\n",
    "tool/__init__.py": "",
    "tool/main.py": "def main():\n    print(1)\n",
}


@pytest.mark.parametrize("folder", ["evals/one", "testdata", "test-data/site"])
def test_what_a_tool_is_tried_on_is_not_what_runs(tmp_path: Path, folder: str) -> None:
    facts, choice = chosen(tmp_path, {**PACKAGED, f"{folder}/app.py": FLASK})
    assert said(choice) == ("tool", "cli", None) and facts.frameworks == ()


def test_a_package_named_example_that_a_console_script_runs_is_the_project(tmp_path: Path) -> None:
    files = {path.replace("tool/", "example/"): text for path, text in PACKAGED.items()}
    files["pyproject.toml"] = PACKAGED["pyproject.toml"].replace("tool.main", "example.main").replace("rich", "flask")
    facts, _ = chosen(tmp_path, {**files, "example/web.py": FLASK})
    assert [fact.value for fact in facts.frameworks] == ["flask"] and [a.file for a in facts.applications]


def test_an_agents_skills_are_no_programs(tmp_path: Path) -> None:
    skill = {"skills/show/SKILL.md": "---\nname: show\n---\n", "skills/show/scripts/view.py": FLASK}
    _, choice = chosen(tmp_path, {"requirements.txt": "rich\n", "main.py": LOOP, **skill})
    assert said(choice) == ("main.py", "worker", None)


def test_a_skill_at_the_root_is_the_project(tmp_path: Path) -> None:
    _, choice = chosen(tmp_path, {"requirements.txt": "flask\n", "SKILL.md": "", "app.py": FLASK})
    assert said(choice) == ("app:app", "web", 8000)


DJANGO = {
    "site/manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'web.settings')\n"
    "from django.core.management import execute_from_command_line\nif __name__ == '__main__':\n"
    "    execute_from_command_line([])\n",
    "site/web/__init__.py": "",
    "site/web/settings.py": "ROOT_URLCONF = 'web.urls'\nINSTALLED_APPS = []\nWSGI_APPLICATION = 'web.wsgi.application'\n",
    "site/web/urls.py": "urlpatterns = []\n",
    "site/web/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
}


def test_a_django_that_is_not_installed_is_not_what_the_dockerfile_starts(tmp_path: Path) -> None:
    docker = {"Dockerfile": "FROM python:3.13\nCOPY . /home\nCMD python3 /home/src/run.py > /var/log/run.log 2>&1\n"}
    facts, choice = chosen(tmp_path, {**DJANGO, **docker, "requirements.txt": "schedule==1.2.2\n", "src/run.py": LOOP})
    assert said(choice) == ("src/run.py", "worker", None)
    assert choice.processes[0].command == ("python", "src/run.py")
    assert facts.django is None and facts.frameworks == () and facts.health == ()


def test_a_django_that_is_installed_counts(tmp_path: Path) -> None:
    docker = {"Dockerfile": "FROM python:3.13\nCOPY . /home\nCMD python3 /home/site/manage.py runserver\n"}
    for requirements in ("django==5.2\n", "schedule==1.2.2\n"):
        _, choice = chosen(tmp_path, {**DJANGO, **docker, "requirements.txt": requirements, "src/run.py": LOOP})
        assert said(choice)[:2] == ("web.wsgi:application", "web")


SPIDER = "import scrapy\nclass Shop(scrapy.Spider):\n    name = 'shop'\n"


def test_scrapys_project_below_the_root(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "scrapy==2.13.0\n",
        "crawler/scrapy.cfg": "[settings]\ndefault = shops.settings\n",
        "crawler/shops/__init__.py": "",
        "crawler/shops/settings.py": "BOT_NAME = 'shops'\n",
        "crawler/shops/spiders/__init__.py": "",
        "crawler/shops/spiders/shop.py": SPIDER,
        "crawler/tools/resize.py": "if __name__ == '__main__':\n    print(1)\n",
    }
    _, choice = chosen(tmp_path, files)
    assert said(choice) == ("scrapy", "script", None)
    assert choice.processes[0].command == ("scrapy", "crawl", "shop")
    assert choice.environment == (("SCRAPY_SETTINGS_MODULE", "shops.settings"),) and choice.python_path == ("crawler",)


def test_a_gradio_interface_that_a_method_makes(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "gradio==5.0\n",
        "ui.py": "import gradio as gr\nclass Ui:\n    def make(self):\n        with gr.Blocks() as demo:\n"
        "            pass\n        return demo\n",
        "main.py": "from ui import Ui\nif __name__ == '__main__':\n"
        "    Ui().make().launch(server_name='0.0.0.0', server_port=7000)\n",
    }
    _, choice = chosen(tmp_path, files)
    assert said(choice) == ("main.py", "web", 7000)


def test_another_librarys_launch_is_not_gradios(tmp_path: Path) -> None:
    code = "from tool import browser\nif __name__ == '__main__':\n    browser.launch(server_name='x')\n"
    _, choice = chosen(tmp_path, {"requirements.txt": "tool==1\n", "main.py": code})
    assert said(choice) == ("main.py", "script", None)


def test_the_options_of_another_program_are_none_of_this_one(tmp_path: Path) -> None:
    option = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--port', type=int, default=3117)\n"
    serve = "import asyncio\nfrom websockets.asyncio.server import serve\nclass Hub:\n    def __init__(self, port):\n"
    serve += "        self.port = port\nasync def main(hub):\n    async with serve(print, '0.0.0.0', hub.port) as s:\n"
    serve += "        await s.serve_forever()\n"
    files = {
        "requirements.txt": "websockets==15\n",
        "hub.py": serve,
        "main.py": "import asyncio\nimport hub\nif __name__ == '__main__':\n    asyncio.run(hub.main(hub.Hub(0)))\n",
        "viewer/view.py": f"{option}if __name__ == '__main__':\n    print(p.parse_args().port)\n",
    }
    facts, _ = chosen(tmp_path, files)
    assert {p.file: p.port for p in facts.programs if p.serves} == {"main.py": None}
    files["main.py"] = f"{option}{files['main.py']}"
    facts, _ = chosen(tmp_path, files)
    assert {p.file: p.port for p in facts.programs if p.serves} == {"main.py": 3117}


TELEGRAM = (
    "from telegram.ext import Application\ndef run():\n    app = Application.builder().token('x').build()\n"
    "    app.run_polling()\n"
)
ADVISOR = {
    "pyproject.toml": "[project]\nname = 'jobs'\nversion = '1'\ndependencies = ['python-telegram-bot', 'chainlit']\n"
    "[project.scripts]\njobs_bot = 'jobs.main:run_bot'\njobs_find = 'jobs.main:find'\n"
    "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n",
    "src/jobs/__init__.py": "",
    "src/jobs/main.py": "def find():\n    print(1)\ndef run_bot():\n    from jobs.bot import run\n    run()\n",
    "src/jobs/bot.py": TELEGRAM,
    "src/jobs/page.py": "import chainlit as cl\n@cl.on_message\nasync def on(message):\n    pass\n",
}


def test_the_console_script_that_stays_counts_before_a_page_of_the_package(tmp_path: Path) -> None:
    _, choice = chosen(tmp_path, ADVISOR)
    assert said(choice) == ("jobs_bot", "bot", None)


def test_a_page_that_the_project_starts_counts(tmp_path: Path) -> None:
    _, choice = chosen(tmp_path, {**ADVISOR, "Procfile": "web: chainlit run src/jobs/page.py --port 8000\n"})
    assert said(choice) == ("src/jobs/page.py", "web", 8000)


def test_a_bot_that_the_dockerfile_starts_beside_a_django(tmp_path: Path) -> None:
    files = {**DJANGO, "requirements.txt": "django==5.2\n", "run.py": LOOP}
    _, choice = chosen(tmp_path, {**files, "Dockerfile": 'FROM python:3.13\nCMD ["python", "run.py"]\n'})
    assert said(choice) == ("run.py", "worker", None)
    _, choice = chosen(tmp_path, {**files, "Procfile": "web: gunicorn web.wsgi\n"})
    assert said(choice)[:2] == ("web.wsgi:application", "web")


ARGPARSE = "import argparse\np = argparse.ArgumentParser()\np.add_argument({})\nif __name__ == '__main__':\n    p.parse_args()\n"
CLICK = "import click\n@click.command()\n@click.argument({})\ndef main(query): pass\nif __name__ == '__main__':\n    main()\n"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (ARGPARSE.format("'query'"), "cli"),
        (ARGPARSE.format("'query', nargs='+'"), "cli"),
        (ARGPARSE.format("'query', nargs='?'"), "script"),
        (ARGPARSE.format("'query', default='up', nargs='?'"), "script"),
        (ARGPARSE.format("'--query'"), "script"),
        (CLICK.format("'query'"), "cli"),
        (CLICK.format("'query', required=False"), "script"),
    ],
)
def test_a_program_that_must_be_given_something_is_a_tool(tmp_path: Path, code: str, kind: str) -> None:
    _, choice = chosen(tmp_path, {"requirements.txt": "click\n", "main.py": code})
    assert said(choice) == ("main.py", kind, None)


def test_samples_are_what_there_is_where_nothing_else_starts(tmp_path: Path) -> None:
    _, choice = chosen(tmp_path, {"requirements.txt": "flask\n", "shop/__init__.py": "", "examples/app.py": FLASK})
    assert said(choice)[1:] == ("web", 8000)


@pytest.mark.parametrize(
    "use",
    [
        "import sqlite3\ndb = sqlite3.connect(os.getenv('NAME'))\n",
        "import logging\nlogging.basicConfig(handlers=[logging.FileHandler(os.getenv('NAME'))])\n",
        "from mail import bot\nbot.send_message(os.getenv('NAME'), 'started')\n",
    ],
)
def test_a_name_that_is_opened_or_written_to_must_be_there(tmp_path: Path, use: str) -> None:
    facts, _ = chosen(tmp_path, {"requirements.txt": "rich\n", "main.py": f"import os\n{use}print(1)\n"})
    assert [v.name for v in facts.env if v.required] == ["NAME"]


@pytest.mark.parametrize(("folder", "started"), [("jobs/tools", ["pdflatex"]), ("tools", []), ("scripts/tools", [])])
def test_tools_of_a_package_are_part_of_the_program(tmp_path: Path, folder: str, started: list[str]) -> None:
    code = "import subprocess\ndef make():\n    subprocess.run(['pdflatex', 'x.tex'])\n"
    facts, _ = chosen(tmp_path, {"requirements.txt": "rich\n", "main.py": "print(1)\n", f"{folder}/cv.py": code})
    assert [fact.value for fact in facts.calls] == started


SCRIPT = '# /// script\n# dependencies = ["requests"]\n# ///\nimport requests\nprint(requests)\n'
LOCK = 'version = 1\n\n[[package]]\nname = "requests"\nversion = "2.32.3"\nsource = { registry = "x" }\n'


def test_the_lock_that_uv_writes_beside_a_script_is_installed(tmp_path: Path) -> None:
    facts, _ = chosen(tmp_path, {"main.py": SCRIPT, "main.py.lock": LOCK})
    assert facts.manager.lock_file == "main.py.lock"
    assert [(d.name, d.version) for d in facts.dependencies] == [("requests", "2.32.3")]
    install = decide(facts, {}).install
    assert install is not None and install.commands[0][:5] == ("uv", "export", "--script", "main.py", "--locked")
    (tmp_path / "main.py.lock").unlink()
    assert detect(Source(tmp_path)).manager.lock_file is None


@pytest.mark.parametrize(("code", "wanted"), [("import flask\n", False), ("from PyQt5 import QtWidgets\n", True)])
def test_qts_libraries_come_where_something_imports_it(tmp_path: Path, code: str, wanted: bool) -> None:
    facts, _ = chosen(tmp_path, {"requirements.txt": "flask==3.1.0\nPyQt5==5.15.11\n", "main.py": code + LOOP})
    assert ("libegl1" in [package.name for package in decide(facts, {}).runtime_packages]) is wanted


METRICS = "from prometheus_client import start_http_server\nstart_http_server(9100)\ndef count(n): ...\n"


def test_a_server_that_starts_on_being_imported_belongs_to_the_program_that_imports_it(tmp_path: Path) -> None:
    player = "import metrics\ndef main():\n    metrics.count(1)\nif __name__ == '__main__':\n    main()\n"
    files = {"requirements.txt": "prometheus-client\n", "metrics.py": METRICS, "player.py": player}
    _, choice = chosen(tmp_path, files)
    assert said(choice)[0] == "player.py" and said(choice)[2] == 9100


def test_of_several_programs_what_another_imports_is_a_part_of_it(tmp_path: Path) -> None:
    guard = "if __name__ == '__main__':\n    print(1)\n"
    files = {"extract.py": guard, "load.py": "import extract\n" + guard, "pipeline.py": "import load\n" + guard}
    assert said(chosen(tmp_path, files)[1])[0] == "pipeline.py"
    (tmp_path / "check.py").write_text("import load\n" + guard)
    assert chosen(tmp_path, {})[1].ambiguities[0].choices == ("check.py", "pipeline.py")


def test_a_bot_of_the_projects_name_counts_before_the_page_that_another_script_serves(tmp_path: Path) -> None:
    scripts = "[project.scripts]\nelbot = 'elbot.main:main'\nelbot-portal = 'elbot.portal:main'\n"
    files = {
        "pyproject.toml": "[project]\nname = 'elbot'\nversion = '1'\ndependencies = ['nextcord', 'flask']\n" + scripts,
        "elbot/__init__.py": "",
        "elbot/main.py": "import os\nfrom nextcord.ext import commands\ndef main():\n    make().run(os.environ['T'])\n"
        "def make():\n    return commands.Bot()\n",
        "elbot/portal.py": FLASK + "def main():\n    app.run(port=8000)\n",
    }
    assert said(chosen(tmp_path, files)[1])[:2] == ("elbot", "bot")


def test_the_notebook_that_a_command_serves_with_its_looks(tmp_path: Path) -> None:
    page = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    line = "web: voila --port=$PORT --Voila.ip=0.0.0.0 --no-browser --template=lab notes/widget.ipynb\n"
    files = {"requirements.txt": "voila\n", "notes/test.ipynb": page, "notes/widget.ipynb": page, "Procfile": line}
    _, choice = chosen(tmp_path, files)
    assert said(choice) == ("notes/widget.ipynb", "web", 8866)
    assert choice.processes[0].command[-1] == "--template=lab"


@pytest.mark.parametrize(("entry", "names"), [("cli.py", []), ("device.py", ["DEVICE_TOKEN"])])
def test_what_a_module_reads_when_it_is_run_itself_the_program_that_imports_it_does_not(
    tmp_path: Path, entry: str, names: list[str]
) -> None:
    files = {
        "requirements.txt": "requests\n",
        "device.py": "import os\nclass Device:\n    def __init__(self, key): ...\n"
        "if __name__ == '__main__':\n    Device(os.getenv('DEVICE_TOKEN'))\n",
        "cli.py": "from device import Device\nif __name__ == '__main__':\n    Device('a')\n",
    }
    facts, _ = chosen(tmp_path, files)
    choice = decide_processes(facts, {"entry": entry})
    assert [v.name for v in needed_by(facts, choice.processes, choice.entry) if v.required] == names
