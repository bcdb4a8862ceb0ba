"""Which files are the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.names import in_production, modules
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
