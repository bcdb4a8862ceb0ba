"""What becomes of a value that was read: where its absence shows later."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.absence import is_placeholder
from dockgen.detect.names import modules
from dockgen.detect.needed import needed_variables
from dockgen.detect.settings import detect_env
from dockgen.source import Source

GET = "import os, sys, requests\n"


def required(tmp_path: Path, files: dict[str, str] | str) -> set[str]:
    for name, text in (files if isinstance(files, dict) else {"app.py": files}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    source = Source(tmp_path)
    return {v.name for v in needed_variables(detect_env(source, []), (), modules(source)) if v.required}


@pytest.mark.parametrize(
    "code",
    [
        "A = os.getenv('A')\nopen(A + '/key.json')",
        "A = os.getenv('A')\ndef names():\n    return A.split(',')",
        "A = os.getenv('A')\nrequests.get(A)",
        "A = os.getenv('A')\nrequests.post(url=A, json={})",
        "class C:\n    def __init__(self):\n        self.a = os.getenv('A')\n        if not self.a:\n            raise ValueError('A')",
        "class C:\n    def __init__(self):\n        self.a = os.getenv('A', '')\n        if self.a is None or self.a == '':\n            sys.exit(1)",
        "config = Config(a=os.environ.get('A', ''))\ndef ask():\n    if not config.a:\n        raise ValueError('A')",
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--a-b', default=os.environ.get('A'))\n"
        "args = parser.parse_args()\nif not args.a_b:\n    parser.error('no A')",
        "if not os.getenv('A') or not os.getenv('A'):\n    raise SystemExit('A')",
        "if 'A' not in os.environ or len(sys.argv) > 3:\n    sys.exit(2)",
        "NAMES = ['A']\nmissing = [n for n in NAMES if not os.getenv(n)]\nif missing:\n    raise RuntimeError(missing)",
        "NAMES = ['A']\nmissing = [n for n in NAMES if n not in os.environ]\nif len(missing) > 0:\n    sys.exit(1)",
        "if any(n not in os.environ for n in ['A']):\n    sys.exit(1)",
        "if all(n not in os.environ for n in ['A', 'A_FILE']):\n    raise ValueError('A or A_FILE')",
        "key = os.getenv('A')\nif key is None:\n    key = 'YOUR KEY GOES HERE'",
        "from flask import Flask\napp = Flask(__name__)\napp.secret_key = os.getenv('A')",
    ],
)  # fmt: skip
def test_its_absence_shows_later(tmp_path: Path, code: str) -> None:
    assert required(tmp_path, GET + code + "\n") == {"A"}


@pytest.mark.parametrize(
    "code",
    [
        "A = os.getenv('A')\nif A:\n    requests.get(A)",
        "A = os.getenv('A')\ndef f():\n    if A is None:\n        return\n    requests.get(A)",
        "A = os.getenv('A', 'x')\nopen(A + '/key.json')",
        "A = os.getenv('A')\nprint(A)",
        "A = os.getenv('A')\ndef f(on):\n    if on:\n        requests.get(A)",
        "A = os.getenv('A')\ndef f():\n    if not A:\n        raise HTTPException(503)",
        "if not os.getenv('A') and not os.getenv('B'):\n    raise ValueError('A or B')",
        "missing = [n for n in ['A'] if not os.getenv(n)]\nif missing:\n    print(missing)",
        "key = os.getenv('A')\nif key is None:\n    key = make_key()",
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--a', default=os.environ.get('A'))\n"
        "args = parser.parse_args()\nif args.a:\n    print(args.a)",
        "A = os.getenv('A')\ntry:\n    requests.get(B)\nexcept OSError:\n    requests.get(A)",
    ],
)  # fmt: skip
def test_the_program_can_do_without(tmp_path: Path, code: str) -> None:
    assert required(tmp_path, GET + code + "\n") == set()


@pytest.mark.parametrize(
    "code",
    [
        "client = Client('https://example.org', os.getenv('X'))",
        "from shoplib import Client\nclient = Client(host='a', key=os.getenv('X'))",
        "X = os.getenv('X')\ndef work():\n    return query('name', X)",
        "X = os.getenv('X')\nheaders = {'Authorization': f'Bearer {X}'}",
        "X = os.getenv('X')\nADDRESS = f'{X}users/'",
        "login = {'token': os.getenv('X'), 'port': 3}\nclient = Client(**login)",
        "class Config:\n    X = os.getenv('X')\ndef f(app):\n    register(client_secret=app.config.get('X'))",
    ],
)
def test_a_credential_that_is_handed_on(tmp_path: Path, code: str) -> None:
    assert required(tmp_path, GET + code.replace("X", "SHOP_API_KEY") + "\n") == {"SHOP_API_KEY"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SHOP_MODE", "client = Client(os.getenv('X'))"),  # no credential
        ("SENTRY_TOKEN", "client = Client(os.getenv('X'))"),
        ("AWS_SECRET", "client = Client(secret=os.getenv('X'))"),
        ("SHOP_API_KEY", "X = os.getenv('X')\nif X:\n    client = Client(X)"),
        ("SHOP_API_KEY", "def make(key):\n    if key:\n        protect(key)\nmake(os.getenv('X'))"),
        (
            "SHOP_API_KEY",
            "class C:\n    def __init__(self, key=None):\n        self.on = bool(key) and go()\n"
            "        if key is not None:\n            go(key)\nC(key=os.getenv('X'))",
        ),
        ("SHOP_API_KEY", "logging.info('key %s', os.getenv('X'))"),
        ("SHOP_SIZE", "X = os.getenv('X')\nif X and int(X) > 0:\n    go(X)"),
        ("SHOP_API_KEY", "client = Client(os.getenv('X', ''))\nprint(client)\nX = os.getenv('X', 'anonymous')"),
    ],
)
def test_what_is_handed_on_without_need(tmp_path: Path, name: str, code: str) -> None:
    assert required(tmp_path, GET + code.replace("X", name) + "\n") == set()


def test_a_setting_of_another_module(tmp_path: Path) -> None:
    files = {
        "shop/settings.py": GET
        + "TOKEN_DIR = os.getenv('TOKEN_DIR')\nFREE = os.getenv('FREE')\nBASE = os.getenv('BASE')\n",
        "shop/main.py": "from shop import settings\nfrom shop.settings import BASE\n"
        "open(settings.TOKEN_DIR + '/x')\nif settings.FREE:\n    open(settings.FREE + '/x')\nopen(BASE + '/y')\n",
    }
    assert required(tmp_path, files) == {"TOKEN_DIR", "BASE"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("your-api-key-here", True),
        ("YOUR OPENAI API KEY GOES HERE", True),
        ("<token>", True),
        ("changeme", True),
        ("xxxx", True),
        ("secret", False),
        ("dev-key", False),
        ("there", False),
        (None, False),
    ],
)
def test_placeholders(text: str | None, says: bool) -> None:
    assert is_placeholder(text) is says


def test_a_secret_whose_default_is_a_placeholder(tmp_path: Path) -> None:
    code = GET + "import shop\nshop.login(os.getenv('SHOP_TOKEN', 'your-token-here'))\n"
    assert required(tmp_path, code) == {"SHOP_TOKEN"}


WRAPPED = """
class Configurator:
    def from_env(self, name, default=None, variable=None):
        variable = variable.upper() if variable else name.upper()
        value = self.settings.get(name) or os.environ.get(variable)
        if value is None and default is None:
            raise ValueError(name)
        return value or default

    def configure(self):
        self.from_env("public_host")
        self.from_env("public_port", default="443")
        self.from_env("auth.secret", variable="checkout_secret")


