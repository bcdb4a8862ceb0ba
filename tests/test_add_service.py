"""A service added to a stack that a person has worked on: only what it needs changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.e2e import lab
from tests.expectations import copy_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = copy_project("flask-factory-poetry-postgres", tmp_path)
    made = lab.init(folder)
    assert made.code == 0, made.text
    return folder


def files_of(project: Path) -> dict[str, str]:
    return {p.relative_to(project).as_posix(): p.read_text() for p in sorted(project.rglob("*")) if p.is_file()}


def edit(project: Path) -> None:
    compose = project / "compose.yaml"
    text = compose.read_text()
    assert text.count("memory: 1G") >= 2
    text = text.replace("memory: 1G", "memory: 2G", 1).replace("\nname: ", "\n# a note of mine\nname: ", 1)
    compose.write_text(text + "\nx-mine: 1\n")


def test_a_service_is_added_and_the_edits_stay(project: Path) -> None:
    edit(project)
    before = files_of(project)
    added = lab.init(project, "--service", "redis")
    assert added.code == 0, added.text
    after = files_of(project)
    assert {n for n in after if after.get(n) != before.get(n)} == {"compose.yaml", ".dockgen.toml"}
    stack = yaml.safe_load(after["compose.yaml"])
    assert set(stack["services"]) == {*yaml.safe_load(before["compose.yaml"])["services"], "redis"}
    assert stack["x-mine"] == 1 and "# a note of mine" in after["compose.yaml"]
    assert after["compose.yaml"].count("memory: 2G") == 1
    # Nothing is asked twice, and the next one comes beside it.
    again = lab.init(project, "--json")
    assert again.code == 0 and set(json.loads(again.out)["files"].values()) <= {"unchanged", "kept"}, again.text
    more = lab.init(project, "--service", "memcached")
    assert more.code == 0, more.text
    assert {"redis", "memcached"} <= set(yaml.safe_load((project / "compose.yaml").read_text())["services"])
    assert lab.dockgen("check", str(project), "--no-syntax-line").code in (0, 4)


def test_the_passwords_that_the_data_know_are_kept(project: Path) -> None:
    password = (project / ".secrets/db_password").read_text()
    env = (project / ".secrets/app.env").read_text()
    added = lab.init(project, "--service", "mongodb")
    assert added.code == 0, added.text
    assert (project / ".secrets/db_password").read_text() == password
    assert (project / ".secrets/app.env").read_text() == env
    stack = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    assert stack["postgres"]["secrets"] == ["db_password"]


def test_where_edit_and_service_meet_nothing_is_written(project: Path) -> None:
    compose = project / "compose.yaml"
    text = compose.read_text()
    compose.write_text(text.replace("\nvolumes:\n  postgres: {}\n", "\nvolumes:\n  postgres: {}\n  mine: {}\n"))
    assert compose.read_text() != text
    before = files_of(project)
    met = lab.init(project, "--service", "redis")
    assert met.code == 3 and "dockgen update" in met.err, met.text
    assert files_of(project) == before
    merged = lab.dockgen("update", str(project), "--yes", "--service", "redis", "--on-conflict", "mine")
    assert merged.code == 0, merged.text
    assert "mine: {}" in compose.read_text()


def test_what_dockgen_did_not_write_is_still_refused(project: Path, tmp_path: Path) -> None:
    other = copy_project("flask-pip", tmp_path)
    (other / "Dockerfile").write_text("FROM mine\n")
    assert lab.init(other, "--service", "redis").code == 3
    assert (other / "Dockerfile").read_text() == "FROM mine\n"
