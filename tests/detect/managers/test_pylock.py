"""PEP 751 lock files: which one counts, what production installs from it, and what it says of Python."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockgen.decide.install import choose_install
from dockgen.detect import detect
from dockgen.detect.managers import detect_manager
from dockgen.detect.python_version import python_constraints
from dockgen.errors import BrokenManifest, DockgenError
from dockgen.source import Source
from tests.detect.managers.test_locks import managed, production

HEAD = 'lock-version = "1.0"\ncreated-by = "uv"\n'


def package(name: str, wheel: str = "py3-none-any", marker: str = "", more: str = "") -> str:
    text = f'[[packages]]\nname = "{name}"\nversion = "1.0"\n'
    text += f'marker = "{marker}"\n' if marker else ""
    if wheel:
        text += f'wheels = [{{ url = "https://files.example/{name}-1.0-{wheel}.whl", hashes = {{ sha256 = "0" }} }}]\n'
    return text + more + "\n"


LOCK = HEAD + package("flask") + package("colorama", marker="sys_platform == 'win32'")


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["pylock.toml"], "pylock.toml"),
        (["pylock.toml", "pylock.dev.toml"], "pylock.toml"),
        (["pylock.toml", "pylock.production.toml"], "pylock.production.toml"),
        (["pylock.web.toml", "pylock.test.toml"], "pylock.web.toml"),
        (["pylock.dev.toml"], None),
        (["pylock.a.b.toml"], None),  # the name may hold no dot
    ],
)
def test_which_lock_counts(names: list[str], chosen: str | None, tmp_path: Path) -> None:
    result = managed(tmp_path, {**dict.fromkeys(names, LOCK), "app.py": ""})
    assert result.manager.lock_file == chosen
    assert not result.ambiguities


def test_several_locks_are_a_question(tmp_path: Path) -> None:
    files = {"pylock.api.toml": LOCK, "pylock.worker.toml": LOCK}
    result = managed(tmp_path, files)
    assert [(a.answer, a.choices) for a in result.ambiguities] == [("requirements", tuple(files))]
    assert detect_manager(Source(tmp_path), None, "pylock.worker.toml").manager.lock_file == "pylock.worker.toml"


def test_the_manager_is_what_wrote_it_and_a_tool_of_its_own_wins(tmp_path: Path) -> None:
    result = managed(tmp_path, {"pylock.toml": LOCK, "requirements.txt": "django\n"})
    assert (result.manager.name, result.manager.files) == ("uv", ("pylock.toml",))
    assert production(result) == {"flask"}  # nothing of Windows
    result = managed(tmp_path, {"pylock.toml": LOCK.replace('"uv"', '"somebody\'s"')})
    assert result.manager.name == "pip"
    result = managed(tmp_path, {"Pipfile": "", "Pipfile.lock": '{"default": {}}'})
    assert result.manager.lock_file == "Pipfile.lock"


def test_groups_and_extras_of_one_lock(tmp_path: Path) -> None:
    text = HEAD + 'extras = ["s3"]\ndependency-groups = ["main", "prod", "dev"]\ndefault-groups = ["main"]\n'
    text += package("flask", marker="'main' in dependency_groups") + package("boto3", marker="'s3' in extras")
    text += package("gunicorn", marker="'prod' in dependency_groups")
    text += package("pytest", marker="'dev' in dependency_groups")
    result = managed(tmp_path, {"pylock.toml": text})
    assert production(result) == {"flask", "gunicorn"}
    assert {d.name: d.group for d in result.dependencies if d.group} == {"boto3": "s3", "pytest": "dev"}
    install = choose_install(detect(Source(tmp_path)), ("uvicorn==1",))
    assert install is not None
    assert install.commands[1:] == (
        ("uv", "pip", "install", "--requirements", "pylock.toml", "--group", "main", "--group", "prod"),
        ("uv", "pip", "install", "uvicorn==1"),  # uv takes no requirement beside a lock
    )


def test_the_project_itself_in_the_lock_is_installed_and_told(tmp_path: Path) -> None:
    text = LOCK + '[[packages]]\nname = "shop"\ndirectory = { path = ".", editable = true }\n'
    manifest = '[project]\nname = "shop"\nversion = "1"\n[build-system]\nrequires = ["hatchling"]\n'
    files = {"pylock.toml": text, "pyproject.toml": manifest, "shop/__init__.py": ""}
    result = managed(tmp_path, files)
    assert any("every change of the code reinstalls" in w.message for w in result.warnings)
    install = choose_install(detect(Source(tmp_path)), ())
    assert install is not None
    assert [(m.source, m.target, m.writable) for m in install.mounts] == [(".", "/src", True)]
    assert install.commands[-1] == ("uv", "pip", "install", "--no-editable", "--requirements", "/src/pylock.toml")


def test_lines_and_wheels(tmp_path: Path) -> None:
    text = HEAD + package("flask") + package("numpy", wheel="cp312-cp312-manylinux_2_28_x86_64")
    numpy = {d.name: d for d in managed(tmp_path, {"pylock.toml": text}).dependencies}["numpy"]
    assert numpy.wheels == ("numpy-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",)
    assert numpy.has_sdist is False
    assert [e.line for e in numpy.evidence] == [text.split("\n").index('name = "numpy"')]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + package("numpy", wheel="cp312-cp312-macosx_14_0_arm64"), "no file of numpy for Linux"),
        (HEAD + "environments = [\"sys_platform == 'win32'\"]\n" + package("flask"), "other systems than Linux"),
        (HEAD + '[[packages]]\nname = "lib"\ndirectory = { path = "../lib" }\n', "the build cannot see"),
    ],
)
def test_what_fails_the_build_is_told(text: str, told: str, tmp_path: Path) -> None:
    assert any(told in w.message for w in managed(tmp_path, {"pylock.toml": text}).warnings)


def test_a_lock_that_lacks_what_the_manifest_requires_is_told(tmp_path: Path) -> None:
    manifest = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask", "redis"]\n'
    result = managed(tmp_path, {"pylock.toml": LOCK, "pyproject.toml": manifest})
    assert [w.message for w in result.warnings if "redis" in w.message]
    assert not [w.message for w in result.warnings if "flask" in w.message]


def test_python_of_the_lock(tmp_path: Path) -> None:
    text = (
        HEAD
        + "requires-python = \">=3.10\"\nenvironments = [\"python_version < '3.13' and sys_platform == 'linux'\"]\n"
    )
    (tmp_path / "pylock.toml").write_text(text)
    found = python_constraints(Source(tmp_path))[0]
    assert [(c.specifier, c.evidence.line) for c in found] == [(">=3.10", 3), (">=3.10,<3.13", 4)]


@pytest.mark.parametrize(
    "text", ["packages = []\n", 'lock-version = "2.0"\n', HEAD + "packages = 3\n", HEAD + "[[packages]]\n"]
)
def test_what_is_no_lock_is_an_error_with_its_place(text: str, tmp_path: Path) -> None:
    with pytest.raises(BrokenManifest) as error:
        managed(tmp_path, {"pylock.toml": text})
    assert error.value.file == "pylock.toml"


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(0, 3),
        st.sampled_from(["a", "", "'x' in extras", ".", "../b", "1.0", "flask"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "path", "url", "marker", "version", "hashes", "commit-id"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
KEYS = ["name", "version", "marker", "wheels", "sdist", "directory", "vcs", "archive", "dependencies", "index"]
TOP = ["environments", "requires-python", "extras", "dependency-groups", "default-groups", "created-by"]


@settings(max_examples=120)
@given(
    st.dictionaries(st.sampled_from(TOP), VALUES, max_size=4),
    st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES), max_size=3),
)
def test_any_table_is_a_fact_or_a_clear_error(top: dict[str, object], packages: list[dict[str, object]]) -> None:
    from dockgen.detect.managers.metadata import read_metadata
    from dockgen.detect.managers.pylock import read_pylock

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pylock.toml").write_text("")
        source = Source(Path(folder))
        source._toml["pylock.toml"] = {"lock-version": "1.0", **top, "packages": packages}
        try:
            read_pylock(source, read_metadata(source), "pylock.toml")
        except DockgenError as error:
            assert error.file == "pylock.toml"
