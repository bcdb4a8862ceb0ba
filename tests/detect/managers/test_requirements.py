"""Requirement files: pip's format as people write it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockgen.detect.managers import detect_manager
from dockgen.detect.managers.requirements import logical_lines, read_requirements
from dockgen.errors import DockgenError
from dockgen.source import Source

HASH = "--hash=sha256:" + "a" * 64


def tree(root: Path, files: dict[str, str | bytes]) -> Source:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Source(root)


def test_lines_join_at_a_backslash_and_keep_the_first_number() -> None:
    text = f"# head\nflask==3.1.0 \\\n    {HASH} \\\n    {HASH}\n\nredis==5.2.1  # cache\n"
    assert [number for number, _ in logical_lines(text)] == [2, 6]
    assert logical_lines(text)[1][1] == "redis==5.2.1"


def test_includes_are_followed_relative_to_the_file_and_cycles_end(tmp_path: Path) -> None:
    source = tree(
        tmp_path,
        {
            "requirements/prod.txt": "-r base.txt\n-c ../constraints.txt\ngunicorn\n",
            "requirements/base.txt": "--requirement=prod.txt\nDjango[argon2]>=5\n",
            "constraints.txt": "gunicorn==23.0.0\nnever==1\n",
        },
    )
    read = read_requirements(source, ("requirements/prod.txt",))
    assert read.files == ["requirements/prod.txt", "requirements/base.txt", "constraints.txt"]
    assert [(d.name, d.version, d.extras) for d in read.dependencies] == [
        ("django", None, ("argon2",)),
        ("gunicorn", "23.0.0", ()),
    ]
    assert [(e.file, e.line) for e in read.dependencies[1].evidence] == [
        ("requirements/prod.txt", 3),
        ("constraints.txt", 1),
    ]


def test_an_include_outside_of_the_project_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("stolen==1\n")
    source = tree(tmp_path / "project", {"requirements.txt": "-r ../secret.txt\n-r missing.txt\nflask\n"})
    read = read_requirements(source, ("requirements.txt",))
    assert [d.name for d in read.dependencies] == ["flask"]
    assert [w.evidence[0].line for w in read.warnings] == [1, 2]


@pytest.mark.parametrize(
    ("line", "name", "kind", "location"),
    [
        (
            "git+https://user:s3cret@git.example/acme/lib.git@v1#egg=acme-lib",
            "acme-lib",
            "git",
            "git+https://git.example/acme/lib.git@v1#egg=acme-lib",
        ),
        ("-e git+ssh://git@git.example/acme/tool.git", "tool", "git", "git+ssh://git@git.example/acme/tool.git"),
        ("acme @ git+https://${TOKEN}@git.example/acme.git@abc", "acme", "git", "git+https://git.example/acme.git@abc"),
        (
            "thing @ https://files.example/thing-1.0-py3-none-any.whl?token=s3cret",
            "thing",
            "url",
            "https://files.example/thing-1.0-py3-none-any.whl",
        ),
    ],
)
def test_direct_references_lose_their_credentials(
    tmp_path: Path, line: str, name: str, kind: str, location: str
) -> None:
    read = read_requirements(tree(tmp_path, {"requirements.txt": line}), ("requirements.txt",))
    (dependency,) = read.dependencies
    assert (dependency.name, dependency.source, dependency.location) == (name, kind, location)
    assert "s3cret" not in repr(read) and "TOKEN@" not in repr(read)


def test_index_urls_are_no_dependencies_and_are_not_kept(tmp_path: Path) -> None:
    text = "--index-url https://me:s3cret@index.example/simple\n-i https://x.example\n--extra-index-url=https://y.example\n--pre\nflask\n"
    managed = detect_manager(tree(tmp_path, {"requirements.txt": text}))
    assert [d.name for d in managed.dependencies] == ["flask"]
    assert "s3cret" not in repr(managed)


def test_the_project_itself_and_local_folders(tmp_path: Path) -> None:
    source = tree(
        tmp_path,
        {
            "requirements.txt": "-e .[web]\n./libs/core\nflask==3.1.0\n",
            "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            '[project]\nname = "shop"\nversion = "1"\ndependencies = ["redis"]\n'
            '[project.optional-dependencies]\nweb = ["uvicorn"]\n',
            "shop/__init__.py": "",
            "libs/core/pyproject.toml": '[project]\nname = "core"\n',
        },
    )
    managed = detect_manager(source)
    assert managed.manager.name == "pip"
    assert managed.manager.packaged and managed.manager.packages == ("shop",)
    assert managed.manager.local == ("libs/core",)
    assert {d.name for d in managed.dependencies if not d.group} == {"core", "flask", "redis", "uvicorn"}


def test_leftovers_of_the_authors_machine_are_told(tmp_path: Path) -> None:
    text = (
        "certifi @ file:///croot/certifi_1/work\npywin32==306\n"
        "pywinpty==2 ; sys_platform == 'win32'\npkg-resources==0.0.0\n=broken=\n"
    )
    managed = detect_manager(tree(tmp_path, {"requirements.txt": text}))
    assert {w.evidence[0].line for w in managed.warnings} == {1, 2, 4, 5}
    assert {d.name for d in managed.dependencies} == {"certifi", "pywinpty"}


@pytest.mark.parametrize(
    ("line", "name", "replacement"),
    [
        ("pywin32==306", "pywin32", ""),
        ("pyobjc-framework-Cocoa==9", "pyobjc-framework-cocoa", ""),
        ("pkg_resources==0.0.0", "pkg-resources", ""),
        ("distro-info===0.23ubuntu1", "distro-info", ""),
        ("ubuntu-thing==1.0+ubuntu0.20.4", "ubuntu-thing", ""),
        ("numpy @ file:///croot/numpy_1672336185480/work", "numpy", "numpy"),
        ("torch @ file:///home/me/torch-2.0.1-cp310-cp310-linux_x86_64.whl", "torch", "torch==2.0.1"),
        ("conda @ file:///croot/conda_1/work", "conda", ""),
        ("-e /home/me/shop", "shop", ""),
        ("-e c:\\users\\me\\shop", "shop", ""),
        ("-e git+https://github.com/me/own@abc#egg=own", "own", ""),
    ],
)
def test_a_leftover_is_dropped_or_mapped(tmp_path: Path, line: str, name: str, replacement: str) -> None:
    source = tree(tmp_path, {"requirements.txt": f"flask==3.1.0\n{line}\n", "setup.cfg": "[metadata]\nname = own\n"})
    managed = detect_manager(source)
    (found,) = managed.manager.leftovers
    assert (found.name, found.replacement, found.evidence[0].line) == (name, replacement, 2)
    assert (name in {d.name for d in managed.dependencies}) == bool(replacement)


@pytest.mark.parametrize(
    "line",
    [
        "pywin32-ctypes==0.2",
        "pywin32==306; sys_platform == 'win32'",
        "lib @ file:./wheels/lib-1.0-py3-none-any.whl",
        "-e git+https://github.com/me/other@abc#egg=other",
        "torch==2.3.0+cu121",
    ],
)
def test_an_ordinary_line_is_no_leftover(tmp_path: Path, line: str) -> None:
    source = tree(tmp_path, {"requirements.txt": f"{line}\n", "wheels/lib-1.0-py3-none-any.whl": b""})
    assert not detect_manager(source).manager.leftovers


def test_utf16_and_marks(tmp_path: Path) -> None:
    source = tree(tmp_path, {"requirements.txt": "flask==3.1.0\r\nredis==5.2.1\r\n".encode("utf-16")})
    assert [(d.name, d.version) for d in detect_manager(source).dependencies] == [
        ("flask", "3.1.0"),
        ("redis", "5.2.1"),
    ]


@pytest.mark.parametrize(
    ("files", "lock", "hashed"),
    [
        ({"requirements.txt": "flask==3.1.0\n"}, None, False),
        ({"requirements.txt": "flask==3.1.0\n", "requirements.in": "flask\n"}, "requirements.txt", False),
        (
            {"requirements.txt": "#\n# This file is autogenerated by pip-compile with Python 3.12\nflask==3.1.0\n"},
            "requirements.txt",
            False,
        ),
        ({"requirements.txt": f"flask==3.1.0 {HASH}\n"}, "requirements.txt", True),
        (
            {"requirements.txt": f"flask==3.1.0 {HASH}\nlib @ git+https://git.example/lib.git@{'b' * 40}\n"},
            "requirements.txt",
            False,
        ),
        ({"requirements.txt": "flask>=3\n", "requirements.in": "flask\n"}, None, False),
    ],
)
def test_what_counts_as_a_lock(tmp_path: Path, files: dict[str, str | bytes], lock: str | None, hashed: bool) -> None:
    manager = detect_manager(tree(tmp_path, files)).manager
    assert (manager.lock_file, manager.hashed) == (lock, hashed)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["requirements.txt", "requirements-dev.txt"], "requirements.txt"),
        (["requirements/base.txt", "requirements/dev.txt", "requirements/prod.txt"], "requirements/prod.txt"),
        (["requirements/look", "requirements/test"], "requirements/look"),
        (["app/requirements.txt", "docs/requirements.txt"], "app/requirements.txt"),
        (["requirements.in"], "requirements.in"),
        (["dev-requirements.txt", "prod-requirements.txt"], "prod-requirements.txt"),
    ],
)
def test_the_production_file(tmp_path: Path, names: list[str], chosen: str) -> None:
    manager = detect_manager(tree(tmp_path, dict.fromkeys(names, "flask\n"))).manager
    assert manager.requirements == (chosen,)


def test_a_production_file_that_includes_the_general_one_wins(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "requirements.txt": "flask\n",
        "requirements-prod.txt": "-r requirements.txt\ngunicorn\n",
    }
    managed = detect_manager(tree(tmp_path, files))
    assert managed.manager.files == ("requirements-prod.txt", "requirements.txt")
    assert {d.name for d in managed.dependencies} == {"flask", "gunicorn"}


def test_a_general_file_that_includes_the_developers_one_gives_way(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "requirements.txt": "-r requirements/local.txt\n",
        "requirements/local.txt": "-r production.txt\nipdb\n",
        "requirements/production.txt": "django==5.2\n",
    }
    managed = detect_manager(tree(tmp_path, files))
    assert managed.manager.requirements == ("requirements/production.txt",)
    assert {(d.name, d.group) for d in managed.dependencies} == {("django", ""), ("ipdb", "local")}


def test_a_requirements_file_that_does_not_decide_is_told(tmp_path: Path) -> None:
    project = '[project]\nname = "a"\ndependencies = ["flask", "httpx", "redis"]\n'
    managed = detect_manager(tree(tmp_path, {"pyproject.toml": project, "requirements.txt": "flask\nuvicorn\n"}))
    assert managed.manager.name == "uv"
    assert any("uvicorn" in w.message and w.evidence[0].file == "requirements.txt" for w in managed.warnings)


def test_developers_files_are_a_group_and_not_installed(tmp_path: Path) -> None:
    managed = detect_manager(
        tree(tmp_path, {"requirements.txt": "flask\n", "requirements-dev.txt": "-r requirements.txt\npytest\n"})
    )
    assert managed.manager.files == ("requirements.txt",)
    assert {(d.name, d.group) for d in managed.dependencies} == {("flask", ""), ("pytest", "dev")}


PIECES = st.sampled_from(
    [
        "-r ",
        "-c",
        "-e ",
        ".",
        "flask",
        "==",
        "1.0",
        " ; ",
        "python_version<'3'",
        " @ ",
        "git+https://",
        "h/x",
        "#egg=",
        "[a]",
        "\\\n",
        "\n",
        " --hash=",
        "${X}",
        "requirements.txt",
        "file:///",
        "'",
        "\x00",
        "é",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=200))
def test_any_text_gives_a_result_or_a_typed_error(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = tree(Path(folder), {"requirements.txt": text.encode("utf-8", "surrogatepass")})
        run(lambda: detect_manager(source))


def run(call: Callable[[], object]) -> None:
    try:
        call()
    except DockgenError as error:
        assert error.file


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("flask\n", True),
        ("flask>=3\nredis==5.2.1\n", True),
        ("flask==3.1.0\n", False),
        ("--index-url https://x.example/simple\nflask\n", True),
        ("--extra-index-url https://x.example/simple\nflask\n", False),
        ("--pre\nflask\n", False),
        ("-e git+https://git.example/x.git#egg=x\nflask\n", False),
    ],
)
def test_versions_left_open_in_a_file_that_uv_reads_as_pip_does(tmp_path: Path, text: str, loose: bool) -> None:
    assert detect_manager(tree(tmp_path, {"requirements.txt": text})).manager.loose is loose
    assert not detect_manager(tree(tmp_path, {"requirements.txt": text.encode("utf-16")})).manager.loose
