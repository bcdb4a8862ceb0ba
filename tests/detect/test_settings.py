"""Environment variables, by every way that code reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.settings import detect_env, only_documented
from dockgen.facts import Dependency, EnvVar
from dockgen.source import Source


def env(tmp_path: Path, code: str | dict[str, str], *dependencies: str) -> dict[str, EnvVar]:
    files = {"app.py": code} if isinstance(code, str) else code
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = detect_env(Source(tmp_path), [Dependency(name) for name in dependencies])
    return {variable.name: variable for variable in found}


@pytest.mark.parametrize(
    ("code", "required", "default"),
    [
        ("import os\nx = os.environ['X']", True, None),
        ("import os as o\nx = o.environ['X']", True, None),
        ("from os import environ as e\nx = e['X']", True, None),
        ("from os import getenv\nx = getenv('X')", False, None),
        ("from os import getenv\nx = getenv('X', 'a')", False, "a"),
        ("import os\nx = int(os.environ.get('X', 8))", False, "8"),
        ("import os\nx = int(os.environ.get('X'))", True, None),
        ("import os\nx = os.environ.get('X').lower()", True, None),
        ("import os\nx = os.environ.get('X') or 'b'", False, "b"),
        ("import os\nx = str(os.getenv('X')).split(',')", True, None),
        ("import os\nx = str(os.getenv('X', 'a'))", False, "a"),
        ("import os\nx = os.getenv('X')\nif not x:\n    raise SystemExit('no X')", True, None),
        ("import os, sys\nx = os.getenv('X')\nif x is None:\n    sys.exit(1)", True, None),
        ("import os\nx = os.getenv('X')\nif not x:\n    exit(0)", False, None),
        ("import os\nif not os.getenv('X'):\n    raise RuntimeError", True, None),
        (
            "import os\ndef f():\n    x = os.getenv('X')\n    if x:\n        return x\n    else:\n        raise RuntimeError",
            True,
            None,
        ),
        ("import os\nx = os.getenv('X')\nif x or y:\n    z = 1\nelse:\n    raise RuntimeError", False, None),
        (
            "import os\nx = os.getenv('X')\nif x:\n    z = 1\nelif y:\n    z = 2\nelse:\n    raise RuntimeError",
            False,
            None,
        ),
        ("import os\nif 'X' in os.environ:\n    x = os.environ['X']", False, None),
        ("import os\nx = os.environ['X'] if os.environ.get('X') else 1", False, None),
        ("import os\ntry:\n    x = os.environ['X']\nexcept KeyError:\n    x = 1", False, None),
        ("import os\ntry:\n    x = os.environ['X']\nexcept KeyError:\n    raise RuntimeError", True, None),
        ("import os\nos.environ['X'] = '1'\nx = os.environ['X']", False, None),
        ("import os\nNAME = 'X'\nx = os.environ[NAME]", True, None),
        ("import os\nfor n in ('X', 'Y'):\n    os.environ[n]", True, None),
        ("import os\nenv = os.environ\nx = env['X']", True, None),
        ("import os\ndef need(key):\n    return os.environ[key]\nx = need('X')", True, None),
        ("import os\ndef get(key, default=None):\n    return os.getenv(key, default)\nx = get('X', 'c')", False, "c"),
        ("import environ\nenv = environ.Env()\nx = env('X')", True, None),
        ("import environ\nenv = environ.Env(X=(int, 3))\nx = env('X')", False, "3"),
        ("import environ\nenv = environ.Env()\nx = env.bool('X', default=False)", False, "false"),
        ("from environs import Env\nenv = Env()\nx = env.str('X', 'd')", False, "d"),
        ("from environs import env\nx = env.int('X')", True, None),
        ("from envparse import env\nx = env.str('X')", True, None),
        ("from envparse import env\nx = env.int('X', default=4)", False, "4"),
        ("from prettyconf import config\nx = config('X', default='g')", False, "g"),
        ("from environs import Env\nenv = Env()\nwith env.prefixed('X'):\n    y = env('')", False, None),
        ("from decouple import config\nx = config('X', cast=int)", True, None),
        ("from decouple import config\nx = config('X', 'e')", False, "e"),
        (
            "from starlette.config import Config\nconfig = Config('.env')\nx = config('X', cast=str, default='f')",
            False,
            "f",
        ),
        ("import click\n@click.option('--x', envvar='X', default='g')\ndef f(x): ...", False, "g"),
    ],
)
def test_one_variable(tmp_path: Path, code: str, required: bool, default: str | None) -> None:
    found = env(tmp_path, code)
    if "prefixed" in code:
        assert found == {}
        return
    assert (found["X"].required, found["X"].default) == (required, default)
    where = found["X"].evidence[0]
    lines = code.splitlines()
    assert where.file == "app.py" and where.line is not None and 1 <= where.line <= len(lines)


def test_environs_prefix(tmp_path: Path) -> None:
    code = (
        "from environs import Env\nenv = Env()\nwith env.prefixed('APP_'):\n    a = env('A')\n    b = env.int('B', 2)\n"
    )
    assert set(env(tmp_path, code)) == {"APP_A", "APP_B"}


PYDANTIC = """
from typing import Annotated, ClassVar
from pydantic import AliasChoices, BaseModel, Field, PostgresDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

