"""What builds the project's wheels, where it can be told without asking the back end."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockgen.detect.managers.backends import build_requirements
from dockgen.source import Source


def wanted(root: Path, *folders: str, **files: str) -> tuple[str, ...]:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_toml", ".toml").replace("_py", ".py").replace("_cfg", ".cfg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return build_requirements(Source(root), folders or (".",))


def system(requires: str, backend: str, more: str = "") -> str:
    return f'[build-system]\nrequires = [{requires}]\nbuild-backend = "{backend}"\n{more}'


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        (system('"hatchling >= 1.26"', "hatchling.build"), ("hatchling>=1.26",)),
        (system('"hatchling", "hatch-vcs"', "hatchling.build"), ("hatch-vcs", "hatchling")),
        (system('"poetry-core>=2,<3"', "poetry.core.masonry.api"), ("poetry-core<3,>=2",)),
        (system('"flit_core<4"', "flit_core.buildapi"), ("flit_core<4",)),
        (system('"pdm-backend"', "pdm.backend"), ("pdm-backend",)),
        (system('"setuptools>=61"', "setuptools.build_meta"), ("setuptools>=61",)),
        (system('"setuptools<70", "wheel"', "setuptools.build_meta"), ("setuptools<70", "wheel")),
    ],
)
def test_what_the_file_requires_is_all(tmp_path: Path, text: str, requirements: tuple[str, ...]) -> None:
    assert wanted(tmp_path, pyproject_toml=text) == requirements


@pytest.mark.parametrize(
    "text",
    [
        system('"hatchling"', "hatchling.build", '[tool.hatch.build.targets.wheel.hooks.custom]\ndependencies=["x"]\n'),
        system('"hatchling"', "hatchling.build", "[tool.hatch.build]\nrequire-runtime-dependencies = true\n"),
        system('"poetry-core"', "poetry.core.masonry.api", '[tool.poetry.build]\nscript = "b.py"\n'),
        system('"pdm-backend"', "pdm.backend", "[tool.pdm.build]\nrun-setuptools = true\n"),
        system('"setuptools<70"', "setuptools.build_meta"),
        system('"scikit-build-core"', "scikit_build_core.build"),
        system('"maturin"', "maturin"),
        system('"hatchling @ https://x.example/h.whl"', "hatchling.build"),
        system('"not a requirement!"', "hatchling.build"),
        system('"hatchling"', "hatchling.build", 'backend-path = ["."]\n'),
        system('"hatchling"', "hatchling.build", '[[tool.uv.index]]\nurl = "https://x.example/simple"\n'),
        system('"hatchling"', "hatchling.build", '[tool.uv]\nexclude-newer = "2026-01-01"\n'),
    ],
)
def test_a_back_end_that_may_ask_for_more_stays_isolated(tmp_path: Path, text: str) -> None:
    assert wanted(tmp_path, pyproject_toml=text) == ()


def test_setup_py_alone_is_setuptools(tmp_path: Path) -> None:
    assert wanted(tmp_path, setup_py="from setuptools import setup\nsetup(name='x')\n") == ("setuptools",)
    assert wanted(tmp_path, setup_cfg="[options]\nsetup_requires = pbr\n") == ()


def test_uv_builds_its_own_wheels(tmp_path: Path) -> None:
    assert wanted(tmp_path, pyproject_toml=system('"uv_build>=0.9"', "uv_build")) == ()


def test_members_are_built_by_the_same_tools_or_isolated(tmp_path: Path) -> None:
    same = {
        "pyproject_toml": system('"hatchling"', "hatchling.build"),
        "core__pyproject_toml": system('"hatchling"', "hatchling.build"),
        "other__pyproject_toml": system('"hatchling<2"', "hatchling.build"),
        "native__pyproject_toml": system('"uv_build"', "uv_build"),
    }
    assert wanted(tmp_path, "core", ".", **same) == ("hatchling",)
    assert wanted(tmp_path, "core", "native", **same) == ("hatchling", "uv_build")
    assert wanted(tmp_path, "core", "other", **same) == ()
    assert wanted(tmp_path, "core", "nowhere", **same) == ()


@given(st.binary(max_size=400))
@settings(max_examples=50, deadline=None)
def test_any_bytes_give_requirements_or_none(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text(system('"hatchling"', "hatchling.build"), "utf-8")
        Path(folder, "setup.cfg").write_bytes(content)
        assert build_requirements(Source(Path(folder)), (".",)) == ("hatchling",)
