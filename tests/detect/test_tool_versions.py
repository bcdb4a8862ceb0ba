"""The version of a program that the project's code starts is the one that its own files name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.detect.tool_versions import tool_versions
from dockgen.source import Source

LOCK = '[[tools.python]]\nversion = "3.14.7"\n[[tools.uv]]\nversion = "0.12.5"\nbackend = "asdf:uv"\n'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"mise.lock": LOCK, "mise.toml": '[tools]\nuv = "latest"\n'}, [("uv==0.12.5", "mise.lock", 3)]),
        ({"mise.toml": '[tools]\nuv = "0.11"\n'}, [("uv==0.11.*", "mise.toml", 2)]),
        ({"mise.toml": '[tools]\nuv = { version = "0.11.2" }\n'}, [("uv==0.11.2", "mise.toml", 2)]),
        ({"mise.toml": '[tools]\nuv = "latest"\n'}, []),
        ({".tool-versions": "# c\npython 3.13.1\nuv 0.10.3 # c\n"}, [("uv==0.10.3", ".tool-versions", 3)]),
        ({"mise.toml": "[tools\n"}, []),
    ],
)
def test_versions(tmp_path: Path, files: dict[str, str], expected: list[tuple[str, str, int]]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = tool_versions(Source(tmp_path), ("uv",))
    assert [(f.value, f.evidence[0].file, f.evidence[0].line) for f in found] == expected


def test_the_image_gets_that_version(tmp_path: Path) -> None:
    (tmp_path / "mise.lock").write_text(LOCK)
    (tmp_path / "main.py").write_text("import subprocess\nsubprocess.run(['uv', '--version'])\n")
    made = decide(detect(Source(tmp_path)), {})
    assert made.install and "uv==0.12.5" in made.install.commands[-1]