class Database(BaseModel):
    host: str
    pool: int = 5

class Base(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="shop_", env_nested_delimiter="__")
    debug: bool = False

class Settings(Base):
    limit: ClassVar[int] = 3
    api_token: SecretStr
    dsn: PostgresDsn
    name: str = Field("shop")
    other: Annotated[str, Field(validation_alias=AliasChoices("OTHER", "ELSE"))]
    optional: str | None = None
    items: list[str] = Field(default_factory=list)
    db: Database
"""


def test_pydantic_settings(tmp_path: Path) -> None:
    found = env(tmp_path, PYDANTIC, "pydantic-settings", "psycopg")
    required = {name for name, variable in found.items() if variable.required}
    assert required == {"SHOP_API_TOKEN", "SHOP_DSN", "OTHER", "SHOP_DB__HOST"}
    assert set(found) == required | {
        "SHOP_DEBUG", "SHOP_NAME", "ELSE", "SHOP_OPTIONAL", "SHOP_ITEMS", "SHOP_DB__POOL",
    }  # fmt: skip
    assert found["SHOP_API_TOKEN"].secret
    assert (found["SHOP_DSN"].service, found["SHOP_DSN"].part) == ("postgres", "url")
    assert found["SHOP_NAME"].default == "shop"
    assert found["SHOP_DEBUG"].default == "false"


def test_pydantic_one(tmp_path: Path) -> None:
    code = (
        "from typing import Optional\nfrom pydantic import BaseSettings, Field\n"
        "class S(BaseSettings):\n    a: Optional[str]\n    b: str\n    c: str = Field(..., env='CC')\n"
        "    class Config:\n        env_prefix = 'P_'\n"
    )
    found = env(tmp_path, code)
    assert {name: v.required for name, v in found.items()} == {"P_A": False, "P_B": True, "CC": True}


def test_a_base_class_in_another_file(tmp_path: Path) -> None:
    files = {
        "core/base.py": "from pydantic_settings import BaseSettings\nclass Common(BaseSettings):\n    a: str\n",
        "core/conf.py": "from .base import Common\nclass Settings(Common):\n    b: str\n",
    }
    assert {n for n, v in env(tmp_path, files).items() if v.required} == {"A", "B"}


def test_a_reader_in_another_file(tmp_path: Path) -> None:
    files = {
        "conf/base.py": "import environ\nenv = environ.Env()\n",
        "conf/production.py": "from .base import env\nKEY = env('THE_KEY')\nDB = env.db()\n",
        "conf/help.py": "import os\ndef must(name):\n    return os.environ[name]\n",
        "conf/more.py": "from conf.help import must\nfrom conf import help\nA = must('A')\nB = help.must('B')\n",
    }
    found = env(tmp_path, files, "django", "psycopg")
    assert {n for n, v in found.items() if v.required} == {"THE_KEY", "DATABASE_URL", "A", "B"}
    assert found["DATABASE_URL"].scheme == "postgresql"


@pytest.mark.parametrize(
    ("code", "dependencies", "name", "expected"),
    [
        ("os.environ['DATABASE_URL']", ("psycopg",), "DATABASE_URL", ("postgres", "url", "postgresql")),
        ("os.environ['DATABASE_URL']", ("sqlalchemy", "psycopg"), "DATABASE_URL", ("postgres", "url", "postgresql+psycopg")),
        ("os.environ['DATABASE_URL']", ("sqlalchemy", "psycopg2-binary"), "DATABASE_URL", ("postgres", "url", "postgresql+psycopg2")),
        ("create_async_engine(os.environ['DB_URL'])", ("sqlalchemy", "asyncpg"), "DB_URL", ("postgres", "url", "postgresql+asyncpg")),
        ("u = os.environ['DB_URL'].replace('postgresql://', 'postgresql+asyncpg://')\ncreate_async_engine(u)",
         ("sqlalchemy", "asyncpg"), "DB_URL", ("postgres", "url", "postgresql")),
        ("os.getenv('DB_DSN', 'mysql+aiomysql://u:p@h/d')", ("sqlalchemy", "aiomysql"), "DB_DSN", ("mysql", "url", "mysql+aiomysql")),
        ("os.environ['SQLALCHEMY_DATABASE_URI']", ("flask-sqlalchemy", "pymysql"), "SQLALCHEMY_DATABASE_URI", ("mysql", "url", "mysql+pymysql")),
        ("os.environ['DATABASE_URL']", ("django", "mysqlclient"), "DATABASE_URL", ("mysql", "url", "mysql")),
        ("os.environ['DB_HOST']", ("psycopg2",), "DB_HOST", ("postgres", "host", "")),
        ("os.environ['DB_NAME']", (), "DB_NAME", ("", "", "")),
        ("os.environ['SQL_ENGINE']", ("django", "psycopg2"), "SQL_ENGINE", ("postgres", "", "")),
        ("os.environ['POSTGRES_DB']", (), "POSTGRES_DB", ("postgres", "name", "")),
        ("os.environ['PGPASSWORD']", ("psycopg",), "PGPASSWORD", ("postgres", "password", "")),
        ("os.environ['MYSQL_USER']", ("pymysql",), "MYSQL_USER", ("mysql", "user", "")),
        ("os.environ['REDIS_PORT']", (), "REDIS_PORT", ("redis", "port", "")),
        ("os.environ['REDIS_MAX_CONNECTIONS']", ("redis",), "REDIS_MAX_CONNECTIONS", ("", "", "")),
        ("os.environ['CELERY_BROKER_URL']", ("celery", "redis"), "CELERY_BROKER_URL", ("redis", "url", "redis")),
        ("os.environ['CELERY_BROKER_URL']", ("celery",), "CELERY_BROKER_URL", ("rabbitmq", "url", "amqp")),
        ("os.getenv('QUEUE', 'amqp://guest@localhost')", (), "QUEUE", ("rabbitmq", "url", "amqp")),
        ("os.environ['DATABASE_URL']", ("psycopg", "pymysql"), "DATABASE_URL", ("", "", "")),
        ("os.getenv('API_URL', 'https://example.org')", ("redis",), "API_URL", ("", "", "")),
        ("os.environ['DATABASE_PATH']", ("psycopg",), "DATABASE_PATH", ("", "", "")),
    ],
)  # fmt: skip
def test_what_it_points_at(
    tmp_path: Path, code: str, dependencies: tuple[str, ...], name: str, expected: tuple[str, str, str]
) -> None:
    head = (
        "import os\nfrom sqlalchemy.ext.asyncio import create_async_engine\n"
        if "create_async" in code
        else "import os\n"
    )
    variable = env(tmp_path, head + code + "\n", *dependencies)[name]
    assert (variable.service, variable.part, variable.scheme) == expected


@pytest.mark.parametrize(
    ("code", "extended"),
    [
        ("REDIS_URL = os.environ['REDIS_URL']\nCACHE = f'{REDIS_URL}/1'\n", True),
        ("CACHE = os.environ['REDIS_URL'] + '/1'\n", True),
        ("CACHE = os.getenv('REDIS_URL', '') + '/1'\n", True),
        ("CACHE = f\"{os.getenv('REDIS_URL')}/1\"\n", True),
        ("REDIS_URL = os.environ['REDIS_URL']\nlog = f'{REDIS_URL} is used'\n", False),
    ],
)
def test_a_path_behind_a_url(tmp_path: Path, code: str, extended: bool) -> None:
    assert env(tmp_path, "import os\n" + code, "redis")["REDIS_URL"].extended is extended


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("SECRET_KEY", True), ("STRIPE_API_KEY", True), ("DISCORD_TOKEN", True), ("SENTRY_DSN", True), ("ADMIN_PASSWORD", True),
        ("TOKEN_EXPIRE_MINUTES", False), ("PUBLIC_KEY", False), ("MAX_TOKENS", False), ("JWT_ALGORITHM", False), ("KEYBOARD", False),
        ("AWS_ACCESS_KEY_ID", False), ("PASSWORD_HASHERS", False), ("COMPASS", False), ("TOKEN_URL", False),
    ],
)  # fmt: skip
def test_secrets_by_name(tmp_path: Path, name: str, secret: bool) -> None:
    assert env(tmp_path, f"import os\nos.environ['{name}']\n")[name].secret is secret


def test_tests_and_the_platform_are_left_out(tmp_path: Path) -> None:
    files = {
        "app.py": "import os\nos.environ['PATH']\nos.environ['CI']\nos.environ['PYTHONPATH']\n",
        "tests/test_x.py": "import os\nos.environ['A']\n",
        "pkg/test_y.py": "import os\nos.environ['B']\n",
        "conftest.py": "import os\nos.environ['C']\n",
        "docs/conf.py": "import os\nos.environ['D']\n",
        "scripts/release.py": "import os\nos.environ['E']\n",
    }
    found = env(tmp_path, files)
    assert set(found) == {"E"} and not found["E"].required


def test_what_only_runs_on_a_hosting_platform(tmp_path: Path) -> None:
    code = "import os\nON_HEROKU = 'DYNO' in os.environ\nif ON_HEROKU:\n    a = os.environ['A']\nelse:\n    b = os.environ['B']\n"
    assert set(env(tmp_path, code)) == {"B"}


def test_an_example_file_documents_and_a_real_one_is_not_read(tmp_path: Path) -> None:
    files = {
        "app.py": "import os\nos.environ['A']\n",
        ".env": "A=private\nHIDDEN=private\n",
        ".env.example": "# words\nA=change-me\nexport B=1\nnot a line\n",
    }
    found = env(tmp_path, files)
    assert set(found) == {"A", "B"}
    assert only_documented(found["B"]) and not only_documented(found["A"])
    assert not found["B"].required
    assert "private" not in repr(found)
    assert [(e.file, e.line) for e in found["A"].evidence] == [("app.py", 2), (".env.example", 2)]


@pytest.mark.parametrize(
    ("code", "spaces"), [(".split(' ')", True), (".split()", True), (".split(',')", False), ("", False)]
)
def test_lists_between_spaces(tmp_path: Path, code: str, spaces: bool) -> None:
    found = env(tmp_path, f"import os\nx = os.environ['ALLOWED_HOSTS']{code}\n")
    assert found["ALLOWED_HOSTS"].evidence[0].why.endswith("split at spaces") is spaces


def test_classes_in_a_circle(tmp_path: Path) -> None:
    code = "from pydantic_settings import BaseSettings\nclass A(B): ...\nclass B(A): ...\nclass S(BaseSettings):\n    a: A\n"
    assert set(env(tmp_path, code)) == {"A"}


def test_django_needs_its_secret_key(tmp_path: Path) -> None:
    code = "import os\nINSTALLED_APPS = []\nSECRET_KEY = os.environ.get('SECRET_KEY')\n"
    assert env(tmp_path, code)["SECRET_KEY"].required


@pytest.mark.parametrize(
    "code", ["import os\nos.environ[", "\0", "import os\nos.environ[f(x)]", "x = " + "(" * 300 + ")" * 300]
)
def test_strange_code_is_passed_over(tmp_path: Path, code: str) -> None:
    assert env(tmp_path, code) == {}


def test_what_a_web_server_tells_a_cgi_program_is_no_setting(tmp_path: Path) -> None:
    """RFC 3875: bottle and others read it where they run under CGI."""
    assert env(tmp_path, "import os\nx = os.environ['REQUEST_METHOD'] + os.environ['PATH_INFO']\n") == {}


ARGS = """
import argparse, os, sys
parser = argparse.ArgumentParser()
parser.add_argument("url", nargs="?")
parser.add_argument("--key"{default})
args = parser.parse_args()
url = os.environ.get("URL", args.url)
if not url:
    raise ValueError("no URL")
