"""`dockgen update` and `dockgen check`: the house follows, the person's edits stay."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dockgen
from dockgen.merge import merge_files
from dockgen.write import digest, write
from tests.e2e import lab
from tests.packs.test_packs import HERE, git

EDITED = {
    "Dockerfile": ("EXPOSE 8000\n", "# a person's note\nEXPOSE 8000\n"),
    ".dockerignore": ("# secrets\n", "# secrets\n*.kdbx\n"),
    "compose.yaml": ("    stop_grace_period: 30s\n", "    stop_grace_period: 45s\n"),
    ".corp/service.yaml": ("port: 8000\n", "port: 8000\nowner: me\n"),
}


def files_of(project: Path) -> dict[str, str]:
    return {p.relative_to(project).as_posix(): p.read_text() for p in sorted(project.rglob("*")) if p.is_file()}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The corporate pack in three versions: tags v1, v2 and v3 of a repository on this disk."""
    folder = tmp_path / "house-rules"
    folder.mkdir()
    shutil.copytree(HERE / "house", folder / "house")
    shutil.copytree(HERE / "corporate", folder / "corporate")
    git(folder, "init", "-q")
    changes = {
        "v1": [],
        "v2": [("Dockerfile.j2", "example.corp.tier=", "example.corp.level="), ("service.yaml.j2", "team:", "squad:")],
        "v3": [("Dockerfile.j2", "update-ca-certificates", "update-ca-certificates --fresh"),
               ("dockgen-pack.toml", 'postgres:16"', 'postgres:18"')],
    }  # fmt: skip
    for tag, edits in changes.items():
        for name, old, new in edits:
            path = folder / "corporate" / name
            assert old in path.read_text()
            path.write_text(path.read_text().replace(old, new))
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "--allow-empty", "-m", tag)
        git(folder, "tag", tag)
    return folder


def test_three_versions_with_edits_in_every_file(house: Path, project: Path) -> None:
    source = f"git+file://{house}@v1#corporate"
    made = lab.dockgen("init", str(project), "--yes", "--template", source)
    assert made.code == 0, made.text
    for name, (old, new) in EDITED.items():
        text = (project / name).read_text()
        assert old in text, name
        (project / name).write_text(text.replace(old, new))
    assert lab.dockgen("check", str(project)).code == 4
    for tag in ("v2", "v3"):
        newer = source.replace("@v1", f"@{tag}")
        before = files_of(project)
        dry = lab.dockgen("update", str(project), "--dry-run", "--template", newer)
        assert dry.code == 0 and files_of(project) == before
        updated = lab.dockgen("update", str(project), "--yes", "--template", newer)
        assert updated.code == 0, updated.text
        for name, (_, new) in EDITED.items():
            assert new in (project / name).read_text(), (tag, name)
        assert lab.dockgen("check", str(project)).code == 0
    dockerfile = (project / "Dockerfile").read_text()
    assert "example.corp.level=" in dockerfile and "--fresh" in dockerfile
    assert "squad: shop-team" in (project / ".corp/service.yaml").read_text()
    assert "registry.corp.example/postgres:18" in (project / "compose.yaml").read_text()


def test_the_project_changes(project: Path) -> None:
    assert lab.dockgen("init", str(project), "--yes").code == 0
    dockerfile = project / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("EXPOSE 8000\n", "# mine\nEXPOSE 8000\n"))
    app = project / "app.py"
    app.write_text(app.read_text() + '\n\nimport redis\nqueue = redis.from_url(os.environ["REDIS_URL"])\n')
    requirements = project / "requirements.txt"
    requirements.write_text(requirements.read_text() + "redis==7.0.0\n")
    out = lab.dockgen("check", str(project), "--json")
    assert out.code == 4 and json.loads(out.out)["files"]["compose.yaml"] == "out of date"
    updated = lab.dockgen("update", str(project), "--yes")
    assert updated.code == 0, updated.text
    assert "redis://redis:6379" in (project / "compose.yaml").read_text()
    assert "# mine" in dockerfile.read_text()
    assert lab.dockgen("check", str(project)).code == 0


def test_an_edit_beyond_the_record_is_told_and_can_be_taken_note_of(project: Path) -> None:
    assert lab.dockgen("init", str(project), "--yes").code == 0
    assert lab.dockgen("check", str(project)).code == 0
    (project / "Dockerfile").write_text((project / "Dockerfile").read_text() + "# mine\n")
    told = lab.dockgen("check", str(project))
    assert told.code == 4 and "+# mine" in told.out
    assert lab.dockgen("update", str(project), "--yes").code == 0
    assert lab.dockgen("check", str(project)).code == 0
    (project / ".dockerignore").unlink()
    assert "deleted" in lab.dockgen("check", str(project)).out
    assert lab.dockgen("update", str(project), "--yes").code == 0
    assert not (project / ".dockerignore").exists()
    assert lab.dockgen("check", str(project)).code == 0


def test_nothing_was_ever_written(project: Path) -> None:
    told = lab.dockgen("check", str(project))
    assert told.code == 4 and "dockgen init" in told.err
    assert lab.dockgen("update", str(project), "--yes").code == 3


