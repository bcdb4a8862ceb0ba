"""Addresses for a developer's machine, parts of URLs, and services of vendors."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect import detect
from dockgen.detect.names import modules
from dockgen.detect.needed import others_services
from dockgen.detect.settings import detect_env
from dockgen.source import Source


def facts(root: Path, code: str, requirements: str):  # type: ignore[no-untyped-def]
    (root / "main.py").write_text(code)
    (root / "requirements.txt").write_text(requirements)
    return detect(Source(root))


@pytest.mark.parametrize(
    ("code", "requirements", "required"),
    [
        (
            "import os, redis\nr = redis.from_url(os.environ.get('REDIS_URL', 'redis://localhost:6379'))",
            "redis",
            ["REDIS_URL"],
        ),
        ("import os, redis\nr = redis.from_url(os.environ.get('REDIS_URL', 'redis://cache:6379'))", "redis", []),
        ("import os\nURL = os.environ.get('BASE_URL', 'http://localhost:8000')", "redis", []),
        (
            "import os\nfrom sqlalchemy import create_engine\nDB_USER = os.getenv('DB_USER')\nDB_NAME = os.getenv('DB_NAME', 'x')\n"
            "e = create_engine(f'postgresql+psycopg://{DB_USER}@db/{DB_NAME}')",
            "sqlalchemy\npsycopg",
            ["DB_USER"],
        ),
    ],
)
def test_required_in_a_container(tmp_path: Path, code: str, requirements: str, required: list[str]) -> None:
    assert [v.name for v in facts(tmp_path, code + "\n", requirements).env if v.required] == required


@pytest.mark.parametrize(
    ("code", "requirements", "vendors"),
    [
        ("import discord\nclient = discord.Client()", "discord.py", ["discord"]),
        ("import os, openai\nk = os.environ['OPENAI_API_KEY']", "openai", ["openai"]),
        ("import openai", "openai", []),
        ("import os", "discord.py", []),
        ("import slack_sdk", "slack-sdk", []),
        (
            "import os, slack_sdk\nT = os.getenv('SLACK_BOT_TOKEN', '')\nslack_sdk.WebClient(token=T)",
            "slack-sdk",
            ["slack"],
        ),
        ("import os, slack_sdk\nT = os.getenv('SLACK_BOT_TOKEN')\nif T:\n    slack_sdk.WebClient(T)", "slack-sdk", []),
    ],
)
def test_services_of_vendors_are_told_and_not_started(
    tmp_path: Path, code: str, requirements: str, vendors: list[str]
) -> None:
    found = facts(tmp_path, code + "\n", requirements)
    assert [v.name for v in found.vendors] == vendors
    assert [s.name for s in found.services] == []


@pytest.mark.parametrize(
    "copy",
    ["os.environ.copy()", "dict(os.environ)", "{**os.environ}", "os.environ | {'A': 'b'}", "copy.copy(os.environ)"],
)
def test_copies_of_the_environment(tmp_path: Path, copy: str) -> None:
    found = facts(tmp_path, f"import copy, os\nenv = {copy}\nKEY = env['API_KEY']\n", "flask")
    assert [(v.name, v.required) for v in found.env] == [("API_KEY", True)]


def test_names_of_platforms_are_a_closed_list(tmp_path: Path) -> None:
    code = "import os\na = os.environ['GITHUB_TOKEN']\nb = os.environ['GITHUB_SHA']\n"
    assert [v.name for v in facts(tmp_path, code, "flask").env] == ["GITHUB_TOKEN"]


def required(root: Path, code: str, requirements: str) -> list[str]:
    return [v.name for v in facts(root, code + "\n", requirements).env if v.required]


@pytest.mark.parametrize(
    ("code", "requirements", "names"),
    [
        # An address of another network, or of a socket, is none in a container; one that can be right is left alone.
        ("import os, redis\nr = redis.Redis(host=os.getenv('REDIS_HOST', 'redis.db.svc.cluster.local'))", "redis", ["REDIS_HOST"]),
        ("import os, psycopg\nu = os.getenv('DATABASE_URL', 'postgres:///shop')", "psycopg", ["DATABASE_URL"]),
        ("import os, redis\nr = redis.Redis(host=os.getenv('REDIS_HOST', 'redis'))", "redis", []),
        # The only address of a service that the program cannot do without.
        ("import os, psycopg\nu = os.getenv('DATABASE_URL')", "psycopg", ["DATABASE_URL"]),
        ("import os, psycopg\nu = os.getenv('DATABASE_URL')\nif u:\n    psycopg.connect(u)", "psycopg", []),
        ("import os, sqlite3, psycopg\nsqlite3.connect('a.db')\nu = os.getenv('DATABASE_URL')", "psycopg", []),
        ("import os\nfrom qdrant_client import QdrantClient\nc = QdrantClient(url=os.getenv('QDRANT_URL'))", "qdrant-client", ["QDRANT_URL"]),
        ("import os, redis\nu = os.getenv('REDIS_URL')", "redis", []),
        # A second server is one of the person's choice.
        ("import os, psycopg\na = os.environ['DB_HOST']\nb = os.getenv('DB_REPLICA_HOST')\nu = f'postgresql://{DB_REPLICA_HOST}'", "psycopg", ["DB_HOST"]),
        # A password belongs to its account; Redis in the stack has none.
        ("import os, psycopg\nu = os.environ['DB_USER']\np = os.getenv('DB_PASSWORD')", "psycopg", ["DB_PASSWORD", "DB_USER"]),
        ("import os, psycopg\nu = os.environ['DB_USER']\np = os.getenv('DB_PASSWORD', '')\nq = os.getenv('DB_PASSWORD') or ''", "psycopg", ["DB_USER"]),
        ("import os, redis\nh = os.environ['REDIS_HOST']\np = os.getenv('REDIS_PASSWORD')", "redis", ["REDIS_HOST"]),
        # What SQLAlchemy calls the driver is a part of the URL too.
        (
            "import os, sqlalchemy\nDB_DRIVER = os.getenv('DB_DRIVER')\nDB_HOST = os.getenv('DB_HOST')\n"
            "u = f'{DB_DRIVER}://{DB_HOST}/x'",
            "sqlalchemy\npsycopg",
            ["DB_DRIVER", "DB_HOST"],
        ),
        # A random secret that the code computes where it is not set.
        ("import os, secrets\nSECRET_KEY = os.getenv('SECRET_KEY', secrets.token_hex())", "", []),
        ("import os\nSECRET_KEY = os.getenv('SECRET_KEY')", "", ["SECRET_KEY"]),
    ],
)  # fmt: skip
def test_what_a_container_needs(tmp_path: Path, code: str, requirements: str, names: list[str]) -> None:
    assert required(tmp_path, code, requirements) == names


@pytest.mark.parametrize(
    ("example", "code", "names"),
    [
        ("PREFIX=your-prefix\n", "p = os.getenv('PREFIX')\nuse(p)", ["PREFIX"]),
        ("PREFIX=\n", "p = os.getenv('PREFIX')\nuse(p)", []),
        ("# PREFIX=a\n", "p = os.getenv('PREFIX')\nuse(p)", []),
        ("PREFIX=a\n", "p = os.getenv('PREFIX')\nif p:\n    use(p)", []),
        ("PREFIX=a\n", "p = os.getenv('PREFIX', '!')", []),
        ("PREFIX=a\n", "p = 1", []),
        ("ORIGINS=a\n", "class S(BaseSettings):\n    ORIGINS: list[str] = []\nS()", []),
        ("ORIGINS=a\n", "class S(BaseSettings):\n    ORIGINS: str = ''\nS()", ["ORIGINS"]),
        ("RAYGUN_APIKEY=\n", "p = os.getenv('RAYGUN_APIKEY')\nuse(p)", []),
    ],
)
def test_what_an_example_file_gives_and_the_code_counts_on(
    tmp_path: Path, example: str, code: str, names: list[str]
) -> None:
    (tmp_path / ".env.example").write_text(example)
    assert required(tmp_path, f"import os\n{code}", "") == names


DJANGO = (
    "import os\nSECRET_KEY = 'x'\nINSTALLED_APPS = []\nROOT_URLCONF = 'shop.urls'\n"
    "DATABASES = {{'default': {{'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'db.sqlite3'}}}}\n{}\n"
)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (
            "CHANNEL_LAYERS = {'default': {'BACKEND': 'channels_redis.core.RedisChannelLayer',"
            " 'CONFIG': {'hosts': [(os.getenv('REDIS_HOST', 'localhost'), 6379)]}}}",
            [],
        ),
        ("BROKER_URL = os.getenv('REDIS_URL', 'redis://localhost')", []),
        (
            "CACHES = {'default': {'BACKEND': 'django_redis.cache.RedisCache',"
            " 'LOCATION': os.getenv('REDIS_URL', 'redis://localhost')}}",
            ["REDIS_URL"],
        ),
    ],
    ids=["channel layer", "broker", "cache"],
)
def test_django_asks_a_broker_only_when_there_is_work(tmp_path: Path, code: str, names: list[str]) -> None:
    (tmp_path / "manage.py").write_text("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/settings.py").write_text(DJANGO.format(code))
    assert (
        required(tmp_path, "import redis, celery, channels", "django\nredis\ncelery\nchannels-redis\ndjango-redis")
        == names
    )


def test_pydantic_takes_the_first_of_several_names(tmp_path: Path) -> None:
    code = (
        "import pika\nfrom pydantic import AliasChoices, Field\nfrom pydantic_settings import BaseSettings\n"
        "class S(BaseSettings):\n    u: str = Field('amqp://localhost', validation_alias=AliasChoices('BROKER_URL', 'CLOUDAMQP_URL'))"
    )
    assert required(tmp_path, code, "pika\npydantic-settings") == ["BROKER_URL"]


@pytest.mark.parametrize(
    ("code", "requirements", "vendors"),
    [
        ("import os\nk = os.environ['ANTHROPIC_API_KEY']", "requests", ["anthropic"]),
        ("import os, openai\nopenai.api_key = os.getenv('OPENAI_API_KEY')", "openai", []),
        ("import openai\nc = openai.OpenAI()", "openai", ["openai"]),
        ("import pytube\nif __name__ == '__main__':\n    pytube.YouTube('x')", "pytube", ["youtube"]),
        ("import fdb\ndb = fdb.open()", "foundationdb", ["foundationdb"]),
        (
            "import os, grpc\na = os.environ['PRODUCT_CATALOG_ADDR']\nc = grpc.insecure_channel(a)",
            "grpcio",
            ["product-catalog"],
        ),
        ("import os, grpc\na = os.getenv('PRODUCT_CATALOG_ADDR', 'x:1')\nc = grpc.insecure_channel(a)", "grpcio", []),
    ],
)
def test_what_this_stack_does_not_start(tmp_path: Path, code: str, requirements: str, vendors: list[str]) -> None:
    assert [v.name for v in facts(tmp_path, code + "\n", requirements).vendors] == vendors


def test_one_feature_of_several_makes_no_vendor(tmp_path: Path) -> None:
    (tmp_path / "videos.py").write_text("import pytube\n")
    assert facts(tmp_path, "import videos\nprint(1)\n", "pytube").vendors == ()


@pytest.mark.parametrize(
    ("code", "requirements", "names"),
    [
        ("import os, discord\nTOKEN = os.getenv('DISCORD_TOKEN')", "discord.py", ["DISCORD_TOKEN"]),
        ("import os, aiogram\nTOKEN = os.getenv('BOT_TOKEN')", "aiogram", ["BOT_TOKEN"]),
        ("import os, aiogram\nTOKEN = os.getenv('GITHUB_TOKEN')", "aiogram", []),
        ("import os, aiogram\nTOKEN = os.getenv('BOT_TOKEN', read_file())", "aiogram", []),
        ("import os\nTOKEN = os.getenv('BOT_TOKEN')", "requests", []),
    ],
)
def test_no_bot_starts_without_its_token(tmp_path: Path, code: str, requirements: str, names: list[str]) -> None:
    assert required(tmp_path, code, requirements) == names


WEB = "import os\nfrom flask import Flask\napp = Flask(__name__)\nurl = os.getenv('REDIS_URL', 'redis://localhost')\n"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (f"{WEB}import rq, redis\nq = rq.Queue(connection=redis.from_url(url))", []),
        (f"{WEB}import celery\nc = celery.Celery('x', broker=url)", []),
        (f"{WEB}import redis\nr = redis.from_url(url)", ["REDIS_URL"]),
        (f"{WEB}import celery, redis\nc = celery.Celery('x', broker=url)\nr = redis.Redis(host=url)", ["REDIS_URL"]),
        (
            "import os, celery\nc = celery.Celery('x', broker=os.getenv('REDIS_URL', 'redis://localhost'))",
            ["REDIS_URL"],
        ),
    ],
    ids=["queue", "task queue", "its own client", "both", "a worker by itself"],
)
def test_a_web_process_asks_a_broker_only_when_there_is_work(tmp_path: Path, code: str, names: list[str]) -> None:
    assert required(tmp_path, code, "flask\nredis\nrq\ncelery") == names


def test_a_cache_beside_a_queue_is_asked_by_pages(tmp_path: Path) -> None:
    (tmp_path / "cache.py").write_text("import redis\nr = redis.from_url(u)\n")
    code = f"{WEB}import cache, celery\nc = celery.Celery('x', broker=url)"
    assert required(tmp_path, code, "flask\nredis\ncelery") == ["REDIS_URL"]


def test_what_goes_through_the_environment_as_a_whole_reads_what_it_knows(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("LOG_URL=a\nELSEWHERE=b\n")
    code = (
        "import os\nkeys = {'log_url': None}\ndata = {k.lower(): v for k, v in os.environ.items() if k.lower() in keys}"
    )
    found = {v.name: [e.why for e in v.evidence] for v in facts(tmp_path, code + "\n", "").env}
    assert "taken from the environment as a whole" in found["LOG_URL"]
    assert found["ELSEWHERE"] == ["documented in the example of an env file"]


@pytest.mark.parametrize(
    ("test", "names"),
    [
        ("if settings.x:\n    use(settings.x)", []),
        ("use(settings.x)", ["X"]),
        ("if not settings.x:\n    raise E", ["X"]),
    ],
)
def test_a_setting_that_its_uses_ask_for(tmp_path: Path, test: str, names: list[str]) -> None:
    (tmp_path / ".env.example").write_text("X=a\n")
    code = (
        f"from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    x: str = ''\nsettings = S()\n{test}"
    )
    assert required(tmp_path, code, "pydantic-settings") == names


@pytest.mark.parametrize(
    ("file", "needed"), [("shop/misc/env.py", True), ("misc/env.py", False), ("shop/scripts/env.py", False)]
)
def test_helpers(tmp_path: Path, file: str, needed: bool) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("import os\nx = os.environ['X']\n")
    assert (required(tmp_path, "print(1)", "") == ["X"]) is needed


def test_a_default_by_another_variable_is_one(tmp_path: Path) -> None:
    code = (
        "import os\ndef get(key, default=None):\n    return os.getenv(key, default)\n"
        "HOST = get('ADMIN_HOST', get('OTHER_HOST', 'x'))"
    )
    found = {v.name: v.absent for v in facts(tmp_path, code + "\n", "").env}
    assert found == {"ADMIN_HOST": "replaced", "OTHER_HOST": ""}


def test_hosts_by_a_walrus(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("ALLOWED_HOSTS=a\n")
    code = "import os\nif v := os.getenv('ALLOWED_HOSTS'):\n    ALLOWED_HOSTS = v.split(',')\nelse:\n    ALLOWED_HOSTS = ['a']"
    assert required(tmp_path, code, "") == []


def test_what_a_table_of_defaults_gives_nothing_is_counted_on(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("TOKEN=x\nLOG_URL=https://logs.example.org\nUPDATES=false\nOTHER=1\n")
    code = (
        "import os\n"
        "DEFAULTS = {'token': None, 'log_url': 'https://example.org', 'updates': False, 'other': os.getcwd()}\n"
        "CONFIG = {**DEFAULTS, **{k.lower(): v for k, v in os.environ.items() if k.lower() in DEFAULTS}}\n"
    )
    assert required(tmp_path, code, "requests") == ["TOKEN"]


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("/home/jane/data", True),
        ("/Users/jane/x", True),
        ("C:\\\\data", True),
        ("/home/app/data", False),
        ("/data", False),
    ],
)
def test_a_path_of_the_author_is_no_default(tmp_path: Path, path: str, needed: bool) -> None:
    code = f"import os\nBASE = os.getenv('BASE_PATH', '{path}')\n"
    assert required(tmp_path, code, "requests") == (["BASE_PATH"] if needed else [])


CHOSEN = """
from openai import OpenAI

