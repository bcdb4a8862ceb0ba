"""Cookiecutter templates work as they are, filled from the facts; hooks run only with --trust."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import dockgen
from dockgen.packs.manifest import BrokenPack
from tests.e2e import lab

COOKIE = Path(__file__).parent / "cookie"
PackMaker = Callable[..., Path]


def test_filled_from_the_facts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    files = dockgen.render(project, template=str(COOKIE), python="3.12")
    assert files == {
        "Containerfile": "FROM python:3.12-slim\nEXPOSE 8000\nLABEL image=shop-image\n",
        "ops/plain.raw": "{{ not rendered }}\n",
        "ops/shop.txt": "year 2001\n",
    }


def test_answers_are_given_by_set(project: Path) -> None:
    files = dockgen.render(project, template=str(COOKIE), set=["use_redis=yes", "project_slug=till", "port=1"])
    assert files["ops/redis.conf"] == "redis\n"
    assert files["Containerfile"].endswith("EXPOSE 1\nLABEL image=till-image\nENV REDIS=1\n")


def test_hooks(project: Path) -> None:
    without = lab.dockgen("init", str(project), "--yes", "--template", str(COOKIE))
    assert without.code == 0 and "post_gen_project.py" in without.err
    assert (project / "ops/plain.raw").exists()
    trusted = lab.dockgen(
        "init", str(project), "--yes", "--template", str(COOKIE), "--trust", "--output", "out", cwd=project
    )
    assert trusted.code == 0 and "unlink()" in trusted.err
    assert not (project / "out/ops/plain.raw").exists()
    assert (project / "out/made-by-hook.txt").read_text() == "shop\n"


def test_update_merges_a_template_too(project: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "cookie"
    shutil.copytree(COOKIE, copy)
    assert lab.dockgen("init", str(project), "--yes", "--template", str(copy)).code == 0
    container = project / "Containerfile"
    container.write_text("# mine\n" + container.read_text())
    template = copy / "{{cookiecutter.project_slug}}/Containerfile"
    template.write_text(template.read_text().replace("LABEL image=", "LABEL name="))
    assert lab.dockgen("check", str(project)).code == 4
    updated = lab.dockgen("update", str(project), "--yes")
    assert updated.code == 0, updated.text
    assert container.read_text().startswith("# mine\nFROM") and "LABEL name=shop-image" in container.read_text()
    assert lab.dockgen("check", str(project)).code == 0


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("{", "JSON"),
        ("[]", "object"),
        ('{"a b": "x"}', "a b"),
        ('{"name": "x", "_extensions": ["os.path"]}', "os.path"),
        ('{"name": "x"}', "no folder"),
    ],
)
def test_a_broken_template_is_told(project: Path, tmp_path: Path, config: str, told: str) -> None:
    folder = tmp_path / "template"
    folder.mkdir()
    if "_extensions" in config:
        (folder / "{{cookiecutter.name}}").mkdir()
        (folder / "{{cookiecutter.name}}/a").write_text("x")
    (folder / "cookiecutter.json").write_text(config)
    with pytest.raises(BrokenPack, match=told):
        dockgen.render(project, template=str(folder))


def test_a_path_that_leaves_the_target(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "template/{{cookiecutter.name}}/{{cookiecutter.up}}"
    folder.mkdir(parents=True)
    (folder / "evil").write_text("x")
    (tmp_path / "template/cookiecutter.json").write_text('{"name": "x", "up": ".."}')
    with pytest.raises(BrokenPack, match="would write"):
        dockgen.render(project, template=str(tmp_path / "template"))
