"""Workers, exporters, tools and models: what starts them, what they need and where they listen."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.decide.install import choose_install
from dockgen.detect import detect
from dockgen.facts import Facts
from dockgen.source import Source
from tests.decide.test_which_program import FLASK, chosen, said

SETUP = (
    "from setuptools import find_packages, setup\nsetup(name='thing', version='1', packages=find_packages(), "
    "entry_points={'console_scripts': ['thing = pkg.cli:main']})\n"
)
STAYS = "import time\ndef main():\n    while True:\n        time.sleep(1)\n"
GUARD = "if __name__ == '__main__':\n    main()\n"


def needs(facts: Facts) -> set[str]:
    return {v.name for v in facts.env if v.required}


@pytest.mark.parametrize(
    ("folder", "code", "command"),
    [
        ("pkg", STAYS + GUARD, ("python", "-m", "pkg.cli")),
        ("pkg", STAYS, ("python", "-c", "import sys; from pkg.cli import main; sys.exit(main())")),
        ("pkg", "def main(): print(1)\n" + GUARD, ("python", "-m", "pkg.cli")),
    ],
)
def test_a_console_script_of_a_project_that_is_not_installed(
    tmp_path: Path, folder: str, code: str, command: tuple[str, ...]
) -> None:
    """requirements.txt is installed, and not the setup.py beside it: nothing puts the script on PATH."""
    files = {"requirements.txt": "rich==13.0.0\n", "setup.py": SETUP}
    facts, choice = chosen(tmp_path, {**files, f"{folder}/__init__.py": "", f"{folder}/cli.py": code})
    assert not facts.manager.packaged and choice.processes[0].command == command
    assert choice.entry is not None and choice.entry.value == "thing"


def test_a_console_script_of_an_installed_project_is_called(tmp_path: Path) -> None:
    files = {"requirements.txt": "-e .\n", "setup.py": SETUP, "pkg/__init__.py": "", "pkg/cli.py": STAYS + GUARD}
    facts, choice = chosen(tmp_path, files)
    assert facts.manager.packaged and choice.processes[0].command == ("thing",)


@pytest.mark.parametrize(
    ("body", "kind"), [("consumer.poll(1)", "worker"), ("return 1", "script"), ("input()", "script")]
)
def test_a_loop_that_waits_in_a_function(tmp_path: Path, body: str, kind: str) -> None:
    code = f"def fetch():\n    {body}\n\nwhile True:\n    fetch()\n"
    assert said(chosen(tmp_path, {"requirements.txt": "confluent-kafka\n", "worker.py": code})[1])[1] == kind


def test_rocketry_keeps_its_schedule(tmp_path: Path) -> None:
    code = "from rocketry import Rocketry\napp = Rocketry()\nif __name__ == '__main__':\n    app.run()\n"
    facts, choice = chosen(tmp_path, {"requirements.txt": "rocketry\n", "app.py": code})
    assert said(choice) == ("app.py", "worker", None) and [f.value for f in facts.frameworks] == ["rocketry"]


def test_the_port_of_a_grpc_server_is_a_parameter_s_default(tmp_path: Path) -> None:
    code = (
        "import grpc\ndef serve(port: int = 50051):\n    server = grpc.server(None)\n    where = f'[::]:{port}'\n"
        "    server.add_insecure_port(where)\n    server.start()\n    server.wait_for_termination()\n"
        "if __name__ == '__main__':\n    serve()\n"
    )
    assert said(chosen(tmp_path, {"requirements.txt": "grpcio\n", "server.py": code})[1]) == (
        "server.py",
        "worker",
        50051,
    )


def test_a_port_that_the_object_keeps_from_a_file(tmp_path: Path) -> None:
    code = (
        "import json, waitress\nfrom flask import Flask\nclass Api:\n    def __init__(self):\n"
        "        self.config = json.load(open('config.json'))\n        self.app = Flask('a')\n"
        "        self.port = self.config['service_port']\n    def run(self):\n"
        "        waitress.serve(self.app, host='0.0.0.0', port=self.port)\nif __name__ == '__main__':\n    Api().run()\n"
    )
    files = {"requirements.txt": "flask\nwaitress\n", "server.py": code, "config.json": '{"service_port": 5042}'}
    assert said(chosen(tmp_path, files)[1])[2] == 5042


def test_a_tool_whose_sub_command_must_be_named(tmp_path: Path) -> None:
    args = (
        "from argparse import ArgumentParser\ndef get_arguments():\n    p = ArgumentParser()\n"
        "    s = p.add_subparsers(dest='command', required=True)\n    s.add_parser('render')\n    return p.parse_args()\n"
    )
    main = "from .args import get_arguments\ndef main():\n    print(get_arguments())\n" + GUARD
    files = {"requirements.txt": "rich\n", "tool/__init__.py": "", "tool/args.py": args, "tool/__main__.py": main}
    assert said(chosen(tmp_path, files)[1])[1] == "cli"
    (tmp_path / "tool/args.py").write_text(args.replace(", required=True", ""))
    assert said(chosen(tmp_path, {})[1])[1] == "script"


def test_of_two_factories_the_one_that_a_program_serves(tmp_path: Path) -> None:
    made = "from flask import Flask\ndef create_app():\n    return Flask('a')\ndef create_worker_app():\n    return Flask('b')\n"
    run = "from app import create_app\nif __name__ == '__main__':\n    app = create_app()\n    app.run(port=6060)\n"
    choice = chosen(tmp_path, {"requirements.txt": "flask\n", "app/__init__.py": made, "run_app.py": run})[1]
    assert said(choice) == ("app:create_app", "web", 6060)


def test_a_folder_src_that_nothing_imports_by_its_name(tmp_path: Path) -> None:
    web = "from fastapi import FastAPI\nfrom worker.jobs import work\napp = FastAPI()\n"
    files = {"requirements.txt": "fastapi\nuvicorn\n", "src/__init__.py": "", "src/worker/__init__.py": ""}
    files |= {"src/worker/jobs.py": "def work(): ...\n", "src/worker/main.py": web}
    choice = chosen(tmp_path, files)[1]
    assert said(choice)[0] == "worker.main:app" and choice.python_path == ("src",)
    (tmp_path / "src/worker/main.py").write_text(web.replace("from worker", "from src.worker"))
    assert said(chosen(tmp_path, {})[1])[0] == "src.worker.main:app"


@pytest.mark.parametrize(
    ("code", "service"),
    [
        ("from dramatiq.brokers.redis import RedisBroker\nb = RedisBroker(host='redis')\n", "redis"),
        (
            "import os\nfrom dramatiq.brokers.redis import RedisBroker\nif os.getenv('UNIT_TESTS') == '1':\n    b = 1\n"
            "else:\n    b = RedisBroker(host='redis')\n",
            "redis",
        ),
        (
            "import os\nfrom dramatiq.brokers.redis import RedisBroker\nif os.getenv('Q') == '1':\n    b = RedisBroker()\n",
            "",
        ),
        ("from huey import RedisHuey\nhuey = RedisHuey()\n", "redis"),
    ],
)
def test_brokers_that_a_queue_s_library_connects_to(tmp_path: Path, code: str, service: str) -> None:
    facts, _ = chosen(tmp_path, {"requirements.txt": "dramatiq\nhuey\nredis\n", "tasks.py": code})
    assert [s.name for s in facts.services if s.certain] == ([service] if service else [])


@pytest.mark.parametrize(
    ("code", "required"),
    [
        ("def setting(key):\n    if key in os.environ:\n        return os.environ[key]\n    raise ValueError(key)\n"
         "def has(key):\n    try:\n        setting(key)\n    except ValueError:\n        return False\n    return True\n"
         "if has('USER_KEY') and has('HOST_KEY'):\n    print(setting('USER_KEY'))\nprint(setting('TOKEN_KEY'))\n", {"TOKEN_KEY"}),
        ("if os.getenv('STAGE') == 'production':\n    print(1)\n", set()),
        ("key = os.getenv('MY_KEY')\nos.environ['OPENAI_API_KEY'] = key\n", {"MY_KEY"}),
        ("key = os.getenv('MY_KEYS')\nif key:\n    os.environ['OPENAI_API_KEY'] = key\n", set()),
        ("os.environ['OPENAI_API_KEY'] = os.getenv('MY_KEY')\n", {"MY_KEY"}),
        ("lock = make()\nos.environ['LOCK'] = lock\nlock = os.getenv('OLD_LOCK')\nprint(lock)\n", set()),
        ("from pydantic_ai import Agent\na = Agent('gpt-4o-mini')\n", {"OPENAI_API_KEY"}),
        ("from pydantic_ai import Agent\na = Agent('anthropic:claude-sonnet')\n", {"ANTHROPIC_API_KEY"}),
        ("from pydantic_ai import Agent\na = Agent(model)\n", set()),
    ],
)  # fmt: skip
def test_what_the_program_cannot_do_without(tmp_path: Path, code: str, required: set[str]) -> None:
    files = {
        "requirements.txt": "pydantic-ai\nredis\n",
        "main.py": f"import os\n{code}",
        ".env.example": "STAGE=development\n",
    }
    assert needs(chosen(tmp_path, files)[0]) == required


def test_the_container_s_own_machine_is_no_other_network(tmp_path: Path) -> None:
    code = (
        "import os\nfrom langchain_ollama import ChatOllama\nc = ChatOllama(base_url=os.getenv('OLLAMA_HOST', '{}'))\n"
    )
    files = {"requirements.txt": "langchain-ollama\n", "main.py": code.format("http://host.docker.internal:11434")}
    assert needs(chosen(tmp_path, files)[0]) == set()
    (tmp_path / "main.py").write_text(code.format("http://ollama.models.internal:11434"))
    assert needs(detect(Source(tmp_path))) == {"OLLAMA_HOST"}


@pytest.mark.parametrize(
    ("code", "package"),
    [
        ("import subprocess\nsubprocess.run(['ldappasswd', '-x'], check=True)\n", "ldap-utils"),
        ("from os import popen\nprint(popen('smartctl --scan').read())\n", "smartmontools"),
        ("import pytesseract\nprint(pytesseract.image_to_string(1))\n", "tesseract-ocr"),
        ("import PIL\nprint(PIL)\n", ""),
    ],
)
def test_packages_of_programs(tmp_path: Path, code: str, package: str) -> None:
    facts, _ = chosen(tmp_path, {"requirements.txt": "pytesseract\npillow\n", "main.py": code})
    assert [p.name for p in decide(facts, {}).runtime_packages] == ([package] if package else [])


def test_selenium_s_firefox(tmp_path: Path) -> None:
    code = "from selenium import webdriver\nwebdriver.Firefox()\n"
    plan = decide(chosen(tmp_path, {"requirements.txt": "selenium==4.30.0\n", "main.py": code})[0], {})
    assert [p.name for p in plan.runtime_packages] == ["firefox-esr"]
    assert any("geckodriver" in w.message for w in plan.warnings)
    (tmp_path / "main.py").write_text(code + "webdriver.Chrome()\n")
    assert [p.name for p in decide(detect(Source(tmp_path)), {}).runtime_packages] == ["chromium", "chromium-driver"]


def test_systemd_s_journal_without_a_manifest(tmp_path: Path) -> None:
    facts, _ = chosen(tmp_path, {"main.py": "import systemd.journal\nprint(systemd.journal)\n"})
    assert [d.name for d in facts.dependencies] == ["systemd-python"]


def test_the_python_of_pixi_lock(tmp_path: Path) -> None:
    lock = "version: 6\nenvironments:\n  default:\n    packages:\n      linux-64:\n"
    lock += "      - conda: https://conda.anaconda.org/conda-forge/linux-64/python-3.9.21-h9c0c6dc_1_cpython.conda\n"
    files = {
        "pixi.toml": "[workspace]\nname = 'a'\nchannels = ['conda-forge']\nplatforms = ['linux-64']\n[dependencies]\ndash = '*'\n"
    }
    facts, _ = chosen(tmp_path, {**files, "pixi.lock": lock, "app.py": FLASK})
    assert [(c.kind, c.specifier) for c in facts.python] == [("pin", "3.9")]


@pytest.mark.parametrize(("file", "text", "manager"), [("Dockerfile", "FROM python:3.12\nRUN pip install -e .\n", "pip"),
                                                        ("Dockerfile", "FROM python:3.12\nRUN uv sync\n", "uv"),
                                                        ("notes.md", "pip install .\n", "uv")])  # fmt: skip
def test_who_installs_a_project_without_a_lock(tmp_path: Path, file: str, text: str, manager: str) -> None:
    files = {
        "pyproject.toml": "[project]\nname = 'a'\nversion = '1'\ndependencies = ['rich']\n",
        "main.py": "print(1)\n",
    }
    assert chosen(tmp_path, {**files, file: text})[0].manager.name == manager


@pytest.mark.parametrize(("locked", "flag"), [("0.1.8", "--frozen"), ("0.1.9", "--locked"), ("0.1.9.0", "--locked")])
def test_a_uv_lock_from_before_the_project_s_new_version(tmp_path: Path, locked: str, flag: str) -> None:
    manifest = "[project]\nname = 'my-tool'\nversion = '0.1.9'\nrequires-python = '>=3.12'\ndependencies = []\n"
    lock = f"version = 1\nrevision = 3\nrequires-python = '>=3.12'\n\n[[package]]\nname = 'my-tool'\nversion = '{locked}'\n"
    lock += "source = { virtual = '.' }\n"
    facts, _ = chosen(
        tmp_path, {"pyproject.toml": manifest, "uv.lock": lock.replace("'", '"'), "main.py": "print(1)\n"}
    )
    install = choose_install(facts, ("rich",))
    assert install is not None and flag in install.commands[0]
    assert any("write the lock again" in w.message for w in facts.warnings) is (flag == "--frozen")


def test_a_gitignore_that_hides_all_code_says_nothing(tmp_path: Path) -> None:
    files = {"requirements.txt": "flask\n", "app.py": FLASK, ".gitignore": "*\n!README.md\n", "README.md": "x\n"}
    assert said(chosen(tmp_path, files)[1])[0] == "app:app"
    (tmp_path / ".gitignore").write_text("app.py\n")
    assert Source(tmp_path).files == (".gitignore", "README.md", "requirements.txt")


def test_selenium_s_edge_is_told(tmp_path: Path) -> None:
    files = {"requirements.txt": "selenium==4.30.0\n", "main.py": "from selenium import webdriver\nwebdriver.Edge()\n"}
    plan = decide(chosen(tmp_path, files)[0], {})
    assert plan.runtime_packages == () and any("Edge" in w.message for w in plan.warnings)


def test_panel_serves_a_directory_application_by_its_folder(tmp_path: Path) -> None:
    """Its hooks and its template are left out where main.py alone is served."""
    page = "import panel as pn\npn.Row('a').servable()\n"
    files = {"requirements.txt": "panel\n", "dashboard/main.py": page}
    assert "dashboard/main.py" in chosen(tmp_path, files)[1].processes[0].command
    choice = chosen(tmp_path, {"dashboard/server_lifecycle.py": "def on_server_loaded(context): ...\n"})[1]
    assert "dashboard" in choice.processes[0].command and said(choice) == ("dashboard", "web", 5006)
