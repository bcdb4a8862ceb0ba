"""What the code takes that newer releases lack, and which older ones are held for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.facts import Facts
from dockgen.knowledge import table
from dockgen.source import Source

SERVER = "from fastapi import FastAPI\napp = FastAPI()\n"
FLASK = "from flask import Flask\napp = Flask(__name__)\n"


def facts(tmp_path: Path, requirements: str | None, code: str, **files: str) -> Facts:
    (tmp_path / "main.py").write_text(code)
    if requirements is not None:
        (tmp_path / "requirements.txt").write_text(requirements.replace(" ", "\n") + "\n")
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    return detect(Source(tmp_path))


def held(found: Facts) -> list[str]:
    return [fact.value for fact in found.outgrown]


@pytest.mark.parametrize(
    ("requirements", "code", "wanted"),
    [
        ("fastapi pydantic", SERVER + "from pydantic import BaseSettings\n", ["pydantic<2"]),
        ("fastapi", SERVER + "import pydantic\nclass S(pydantic.BaseSettings):\n    x: int = 1\n", ["pydantic<2"]),
        ("fastapi pydantic>=1.8,<3", SERVER + "from pydantic import BaseSettings\n", ["pydantic<2"]),
        ("fastapi pydantic<2", SERVER + "from pydantic import BaseSettings\n", []),
        ("fastapi pydantic==1.10.2", SERVER + "from pydantic import BaseSettings\n", []),
        ("fastapi pydantic>=2.3", SERVER + "from pydantic import BaseSettings\n", []),  # they contradict each other
        ("fastapi pydantic", SERVER + "from pydantic.v1 import BaseSettings\n", []),
        ("fastapi pydantic", SERVER + "try:\n    from pydantic import BaseSettings\nexcept ImportError:\n    from pydantic_settings import BaseSettings\n", []),
        ("openai", "import openai\ndef ask():\n    try:\n        openai.ChatCompletion.create(model='x')\n    except Exception:\n        pass\nask()\n", ["openai<1"]),
        ("openai", "import openai\nclient = openai.OpenAI()\nclient.chat.completions.create(model='x')\n", []),
        ("flask", FLASK + "@app.before_first_request\ndef f():\n    pass\n", ["flask<2.3", "werkzeug<3"]),
        ("flask", FLASK + "@app.before_request\ndef f():\n    pass\n", []),
        ("fastapi jinja2", SERVER + "from fastapi.templating import Jinja2Templates\nt = Jinja2Templates('t')\ndef f(request):\n    return t.TemplateResponse('a.html', {'request': request})\n", ["starlette<1"]),
        ("fastapi jinja2", SERVER + "from fastapi.templating import Jinja2Templates\nt = Jinja2Templates('t')\ndef f(request):\n    return t.TemplateResponse(request, 'a.html')\n", []),
        ("fastapi jinja2", SERVER + "from fastapi.templating import Jinja2Templates\nt = Jinja2Templates('t')\ndef f(request):\n    return t.TemplateResponse(name='a.html', request=request)\n", []),
        ("starlette", "from starlette.applications import Starlette\napp = Starlette(on_startup=[print])\n", ["starlette<1"]),
        ("starlette", "from starlette.applications import Starlette\napp = Starlette()\n@app.on_event('startup')\ndef f():\n    pass\n", ["starlette<1"]),
        ("fastapi", SERVER + "@app.on_event('startup')\ndef f():\n    pass\n", []),  # FastAPI has it still
        ("pyjwt", "import jwt\ntoken = jwt.encode({}, 'x').decode('utf-8')\n", ["pyjwt<2"]),
        ("pyjwt", "import jwt\ntoken = jwt.encode({}, 'x')\ntext = b''.decode()\n", []),
        ("httpx", "import httpx\nhttpx.Client(proxies={})\n", ["httpx<0.28"]),
        ("httpx", "import httpx\nhttpx.Client(proxy='x')\n", []),
        ("requests", "import pkg_resources\npkg_resources.require('requests')\n", ["setuptools<81"]),
        ("marshmallow", "from marshmallow import fields\nx = fields.Str(missing='')\n", ["marshmallow<4"]),
        ("rq redis", "from rq import Connection, Worker\nwith Connection():\n    Worker(['q']).work()\n", ["rq<2"]),
        ("django", "from django.utils.translation import gettext_lazy\n", []),
    ],
)  # fmt: skip
def test_uses(tmp_path: Path, requirements: str, code: str, wanted: list[str]) -> None:
    found = facts(tmp_path, requirements, code)
    assert held(found) == wanted
    assert all(fact.evidence[0].file == "main.py" and fact.evidence[0].line for fact in found.outgrown)


@pytest.mark.parametrize(
    ("requirements", "wanted"),
    [
        ("flask==2.1.3", ["werkzeug<3"]),
        ("flask==2.1.3 werkzeug==2.1.2", []),
        ("flask==3.0.0", []),
        ("flask==1.1.2", ["itsdangerous<2.1", "jinja2<3.1", "markupsafe<2.1", "werkzeug<2.1"]),  # the oldest of two
        ("flask flask-sqlalchemy==2.5.1", ["flask<2.3", "sqlalchemy<2", "werkzeug<3"]),
        ("pandas==2.0.3", ["numpy<2"]),
        ("pandas==2.0.3 numpy==1.24.4", []),
        ("openai==1.30.1", ["httpx<0.28"]),
        ("openai==0.28.1", []),
        ("passlib[bcrypt]", ["bcrypt<5"]),
        ("passlib bcrypt", ["bcrypt<5"]),
        ("passlib", []),
    ],
)
def test_companions(tmp_path: Path, requirements: str, wanted: list[str]) -> None:
    found = facts(tmp_path, requirements, "import sys\nprint(sys.argv)\n")
    assert held(found) == wanted
    assert all(fact.evidence[0].file == "requirements.txt" for fact in found.outgrown)


def test_what_is_held_is_installed_with_the_rest_and_told(tmp_path: Path) -> None:
    plan = decide(facts(tmp_path, "fastapi uvicorn pydantic", SERVER + "from pydantic import BaseSettings\n"), {})
    assert plan.install is not None
    assert any("--requirements" in command and command[-1] == "pydantic<2" for command in plan.install.commands)
    [warning] = [w for w in plan.warnings if "pydantic<2" in w.message]
    assert "requirements.txt" in warning.message and warning.evidence[0].line == 3


def test_what_no_process_comes_to_holds_nothing(tmp_path: Path) -> None:
    found = facts(tmp_path, "fastapi uvicorn pydantic", SERVER, old="from pydantic import BaseSettings\n")
    plan = decide(found, {})
    assert held(found) == ["pydantic<2"]
    assert plan.install is not None
    assert not any("pydantic<2" in command for command in plan.install.commands)


def test_a_guessed_list_says_it_itself(tmp_path: Path) -> None:
    plan = decide(facts(tmp_path, None, SERVER + "from pydantic import BaseSettings\n"), {})
    assert ("pydantic<2", "main.py:3") in plan.requirements
    assert not any("pydantic" in word for command in plan.install.commands for word in command)  # type: ignore[union-attr]


def test_a_lock_file_has_decided(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'shop'\nversion = '1'\ndependencies = ['fastapi']\n")
    package = '[[package]]\nname = "{}"\nversion = "{}"\nsource = {{ registry = "https://index.invalid/simple" }}\n'
    (tmp_path / "uv.lock").write_text(
        "version = 1\n" + package.format("fastapi", "0.120.0") + package.format("pydantic", "2.9.0")
        + '[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "." }\ndependencies = [{ name = "fastapi" }]\n'
    )  # fmt: skip
    assert held(facts(tmp_path, None, SERVER + "from pydantic import BaseSettings\n")) == []


def test_the_newest_python_of_an_old_release(tmp_path: Path) -> None:
    plan = decide(facts(tmp_path, "numpy", "import numpy as np\nprint(np.float(1))\n"), {})
    assert plan.base.python == "3.11"


def test_a_bot_without_intents_is_told(tmp_path: Path) -> None:
    found = facts(tmp_path, "discord.py", "import discord\nclient = discord.Client()\nclient.run('x')\n")
    assert any("intents" in warning.message for warning in found.warnings)


def test_the_table_is_whole() -> None:
    """Each row is proved and holds what can be parsed."""
    rows = table("outgrown")
    for row in (*rows["gone"], *rows["companions"]):
        assert "proof" in row or "same_as" in row
        assert row["held"] or "distribution" in row