class Advisor:
    def __init__(self):
        self.client = OpenAI()

def advise(method):
    {body}
"""


@pytest.mark.parametrize(
    ("body", "names"),
    [("return Advisor()", ["OPENAI_API_KEY"]), ("if method == 'llm':\n        return Advisor()", [])],
)
def test_a_client_that_only_one_of_several_ways_makes(tmp_path: Path, body: str, names: list[str]) -> None:
    assert required(tmp_path, CHOSEN.format(body=body), "openai") == names


STORE = """
import os
from minio import Minio
import settings

def client():
    {first}
    return Minio("store:9000")
"""


@pytest.mark.parametrize(
    ("first", "services"),
    [
        ("pass", ["minio"]),
        ("assert settings.S3_BUCKET", []),
        ("if not settings.S3_BUCKET:\n        return None", []),
        ("if _client:\n        return _client", ["minio"]),
    ],
)
def test_a_client_behind_a_setting_is_a_choice(tmp_path: Path, first: str, services: list[str]) -> None:
    found = facts(tmp_path, STORE.format(first=first), "minio").services
    assert [s.name for s in found if s.certain] == services


def test_a_cache_of_django_without_an_address(tmp_path: Path) -> None:
    code = (
        "import environ\nenv = environ.Env()\nINSTALLED_APPS = []\n"
        "CACHES = {'default': {'BACKEND': 'django_redis.cache.RedisCache', 'LOCATION': env('REDIS_URL', default=None)}}\n"
    )
    assert required(tmp_path, code, "django\ndjango-redis\ndjango-environ") == ["REDIS_URL"]


def test_a_key_that_the_code_sets_for_a_library(tmp_path: Path) -> None:
    code = "import os, openai\nos.environ['OPENAI_API_KEY'] = read()\nclient = openai.OpenAI()\n"
    assert required(tmp_path, code, "openai") == []


def test_plugins_that_a_function_collects_are_choices(tmp_path: Path) -> None:
    plugin = "class {0}:\n    def run(self):\n        return {1}\nregister({0})\n"
    code = "import redis, pymongo, pymysql\ndef register(cls): ...\n"
    code += plugin.format("A", "redis.Redis(host='a')") + plugin.format("B", "pymongo.MongoClient()")
    assert {s.name for s in facts(tmp_path, code, "redis\npymongo\npymysql").services if s.certain} == {
        "redis",
        "mongodb",
    }
    code += plugin.format("C", "pymysql.connect()")
    certain = {s.name for s in facts(tmp_path, code, "redis\npymongo\npymysql").services if s.certain}
    assert "mongodb" not in certain


def test_the_prefix_of_an_address_is_none(tmp_path: Path) -> None:
    code = (
        "import os\nfrom sqlalchemy import create_engine\nPREFIX = os.getenv('POSTGRES_PREFIX', 'postgresql://')\n"
        "URI = os.getenv('POSTGRES_URI', 'postgresql://localhost/x')\ne = create_engine(URI)\n"
    )
    assert required(tmp_path, code, "sqlalchemy\npsycopg") == ["POSTGRES_URI"]


def test_a_database_that_the_project_brings_no_driver_for_is_not_started(tmp_path: Path) -> None:
    code = (
        "import os\nfrom sqlalchemy import create_engine\n"
        "MYSQL_HOST = os.getenv('MYSQL_HOST', 'localhost')\nPOSTGRES_HOST = os.getenv('POSTGRES_HOST', 'localhost')\n"
    )
    found = facts(tmp_path, code, "sqlalchemy\nasyncpg")
    assert [s.name for s in found.services if s.certain] == ["postgres"]
    assert [v.name for v in found.env if v.required] == ["POSTGRES_HOST"]


@pytest.mark.parametrize(
    ("address", "variable", "names"),
    [
        ("https://slack.com/api/chat.postMessage", "SLACK_TOKEN", ["slack"]),
        ("https://hooks.slack.com/services/x", "SLACK_TOKEN", []),
        ("https://slack.com/api/chat.postMessage", "SHOP_URL", []),
    ],
)
def test_a_vendor_that_is_called_by_its_address(tmp_path: Path, address: str, variable: str, names: list[str]) -> None:
    (tmp_path / "a.py").write_text(f"import os\ntoken = os.environ['{variable}']\nURL = '{address}'\n")
    source = Source(tmp_path)
    found = others_services([], detect_env(source, []), modules(source))
    assert [use.name for use in found] == names


@pytest.mark.parametrize(
    ("code", "requirements", "required"),
    [
        # The server whose address is asked for has an account and a database.
        (
            "import os, aiopg\nconf = {'database': os.getenv('POSTGRES_DB'), 'user': os.getenv('POSTGRES_USER'),\n"
            " 'password': os.getenv('POSTGRES_PASSWORD'), 'host': os.getenv('POSTGRES_HOST'), 'port': os.getenv('POSTGRES_PORT', 5432)}\n"
            "async def f(): return await aiopg.create_pool(**conf)",
            "aiopg\npsycopg2-binary",
            ["POSTGRES_DB", "POSTGRES_HOST", "POSTGRES_PASSWORD", "POSTGRES_USER"],
        ),
        (
            "import os, psycopg\nu = os.getenv('DB_USER', 'app')\n"
            "c = psycopg.connect(host=os.getenv('DB_HOST', 'localhost'), user=u, password=os.getenv('DB_PASSWORD', 'x'))",
            "psycopg",
            ["DB_HOST"],
        ),
        (
            "from pydantic_settings import BaseSettings\nimport psycopg\nclass S(BaseSettings):\n    DB_HOST: str\n    DB_NAME: str = ''\n"
            "s = S()\nc = psycopg.connect(host=s.DB_HOST, dbname=s.DB_NAME)",
            "psycopg\npydantic-settings",
            ["DB_HOST"],
        ),
        # A broker by the plain word, where the project has one.
        (
            "import os, pika\nh = os.getenv('MESSAGE_BROKER_HOST', '127.0.0.1')\nc = pika.BlockingConnection(pika.ConnectionParameters(h))",
            "pika",
            ["MESSAGE_BROKER_HOST"],
        ),
        (
            "import os, redis\nh = os.getenv('CACHE_HOST', 'localhost')\nr = redis.Redis(host=h)",
            "redis",
            ["CACHE_HOST"],
        ),
        # Each of several addresses that nothing gives.
        (
            "import os, redis\na = redis.from_url(os.getenv('JOBS_REDIS_URL'))\nb = redis.from_url(os.getenv('CACHE_REDIS_URL'))",
            "redis",
            ["CACHE_REDIS_URL", "JOBS_REDIS_URL"],
        ),
    ],
)
def test_what_goes_with_an_address(tmp_path: Path, code: str, requirements: str, required: list[str]) -> None:
    assert [v.name for v in facts(tmp_path, code + "\n", requirements).env if v.required] == required


def test_the_account_that_a_connection_is_given(tmp_path: Path) -> None:
    code = (
        "import os, psycopg2\nHOST, NAME = os.environ['DB_HOST'], os.getenv('DB_DATABASE')\nUSER = os.getenv('DB_USER')\n"
        "PASSWORD = os.getenv('DB_PASSWORD')\n"
    )
    handed = (
        code + "NAME = os.getenv('DB_NAME')\npsycopg2.connect(host=HOST, user=USER, password=PASSWORD, dbname=NAME)\n"
    )
    found = {v.name for v in facts(tmp_path, handed, "psycopg2-binary").env if v.required}
    assert {"DB_USER", "DB_PASSWORD", "DB_NAME"} <= found


def test_a_username_that_the_program_demands_is_an_accounts(tmp_path: Path) -> None:
    code = "import os\na = os.environ['USERNAME']\nb = os.environ['USER']\n"
    assert [v.name for v in facts(tmp_path, code, "flask").env] == ["USERNAME"]
    assert facts(tmp_path, "import os\na = os.getenv('USERNAME')\n", "flask").env == ()


PARTS_OF_DJANGO = """import os
INSTALLED_APPS = []
SECRET_KEY = "x"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ.get("DBNAME"),
    "HOST": os.environ.get("DBHOST"), "USER": os.environ["DBUSER"], "PASSWORD": os.environ.get("DBPASS")}}
CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": os.environ.get("CACHELOCATION")}}
"""


def test_parts_of_databases_and_the_place_of_a_cache_are_their_services(tmp_path: Path) -> None:
    found = {v.name: v for v in facts(tmp_path, PARTS_OF_DJANGO, "django\npsycopg2\ndjango-redis\n").env}
    parts = {name: (v.service, v.part, v.required) for name, v in found.items()}
    assert parts == {
        "CACHELOCATION": ("redis", "url", True),
        "DBHOST": ("postgres", "host", True),
        "DBNAME": ("postgres", "name", True),
        "DBPASS": ("postgres", "password", True),
        "DBUSER": ("postgres", "user", True),
    }
    assert found["DBPASS"].secret


@pytest.mark.parametrize("fields", ["{user}:{word}@{host}/{name}", "{}:{}@{}/{}"])
def test_what_format_puts_into_an_address_is_its_service_s(tmp_path: Path, fields: str) -> None:
    given = {"user": "DBUSER", "word": "DBPASS", "host": "DBHOST", "name": "DBNAME"}
    named = "user" in fields
    values = ", ".join(f"{k}=os.environ['{v}']" if named else f"os.environ['{v}']" for k, v in given.items())
    code = f"import os\nURL = 'postgresql+psycopg2://{fields}'.format({values})\n"
    env = facts(tmp_path, code, "sqlalchemy\npsycopg2\n").env
    assert {v.name: (v.service, v.part) for v in env} == {
        "DBUSER": ("postgres", "user"),
        "DBPASS": ("postgres", "password"),
        "DBHOST": ("postgres", "host"),
        "DBNAME": ("postgres", "name"),
    }


@pytest.mark.parametrize(
    "chooses",
    [
        "module = 'shop.azure' if 'WEBSITE_HOSTNAME' in os.environ else 'shop.local'",
        "if 'WEBSITE_HOSTNAME' not in os.environ:\n    module = 'shop.local'\nelse:\n    module = 'shop.azure'",
    ],
)
def test_settings_of_a_hosting_platform_are_not_those_of_the_container(tmp_path: Path, chooses: str) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/azure.py").write_text("import os\nKEY = os.environ['AZURE_KEY']\n")
    (tmp_path / "shop/local.py").write_text("import os\nKEY = os.environ['KEY']\n")
    code = f"import importlib, os\n{chooses}\nimportlib.import_module(module)\n"
    assert [v.name for v in facts(tmp_path, code, "").env if v.required] == ["KEY"]


def test_folders_of_windows_are_no_variables_of_the_project(tmp_path: Path) -> None:
    assert facts(tmp_path, "import os\nx = os.environ['ProgramFiles'] + '/x'\n", "").env == ()


@pytest.mark.parametrize(
    ("default", "needed"), [("'vercel://'", True), ("'memory://'", False), ("'sqs://'", False), ("None", True)]
)
def test_a_broker_that_only_a_platform_has_is_none(tmp_path: Path, default: str, needed: bool) -> None:
    code = (
        f"import os\nfrom celery import Celery\napp = Celery('x', broker=os.getenv('CELERY_BROKER_URL', {default}))\n"
    )
    required = [v.name for v in facts(tmp_path, code, "celery\nredis\n").env if v.required]
    assert required == (["CELERY_BROKER_URL"] if needed else [])


@pytest.mark.parametrize(("name", "needed"), [("BLURRED_BUCKET_NAME", True), ("BLURRED_SUFFIX", False)])
def test_a_bucket_that_is_handed_on_is_for_a_person_to_name(tmp_path: Path, name: str, needed: bool) -> None:
    code = f"import os\nfrom google.cloud import storage\nclient = storage.Client()\ndef put():\n    name = os.getenv('{name}')\n    return client.bucket(name)\n"
    assert [v.name for v in facts(tmp_path, code, "google-cloud-storage\n").env if v.required] == (
        [name] if needed else []
    )
