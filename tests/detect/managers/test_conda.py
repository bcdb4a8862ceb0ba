"""conda and pixi: what an index of Python packages has, and what it has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.python_version import python_constraints
from dockgen.source import Source
from tests.detect.managers.test_locks import managed, production

ENVIRONMENT = """\
name: maps
channels: [conda-forge]
dependencies:
  - python=3.11
  - numpy=1.26
  - conda-forge::ffmpeg
  - libgdal>=3
  - r-base
  - r-ggplot2
  - librosa
  - pip:
      - flask==3.1.0
"""


def test_what_is_no_python_package_is_not_asked_of_an_index(tmp_path: Path) -> None:
    """An index may have somebody else's package under such a name."""
    result = managed(tmp_path, {"environment.yml": ENVIRONMENT})
    assert production(result) == {"numpy", "librosa", "flask"}
    (warning,) = [w for w in result.warnings if "no Python package" in w.message]
    assert [e.line for e in warning.evidence] == [6, 7, 8, 9]
    assert "ffmpeg (Debian: ffmpeg)" in warning.message


@pytest.mark.parametrize("prefix", ["", "tool.pixi."])
def test_pixi_tells_conda_from_pypi(tmp_path: Path, prefix: str) -> None:
    text = (
        f'[{prefix}workspace]\nname = "maps"\n[{prefix}dependencies]\npython = "3.12.*"\ncompilers = "*"\nnumpy = "*"\n'
    )
    text += f'[{prefix}pypi-dependencies]\nflask = "*"\n'
    result = managed(tmp_path, {"pyproject.toml" if prefix else "pixi.toml": text})
    assert production(result) == {"numpy", "flask"}
    assert [w.evidence[0].line for w in result.warnings if "compilers" in w.message] == [5]


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ('"3.12.*"', ("pin", "3.12")),
        ('"3.12"', ("pin", "3.12")),
        ('"==3.11.4"', ("pin", "3.11.4")),
        ('{ version = ">=3.10,<3.13" }', ("range", ">=3.10,<3.13")),
        ('"*"', None),
    ],
)
def test_python_of_pixi(tmp_path: Path, python: str, said: tuple[str, str] | None) -> None:
    (tmp_path / "pixi.toml").write_text(f"[dependencies]\npython = {python}\n")
    found = python_constraints(Source(tmp_path))[0]
    assert [((c.kind, c.specifier), c.evidence.line) for c in found] == ([(said, 2)] if said else [])
