"""Variables that libraries read by themselves, and libraries that read settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect.test_settings import env


@pytest.mark.parametrize(
    ("code", "required"),
    [
        ("import openai\nc = openai.OpenAI()", {"OPENAI_API_KEY"}),
        ("from openai import AsyncOpenAI as A\nc = A(timeout=3)", {"OPENAI_API_KEY"}),
        ("import openai\nc = openai.OpenAI(api_key=k)", set()),
        ("import openai\nc = openai.OpenAI(base_url=u)", set()),
        ("import openai\nc = openai.OpenAI(**options)", set()),
        ("import openai, os\nc = openai.OpenAI() if os.getenv('AI') else None", set()),
        ("import anthropic\nc = anthropic.Anthropic()", {"ANTHROPIC_API_KEY"}),
        ("import chainlit as cl\n@cl.password_auth_callback\ndef f(a, b): ...", {"CHAINLIT_AUTH_SECRET"}),
        ("import chainlit as cl\n@cl.on_message\ndef f(a): ...", set()),
        ("from simple_settings import settings", {"SIMPLE_SETTINGS"}),
        ("import os\nos.environ['SIMPLE_SETTINGS'] = 'a'\nfrom simple_settings import settings", set()),
        ("from django.core.wsgi import get_wsgi_application\na = get_wsgi_application()", {"DJANGO_SETTINGS_MODULE"}),
        (
            "import os\nfrom django.core.wsgi import get_wsgi_application\n"
            "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x.settings')\na = get_wsgi_application()",
            set(),
        ),
    ],
)
def test_what_libraries_read(tmp_path: Path, code: str, required: set[str]) -> None:
    assert {name for name, v in env(tmp_path, code + "\n").items() if v.required} == required


def test_the_settings_module_that_only_manage_py_names(tmp_path: Path) -> None:
    files = {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x.settings.dev')\n",
        "x/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    }
    assert env(tmp_path, files)["DJANGO_SETTINGS_MODULE"].required


def test_click_with_a_prefix(tmp_path: Path) -> None:
    code = (
        "import click\n@click.command()\n@click.option('-b', '--bind', default='0.0.0.0')\n"
        "@click.option('--redis-url')\ndef run(bind, redis_url): ...\n"
        "@group.command()\n@click.option('--inner')\ndef other(inner): ...\n"
        "def main():\n    run(auto_envvar_prefix='DASH')\n"
    )
    found = env(tmp_path, code)
    assert set(found) == {"DASH_BIND", "DASH_REDIS_URL"}
    assert found["DASH_BIND"].default == "0.0.0.0"
    assert not any(v.required for v in found.values())


@pytest.mark.parametrize(
    ("run", "required"),
    [
        ({"run.py": "from app.cli import main\nmain(auto_envvar_prefix='EXP')\n"}, {"EXP_BROKER_URL"}),
        ({"run.py": "from app.cli import main\nmain()\n"}, set()),
        ({"run.py": "from app.cli import main\nmain(auto_envvar_prefix=name())\n"}, set()),
    ],
)
def test_a_required_option_of_click_in_another_file(tmp_path: Path, run: dict[str, str], required: set[str]) -> None:
    cli = (
        "import click\n@click.command()\n@click.option('-b', '--broker-url', required=True)\n"
        "@click.option('--port', required=True, default=80)\n@click.option('--level')\ndef main(broker_url, port, level): ...\n"
    )
    found = env(tmp_path, {"app/cli.py": cli, **run})
    assert {name for name, v in found.items() if v.required} == required


def test_the_prefix_among_the_settings_of_a_group(tmp_path: Path) -> None:
    code = (
        "import click\n@click.group(context_settings={'auto_envvar_prefix': 'APP'})\n@click.option('--config')\n"
        "def cli(config): ...\n"
        "@cli.command()\n@click.option('--bind-host', required=True)\ndef serve(bind_host): ...\n"
    )
    found = env(tmp_path, code)
    assert {name: v.required for name, v in found.items()} == {"APP_CONFIG": False, "APP_SERVE_BIND_HOST": False}


@pytest.mark.parametrize(
    ("made", "names"),
    [
        (
            "settings = Dynaconf(envvar_prefix='SHOP', validators=[Validator('DSN', must_exist=True)])",
            ("SHOP_DSN", "SHOP_PAGE"),
        ),
        ("settings = Dynaconf(validators=[Validator('DSN', required=True)])", ("DYNACONF_DSN", "DYNACONF_PAGE")),
        ("settings = Dynaconf(envvar_prefix=False, validators=[Validator('DSN', must_exist=True)])", ("DSN", "PAGE")),
    ],
)
def test_dynaconf(tmp_path: Path, made: str, names: tuple[str, str]) -> None:
    files = {
        "config.py": f"from dynaconf import Dynaconf, Validator\n{made}\n",
        "app.py": "from config import settings\nx = settings.PAGE\ny = settings['PAGE']\n",
    }
    found = env(tmp_path, files)
    assert set(found) == set(names)
    assert found[names[0]].required and not found[names[1]].required


def test_dynaconf_with_a_default(tmp_path: Path) -> None:
    code = "from dynaconf import Dynaconf, Validator\ns = Dynaconf(validators=[Validator('A', must_exist=True, default=1)])\n"
    assert env(tmp_path, code) == {}


@pytest.mark.parametrize(
    ("more", "required"),
    [
        ("from quart_auth import QuartAuth\nQuartAuth(app)", True),
        ("", False),
        ("from quart_auth import QuartAuth\nQuartAuth(app)\napp.secret_key = 'x'", False),
    ],
)
def test_who_signs_needs_a_key(tmp_path: Path, more: str, required: bool) -> None:
    code = f"from quart import Quart\napp = Quart('a')\napp.config.from_prefixed_env(prefix='SHOP')\n{more}\n"
    found = env(tmp_path, code)
    assert ("SHOP_SECRET_KEY" in found and found["SHOP_SECRET_KEY"].required) is required


@pytest.mark.parametrize(
    ("debug", "hosts", "required"),
    [
        ("False", "os.environ.get('HOSTS', '').split(',')", True),
        ("os.getenv('DEBUG', '0') == '1'", "os.environ.get('HOSTS', '').split(',')", True),
        ("True", "os.environ.get('HOSTS', '').split(',')", False),
        ("False", "os.environ.get('HOSTS', '*').split(',')", False),
        ("False", "os.environ.get('HOSTS', 'localhost').split(',')", False),
        ("choose()", "os.environ.get('HOSTS', '').split(',')", False),
    ],
)
def test_hosts_that_django_answers(tmp_path: Path, debug: str, hosts: str, required: bool) -> None:
    code = f"import os\nINSTALLED_APPS = []\nDEBUG = {debug}\nALLOWED_HOSTS = {hosts}\n"
    assert env(tmp_path, {"settings.py": code})["HOSTS"].required is required


SETTINGS = [
    ("import environ\nenv = environ.Env()\nX = env('X')", "X", True),
    ("import environ\nenv = environ.Env(X=(int, 3))\nX = env('X')", "X", False),
    ("import environ\nenv = environ.Env()\nD = {'default': env.db()}", "DATABASE_URL", True),
    ("from decouple import config\nX = config('X')", "X", True),
    ("from decouple import config\nX = config('X', default='a')", "X", False),
    ("from environs import Env\nenv = Env()\nX = env.str('X')", "X", True),
    ("from environs import Env\nenv = Env()\nX = env.int('X', 3)", "X", False),
    ("from environs import Env\nenv = Env()\nwith env.prefixed('A_'):\n    X = env.str('X')", "A_X", True),
    ("from starlette.config import Config\nconfig = Config('.env')\nX = config('X')", "X", True),
    ("from starlette.config import Config\nconfig = Config()\nX = config('X', cast=bool, default=False)", "X", False),
    ("from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    x: str", "X", True),
    ("from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    x: str = 'a'", "X", False),
    (
        "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_prefix='A_')\n    x: str",
        "A_X",
        True,
    ),
    (
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n"
        "class Inner(BaseModel):\n    x: str\n    y: int = 3\nclass S(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_prefix='A_', env_nested_delimiter='__')\n    inner: Inner",
        "A_INNER__X",
        True,
    ),
    (
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n"
        "class Inner(BaseModel):\n    x: str\n    y: int = 3\nclass S(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    inner: Inner",
        "INNER__Y",
        False,
    ),
]


@pytest.mark.parametrize(("code", "name", "required"), SETTINGS)
def test_each_library_of_settings(tmp_path: Path, code: str, name: str, required: bool) -> None:
    assert env(tmp_path, code + "\n")[name].required is required


def test_an_example_file_is_documentation(tmp_path: Path) -> None:
    found = env(tmp_path, {".env.example": "TOKEN=put-it-here\n# OTHER=1\n", "app.py": "x = 1\n"})
    assert set(found) == {"TOKEN"} and not found["TOKEN"].required and found["TOKEN"].default is None


def test_a_script_without_an_ending_is_read(tmp_path: Path) -> None:
    code = "#!/usr/bin/env python3\nimport os\nx = os.environ['X']\n"
    assert env(tmp_path, {"scripts/summarize": code})["X"].required


def test_flasks_dynaconf_fills_the_configuration(tmp_path: Path) -> None:
    files = {
        "config.py": "from dynaconf import FlaskDynaconf\ndef init_app(app):\n    FlaskDynaconf(app)\n",
        "jobs.py": "def make(app, other):\n    app.config['OWN'] = 1\n    other['X']\n    return app.config['CELERY_BROKER_URL']\n",
    }
    assert sorted(env(tmp_path, files, "dynaconf")) == ["FLASK_CELERY_BROKER_URL"]
