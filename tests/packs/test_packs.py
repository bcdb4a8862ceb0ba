"""What packs do: inherit, ask, add, override; and where they come from."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import dockgen
from dockgen.errors import DockgenError, Undecided, Usage
from dockgen.packs.chain import load
from dockgen.packs.fetch import GitSource, NoPack, fetch, parse_git
from dockgen.packs.lint import lint
from dockgen.packs.manifest import BrokenPack
from dockgen.plans import Plan
from tests.e2e import lab

HERE = Path(__file__).parent
PackMaker = Callable[..., Path]


def test_one_block_is_overridden_and_the_rest_is_dockgens(project: Path) -> None:
    plain, house = dockgen.render(project), dockgen.render(project, template=str(HERE / "house"))
    assert house["Dockerfile"] == plain["Dockerfile"].replace("USER 10001:10001", "USER 65532:65532")
    assert house["compose.yaml"] == plain["compose.yaml"]


def test_a_corporate_pack(project: Path) -> None:
    files = dockgen.render(project, template=str(HERE / "corporate"), set=["regions=eu,us"])
    assert "FROM registry.corp.example/hub/python:" in files["Dockerfile"]
    assert "USER 65532:65532" in files["Dockerfile"]  # of the pack that it extends
    assert "corp-build-tools" in files["Dockerfile"]  # a row of the table of system packages
    assert "LABEL example.corp.team=shop-team" in files["Dockerfile"]
    assert "update-ca-certificates" in files["Dockerfile"]
    compose = yaml.safe_load(files["compose.yaml"])
    assert compose["services"]["postgres"]["image"] == "registry.corp.example/postgres:16"
    assert yaml.safe_load(files[".corp/service.yaml"]) == {
        "name": "shop", "team": "shop-team", "regions": ["eu", "us"], "port": 8000,
    }  # fmt: skip
    assert files[".corp/shop-team.pager"] == "call shop-team\n"
    assert dockgen.render(project)["Dockerfile"].count("corp") == 0  # nothing stays behind


def test_conditions(project: Path) -> None:
    files = dockgen.render(project, template=str(HERE / "corporate"), set={"tier": "1d"})
    assert not [name for name in files if name.endswith(".pager")]


@pytest.mark.parametrize("said", ["team=Not Valid", "tier=2h", "pager=perhaps", "regions=eu,mars", "nobody=asks"])
def test_a_wrong_answer_is_refused_by_name(project: Path, said: str) -> None:
    with pytest.raises(Usage, match=said.split("=")[0]):
        dockgen.render(project, template=str(HERE / "corporate"), set=[said])


def test_set_without_a_pack(project: Path) -> None:
    with pytest.raises(Usage, match="without --template"):
        dockgen.render(project, set=["team=a"])


def test_the_packs_checks_find_nothing() -> None:
    assert lint(load(str(HERE / "corporate"))) == []
    assert lint(load(str(HERE / "house"))) == []


def test_check_finds_what_is_wrong(pack: PackMaker) -> None:
    folder = pack(
        manifest='name = "mine"\n[[questions]]\nname = "used"\n[[questions]]\nname = "unused"\n'
        '[[files]]\npath = "A"\ntemplate = "a.j2"\n',
        a_j2="{{ answers.used }}{{ answers.nobody }}\n{{ unheard }}\n",
        b_j2="{% if %}\n",
        samples__one__project__app_py="print(1)\n",
        samples__one__expected__A="other\n",
    )
    found = "\n".join(lint(load(str(folder))))
    assert "nothing uses the answer to unused" in found
    assert "mine/a.j2: unheard is not defined" in found
    assert "mine/a.j2:1: answers.nobody is asked by no question" in found
    assert "mine/b.j2:1: cannot be read" in found
    assert "answer to used" not in found


def test_golden_samples(pack: PackMaker) -> None:
    folder = pack(
        manifest='name = "mine"\n[[files]]\npath = "A"\ntemplate = "a.j2"\n',
        a_j2="{{ project.project.name }}\n",
        samples__one__project__app_py="",
    )
    (folder / "samples/one/project/app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (folder / "samples/one/project/requirements.txt").write_text("flask==3.1.2\n")
    assert lint(load(str(folder)), update=True) == []
    assert (folder / "samples/one/expected/A").read_text() == "project\n"
    assert lint(load(str(folder))) == []
    (folder / "a.j2").write_text("changed\n")
    assert "samples/one/expected/A" in "\n".join(lint(load(str(folder))))


@pytest.mark.parametrize(
    ("source", "git"),
    [
        ("gh:acme/packs", GitSource("https://github.com/acme/packs.git")),
        ("gh:acme/packs@v1.2", GitSource("https://github.com/acme/packs.git", "v1.2")),
        ("gl:group/sub/packs@v1#python/web", GitSource("https://gitlab.com/group/sub/packs.git", "v1", "python/web")),
        ("git+https://h/r.git@main#subdirectory=p", GitSource("https://h/r.git", "main", "p")),
        ("git+ssh://git@h/r.git@v1", GitSource("ssh://git@h/r.git", "v1")),
        ("git+ssh://git@h:22/r.git", GitSource("ssh://git@h:22/r.git")),
        ("git+file:///srv/packs.git@v2", GitSource("file:///srv/packs.git", "v2")),
        ("./packs", None),
        ("git+ext::sh -c x", None),
    ],
)
def test_sources(source: str, git: GitSource | None) -> None:
    assert parse_git(source) == git


@pytest.mark.parametrize("source", ["git+ext::sh -c id", "https://x/y", "gh:", "-oProxyCommand=x", "nowhere"])
def test_a_source_that_is_none(source: str) -> None:
    with pytest.raises(NoPack):
        fetch(source)


def git(folder: Path, *words: str) -> str:
    environment = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *environment, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A repository with the house pack in a folder, tagged v1 and v2."""
    folder = tmp_path / "remote"
    (folder / "packs").mkdir(parents=True)
    shutil.copytree(HERE / "house", folder / "packs/house")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "1")
    git(folder, "tag", "v1")
    template = folder / "packs/house/Dockerfile.j2"
    template.write_text(template.read_text().replace("65532", "4242"))
    git(folder, "commit", "-qam", "2")
    git(folder, "tag", "v2")
    return folder


