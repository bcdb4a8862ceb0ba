"""What is written below .secrets."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

from dockgen.plans import Compose, Secret
from dockgen.rendering.secrets import env_values, fill, secret_files

COMPOSE = Compose(
    secrets=(
        Secret("db_password", "db_password"),
        Secret("DATABASE_URL", "app.env", "DATABASE_URL", "postgresql://app:{db_password}@postgres:5432/app"),
        Secret("SECRET_KEY", "app.env", "SECRET_KEY"),
    ),
    unset=("OPENAI_API_KEY",),
)


def made() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"random{next(numbers)}"


def nothing(path: str) -> str | None:
    return None


def test_a_fresh_start() -> None:
    files = secret_files(COMPOSE, nothing, made())
    assert files[".secrets/.gitignore"] == "*\n"
    assert files[".secrets/db_password"] == "random1"
    assert files[".secrets/app.env"] == (
        "DATABASE_URL=postgresql://app:random1@postgres:5432/app\nSECRET_KEY=random2\n"
        "# Only you know these: put the values in and take away the #.\n# OPENAI_API_KEY=\n"
    )


def test_again_writes_nothing() -> None:
    first = secret_files(COMPOSE, nothing, made())
    assert secret_files(COMPOSE, first.get, made()) == {}


def test_an_existing_password_is_used_again() -> None:
    files = secret_files(COMPOSE, {".secrets/db_password": "mine\n"}.get, made())
    assert ".secrets/db_password" not in files
    assert "DATABASE_URL=postgresql://app:mine@postgres:5432/app\n" in files[".secrets/app.env"]


def test_a_persons_lines_stay_and_missing_ones_are_added() -> None:
    old = "# mine\nSECRET_KEY='kept'\nOPENAI_API_KEY=sk-1"
    files = secret_files(COMPOSE, {".secrets/app.env": old, ".secrets/db_password": "p"}.get, made())
    assert files[".secrets/app.env"] == old + "\nDATABASE_URL=postgresql://app:p@postgres:5432/app\n"


def test_a_project_without_secrets_gets_no_folder() -> None:
    assert secret_files(Compose(), nothing) == {}


def test_only_unset_variables() -> None:
    files = secret_files(Compose(unset=("TOKEN",)), nothing)
    assert files[".secrets/app.env"].endswith("\n# TOKEN=\n")


def test_random_values_are_safe_everywhere() -> None:
    values = {secret_files(COMPOSE, nothing)[".secrets/db_password"] for _ in range(50)}
    assert len(values) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", value) for value in values)


def test_templates_expand_known_names_only() -> None:
    assert fill("{a}-{b}-{{c}}-{}", {"a": "1", "c": "{a}"}) == "1-{b}-{{a}}-{}"


def test_env_files() -> None:
    assert env_values("A=1\n export B = 'x y' \n# C=2\nbad line\nA=2\n") == {"A": "2", "B": "x y"}
