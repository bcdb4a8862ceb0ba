"""Addresses for a developer's machine, parts of URLs, and services of vendors."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect import detect
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
