"""A person at a terminal: dockgen asks what is undecided, shows what it will write, and asks before writing."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

NOTHING = ("Write more?", b"\r")
"""The question of what else to write, answered with nothing ticked."""

APPLICATION = "from flask import Flask\n\napp = Flask(__name__)\n"


def talk(folder: Path, *turns: tuple[str, bytes], arguments: tuple[str, ...] = ()) -> tuple[int, str]:
    """Runs `dockgen init` on a terminal; each turn waits for a text, then types. Returns exit code and output."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dockgen", "init", str(folder), *arguments],
        stdin=side,
        stdout=side,
        stderr=side,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200", "PROMPT_TOOLKIT_NO_CPR": "1"},
    )
    os.close(side)
    seen = ""
    waiting = list(turns)
    end = time.monotonic() + 30
    position = 0
    while time.monotonic() < end:
        ready, _, _ = select.select([main], [], [], 0.2)
        if ready:
            try:
                data = os.read(main, 65536)
            except OSError:
                break
            if not data:
                break
            seen += data.decode("utf-8", "replace")
        if waiting and waiting[0][0] in seen[position:]:
            position = len(seen)
            os.write(main, waiting.pop(0)[1])
        if not ready and process.poll() is not None:
            break
    process.kill()
    os.close(main)
    return process.wait(), seen


def project(folder: Path, **files: str) -> Path:
    (folder / "requirements.txt").write_text("flask\ngunicorn\n")
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_shows_and_writes_after_a_yes(tmp_path: Path) -> None:
    code, seen = talk(project(tmp_path, main=APPLICATION), NOTHING, ("Write these files?", b"y"))
    assert code == 0, seen
    assert "main:app" in seen
    assert (tmp_path / "Dockerfile").is_file()


def test_a_no_writes_nothing(tmp_path: Path) -> None:
    before = sorted(p.name for p in project(tmp_path, main=APPLICATION).iterdir())
    code, seen = talk(tmp_path, NOTHING, ("Write these files?", b"n"))
    assert code == 0
    assert "Nothing was written" in seen
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_two_applications_are_a_question_and_the_answer_is_recorded(tmp_path: Path) -> None:
    project(tmp_path, first=APPLICATION, second=APPLICATION)
    code, seen = talk(tmp_path, ("--entry", b"\x1b[B\r"), NOTHING, ("Write these files?", b"y"))
    assert code == 0, seen
    assert "second:app" in (tmp_path / "Dockerfile").read_text()
    assert 'entry = "second:app"' in (tmp_path / ".dockgen.toml").read_text()


def test_an_edited_file_is_shown_and_kept_on_no(tmp_path: Path) -> None:
    project(tmp_path, main=APPLICATION)
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    code, seen = talk(tmp_path, NOTHING, ("Replace it?", b"n"))
    assert code == 3
    assert "-FROM mine" in seen
    assert (tmp_path / "Dockerfile").read_text() == "FROM mine\n"
    assert not (tmp_path / ".dockgen.toml").exists()


def test_ctrl_c_writes_nothing(tmp_path: Path) -> None:
    code, seen = talk(project(tmp_path, main=APPLICATION), NOTHING, ("Write these files?", b"\x03"))
    assert code in (0, 1), seen
    assert not (tmp_path / "Dockerfile").exists()


def test_of_several_folders_the_applications_are_ticked(tmp_path: Path) -> None:
    for name in ("blog", "chat", "hello"):
        (tmp_path / name).mkdir()
        project(tmp_path / name, main=APPLICATION)
    ticked = ("nothing says that they are one system", b" \x1b[B \r")  # the first, then the one below it
    code, seen = talk(tmp_path, ticked, NOTHING, ("Write these files?", b"y"))
    assert code == 0, seen
    assert sorted(p.parent.name for p in tmp_path.glob("*/Dockerfile")) == ["blog", "chat"]
    assert 'app = ["blog", "chat"]' in (tmp_path / ".dockgen.toml").read_text()


def test_asks_where_models_lie(tmp_path: Path) -> None:
    loads = "from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained('org/tiny')\n"
    project(tmp_path, main=APPLICATION + loads)
    (tmp_path / "requirements.txt").write_text("flask\ngunicorn\ntransformers\n")
    down = b"\x1b[B\r"
    code, seen = talk(tmp_path, ("org/tiny", down), NOTHING, ("Write these files?", b"y"))
    assert code == 0, seen
    assert 'models = "image"' in (tmp_path / ".dockgen.toml").read_text()
    assert "FROM base AS models" in (tmp_path / "Dockerfile").read_text()


def test_what_else_is_wanted_is_ticked_and_recorded(tmp_path: Path) -> None:
    project(tmp_path, main=APPLICATION)
    code, seen = talk(tmp_path, ("Write more?", b" \r"), ("Write these files?", b"y"))
    assert code == 0, seen
    assert (tmp_path / "compose.override.yaml").is_file()
    assert 'with = ["dev"]' in (tmp_path / ".dockgen.toml").read_text()


def test_what_else_is_wanted_is_asked_once(tmp_path: Path) -> None:
    project(tmp_path, main=APPLICATION)
    assert talk(tmp_path, NOTHING, ("Write these files?", b"y"))[0] == 0
    (tmp_path / "requirements.txt").write_text("flask\ngunicorn\nrich\n")
    code, seen = talk(tmp_path, ("Write these files?", b"y"))
    assert code == 0 and "Write more?" not in seen, seen
