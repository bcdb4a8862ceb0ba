"""Variables that choose a service by a word."""

from __future__ import annotations

import ast

import pytest

from dockgen.detect.choices import service_choices
from dockgen.detect.names import Module


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
