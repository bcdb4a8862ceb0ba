"""A hostile pack is refused with the file's name, does no harm and costs little."""

from __future__ import annotations

import io
import os
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dockgen
from dockgen.packs import sandbox
from dockgen.packs.chain import load
from dockgen.packs.fetch import fetch
from dockgen.packs.manifest import BrokenPack
from tests.e2e import lab

PackMaker = Callable[..., Path]
ADDS = 'name = "mine"\n[[files]]\npath = "A"\ntemplate = "a.j2"\n'


def refused(project: Path, pack: Path) -> BrokenPack:
    before = sorted(project.rglob("*"))
    with pytest.raises(BrokenPack) as caught:
        dockgen.render(project, template=str(pack))
    made = lab.dockgen("init", str(project), "--yes", "--template", str(pack), timeout=60)
    assert made.code == 1 and "Traceback" not in made.text, made.text
    assert sorted(project.rglob("*")) == before
    return caught.value


ESCAPES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ plan.__class__.__init__.__globals__ }}",
    "{{ plan|attr('__class__') }}",
    "{{ ('%s' | format).__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self._TemplateReference__context.environment }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(plan) }}",
    "{{ ('{0.__class__}'|attr('format'))(plan) }}",
    "{% set f = '{0.__class__.__mro__}'.format %}{{ f(plan) }}",
    "{{ ['{0.__class__}']|map('attr', 'format')|first }}{{ (['{0.__class__}']|map('attr', 'format')|first)(plan) }}",
    "{{ '{x.__class__}'.format_map({'x': plan}) }}",
    "{% for x in [plan]|map(attribute='__class__') %}{{ x }}{% endfor %}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ project.update({'facts': 1}) }}",
    "{{ answers.update({'a': 1}) }}",
    "{{ range.__self__ }}",
    "{{ plan.main.__reduce_ex__(2) }}",
    "{{ (plan|string).encode().__class__ }}",
)
"""Ways out of Jinja's sandbox that its advisories and their discussions name (CVE-2016-10745, CVE-2019-8341,
CVE-2019-10906, CVE-2024-56201, CVE-2024-56326, CVE-2025-27516), and their kin."""


@pytest.mark.parametrize("template", ESCAPES)
def test_the_sandbox_holds(project: Path, pack: PackMaker, template: str) -> None:
    folder = pack(manifest=ADDS, a_j2=template + "\n")
    with pytest.raises(BrokenPack) as caught:
        dockgen.render(project, template=str(folder))
    assert caught.value.file == "a.j2"


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'x' * 10000000000 }}",
        "{{ 'x' | center(10000000000) }}",
        "{{ '%10000000000d' % 1 }}",
        "{% for a in range(99999) %}{{ 'x' * 99999 }}{% endfor %}",
        "{{ 9 ** (9 ** (9 ** 9)) }}",
        "{{ lipsum(n=1000000) }}",
        "{{ range(1000000000)|list }}",
        "{% set a = namespace(x=['x' * 9999]) %}{% for i in range(9999) %}{% set a.x = a.x + a.x %}{% endfor %}",
        "{% extends 'a.j2' %}",
        "{% include 'a.j2' %}",
    ],
)
def test_endless_and_huge(project: Path, pack: PackMaker, template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 1.5)
    folder = pack(manifest=ADDS, a_j2=template + "\n")
    start = time.monotonic()
    with pytest.raises(BrokenPack):
        dockgen.render(project, template=str(folder))
    assert time.monotonic() - start < 15


def test_ten_gigabytes_over_many_files(project: Path, pack: PackMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 1.5)
    rows = "".join(f'[[files]]\npath = "f{n}"\ntemplate = "a.j2"\n' for n in range(3000))
    folder = pack(manifest='name = "mine"\n' + rows, a_j2="{% for i in range(150) %}{{ 'x' * 10000 }}{% endfor %}")
    with pytest.raises(BrokenPack):
        dockgen.render(project, template=str(folder))


@pytest.mark.parametrize(
    "path",
    ["../out", "/tmp/out", "a/../../out", "a//b", "a\\\\b", ".git/hooks/pre-commit", ".dockgen.toml", "~/x", "C:/x",
     "{{ '..' }}/out", "{{ '/etc/x' }}", "", "a/./b", ".GIT/config", ".secrets/db_password"],
)  # fmt: skip
def test_paths_that_leave_the_target(project: Path, pack: PackMaker, path: str) -> None:
    folder = pack(manifest=f'name = "mine"\n[[files]]\npath = "{path}"\ntemplate = "a.j2"\n', a_j2="x\n")
    with pytest.raises(BrokenPack, match="would write"):
        dockgen.render(project, template=str(folder))


@pytest.mark.parametrize("name", ["../out.j2", "/etc/passwd", "b/../../out.j2"])
def test_templates_outside_of_the_pack(project: Path, pack: PackMaker, name: str) -> None:
    (project.parent / "out.j2").write_text("secret\n")
    folder = pack(manifest=ADDS, a_j2=f"{{% include '{name}' %}}\n")
    with pytest.raises(BrokenPack):
        dockgen.render(project, template=str(folder))
    folder = pack(manifest=f'name = "mine"\n[[files]]\npath = "A"\ntemplate = "{name}"\n')
    with pytest.raises(BrokenPack, match="no template"):
        dockgen.render(project, template=str(folder))


