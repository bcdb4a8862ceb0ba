"""Lock files: what is installed in production, from which files, and how sure that is."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockgen.detect.managers import Managed, detect_manager
from dockgen.detect.managers.poetry import pep440, python_range
from dockgen.errors import BrokenManifest, DockgenError, Usage
from dockgen.source import Source


def managed(root: Path, files: dict[str, str], answer: str | None = None) -> Managed:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return detect_manager(Source(root), answer)


def production(result: Managed) -> set[str]:
    return {d.name for d in result.dependencies if not d.group}


UV_PROJECT = """\
[project]
name = "Shop_Web"
version = "1"
requires-python = ">=3.11"
dependencies = [
    "fastapi[standard]>=0.115",
    "core",
]
[dependency-groups]
dev = ["pytest"]
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
[tool.uv.sources]
core = { workspace = true }
[tool.uv.workspace]
members = ["packages/*"]
exclude = ["packages/old"]
"""

UV_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.11"

[manifest]
members = ["core", "shop-web"]

[[package]]
name = "core"
version = "0.1"
source = { editable = "packages/core" }
dependencies = [{ name = "psycopg", version = "3.2", source = { registry = "https://index.example/simple" } }]

[[package]]
name = "shop-web"
version = "1"
source = { editable = "." }
dependencies = [
    { name = "core" },
    { name = "fastapi", extra = ["standard"] },
    { name = "own" },
]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "fastapi"
version = "0.115.0"
source = { registry = "https://index.example/simple" }
dependencies = [{ name = "typing-extensions" }, { name = "colorama", marker = "sys_platform == 'win32'" }]
sdist = { url = "https://files.example/fastapi-0.115.0.tar.gz", hash = "sha256:00" }
wheels = [{ url = "https://files.example/fastapi-0.115.0-py3-none-any.whl", hash = "sha256:00" }]

[package.optional-dependencies]
standard = [{ name = "uvicorn" }, { name = "tomli", marker = "python_full_version < '3.11'" }]
all = [{ name = "ujson" }]

[[package]]
name = "own"
version = "2"
source = { git = "https://token:s3cret@git.example/own?rev=v2#0123" }

[[package]]
name = "psycopg"
version = "3.2"
source = { registry = "https://index.example/simple" }
sdist = { url = "https://files.example/psycopg-3.2.tar.gz", hash = "sha256:00" }
""" + "".join(
    f'\n[[package]]\nname = "{name}"\nversion = "1"\nsource = {{ registry = "https://index.example/simple" }}\n'
    for name in ("colorama", "pytest", "tomli", "typing-extensions", "ujson", "uvicorn")
)

UV_TREE = {
    "pyproject.toml": UV_PROJECT,
    "uv.lock": UV_LOCK,
    "src/shop_web/__init__.py": "",
    "packages/core/pyproject.toml": '[project]\nname = "core"\ndependencies = ["psycopg"]\n'
    "[build-system]\nrequires = []\n",
    "packages/core/core/__init__.py": "",
    "packages/old/pyproject.toml": '[project]\nname = "old"\n',
}


def test_uv_closure_of_a_workspace(tmp_path: Path) -> None:
    result = managed(tmp_path, UV_TREE)
    manager = result.manager
    assert (manager.name, manager.lock_file, result.name.value) == ("uv", "uv.lock", "shop-web")
    assert manager.files == ("pyproject.toml", "uv.lock", "packages/core/pyproject.toml")
    assert manager.local == ("packages/core",)
    assert manager.packaged and manager.packages == ("shop_web",)
    assert production(result) == {"core", "fastapi", "own", "psycopg", "typing-extensions", "uvicorn"}
    assert {(d.name, d.group) for d in result.dependencies if d.group} == {("pytest", "dev")}
    fastapi = next(d for d in result.dependencies if d.name == "fastapi")
    assert fastapi.direct and fastapi.wheels == ("fastapi-0.115.0-py3-none-any.whl",) and fastapi.has_sdist
    assert [(e.file, e.line) for e in fastapi.evidence] == [("pyproject.toml", 6), ("uv.lock", 27)]
    psycopg = next(d for d in result.dependencies if d.name == "psycopg")
    assert not psycopg.direct and psycopg.wheels == () and psycopg.has_sdist
    own = next(d for d in result.dependencies if d.name == "own")
    assert own.source == "git" and "s3cret" not in repr(result)