def test_a_repository_by_tag_commit_and_branch(remote: Path, project: Path) -> None:
    commit = git(remote, "rev-parse", "v1").strip()
    for ref, user in (("@v1", "65532"), ("@v2", "4242"), (f"@{commit}", "65532"), ("@main", "4242"), ("", "4242")):
        files = dockgen.render(project, template=f"git+file://{remote}{ref}#packs/house")
        assert f"USER {user}:{user}" in files["Dockerfile"]


def test_the_commit_is_recorded_and_used_without_the_remote(remote: Path, project: Path) -> None:
    source = f"git+file://{remote}#packs/house"
    assert lab.dockgen("init", str(project), "--yes", "--template", source).code == 0
    record = (project / ".dockgen.toml").read_text()
    assert git(remote, "rev-parse", "v2").strip() in record
    shutil.rmtree(remote)
    again = lab.dockgen("check", str(project))
    assert again.code == 0, again.text
    shutil.rmtree(project.parent / "cache")
    gone = lab.dockgen("check", str(project))
    assert gone.code == 1 and "Traceback" not in gone.text and str(remote) in gone.text


def test_a_tag_that_is_not_there(remote: Path) -> None:
    with pytest.raises(NoPack, match="v9"):
        fetch(f"git+file://{remote}@v9")
    with pytest.raises(BrokenPack, match="nowhere"):
        fetch(f"git+file://{remote}@v1#nowhere")


