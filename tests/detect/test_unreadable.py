"""Files that are not Python 3: each is told alone, many together."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect import detect
from dockgen.source import Source


@pytest.mark.parametrize(("count", "told"), [(3, 3), (6, 1)])
def test_old_files(tmp_path: Path, count: int, told: int) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    (tmp_path / "requirements.txt").write_text("flask==3.1.0\n")
    for number in range(count):
        (tmp_path / f"old{number}.py").write_text("print 'x'\n")
    found = [w for w in detect(Source(tmp_path)).warnings if "Python 3" in w.message]
    assert len(found) == told
    assert (told > 1) or found[0].message.startswith("6 files are not Python 3 (old0.py, old1.py, old2.py ...)")
    assert {e.file for w in found for e in w.evidence} == {f"old{number}.py" for number in range(count)}