def test_uv_members_apart_from_the_root_are_told(tmp_path: Path) -> None:
    lock = UV_LOCK.replace('    { name = "core" },\n', "")
    result = managed(tmp_path, {**UV_TREE, "uv.lock": lock})
    assert result.manager.local == ()
    assert {d.name: d.group for d in result.dependencies}["psycopg"] == "core"
    assert any("packages/core" in w.message for w in result.warnings)


def test_uv_paths_outside_of_the_project_are_told(tmp_path: Path) -> None:
    text = '[project]\nname = "a"\ndependencies = ["ml"]\n[tool.uv.sources]\nml = { path = "../ml" }\n'
    assert any("../ml" in w.message for w in managed(tmp_path, {"pyproject.toml": text}).warnings)


def test_uv_leaves_a_project_without_build_system_uninstalled(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "a"\ndependencies = []\n',
        "uv.lock": "version = 1\n",
        "a/__init__.py": "",
    }
    assert not managed(tmp_path, files).manager.packaged


def test_uv_package_false_wins_over_the_build_system(tmp_path: Path) -> None:
    text = (
        '[project]\nname = "a"\n'
        '[build-system]\nrequires = []\nbuild-backend = "hatchling.build"\n[tool.uv]\npackage = false\n'
    )
    assert not managed(
        tmp_path, {"pyproject.toml": text, "uv.lock": "version = 1\n", "a/__init__.py": ""}
    ).manager.packaged


