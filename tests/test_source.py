"""The tree as seen: what .gitignore leaves out, and the indexes of files."""

import subprocess
from pathlib import Path

import pytest

from dockgen.source import Source

FILES = (
    "a.py", "a.log", "keep.log", "build/x.py", "pkg/build/x.py", "pkg/build.py", "pkg/sub/deep/data.csv", "docs/a/b.txt",
    "pkg/.env", "pkg/sub/notes.tmp", "pkg/sub/notes.txt", "generated/one.py", "generated/two.js", "pkg/generated/one.py",
    "other/keep/a.py", "other/b.py", "pkg/sub/A.LOG",
)  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        "*.log\n!keep.log\n",
        "build/\n",
        "/build\n",
        "pkg/sub/*.t*\n",
        "**/deep\ngenerated/*\n!generated/*.py\n",
        "other/*\n!other/keep/\n",
        "[ab].py\n*.[Ll][Oo][Gg]\n",
        "docs/**\n/pkg/**/notes.txt\n",
        "*\n!*/\n!*.py\n",
        ".env\n# a comment\n\n\\#x\ndeep/data.csv\n",
    ],
)
def test_what_git_ignores_is_not_seen(tmp_path: Path, lines: str) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / ".gitignore").write_text(lines)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    words = ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"]
    listed = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split("\n")
    assert set(Source(tmp_path).files) == {*listed} - {""}


def test_a_folder_of_a_virtual_environment_is_not_entered(tmp_path: Path) -> None:
    for name in ("mine/pyvenv.cfg", "mine/lib/a.py", "b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    source = Source(tmp_path)
    assert source.files == ("b.py",)
    assert source.folders == set()


def test_indexes(tmp_path: Path) -> None:
    for name in ("z.py", "a/b/c.py", "a/b/c.ini", "a/conf.ini", "a/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    source = Source(tmp_path)
    assert source.ending(".py", ".ini") == ("a/b/c.ini", "a/b/c.py", "a/c.py", "a/conf.ini", "z.py")
    assert source.named("c.py") == ("a/c.py", "a/b/c.py")
    assert source.under("a/b") == ("a/b/c.ini", "a/b/c.py")
    source.hide(["a/c.py", "absent.py"])
    assert source.named("c.py") == ("a/b/c.py",)
    assert source.ending(".py") == ("a/b/c.py", "z.py")
