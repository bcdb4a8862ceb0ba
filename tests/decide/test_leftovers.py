"""The copy of a requirements file that can be installed: what its commands make, run for real."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from dockgen.decide.install import choose_install
from dockgen.detect import detect
from dockgen.source import Source

FREEZE = """\
flask==3.1.0
pywin32==306
pywin32-ctypes==0.2.2
pkg_resources==0.0.0
numpy @ file:///croot/numpy_1/work
own-lib @ file:./wheels/own_lib-1.0-py3-none-any.whl
torch[extra] @ file:///home/me/torch-2.0.1-cp310-cp310-linux_x86_64.whl
-e /home/me/a+b  # mine
"""

KEPT = ["flask==3.1.0", "pywin32-ctypes==0.2.2", "numpy", "own-lib @ file:./wheels/own_lib-1.0-py3-none-any.whl"]


def copied(root: Path, files: dict[str, bytes]) -> str:
    """What the first commands of the install leave of the file that is installed, with /tmp moved below root."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    install = choose_install(detect(Source(root)), ())
    assert install is not None and install.note
    for mount in install.mounts:
        if mount.target.startswith("/tmp"):
            place = root / "out" / mount.target.removeprefix("/tmp/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes((root / mount.source).read_bytes())
    (root / "out").mkdir(exist_ok=True)
    for command in install.commands:
        if command[0] in ("cp", "iconv", "sed"):
            words = [re.sub(r"(^|=)/tmp/", rf"\g<1>{root}/out/", word) for word in command]
            subprocess.run(words, cwd=root, check=True)
    # pip says --requirement, uv --requirements
    words = next(list(c) for c in reversed(install.commands) if any(w.startswith("--requirement") for w in c))
    last = words[next(i for i, word in enumerate(words) if word.startswith("--requirement")) + 1]
    return (root / "out" / last.removeprefix("/tmp/")).read_text("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_the_copy_holds_what_can_be_installed(tmp_path: Path, encoding: str) -> None:
    text = copied(tmp_path, {"requirements.txt": FREEZE.encode(encoding), "app.py": b""})
    assert text.split("\n") == [*KEPT, "torch[extra]==2.0.1", ""]


def test_files_that_include_each_other(tmp_path: Path) -> None:
    files = {
        "requirements.txt": b"-r requirements/base.txt\ngunicorn\n",
        "requirements/base.txt": b"flask\npywin32==306\n",
    }
    assert copied(tmp_path, files) == "-r requirements/base.txt\ngunicorn\n"
    assert (tmp_path / "out/requirements/requirements/base.txt").read_text() == "flask\n"
    assert (tmp_path / "requirements/base.txt").read_text() == "flask\npywin32==306\n"  # a person's