def setting(name):
    return os.environ["SHOP_" + name]


def text(name, default):
    return os.getenv(f"SHOP_{name.upper()}", default)


setting("LOGIN")
text("color", "red")
"""


def test_names_that_a_function_of_the_project_makes(tmp_path: Path) -> None:
    assert required(tmp_path, GET + WRAPPED) == {"PUBLIC_HOST", "CHECKOUT_SECRET", "SHOP_LOGIN"}
    found = {v.name: v.default for v in detect_env(Source(tmp_path), [])}
    assert found["SHOP_COLOR"] == "red"
    assert found["PUBLIC_PORT"] == "443"


DATABASE = "DATABASES = {'default': {'ENGINE': 'E', 'NAME': os.getenv('N'), 'USER': os.getenv('U'), 'HOST': os.getenv('H', 'db')}}"


@pytest.mark.parametrize(
    ("engine", "before", "names"),
    [
        ("django.db.backends.postgresql", "", {"N", "U"}),
        ("django.db.backends.sqlite3", "", set()),
        ("django.db.backends.postgresql", "if mode == 'server':\n    ", set()),
    ],
)
def test_parts_of_django_s_database(tmp_path: Path, engine: str, before: str, names: set[str]) -> None:
    database = DATABASE.replace("'E'", f"'{engine}'")
    assert required(tmp_path, f"{GET}{before}{database}\n") == names


def test_what_goes_into_the_url_of_a_service(tmp_path: Path) -> None:
    code = (
        "PASSWORD = os.getenv('PASSWORD', '')\nDATA_HOST = os.getenv('DATA_HOST', 'localhost')\n"
        'URL = f\'redis://:{PASSWORD}@{DATA_HOST}:{os.getenv("DATA_PORT", 6379)}/{os.getenv("DATA_NUMBER", 1)}\'\n'
        "PAGE = f'https://{os.getenv(\"WEB_HOST\")}/'\n"
    )
    (tmp_path / "app.py").write_text(GET + code)
    found = {v.name: (v.service, v.part) for v in detect_env(Source(tmp_path), [])}
    assert found == {
        "PASSWORD": ("redis", "password"),
        "DATA_HOST": ("redis", "host"),
        "DATA_PORT": ("redis", "port"),
        "DATA_NUMBER": ("", ""),
        "WEB_HOST": ("", ""),
    }


def test_to_log_in_to_a_mail_server_is_a_feature(tmp_path: Path) -> None:
    code = "smtp.login(os.environ.get('POST_USER'), os.environ.get('POST_PASS'))\n"
    assert required(tmp_path, f"import smtplib, os\ndef send(smtp):\n    {code}") == set()
    assert required(tmp_path, f"import os\n{code}") == {"POST_USER"}


def test_the_entries_of_a_dictionary_that_becomes_an_object(tmp_path: Path) -> None:
    files = {
        "config.py": GET
        + "from box import Box\nvalues = {'URL': os.getenv('SHOP_URL'), 'KEY': os.getenv('SHOP_API_KEY'), "
        "'ORIGINS': json.loads(os.getenv('ORIGINS'))}\nenv = Box(values)\n",
        "client.py": "from config import env\nfrom shoplib import Client\nclient = Client(env.URL)\nif env.KEY:\n    client.key()\n",
    }
    assert required(tmp_path, files) == {"SHOP_URL", "ORIGINS"}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("T = os.getenv('SHOP_TOKEN') or os.getenv('OLD_SHOP_TOKEN', '')\nif not T:\n    sys.exit(1)", {"SHOP_TOKEN"}),
        ("T = os.getenv('SHOP_TOKEN') or os.getenv('OLD_SHOP_TOKEN', 'x')\nif not T:\n    sys.exit(1)", set()),
    ],
)
def test_of_several_names_the_first_is_the_one_to_set(tmp_path: Path, code: str, names: set[str]) -> None:
    assert required(tmp_path, GET + code + "\n") == names
