"""Variables that choose a service by a word."""

from __future__ import annotations

import ast

import pytest

from dockgen.detect.choices import service_choices, with_words
from dockgen.detect.names import Module
from dockgen.facts import EnvVar


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if os.getenv('DB') == 'postgres': x = 1", {"DB": {"postgres": "postgres"}}),
        ("if os.getenv('DB') in ['mysql', 'mariadb']: x = 1", {"DB": {"mysql": "mysql", "mariadb": "mariadb"}}),
        ("if os.environ['CACHE'].lower() == 'redis': x = 1", {"CACHE": {"redis": "redis"}}),
        ("kind = os.environ.get('DB', 'sqlite')\nif kind == 'postgresql': x = 1", {"DB": {"postgres": "postgresql"}}),
        ("if os.getenv('MODE') == 'production': x = 1", {}),
        ("if os.getenv('DB') != 'postgres': x = 1", {}),
        ("a = a\nif a == 'redis': x = 1", {}),
        ("if settings.db_type == 'mysql': x = 1", {"DB_TYPE": {"mysql": "mysql"}}),
    ],
)
def test_choices(code: str, expected: dict[str, dict[str, str]]) -> None:
    assert service_choices([Module("s.py", ast.parse("import os\n" + code))]) == expected


PG = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}"
LITE = "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}"


@pytest.mark.parametrize(
    ("test", "then", "other", "expected"),
    [
        ("os.getenv('USE_POSTGRES')", PG, LITE, {"USE_POSTGRES": {"postgres": "1"}}),
        ("os.getenv('DB_KIND', 'lite') == 'pg'", PG, LITE, {"DB_KIND": {"postgres": "pg"}}),
        ("os.getenv('USE_PG', 'no').lower() in ('true', '1')", PG, LITE, {"USE_PG": {"postgres": "true"}}),
        ("env.bool('USE_SQLITE', default=True)", LITE, PG, {"USE_SQLITE": {"postgres": "0"}}),
        ("not env.bool('USE_SQLITE', default=True)", PG, LITE, {"USE_SQLITE": {"postgres": "0"}}),
        ("os.getenv('USE_SQLITE', 'True') == 'True'", LITE, PG, {"USE_SQLITE": {"postgres": "false"}}),
        ("config('DEBUG', default=True, cast=bool)", LITE, PG, {"DEBUG": {"postgres": "0"}}),
        # With nothing set it is postgres already; a developer's switch is not turned on.
        ("os.getenv('USE_SQLITE')", LITE, PG, {}),
        ("os.getenv('DEBUG') == '1'", PG, LITE, {}),
        ("os.getenv('TEST_DB')", PG, LITE, {}),
        ("os.getenv('ENV') == 'dev'", PG, LITE, {}),
        ("sys.platform == 'linux'", PG, LITE, {}),
    ],
)
def test_the_condition_around_an_engine(test: str, then: str, other: str, expected: dict[str, dict[str, str]]) -> None:
    code = f"import os\nif {test}:\n    {then}\nelse:\n    {other}\n"
    assert service_choices([Module("s.py", ast.parse(code))]) == expected


def test_an_engine_by_an_expression_and_a_url_that_is_put_together() -> None:
    one = "import os\nE = {'ENGINE': 'django.db.backends.mysql' if os.getenv('MY') else 'django.db.backends.sqlite3'}"
    two = "if settings.SQL_ON == 'yes':\n    u = f'postgresql+asyncpg://{user}:{password}@{host}/x'\nelse:\n    u = 's'"
    assert service_choices([Module("s.py", ast.parse(one))]) == {"MY": {"mysql": "1"}}
    assert service_choices([Module("s.py", ast.parse(two))]) == {"SQL_ON": {"postgres": "yes"}}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "def f():\n    debug = os.getenv('DEBUG')\n    if debug not in ['true', 'false']: raise ValueError",
            ("true", "false"),
        ),
        ("if os.environ['DEBUG'].lower() not in ('on', 'off'): raise ValueError", ("on", "off")),
        ("def f():\n    debug = os.getenv('OTHER')\n    if debug not in ['true', 'false']: raise ValueError", ()),
        ("if os.getenv('DEBUG') not in allowed: raise ValueError", ()),
    ],
)
def test_the_words_that_the_code_takes(code: str, words: tuple[str, ...]) -> None:
    (variable,) = with_words([EnvVar("DEBUG")], [Module("s.py", ast.parse("import os\n" + code))])
    assert variable.words == words