key = args.key or os.getenv("KEY")
if key is None:
    sys.exit(1)
"""


@pytest.mark.parametrize(("default", "required"), [("", ["KEY", "URL"]), (', default="k"', ["URL"])])
def test_an_option_that_nobody_gives_is_no_default(tmp_path: Path, default: str, required: list[str]) -> None:
    assert [v.name for v in env(tmp_path, ARGS.format(default=default)).values() if v.required] == required


def test_a_broker_is_the_one_that_the_compose_file_runs(tmp_path: Path) -> None:
    files = {
        "settings.py": "import environ\nenv = environ.Env()\nCELERY_BROKER_URL = env('CELERY_BROKER_URL')\n",
        "compose.yml": "services:\n  mq:\n    image: rabbitmq:4-management\n  cache:\n    image: redis:8\n",
    }
    assert env(tmp_path, files, "celery", "redis")["CELERY_BROKER_URL"].service == "rabbitmq"


def test_the_scheme_of_an_example_says_what_a_variable_is_for(tmp_path: Path) -> None:
    files = {
        "app.py": "import os\nURI = os.environ['CONNECTION_URI']\n",
        ".env.example": "CONNECTION_URI=mongodb+srv://host\n",
    }
    variable = env(tmp_path, files, "pymongo")["CONNECTION_URI"]
    assert (variable.service, variable.part, variable.default) == ("mongodb", "url", None)


def test_a_list_of_models_is_one_variable(tmp_path: Path) -> None:
    found = env(
        tmp_path,
        "from typing import List, Optional\nfrom pydantic import BaseModel, BaseSettings\nclass S(BaseModel):\n    host: str\n"
        "class Settings(BaseSettings):\n    servers: List[S]\n    more: Optional[dict[str, S]] = None\n    one: S\n"
        "    class Config:\n        env_nested_delimiter = '__'\n",
        "pydantic",
    )
    assert {name: v.required for name, v in found.items()} == {"SERVERS": True, "MORE": False, "ONE__HOST": True}


def test_a_prefix_that_the_settings_are_made_with(tmp_path: Path) -> None:
    found = env(
        tmp_path,
        "from pydantic_settings import BaseSettings\nclass Mongo(BaseSettings):\n    url: str\nm = Mongo(_env_prefix='MONGO_')\n",
        "pydantic-settings",
    )
    assert list(found) == ["MONGO_URL"]


def test_settings_classes_of_one_name(tmp_path: Path) -> None:
    code = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    "
    found = env(tmp_path, {"a.py": code + "first: str\n", "b.py": code + "second: str\n"}, "pydantic-settings")
    assert sorted(found) == ["FIRST", "SECOND"]


def test_a_host_that_is_the_only_one_allowed(tmp_path: Path) -> None:
    found = env(tmp_path, {"p/settings.py": "import os\nALLOWED_HOSTS = [os.getenv('A')]\nX = ['x', os.getenv('B')]\n"})
    assert {name: v.required for name, v in found.items()} == {"A": True, "B": False}


GETTER = """import os
def value_of(key, default, kind=None):
    text = os.getenv(key)
    if text is None:
        return default
    if kind is bad:
        raise ValueError(text)
    return text
