"""What is left out of the project's own start commands: log files, Flask's server for developing by another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.commands import detect_commands, without_log_files
from dockgen.source import Source


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("celery -A shop worker --logfile=logs/celery.log -l info", "celery -A shop worker -l info"),
        ("celery -A shop beat -f beat.log", "celery -A shop beat"),
        ("python -m celery -A shop worker -f x.log", "python -m celery -A shop worker"),
        ("celery -A shop worker --logfile=-", "celery -A shop worker --logfile=-"),
        ("gunicorn shop:app --access-logfile logs/a.log --error-logfile=/dev/stderr", "gunicorn shop:app --error-logfile=/dev/stderr"),
        ("gunicorn shop:app --log-file -", "gunicorn shop:app --log-file -"),
        ("gunicorn shop:app --log-file", "gunicorn shop:app --log-file"),
        ("python main.py --logfile x.log", "python main.py --logfile x.log"),  # the program's own
        ("", ""),
    ],
)  # fmt: skip
def test_a_containers_log_is_its_output(command: str, left: str) -> None:
    assert " ".join(without_log_files(tuple(command.split()))) == left


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("from flask.cli import FlaskGroup\ncli = FlaskGroup(create_app=f)\n", ("flask", "run", "-h", "0.0.0.0")),
        ("import click\n", ("python", "manage.py", "run", "-h", "0.0.0.0")),
    ],
)
def test_a_script_that_is_flasks_command(tmp_path: Path, code: str, words: tuple[str, ...]) -> None:
    (tmp_path / "manage.py").write_text(code)
    (tmp_path / "Procfile").write_text("web: python manage.py run -h 0.0.0.0\n")
    assert [c.words for c in detect_commands(Source(tmp_path))] == [words]


def test_a_script_too_large_to_be_read_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text("# FlaskGroup(\n" + "#" * 34_000_000)
    (tmp_path / "Procfile").write_text("web: python manage.py run\n")
    assert [c.words for c in detect_commands(Source(tmp_path))] == [("python", "manage.py", "run")]
