"""Whether Celery's beat has something to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.schedules import detect_schedules
from dockgen.facts import Dependency, Evidence
from dockgen.source import Source


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("app.conf.beat_schedule = {'a': {}}\n", 1),
        ("import x\nCELERY_BEAT_SCHEDULE = {'a': {}}\n", 2),
        ("app.conf.update(beat_schedule={'a': {}})\n", 1),
        ("def f(sender, **k):\n    sender.add_periodic_task(10, t.s())\n", 2),
        ("CELERY_BEAT_SCHEDULE = {}\n", None),
        ("beat = 1\n", None),
    ],
)
def test_schedules_in_code(tmp_path: Path, code: str, line: int | None) -> None:
    (tmp_path / "a.py").write_text(code)
    assert [e.line for e in detect_schedules(Source(tmp_path), ())] == ([line] if line else [])


def test_a_schedule_in_the_database(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    where = (Evidence("requirements.txt", 3, "a line"),)
    known = (Dependency("django-celery-beat", evidence=where),)
    assert [(e.file, e.line) for e in detect_schedules(Source(tmp_path), known)] == [("requirements.txt", 3)]