def get_env(key, default, kind=None):
    return lambda: value_of(key=key, default=default, kind=kind)
"""


def test_a_function_that_hands_a_name_on_to_one_that_reads(tmp_path: Path) -> None:
    settings = (
        "from dataclasses import dataclass, field\nfrom getter import get_env\n@dataclass\nclass Settings:\n"
        "    url: str = field(default_factory=get_env('SAQ_REDIS_URL', 'redis://localhost:16379/0'))\n"
    )
    found = env(tmp_path, {"getter.py": GETTER, "settings.py": settings}, "redis")
    assert {n: (v.default, v.service, v.required) for n, v in found.items()} == {
        "SAQ_REDIS_URL": ("redis://localhost:16379/0", "redis", False)
    }


@pytest.mark.parametrize(
    "value", ["AnyUrl('redis://localhost', scheme='redis')", "Field(RedisDsn('redis://localhost'))"]
)
def test_a_default_put_into_its_type(tmp_path: Path, value: str) -> None:
    code = (
        "from pydantic import AnyUrl, Field, RedisDsn\nfrom pydantic_settings import BaseSettings\n"
        f"class Settings(BaseSettings):\n    REDIS_URL: AnyUrl = {value}\nsettings = Settings()\n"
    )
    assert env(tmp_path, code, "redis", "pydantic-settings")["REDIS_URL"].default == "redis://localhost"


def test_a_sender_of_letters_is_no_server(tmp_path: Path) -> None:
    found = env(tmp_path, "import os\nx = os.getenv('EMAIL_FROM_ADDRESS', 'a@localhost')\n")
    assert found["EMAIL_FROM_ADDRESS"].service == ""