def test_a_conflict_writes_nothing_and_names_the_flag(project: Path, tmp_path: Path) -> None:
    house = tmp_path / "copy"
    shutil.copytree(HERE / "house", house)
    assert lab.dockgen("init", str(project), "--yes", "--template", str(house)).code == 0
    dockerfile = project / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("USER 65532:65532", "USER 7:7"))
    (house / "Dockerfile.j2").write_text((house / "Dockerfile.j2").read_text().replace("65532", "99"))
    before = files_of(project)
    stopped = lab.dockgen("update", str(project), "--yes")
    assert stopped.code == 3 and "--on-conflict" in stopped.err and "<<<<<<< your file" in stopped.err
    assert files_of(project) == before
    assert lab.dockgen("update", str(project), "--yes", "--on-conflict", "markers").code == 0
    assert "<<<<<<< your file\nUSER 7:7\n" in dockerfile.read_text()
    assert ".dockgen.toml" in before and before[".dockgen.toml"] != (project / ".dockgen.toml").read_text()


def test_a_file_that_is_no_longer_made(project: Path) -> None:
    assert lab.dockgen("init", str(project), "--yes").code == 0
    removed = lab.dockgen("update", str(project), "--yes", "--without", "compose")
    assert removed.code == 0 and "removed" in removed.out
    assert not (project / "compose.yaml").exists()


def test_answers_come_from_layers(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config/dockgen/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('python = "3.12"\nregistry = "mine.example"\n')
    (project / "pyproject.toml").write_text("[tool.dockgen]\nport = 9001\n")
    monkeypatch.setenv("DOCKGEN_HEALTH_PATH", "/alive")
    said = json.loads(lab.dockgen("explain", str(project), "--json", "--python", "3.13").out)
    origins = {d["answer"]: d["origin"] for d in said["plan"]["decisions"]}
    assert origins["python"] == "--python"
    given = {a["answer"]: a["origin"] for a in said["answers"]}
    assert given == {
        "health_path": "DOCKGEN_HEALTH_PATH", "port": "pyproject.toml", "python": "--python", "registry": str(config),
    }  # fmt: skip
    note = lab.dockgen("explain", str(project)).out
    assert "DOCKGEN_HEALTH_PATH" in note and str(config) in note
    assert said["plan"]["processes"][0]["port"] == 9001
    assert said["plan"]["processes"][0]["health_path"] == "/alive"
    assert "mine.example" in lab.dockgen("init", str(project), "--yes", "--dry-run").out


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """What the corporate pack makes of a project in two versions."""
    folder = tmp_path_factory.mktemp("versions")
    shop = folder / "shop"
    shop.mkdir()
    (shop / "requirements.txt").write_text("flask==3.1.2\npsycopg2==2.9.10\n")
    (shop / "app.py").write_text(
        "import os, psycopg2\nfrom flask import Flask\n\napp = Flask(__name__)\n"
        'db = psycopg2.connect(os.environ["DATABASE_URL"])\n'
    )
    for name in ("house", "corporate"):
        shutil.copytree(HERE / name, folder / name)
    before = dockgen.render(shop, template=str(folder / "corporate"))
    for name, old, new in (
        ("Dockerfile.j2", "example.corp.tier=", "example.corp.level="),
        ("dockgen-pack.toml", 'postgres:16"', 'postgres:18"'),
    ):
        path = folder / "corporate" / name
        path.write_text(path.read_text().replace(old, new))
    return before, dockgen.render(shop, template=str(folder / "corporate"), python="3.12")


edits_of = st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["insert", "change", "delete"])), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["Dockerfile", "compose.yaml", ".dockerignore"]), edits_of)
def test_random_edits_are_never_lost(
    versions: tuple[dict[str, str], dict[str, str]], tmp_path: Path, name: str, edits: list[tuple[int, str]]
) -> None:
    """Edited at random places, then updated: every line of the person's is there, or the update is a conflict."""
    before, after = versions
    lines = before[name].splitlines()
    for number, (at, how) in enumerate(edits):
        at %= max(len(lines), 1)
        lines[at : at + (how != "insert")] = [] if how == "delete" else [f"# edit {number}"]
    mine = "\n".join(lines) + "\n"
    for path, text in {**before, name: mine}.items():
        write(tmp_path, {path: text})
    result = {one.name: one for one in merge_files(tmp_path, after, before, {n: digest(t) for n, t in before.items()})}
    assert all(one.state in ("updated", "unchanged") for one in result.values() if one.name != name)
    merged = result[name]
    assert merged.old == mine
    own = {line for line in lines if line.startswith("# edit")}
    assert own <= set((merged.text or "").splitlines())
    if mine != before[name]:
        assert merged.state in ("kept", "merged", "conflict", "unchanged")
    # What a person took away does not come back but by a conflict that shows it.
    removed = set(before[name].splitlines()) - set(lines)
    if merged.state in ("kept", "merged"):
        back = removed & set((merged.text or "").splitlines())
        assert back <= set(after[name].splitlines()) - set(before[name].splitlines())
