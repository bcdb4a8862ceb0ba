"""Scripts that a program of their framework runs: the command, or the question which one it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide.processes import ProcessChoice, decide_processes
from dockgen.detect import detect
from dockgen.source import Source

CORE = "from shiny import App, ui\napp = App(ui.page_fluid(), None)\n"
EXPRESS = "from shiny.express import ui\nui.h1('x')\n"
NOTEBOOK = "import marimo\napp = marimo.App()\n@app.cell\ndef f(): ...\nif __name__ == '__main__':\n    app.run()\n"
REFLEX = "import reflex as rx\napp = rx.App()\n"


def chosen(tmp_path: Path, files: dict[str, str], **answers: object) -> ProcessChoice:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return decide_processes(detect(Source(tmp_path)), answers)


@pytest.mark.parametrize(
    ("files", "command", "health"),
    [
        ({"app.py": CORE, "requirements.txt": "shiny\n"}, "shiny run --host 0.0.0.0 --port 8000 app.py", None),
        ({"app.py": EXPRESS, "requirements.txt": "shiny\n"}, "shiny run --host 0.0.0.0 --port 8000 app.py", None),
        ({"letters.py": NOTEBOOK, "requirements.txt": "marimo\n"}, "marimo run letters.py --headless --host 0.0.0.0 --port 8080", "/health"),
        (
            {"a.py": NOTEBOOK, "b.py": NOTEBOOK, "requirements.txt": "marimo\n", "Procfile": "web: marimo run b.py --host 0.0.0.0 --port 7000\n"},
            "marimo run b.py --headless --host 0.0.0.0 --port 7000",
            "/health",
        ),
    ],
)  # fmt: skip
def test_command(tmp_path: Path, files: dict[str, str], command: str, health: str | None) -> None:
    (process,) = chosen(tmp_path, files).processes
    assert (" ".join(process.command), process.health_path, process.kind) == (command, health, "web")


def test_several_are_a_question(tmp_path: Path) -> None:
    files = {"core.py": CORE, "express.py": EXPRESS, "requirements.txt": "shiny\n"}
    choice = chosen(tmp_path, files)
    assert (choice.entry, choice.ambiguities[0].answer) == (None, "entry")
    assert choice.ambiguities[0].choices == ("core.py", "express.py")
    named = chosen(tmp_path, {}, entry="express.py")
    assert named.ambiguities == () and named.processes[0].command[-1] == "express.py"


def test_reflex_is_a_question_that_says_why(tmp_path: Path) -> None:
    files = {"shop/__init__.py": "", "shop/shop.py": REFLEX, "requirements.txt": "reflex\n"}
    (question,) = chosen(tmp_path, files).ambiguities
    assert question.answer == "start" and "node" in question.why


def test_a_module_that_only_helps_is_no_script(tmp_path: Path) -> None:
    files = {"app.py": CORE, "parts.py": "from shiny import ui\nx = ui.div()\n", "requirements.txt": "shiny\n"}
    assert chosen(tmp_path, files).ambiguities == ()