def test_a_zip(tmp_path: Path, project: Path) -> None:
    with zipfile.ZipFile(tmp_path / "house.zip", "w") as archive:
        for path in (HERE / "house").iterdir():
            archive.write(path, f"house-1.0/{path.name}")
    files = dockgen.render(project, template=str(tmp_path / "house.zip"))
    assert "USER 65532:65532" in files["Dockerfile"]


def test_an_installed_pack(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    shutil.copytree(HERE / "house", site / "acme_pack")
    (site / "acme_pack/__init__.py").write_text("raise SystemExit('a pack is not imported')\n")
    (site / "acme_pack-1.dist-info").mkdir()
    (site / "acme_pack-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: acme-pack\nVersion: 1\n")
    (site / "acme_pack-1.dist-info/entry_points.txt").write_text("[dockgen.packs]\nacme = acme_pack\n")
    monkeypatch.syspath_prepend(str(site))
    files = dockgen.render(project, template="acme")
    assert "USER 65532:65532" in files["Dockerfile"]


def test_a_folder_is_recorded_as_seen_from_the_project(project: Path, tmp_path: Path) -> None:
    shutil.copytree(HERE / "house", tmp_path / "house")
    made = lab.dockgen("init", "shop", "--yes", "--template", "house", cwd=tmp_path)
    assert made.code == 0, made.text
    assert 'template = "../house"' in (project / ".dockgen.toml").read_text()
    assert lab.dockgen("check", ".", cwd=project).code == 0


def test_a_circle_is_told(pack: PackMaker) -> None:
    first = pack("first", manifest='name = "first"\nextends = "../second"\n')
    pack("second", manifest='name = "second"\nextends = "../first"\n')
    with pytest.raises(DockgenError, match=r"circle|same name"):
        load(str(first))


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ("name = 1", "name"),
        ("nam = 'x'", "nam"),
        ("name = 'x'\ndockgen = '>=99'", "needs dockgen"),
        ("name = 'x'\n[[questions]]\nname = 'q'\ntype = 'colour'", "colour"),
        ("name = 'x'\n[[questions]]\nname = 'q'\nvalidate = '('", "regular expression"),
        ("name = 'x'\n[[files]]\npath = 'a'\ntemplate = 'none.j2'", "none.j2"),
        ("name = 'x'\n[knowledge.secrets]\na = 1", "secrets"),
        ("name = 'x'\nquestions = 3", "questions"),
        ("name = ", "TOML"),
    ],
)
def test_a_broken_manifest_names_what_is_wrong(pack: PackMaker, manifest: str, told: str) -> None:
    with pytest.raises(BrokenPack, match=told) as caught:
        load(str(pack(manifest=manifest)))
    assert caught.value.file == "dockgen-pack.toml"


def test_new_show_and_export(tmp_path: Path) -> None:
    made = lab.dockgen("template", "new", str(tmp_path / "acme"))
    assert made.code == 0, made.text
    checked = lab.dockgen("template", "check", str(tmp_path / "acme"))
    assert checked.code == 0, checked.text
    shown = lab.dockgen("template", "show", str(tmp_path / "acme"))
    assert "asks        team" in shown.out
    exported = lab.dockgen("template", "export", str(tmp_path / "acme"), str(tmp_path / "out"))
    assert exported.code == 0, exported.text
    assert (tmp_path / "out/dockgen/Dockerfile.j2").is_file() and (tmp_path / "out/acme/OWNERS.j2").is_file()
    assert lab.dockgen("template", "new", str(tmp_path / "acme")).code == 1
    assert "built-in" in lab.dockgen("template", "list").out


def test_the_python_interface(project: Path) -> None:
    said = dockgen.explain(project)
    assert said["schema"] == 1 and said["facts"]["entry"]["value"] == "app:app"
    plan = dockgen.plan(project, port=9000)
    assert isinstance(plan, Plan) and plan.main.port == 9000
    (project / "other.py").write_text("from flask import Flask\nother = Flask(__name__)\n")
    (project / "app.py").rename(project / "third.py")
    with pytest.raises(Undecided):
        dockgen.render(project)
