"""What code does where no variable is set, and which of its variables it therefore needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect.test_settings import env


@pytest.mark.parametrize(
    ("code", "required"),
    [
        ("if os.environ.get('S3'):\n    k = os.environ['KEY']", False),
        ("if not os.environ.get('S3'):\n    k = os.environ['KEY']", True),
        ("if 'S3' in os.environ:\n    k = os.environ['KEY']", False),
        ("if 'S3' not in os.environ:\n    pass\nelse:\n    k = os.environ['KEY']", False),
        ("if 'A' in os.environ:\n    pass\nelif 'B' in os.environ:\n    k = os.environ['KEY']", False),
        ("S3 = os.getenv('S3', 'False') == 'True'\nif S3:\n    k = os.environ['KEY']", False),
        ("S3 = os.getenv('S3', 'True').lower() in ('true', '1')\nif S3:\n    k = os.environ['KEY']", True),
        ("DEBUG = bool(int(os.getenv('DEBUG', '0')))\nif not DEBUG:\n    k = os.environ['KEY']", True),
        ("DEBUG = bool(int(os.getenv('DEBUG', '1')))\nif not DEBUG:\n    k = os.environ['KEY']", False),
        ("k = os.environ['KEY'] if os.getenv('S3') else ''", False),
        ("k = os.getenv('S3') and os.environ['KEY']", False),
        ("def f():\n    if not os.getenv('DSN'):\n        return\n    k = os.environ['KEY']", False),
        ("def f():\n    if os.getenv('DSN'):\n        return\n    k = os.environ['KEY']", True),
        ("def f(wanted):\n    if wanted:\n        k = os.environ['KEY']", True),
        ("S3 = False\nS3 = choose()\nif S3:\n    k = os.environ['KEY']", True),
        ("if os.getenv('HOME'):\n    k = os.environ['KEY']", True),
        ("k = os.getenv('KEY')\nif k:\n    n = int(k)", False),
        ("k = os.getenv('KEY')\nn = int(k)", True),
    ],
)
def test_a_variable_that_only_others_ask_for(tmp_path: Path, code: str, required: bool) -> None:
    assert env(tmp_path, f"import os\n{code}\n")["KEY"].required is required


@pytest.mark.parametrize("reader", ["import environ\nenv = environ.Env()", "from environs import Env\nenv = Env()"])
def test_a_flag_of_a_reader(tmp_path: Path, reader: str) -> None:
    code = f"{reader}\nON = env.bool('ON', default=False)\nif ON:\n    k = env('KEY')\n"
    assert not env(tmp_path, code)["KEY"].required


def test_the_environ_of_a_request_is_not_the_process_s(tmp_path: Path) -> None:
    code = (
        "from os import environ\ndef app(environ, start):\n    return environ['PATH_INFO'], environ.get('QUERY')\n"
        "x = environ['OWN']\n"
    )
    assert set(env(tmp_path, code)) == {"OWN"}


def test_a_plugin_that_the_program_does_not_choose_asks_for_nothing(tmp_path: Path) -> None:
    plugin = "import os\nclass {}:\n    def __init__(self):\n        self.key = os.environ['{}']\n"
    files = {
        "a.py": plugin.format("Weather", "WEATHER_KEY"),
        "b.py": plugin.format("Store", "STORE_KEY"),
        "main.py": "from a import Weather\nfrom b import Store\nTABLE = {'weather': Weather, 'store': Store}\nStore()\n",
    }
    found = env(tmp_path, files)
    assert not found["WEATHER_KEY"].required
    assert found["STORE_KEY"].required, "it is called by its name"


def test_a_configuration_that_the_chosen_one_replaces(tmp_path: Path) -> None:
    code = (
        "import os\nclass Config:\n    SECRET_KEY = os.environ.get('SECRET_KEY')\n"
        "class Development(Config):\n    SECRET_KEY = 'dev'\n"
    )
    assert env(tmp_path, code)["SECRET_KEY"].absent == "replaced"


def test_a_default_in_another_module(tmp_path: Path) -> None:
    files = {
        "setting.py": "DB_CONN = 'redis://127.0.0.1:6379/0'\n",
        "handler.py": "import os\nimport setting\nx = os.getenv('DB_CONN', setting.DB_CONN)\n",
    }
    assert env(tmp_path, files)["DB_CONN"].default == "redis://127.0.0.1:6379/0"


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("x = os.getenv('X', secrets.token_hex())", "replaced"),
        ("x = os.getenv('X') or secrets.token_hex()", "replaced"),
        ("x = os.getenv('X')\nif x:\n    use(x)", "tested"),
        ("x = os.getenv('X')\nif x is not None:\n    use(x)", "tested"),
        ("x = given if given else os.getenv('X')", "tested"),
        ("x = given or os.getenv('X')", "tested"),
        ("x = 'X' in os.environ", "tested"),
        ("x = os.getenv('X')\nuse(x)", "passed"),
        ("x = os.getenv('X')\nprint(x)", ""),
        ("x = os.getenv('X', 'a')", ""),
    ],
)
def test_what_the_code_does_without(tmp_path: Path, code: str, absent: str) -> None:
    assert env(tmp_path, f"import os, secrets\n{code}\n")["X"].absent == absent
