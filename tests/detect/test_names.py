"""Which files are the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.names import in_production, modules, vendored
from dockgen.source import Source


@pytest.mark.parametrize(
    ("path", "production"),
    [
        ("shop/tasks.py", True),
        ("shop/routes/docs.py", True),
        ("shop/fabfile.py", True),
        ("latest/main.py", True),
        ("contest/views.py", True),
        ("shop/tests.py", False),
        ("shop/tests/views.py", False),
        ("shop/tests_e2e/helpers.py", False),
        ("shop/test_views.py", False),
        ("fabfile.py", False),
        ("setup.py", False),
        (".github/release.py", False),
        ("shop/_vendor/flask/app.py", False),
        ("third_party/bottle.py", False),
    ],
)
def test_in_production(path: str, production: bool) -> None:
    assert in_production(path) is production


def test_the_tasks_of_invoke_are_no_part_of_the_program_and_those_of_a_queue_are(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("from celery import Celery\n")
    assert [m.path for m in modules(Source(tmp_path))] == ["tasks.py"]
    (tmp_path / "tasks.py").write_text("from invoke import task\n")
    assert modules(Source(tmp_path)) == ()


@pytest.mark.parametrize(
    ("names", "copies"),
    [
        (("lib/requests/__init__.py", "lib/bs4/__init__.py", "lib/certifi.py", "lib/idna/core.py", "lib/own.py"), {"lib"}),
        (("lib/redis.py", "lib/orders.py", "lib/shop.py"), set()),
        (("clients/redis.py", "clients/kafka.py", "clients/minio.py", "clients/stripe.py", "clients/slack.py"), set()),
        (("lib/__init__.py", "lib/redis.py", "lib/kafka.py", "lib/minio.py", "lib/stripe.py"), set()),
    ],
)  # fmt: skip
def test_copied_distributions_are_none_of_the_program(tmp_path: Path, names: tuple[str, ...], copies: set[str]) -> None:
    for name in ("main.py", *names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("import requests\n")
    source = Source(tmp_path)
    assert set(vendored(source)) == copies
    assert {m.path for m in modules(source)} == {"main.py", *(n for n in names if not copies)}