def test_a_link_in_a_pack_is_named(project: Path, pack: PackMaker) -> None:
    folder = pack(manifest=ADDS, a_j2="x\n")
    (folder / "leak.j2").symlink_to("/etc/passwd")
    assert refused(project, folder).file == "leak.j2"


def test_a_link_in_a_repository_is_named(pack: PackMaker, tmp_path: Path) -> None:
    from tests.packs.test_packs import git

    folder = pack("remote", manifest=ADDS, a_j2="x\n")
    (folder / "leak").symlink_to("/etc")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "1")
    with pytest.raises(BrokenPack) as caught:
        fetch(f"git+file://{folder}")
    assert caught.value.file == "leak"


def zipped(tmp_path: Path, entries: dict[str, bytes], link: str = "") -> Path:
    path = tmp_path / "bad.zip"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize("name", ["../../evil", "/evil", "a\\b", "C:evil/x"])
def test_a_zip_that_leaves_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BrokenPack) as caught:
        fetch(str(zipped(tmp_path, {"dockgen-pack.toml": b"name='x'", name: b"x"})))
    assert (caught.value.file is not None and "evil" in caught.value.file) or name == "a\\b"
    assert not list(tmp_path.rglob("evil*"))


def test_a_zip_with_a_link(tmp_path: Path) -> None:
    with pytest.raises(BrokenPack) as caught:
        fetch(str(zipped(tmp_path, {"dockgen-pack.toml": b"name='x'"}, link="leak")))
    assert caught.value.file == "leak"


def test_a_zip_bomb(tmp_path: Path) -> None:
    with pytest.raises(dockgen.DockgenError, match="too large"):
        fetch(str(zipped(tmp_path, {f"{n}": b"\0" * 2**24 for n in range(8)})))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip"])
def test_no_zip(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(BrokenPack, match="zip"):
        fetch(str(tmp_path / "x.zip"))


def test_a_link_in_the_target_is_not_written_through(project: Path, pack: PackMaker, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / "ops").symlink_to(outside)
    folder = pack(manifest='name = "mine"\n[[files]]\npath = "ops/a"\ntemplate = "a.j2"\n', a_j2="x\n")
    made = lab.dockgen("init", str(project), "--yes", "--template", str(folder))
    assert made.code == 3 and "ops" in made.err
    assert not list(outside.iterdir()) and not (project / "Dockerfile").exists()


def test_hooks_run_only_with_trust_and_never_in_the_project(project: Path, pack: PackMaker, tmp_path: Path) -> None:
    folder = pack(
        manifest=ADDS + '[hooks]\npost = "hooks/post.sh"\n', a_j2="x\n",
        hooks__post="",
    )  # fmt: skip
    (folder / "hooks").mkdir(exist_ok=True)
    (folder / "hooks/post.sh").write_text("echo hooked >> A\npwd > where\n")
    without = lab.dockgen("init", str(project), "--yes", "--template", str(folder))
    assert without.code == 0 and "hooks were not run" in without.err
    assert (project / "A").read_text() == "x\n"
    trusted = lab.dockgen("init", str(project), "--yes", "--template", str(folder), "--trust")
    assert trusted.code == 0 and "echo hooked" in trusted.err  # shown before
    assert (project / "A").read_text() == "x\nhooked\n"
    assert str(project) not in (project / "where").read_text()


def test_a_failing_hook_writes_nothing(project: Path, pack: PackMaker) -> None:
    folder = pack(manifest=ADDS + '[hooks]\npost = "fail.sh"\n', a_j2="x\n")
    (folder / "fail.sh").write_text("echo no >&2\nexit 3\n")
    made = lab.dockgen("init", str(project), "--yes", "--template", str(folder), "--trust")
    assert made.code == 1 and "fail.sh" in made.err
    assert not (project / "Dockerfile").exists()


def test_the_process_sees_no_secret(project: Path, pack: PackMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "hunter2")
    seen: list[dict[str, str]] = []
    start = subprocess.Popen

    def spy(*words: Any, **options: Any) -> Any:
        seen.append(options["env"])
        return start(*words, **options)

    monkeypatch.setattr(subprocess, "Popen", spy)
    dockgen.render(project, template=str(pack(manifest=ADDS, a_j2="x\n")))
    assert seen and all("A_TOKEN" not in environment for environment in seen)


def test_a_foreign_pack_extends_no_folder_of_this_machine(tmp_path: Path, pack: PackMaker) -> None:
    secret = pack("secret")
    bad = zipped(tmp_path, {"dockgen-pack.toml": f'name = "x"\nextends = "{secret}"\n'.encode()})
    with pytest.raises(BrokenPack, match="outside"):
        load(str(bad))


def test_a_pack_of_too_many_files(pack: PackMaker) -> None:
    folder = pack()
    for number in range(2001):
        os.close(os.open(folder / f"f{number}", os.O_CREAT))
    with pytest.raises(BrokenPack, match="more than"):
        load(str(folder))
