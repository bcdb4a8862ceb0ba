"""What is added to a project with an old Python: releases that install there."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dockgen.decide import decide
from dockgen.decide.digests import images
from dockgen.detect import detect
from dockgen.knowledge import table
from dockgen.plans import Plan
from dockgen.rendering import render
from dockgen.source import Source

APP = "from flask import Flask\napp = Flask(__name__)\n"
POETRY = "[tool.poetry]\nname = 'shop'\nversion = '1'\npackage-mode = false\n[tool.poetry.dependencies]\npython = '3.8'\nflask = '*'\n"
LOCK = "[[package]]\nname = 'flask'\nversion = '3.0.0'\n[metadata]\nlock-version = '2.0'\npython-versions = '3.8'\ncontent-hash = 'x'\n"


def plan(tmp_path: Path, files: dict[str, str], answers: dict[str, object] | None = None) -> Plan:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return decide(detect(Source(tmp_path)), answers or {})


@pytest.mark.parametrize(
    ("python", "server"),
    [("3.13", None), ("3.9", "gunicorn==23.0.0"), ("3.7", "gunicorn==23.0.0"), ("3.6", "gunicorn==21.2.0")],
)
def test_the_server_is_one_that_installs(tmp_path: Path, python: str, server: str | None) -> None:
    files = {"requirements.txt": "flask==1.1.4\n", "app.py": APP, ".python-version": python}
    found = plan(tmp_path, files)
    assert found.install is not None
    wanted = server or table("frameworks")["servers"]["gunicorn"]
    assert any(wanted in command for command in found.install.commands)
    assert any(wanted in warning.message for warning in found.warnings)


@pytest.mark.parametrize(("python", "image"), [("3.8", "python:3.13-slim"), ("3.12", "")])
def test_a_tool_that_wants_a_newer_python_has_it(tmp_path: Path, python: str, image: str) -> None:
    found = plan(tmp_path, {"pyproject.toml": POETRY.replace("3.8", python), "poetry.lock": LOCK, "app.py": APP})
    assert found.install is not None and found.install.lock is not None
    assert found.install.lock.image == image
    assert not image or image in images(found)


def test_the_debugger_of_the_dev_target(tmp_path: Path) -> None:
    files = {"requirements.txt": "flask==1.1.4\ngunicorn==20.1.0\n", "app.py": APP, ".python-version": "3.7"}
    found = plan(tmp_path, files, {"with": ["dev"]})
    commands = [command for stage in found.stages for command in stage.commands]
    assert any("debugpy==1.7.0" in command for command in commands)


def test_every_row_is_pinned_and_older() -> None:
    for rows in table("frameworks")["older"].values():
        for row in rows:
            requirement = Requirement(row)
            assert str(requirement.specifier).startswith("==")
            newest = table("frameworks")["servers"].get(requirement.name)
            assert newest != row


def test_gunicorns_configuration_on_a_python_without_freeze(tmp_path: Path) -> None:
    """gc.freeze came with Python 3.7."""
    found = plan(
        tmp_path, {"requirements.txt": "flask==1.1.4\ngunicorn==20.1.0\n", "app.py": APP, ".python-version": "3.6"}
    )
    text = render(found)["gunicorn.docker.py"]
    compile(text, "gunicorn.docker.py", "exec")
    assert "gc" not in {word.strip("(.)") for word in text.split()} and "freeze" not in text