POETRY_PROJECT = """\
[tool.poetry]
name = "shop"
packages = [{ include = "shop", from = "lib" }]
[tool.poetry.dependencies]
python = "^3.10"
django = "^5.0"
psycopg = { version = "^3.1", extras = ["binary"] }
sentry = { version = "*", optional = true }
own = { git = "https://me:s3cret@git.example/own.git", rev = "abc" }
[tool.poetry.group.dev.dependencies]
pytest = "*"
[tool.poetry.group.jobs.dependencies]
celery = "*"
[tool.poetry.group.later]
optional = true
[tool.poetry.group.later.dependencies]
extra-thing = "*"
[tool.poetry.extras]
monitoring = ["sentry"]
[tool.poetry.scripts]
shop = "shop.cli:main"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""


def poetry_package(name: str, version: str = "1.0", extra: str = "") -> str:
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
        f'files = [{{file = "{name}-{version}.tar.gz", hash = "sha256:0"}}]\n{extra}\n'
    )


POETRY_LOCK = (
    poetry_package("asgiref")
    + poetry_package("celery")
    + poetry_package("colorama")
    + poetry_package(
        "django",
        "5.1",
        '[package.dependencies]\nasgiref = ">=3"\ntzdata = {version = "*", markers = "sys_platform == \\"win32\\""}\n',
    )
    + poetry_package("extra-thing")
    + poetry_package(
        "own", "0", '[package.source]\ntype = "git"\nurl = "https://git.example/own.git"\nresolved_reference = "abc"\n'
    )
    + poetry_package(
        "psycopg",
        "3.1",
        '[package.dependencies]\npsycopg-binary = {version = "3.1", optional = true}\n'
        '[package.extras]\nbinary = ["psycopg-binary (==3.1)"]\n',
    )
    + poetry_package("psycopg-binary", "3.1")
    + poetry_package("pytest", "8", '[package.dependencies]\ncolorama = "*"\n')
    + poetry_package("sentry")
    + poetry_package("tzdata")
    + '[metadata]\nlock-version = "2.0"\npython-versions = "^3.10"\n'
)


def test_poetry_closure_groups_and_package(tmp_path: Path) -> None:
    result = managed(
        tmp_path, {"pyproject.toml": POETRY_PROJECT, "poetry.lock": POETRY_LOCK, "lib/shop/__init__.py": ""}
    )
    assert result.manager.packages == ("shop",) and result.manager.packaged
    assert result.manager.groups == ("jobs",)
    assert ("lock-version", "2.0") in result.manager.export_hint
    assert not result.manager.static_dependencies
    assert production(result) == {"asgiref", "celery", "django", "own", "psycopg", "psycopg-binary"}
    assert {(d.name, d.group) for d in result.dependencies if d.group} == {
        ("pytest", "dev"),
        ("colorama", "dev"),
        ("extra-thing", "later"),
        ("sentry", "monitoring"),
    }
    assert next(d for d in result.dependencies if d.name == "own").source == "git"
    assert [(s.name, s.target, s.evidence.line) for s in result.scripts] == [("shop", "shop.cli:main", 21)]
    assert "s3cret" not in repr(result)


def test_poetry_without_its_package_is_not_installed(tmp_path: Path) -> None:
    result = managed(tmp_path, {"pyproject.toml": POETRY_PROJECT, "main.py": ""})
    assert not result.manager.packaged
    assert any("lib/shop" in e.why for e in result.manager.evidence)


@pytest.mark.parametrize(
    ("poetry", "specifier"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^1", ">=1,<2"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("*", ""),
        ("1.2.*", "==1.2.*"),
        ("1.2.3", "==1.2.3"),
        (">=1.2, <2.0", ">=1.2,<2.0"),
        (">=1.2 <2", ">=1.2,<2"),
        ("==1.0", "==1.0"),
        ("~=1.4", "~=1.4"),
        ("^1.0,!=1.3", ">=1.0,<2,!=1.3"),
    ],
)
def test_poetry_constraints(poetry: str, specifier: str) -> None:
    assert pep440(poetry) == specifier


def test_poetry_alternatives_of_python() -> None:
    assert python_range("~2.7 || ^3.9") == ">=3.9"
    assert python_range("~3.9 || ~3.11") == ">=3.9,<3.12,!=3.10.*"


PDM_PROJECT = """\
[project]
name = "shop"
dependencies = ["flask[async]>=3"]
[tool.pdm]
distribution = false
[tool.pdm.dev-dependencies]
test = ["pytest"]
[build-system]
requires = ["pdm-backend"]
build-backend = "pdm.backend"
"""

PDM_LOCK = """\
[metadata]
groups = ["default", "test"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
[[package]]
name = "asgiref"
version = "3"
files = [{file = "asgiref-3-py3-none-any.whl", hash = "sha256:0"}]
[[package]]
name = "flask"
version = "3.1"
dependencies = ["werkzeug", "colorama; sys_platform == \\"win32\\""]
[[package]]
name = "flask"
version = "3.1"
extras = ["async"]
dependencies = ["asgiref", "flask==3.1"]
[[package]]
name = "werkzeug"
version = "3"
[[package]]
name = "colorama"
version = "1"
[[package]]
name = "pytest"
version = "8"
"""


def test_pdm_extras_groups_and_distribution(tmp_path: Path) -> None:
    result = managed(tmp_path, {"pyproject.toml": PDM_PROJECT, "pdm.lock": PDM_LOCK, "shop/__init__.py": ""})
    assert not result.manager.packaged
    assert ("inherit_metadata", "true") in result.manager.export_hint
    assert production(result) == {"asgiref", "flask", "werkzeug"}
    assert {d.name: d.group for d in result.dependencies}["pytest"] == "test"
    assert len([d for d in result.dependencies if d.name == "flask"]) == 1


PIPFILE = (
    '[packages]\nflask = "*"\nown = {git = "https://git.example/own.git", ref = "v1"}\n[dev-packages]\npytest = "*"\n'
)
PIPFILE_LOCK = {
    "_meta": {"requires": {"python_version": "3.12"}},
    "default": {
        "flask": {"version": "==3.1.0", "markers": "python_version >= '3.9'", "hashes": ["sha256:0"]},
        "own": {"git": "https://git.example/own.git", "ref": "abc"},
        "pywin32": {"version": "==306", "markers": "sys_platform == 'win32'"},
        "werkzeug": {"version": "==3.1.0"},
    },
    "develop": {"pytest": {"version": "==8"}},
}


def test_pipenv(tmp_path: Path) -> None:
    result = managed(tmp_path, {"Pipfile": PIPFILE, "Pipfile.lock": json.dumps(PIPFILE_LOCK, indent=4)})
    assert (result.manager.name, result.manager.lock_file) == ("pipenv", "Pipfile.lock")
    assert production(result) == {"flask", "own", "werkzeug"}
    flask = next(d for d in result.dependencies if d.name == "flask")
    assert flask.direct and flask.version == "3.1.0"
    assert [(e.file, e.line) for e in flask.evidence] == [("Pipfile", 2), ("Pipfile.lock", 8)]


# ---- which manager ------------------------------------------------------------------------------

PROJECT = '[project]\nname = "a"\nversion = "1"\ndependencies = ["flask"]\n'


def backend(name: str) -> str:
    return f'{PROJECT}[build-system]\nrequires = ["{name}"]\nbuild-backend = "{name}"\n'


PIXI = '[workspace]\nname = "p"\n[dependencies]\nnumpy = "*"\n'


@pytest.mark.parametrize(
    ("files", "name", "lock"),
    [
        ({"main.py": ""}, "none", None),
        ({"pyproject.toml": PROJECT}, "uv", None),
        ({"pyproject.toml": backend("hatchling.build")}, "hatch", None),
        ({"pyproject.toml": backend("flit_core.buildapi")}, "pip", None),
        ({"pyproject.toml": backend("setuptools.build_meta")}, "pip", None),
        ({"pyproject.toml": backend("uv_build")}, "uv", None),
        ({"pyproject.toml": backend("poetry.core.masonry.api")}, "poetry", None),
        ({"pyproject.toml": backend("hatchling.build"), "requirements.txt": "flask==3\n"}, "pip", None),
        ({"pyproject.toml": backend("hatchling.build"), "requirements.txt": "flask\n"}, "hatch", None),
        ({"pyproject.toml": PROJECT, "requirements.txt": "flask==3\n"}, "pip", None),
        ({"pyproject.toml": PROJECT, "requirements.txt": "black\npytest\n"}, "uv", None),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 100\n", "requirements.txt": "flask\n"}, "pip", None),
        ({"pyproject.toml": PROJECT, "requirements.txt": "flask\n", "uv.lock": "version = 1\n"}, "uv", "uv.lock"),
        ({"pyproject.toml": PROJECT + "[tool.pdm]\n"}, "pdm", None),
        ({"Pipfile": "[packages]\n", "requirements.txt": "flask\n"}, "pipenv", None),
        ({"setup.py": "from setuptools import setup\nsetup(name='a', install_requires=['flask'])\n"}, "pip", None),
        ({"environment.yml": "dependencies: [numpy]\n"}, "conda", None),
        ({"environment.yml": "dependencies: [numpy]\n", "requirements.txt": "numpy\n"}, "pip", None),
        ({"go.py": "# /// script\n# dependencies = ['httpx']\n# ///\n"}, "script", None),
        ({"pixi.toml": PIXI}, "pixi", None),
        ({"pixi.toml": PIXI, "pyproject.toml": backend("setuptools.build_meta")}, "pip", None),
        ({"pixi.toml": PIXI, "pyproject.toml": '[project]\nname = "a"\nversion = "1"\n'}, "pixi", None),
        ({"pixi.toml": PIXI, "pixi.lock": "version: 6\n"}, "pixi", "pixi.lock"),
        (
            {"environment.yml": "dependencies: [x]\n", "pyproject.toml": '[project]\nname = "a"\nversion = "1"\n'},
            "conda",
            None,
        ),
    ],
)
def test_which_manager(tmp_path: Path, files: dict[str, str], name: str, lock: str | None) -> None:
    manager = managed(tmp_path, files).manager
    assert (manager.name, manager.lock_file) == (name, lock)


def test_pixi_lock_says_the_versions(tmp_path: Path) -> None:
    lock = """\
version: 6
packages:
- conda: https://channel.example/conda-forge/win-64/numpy-1.0.0-py313_0.conda
- conda: https://channel.example/conda-forge/linux-64/numpy-2.5.1-py313h_0.conda
- conda: https://channel.example/conda-forge/noarch/scikit-learn-1.9.0-pyh_0.tar.bz2
- pypi: https://index.example/files/httpx-0.28.1-py3-none-any.whl
- conda: https://channel.example/conda-forge/noarch/numpy-base-9.9.9-pyh_0.conda
"""
    manifest = PIXI + 'scikit-learn = ">=1"\nrich = "*"\n[pypi-dependencies]\nhttpx = "*"\n'
    found = managed(tmp_path, {"pixi.toml": manifest, "pixi.lock": lock})
    assert {d.name: d.version for d in found.dependencies} == {
        "httpx": "0.28.1",
        "numpy": "2.5.1",
        "rich": None,
        "scikit-learn": "1.9.0",
    }


def test_two_locks_are_settled_by_the_manifest_or_asked(tmp_path: Path) -> None:
    locks = {"uv.lock": "version = 1\n", "poetry.lock": POETRY_LOCK}
    settled = managed(tmp_path / "a", {**locks, "pyproject.toml": POETRY_PROJECT})
    assert settled.manager.name == "poetry" and not settled.ambiguities
    asked = managed(tmp_path / "b", {**locks, "pyproject.toml": POETRY_PROJECT + "[tool.uv]\n"})
    assert [(a.answer, set(a.choices)) for a in asked.ambiguities] == [("manager", {"uv", "poetry"})]
    answered = managed(tmp_path / "c", {**locks, "pyproject.toml": POETRY_PROJECT + "[tool.uv]\n"}, "uv")
    assert answered.manager.name == "uv" and not answered.ambiguities


def test_an_answer_without_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Usage):
        managed(tmp_path, {"requirements.txt": "flask\n"}, "poetry")
    with pytest.raises(Usage):
        managed(tmp_path, {"requirements.txt": "flask\n"}, "rye")


# ---- strange input ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"pyproject.toml": "[project\n"}, 1),
        ({"pyproject.toml": "project = 3\n"}, 1),
        ({"pyproject.toml": '[project]\nname = "a"\ndependencies = "flask"\n'}, 3),
        ({"pyproject.toml": '[project]\nname = "a"\ndependencies = [\n  "flask",\n  "=bad=",\n]\n'}, 5),
        ({"Pipfile": "[packages]\nflask = 3\n"}, 2),
        ({"Pipfile": "[packages]\n", "Pipfile.lock": "{\n  3"}, 2),
        ({"uv.lock": "version = 1\n\npackage = 2\n", "pyproject.toml": PROJECT}, 3),
    ],
)
def test_a_broken_file_that_decides_is_named_with_its_line(tmp_path: Path, files: dict[str, str], line: int) -> None:
    with pytest.raises(BrokenManifest) as caught:
        managed(tmp_path, files)
    assert caught.value.line == line


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, 3, "", "x", [], ["x"], [[]], {}, {"x": 1}, [{}], [{"name": 3}], [{"name": "flask"}], True]
)


def damage(value: Any, choose: Any, depth: int = 0) -> Any:
    """The same structure with one part replaced."""
    if depth < 5 and isinstance(value, dict) and value and choose(st.integers(0, 4)):
        key = choose(st.sampled_from(sorted(value)))
        return {**value, key: damage(value[key], choose, depth + 1)}
    if depth < 5 and isinstance(value, list) and value and choose(st.integers(0, 4)):
        index = choose(st.integers(0, len(value) - 1))
        return [*value[:index], damage(value[index], choose, depth + 1), *value[index + 1 :]]
    return choose(JUNK)


CASES: dict[str, dict[str, str]] = {
    "uv.lock": UV_TREE,
    "poetry.lock": {"pyproject.toml": POETRY_PROJECT, "poetry.lock": POETRY_LOCK},
    "pdm.lock": {"pyproject.toml": PDM_PROJECT, "pdm.lock": PDM_LOCK},
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(CASES)), st.booleans(), st.data())
def test_a_damaged_lock_or_manifest_gives_a_result_or_a_typed_error(
    lock: str, manifest: bool, data: st.DataObject
) -> None:
    import tomli

    damaged = "pyproject.toml" if manifest else lock
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, content in CASES[lock].items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content, "utf-8")
        source = Source(root)
        # what the TOML reader would give: parsing itself has its own tests
        source._toml[damaged] = damage(copy.deepcopy(tomli.loads(CASES[lock][damaged])), data.draw)
        if not isinstance(source._toml[damaged], dict):
            source._toml[damaged] = {}
        try:
            result = detect_manager(source)
        except DockgenError as error:
            assert error.file
        else:
            assert result.manager.name in ("uv", "poetry", "pdm")


@settings(max_examples=100, deadline=None)
@given(st.data(), st.text(max_size=60))
def test_a_damaged_pipfile_gives_a_result_or_a_typed_error(data: st.DataObject, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lock = json.dumps(damage(PIPFILE_LOCK, data.draw), indent=4)
        pipfile = data.draw(st.sampled_from([PIPFILE, text, "[packages]\n" + text]))
        try:
            managed(Path(folder), {"Pipfile": pipfile.encode("utf-8", "replace").decode(), "Pipfile.lock": lock})
        except DockgenError as error:
            assert error.file in ("Pipfile", "Pipfile.lock")


def test_a_lock_without_what_the_code_imports_gives_way_to_the_requirements_that_have_it(tmp_path: Path) -> None:
    lock = json.dumps({"_meta": {"requires": {}}, "default": {"psutil": {"version": "==5.9.0"}}, "develop": {}})
    files = {"Pipfile": '[packages]\npsutil = "*"\n', "Pipfile.lock": lock, "app.py": "import flask\nimport psutil\n"}
    assert managed(tmp_path, files).manager.name == "pipenv"
    found = managed(tmp_path, {"requirements.txt": "flask==3.0.0\npsutil==5.9.0\n"})
    assert (found.manager.name, production(found)) == ("pip", {"flask", "psutil"})
    assert any("Pipfile.lock lacks flask" in w.message for w in found.warnings)
    # Neither has all: the lock file stays what it is.
    assert managed(tmp_path, {"requirements.txt": "flask==3.0.0\n"}).manager.name == "pipenv"
    # The code does without it: the same.
    files = {"requirements.txt": "psutil==5.9.0\nflask==3.0.0\n", "app.py": "import psutil\n"}
    assert managed(tmp_path, files).manager.name == "pipenv"


def test_groups_that_alone_bring_a_framework_of_the_code_are_installed(tmp_path: Path) -> None:
    text = UV_PROJECT.replace(
        'dev = ["pytest"]', 'dev = ["pytest", "django"]\ndjango = ["django"]\nbot = ["aiogram"]\nweb = ["fastapi"]'
    )
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "uv.lock").write_text(UV_LOCK)
    (tmp_path / "manage.py").write_text("import django\nimport fastapi\n")
    (tmp_path / "test_bot.py").write_text("import aiogram\n")
    assert detect_manager(Source(tmp_path)).manager.groups == ("django",)
