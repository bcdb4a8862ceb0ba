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
  - openssl
  - graphviz
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
    assert [(f.value, f.evidence[0].line) for f in result.system] == [("ffmpeg", 6), ("graphviz", 9)]
    assert any("from PyPI" in w.message for w in result.warnings)


def test_what_only_channels_have_makes_it_conda(tmp_path: Path) -> None:
    """A program in a release of its own is what the project asks for, not Debian's."""
    text = ENVIRONMENT.replace("conda-forge::ffmpeg", "conda-forge::ffmpeg=4.4").replace("- openssl", "- r-ggplot2")
    result = managed(tmp_path, {"environment.yml": text})
    assert result.manager.channel_only == ("ffmpeg", "r-ggplot2")
    assert {d.name: d.source for d in result.dependencies} == {
        "numpy": "conda",
        "librosa": "conda",
        "flask": "index",
    }
    assert result.system == ()
    (warning,) = result.warnings
    assert "ffmpeg, r-ggplot2 come from conda's channels" in warning.message


@pytest.mark.parametrize("lock", ["conda-lock.yml", "conda-linux-64.lock"])
def test_condas_lock_counts_where_conda_installs(tmp_path: Path, lock: str) -> None:
    by_conda = managed(tmp_path, {"environment.yml": ENVIRONMENT + "  - samtools\n", lock: "version: 1\n"})
    assert (by_conda.manager.lock_file, by_conda.manager.files) == (lock, ("environment.yml", lock))
    from_pypi = managed(tmp_path, {"environment.yml": ENVIRONMENT})
    assert from_pypi.manager.lock_file is None
    assert any(lock in w.message and "not used" in w.message for w in from_pypi.warnings)


OWN = '[project]\nname = "maps"\nversion = "1"\ndependencies = ["httpx"]\n[build-system]\nrequires = ["hatchling"]\n'
OWN += 'build-backend = "hatchling.build"\n'


def test_the_project_itself_in_the_pip_section(tmp_path: Path) -> None:
    files = {"environment.yml": ENVIRONMENT + "      - -e .\n", "pyproject.toml": OWN, "maps/__init__.py": ""}
    result = managed(tmp_path, files, "conda")
    assert result.manager.packaged and result.manager.packages == ("maps",)
    assert "httpx" in production(result)
    whole = managed(tmp_path, {"environment.yml": files["environment.yml"] + "  - samtools\n"}, "conda")
    assert not whole.manager.packaged
    assert ("whole", "true") in whole.manager.export_hint


def test_pixis_own_sources_are_no_names_of_an_index(tmp_path: Path) -> None:
    """An index may have somebody else's package under the project's own name."""
    text = (
        "[workspace]\nname = 'maps'\n[pypi-dependencies]\nmaps = { path = '.', editable = true }\n"
        "core = { path = 'libs/core' }\ntool = { git = 'https://git.example/tool.git', rev = 'abc' }\n"
        "wheel-of = { url = 'https://x.example/w-1-py3-none-any.whl' }\nflask = { version = '>=3', extras = ['async'] }\n"
    )
    files = {"pixi.toml": text, "pyproject.toml": OWN, "maps/__init__.py": "", "libs/core/pyproject.toml": ""}
    result = managed(tmp_path, files, "pixi")
    assert result.manager.packaged and result.manager.local == ("libs/core",)
    found = {d.name: (d.source, d.location or d.specifier) for d in result.dependencies if not d.group}
    assert found == {
        "core": ("path", "libs/core"),
        "flask": ("index", ">=3"),
        "httpx": ("index", ""),
        "tool": ("git", "https://git.example/tool.git@abc"),
        "wheel-of": ("url", "https://x.example/w-1-py3-none-any.whl"),
    }


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


HATCHED = """\
[project]
name = "maps"
version = "1"
dependencies = ["flask"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[tool.pixi.workspace]
channels = ["conda-forge"]
platforms = ["linux-64"]
[tool.pixi.pypi-dependencies]
maps = { path = ".", editable = true }
"""


@pytest.mark.parametrize(
    ("more", "manager"),
    [({"pixi.lock": "version: 6\n"}, "pixi"), ({}, "hatch"),
     ({"pixi.lock": "version: 6\n", "requirements.txt": "flask==3.1.0\n"}, "pip")],
)  # fmt: skip
def test_the_lock_of_pixi_decides_where_nothing_else_is_pinned(
    tmp_path: Path, more: dict[str, str], manager: str
) -> None:
    result = managed(tmp_path, {"pyproject.toml": HATCHED, "maps/__init__.py": "", **more})
    assert result.manager.name == manager
    assert "flask" in production(result)
