"""Import packages that a build of the project includes, and what else its own metadata says."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.managers import Managed, detect_manager
from dockgen.source import Source

HEAD = '[project]\nname = "my-shop"\nversion = "1"\n'


def build(backend: str, more: str = "", requires: str = "x") -> str:
    return f'{HEAD}[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n{more}'


def managed(root: Path, files: dict[str, str]) -> Managed:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return detect_manager(Source(root))


@pytest.mark.parametrize(
    ("manifest", "files", "packages"),
    [
        (build("hatchling.build"), ["my_shop/__init__.py"], ("my_shop",)),
        (build("hatchling.build"), ["src/my_shop/__init__.py"], ("my_shop",)),
        (build("hatchling.build"), ["app/__init__.py"], ()),
        (build("hatchling.build"), ["acme/my_shop/__init__.py"], ("acme",)),
        (
            build("hatchling.build", '[tool.hatch.build.targets.wheel]\npackages = ["src/app", "lib"]\n'),
            ["src/app/a.py", "lib/b.py"],
            ("app", "lib"),
        ),
        (build("hatchling.build", '[tool.hatch.build.targets.wheel]\npackages = ["gone"]\n'), ["app/a.py"], ()),
        (build("flit_core.buildapi"), ["my_shop.py"], ("my_shop",)),
        (build("flit_core.buildapi", '[tool.flit.module]\nname = "shop"\n'), ["src/shop/__init__.py"], ("shop",)),
        (build("uv_build"), ["src/my_shop/__init__.py"], ("my_shop",)),
        (build("uv_build"), ["my_shop/__init__.py"], ()),
        (
            build("uv_build", '[tool.uv.build-backend]\nmodule-root = ""\nmodule-name = "shop"\n'),
            ["shop/__init__.py"],
            ("shop",),
        ),
        (build("poetry.core.masonry.api"), ["my_shop/__init__.py"], ("my_shop",)),
        (build("pdm.backend"), ["src/a/__init__.py", "src/b/__init__.py"], ("a", "b")),
        (build("setuptools.build_meta"), ["my_shop/__init__.py", "tests/test_a.py", "docs/conf.py"], ("my_shop",)),
        (build("setuptools.build_meta"), ["one/__init__.py", "two/__init__.py"], ()),
        (build("setuptools.build_meta"), ["src/one/__init__.py", "src/two/__init__.py"], ("one", "two")),
        (
            build("setuptools.build_meta", '[tool.setuptools]\npackages = ["one", "two.sub"]\n'),
            ["one/a.py", "two/sub/a.py"],
            ("one", "two"),
        ),
        (
            build("setuptools.build_meta", '[tool.setuptools.packages.find]\ninclude = ["on*"]\n'),
            ["one/__init__.py", "two/__init__.py"],
            ("one",),
        ),
        (build("setuptools.build_meta", '[tool.setuptools]\npy-modules = ["app"]\n'), ["app.py", "b.py"], ("app",)),
        (build("setuptools.build_meta"), ["main.py", "setup.py"], ("main",)),
        (build("maturin"), ["src/lib.rs"], ("my_shop",)),
    ],
)
def test_packages(tmp_path: Path, manifest: str, files: list[str], packages: tuple[str, ...]) -> None:
    manager = managed(tmp_path, {"pyproject.toml": manifest, **dict.fromkeys(files, "")}).manager
    assert manager.packages == packages
    assert manager.packaged is bool(packages)


SETUP = """\
from setuptools import setup, find_packages
NAME = "Old.Shop"
BASE = ["flask>=2"]
setup(
    name=NAME,
    python_requires=">=3.9",
    packages=find_packages("src", exclude=["tests"]),
    package_dir={"": "src"},
    install_requires=BASE + ["redis"],
    extras_require={"test": ["pytest"]},
    entry_points={"console_scripts": ["shop = shop.cli:main"], "gui_scripts": ["g = shop:gui"]},
    use_scm_version=True,
)
"""


def test_setup_py_is_read_and_not_run(tmp_path: Path) -> None:
    result = managed(tmp_path, {"setup.py": SETUP + "raise SystemExit\n", "src/shop/__init__.py": ""})
    manager = result.manager
    assert (manager.name, result.name.value, result.name.evidence[0].line) == ("pip", "old-shop", 5)
    assert manager.packages == ("shop",) and manager.requires_python == ">=3.9"
    assert manager.dynamic_version == "setuptools-scm" and not manager.static_dependencies
    assert [(d.name, d.group, d.evidence[0].line) for d in result.dependencies] == [
        ("flask", "", 3),
        ("redis", "", 9),
        ("pytest", "test", 10),
    ]
    assert [(s.name, s.target) for s in result.scripts] == [("shop", "shop.cli:main")]


def test_console_scripts_whose_names_are_formatted(tmp_path: Path) -> None:
    scripts = """["{0}-api = {0}.cmd:api".format(N), "{}-db = {}.cmd:db".format(N, N), f"{N}-x = {N}.cmd:x",
        "{n}-y = {n}.cmd:y".format(n=N)]"""
    text = f"from setuptools import setup\nN = 'shop'\nsetup(name=N, entry_points={{'console_scripts': {scripts}}})\n"
    found = managed(tmp_path, {"setup.py": text}).scripts
    assert {(s.name, s.target) for s in found} == {(f"shop-{n}", f"shop.cmd:{n}") for n in ("api", "db", "x", "y")}
    computed = text.replace("N = 'shop'", "N = name()").replace("name=N", "name='shop'")
    assert not managed(tmp_path, {"setup.py": computed}).scripts


def test_setup_cfg(tmp_path: Path) -> None:
    text = (
        "[metadata]\nname = shop\n[options]\npackages = find:\ninstall_requires =\n    flask\n    redis>=4  # cache\n"
        "[options.entry_points]\nconsole_scripts =\n    shop = shop.cli:main\n"
    )
    result = managed(
        tmp_path, {"setup.cfg": text, "setup.py": "import setuptools\nsetuptools.setup()\n", "shop/__init__.py": ""}
    )
    assert [(d.name, d.evidence[0].line) for d in result.dependencies] == [("flask", 6), ("redis", 7)]
    assert result.manager.packages == ("shop",)
    assert [(s.name, s.evidence.line) for s in result.scripts] == [("shop", 10)]


def test_tools_settings_in_setup_cfg_are_no_distribution(tmp_path: Path) -> None:
    assert managed(tmp_path, {"setup.cfg": "[flake8]\nmax-line-length = 100\n", "app.py": ""}).manager.name == "none"


@pytest.mark.parametrize(
    ("manifest", "tool"),
    [
        (build("setuptools.build_meta", "[tool.setuptools_scm]\n", "setuptools-scm>=8"), "setuptools-scm"),
        (build("hatchling.build", '[tool.hatch.version]\nsource = "vcs"\n', "hatch-vcs"), "hatch-vcs"),
        (build("hatchling.build", '[tool.hatch.version]\npath = "a.py"\n'), None),
        (build("pdm.backend", '[tool.pdm.version]\nsource = "scm"\n'), "pdm-backend"),
        (
            build("poetry_dynamic_versioning.backend", "[tool.poetry-dynamic-versioning]\nenable = true\n"),
            "poetry-dynamic-versioning",
        ),
        (build("setuptools.build_meta", "[tool.versioningit]\n", "versioningit"), "versioningit"),
        (build("setuptools.build_meta"), None),
    ],
)
def test_versions_that_come_from_git(tmp_path: Path, manifest: str, tool: str | None) -> None:
    assert managed(tmp_path, {"pyproject.toml": manifest}).manager.dynamic_version == tool
