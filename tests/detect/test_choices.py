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
    ],
)
def test_choices(code: str, expected: dict[str, dict[str, str]]) -> None:
    assert service_choices([Module("s.py", ast.parse("import os\n" + code))]) == expected


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
