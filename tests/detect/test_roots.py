"""Folders of a tree that may hold applications, what they share, and what links them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.roots import closure, find_roots, outside
from dockgen.errors import Usage
from dockgen.facts import Roots
from dockgen.source import Source

WEB = "import flask\n\napp = flask.Flask(__name__)\n"


def tree(root: Path, files: dict[str, str]) -> Source:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Source(root)


def folders(found: Roots | None) -> list[str]:
    return [root.folder for root in found.roots] if found else []


def project(name: str, *needs: str, more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "1"\ndependencies = {list(needs)!r}\n{more}'.replace("'", '"')


def test_a_root_that_says_what_to_install_is_one_project(tmp_path: Path) -> None:
    source = tree(tmp_path, {"requirements.txt": "flask\n", "a/requirements.txt": "flask\n", "a/app.py": WEB})
    assert find_roots(source) is None


def test_a_root_of_tools_alone_decides_nothing(tmp_path: Path) -> None:
    files = {"pyproject.toml": "[tool.ruff]\nline-length = 99\n", "requirements-dev.txt": "pytest\n"}
    files |= {"api/requirements.txt": "flask\n", "api/app.py": WEB, "worker/pyproject.toml": project("worker")}
    found = find_roots(tree(tmp_path, files | {"worker/main.py": "print()\n"}))
    assert folders(found) == ["api", "worker"]
    assert found is not None and found.linked[0].why == "api and worker are names of parts"


def test_nested_manifests_belong_to_the_outer_folder_and_examples_to_none(tmp_path: Path) -> None:
    files = {f"{f}/requirements.txt": "flask\n" for f in ("a", "a/vendored", "examples/one", "b")}
    found = find_roots(tree(tmp_path, files | {f.replace("requirements.txt", "app.py"): WEB for f in files}))
    assert folders(found) == ["a", "b"]
    assert found is not None and not found.linked


def test_members_of_a_uv_workspace_and_what_they_share(tmp_path: Path) -> None:
    uses = "[tool.uv.sources]\ncore = { workspace = true }\n"
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["apps/*", "libs/*"]\nexclude = ["apps/old"]\n',
        "uv.lock": "version = 1\n",
        "apps/api/pyproject.toml": project("api", "core", "flask", more=uses),
        "apps/api/app.py": WEB,
        "apps/old/pyproject.toml": project("old"),
        "libs/core/pyproject.toml": project("core", "base"),
        "libs/core/core.py": "",
        "libs/base/pyproject.toml": project("base"),
        "libs/base/base.py": "",
    }
    found = find_roots(tree(tmp_path, files))
    assert found is not None
    api = next(root for root in found.roots if root.folder == "apps/api")
    assert (api.shared, api.context) == (("libs/base", "libs/core"), ".")
    assert folders(found) == ["apps/api", "libs/base", "libs/core"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", project("api", "lib @ file:///${PROJECT_ROOT}/../lib")),
        ("pyproject.toml", '[tool.poetry]\nname = "api"\n[tool.poetry.dependencies]\nlib = { path = "../lib", develop = true }\n'),
        ("pyproject.toml", project("api", "lib", more='[tool.uv.sources]\nlib = { path = "../lib" }\n')),
        ("requirements.txt", "flask\n-e ../lib\n"),
        ("requirements.txt", "lib @ file:../lib\n"),
        ("requirements.txt", "../lib[extra] ; python_version > '3'\n"),
        ("Pipfile", '[packages]\nlib = { path = "../lib", editable = true }\n'),
    ],
)  # fmt: skip
def test_every_way_to_depend_on_a_folder_beside(name: str, text: str, tmp_path: Path) -> None:
    files = {f"api/{name}": text, "api/app.py": WEB, "lib/pyproject.toml": project("lib"), "lib/lib.py": ""}
    source = tree(tmp_path, files)
    assert closure(source, "api") == (("lib",), ())
    found = find_roots(source)
    assert found is not None and next(r for r in found.roots if r.folder == "api").context == "."
    # From the folder alone it cannot be built: the question names the command that can.
    alone = outside(Source(tmp_path / "api"))
    assert alone is not None and alone.command == "dockgen init .. --app api"


def test_a_member_alone_names_the_workspace_above(tmp_path: Path) -> None:
    uses = "[tool.uv.sources]\ncore = { workspace = true }\n"
    tree(tmp_path, {"uv.lock": "", "apps/api/pyproject.toml": project("api", "core", more=uses)})
    alone = outside(Source(tmp_path / "apps/api"))
    assert alone is not None and alone.command == "dockgen init ../.. --app apps/api"


def test_a_compose_file_that_builds_the_folders_links_them(tmp_path: Path) -> None:
    files = {f"{f}/requirements.txt": "flask\n" for f in ("one", "two")} | {f"{f}/app.py": WEB for f in ("one", "two")}
    files["docker-compose.yml"] = (
        "services:\n  x: {build: ./one}\n  y: {build: {context: ., dockerfile: two/Dockerfile}}\n"
    )
    found = find_roots(tree(tmp_path, files))
    assert found is not None and found.linked[0].why == "it builds one and two"


def test_a_folder_that_is_named_and_not_there(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="no such folder"):
        find_roots(tree(tmp_path, {"app.py": WEB}), ("nowhere",))


def test_a_view_sees_its_folder_and_what_it_shares(tmp_path: Path) -> None:
    files = {"a/app.py": WEB, "lib/lib.py": "x = 1\n", "lib/notes.txt": "", "other/o.py": ""}
    source = tree(tmp_path, files)
    view = Source.view(source, "a", ("lib",))
    assert view.files == ("../lib/lib.py", "app.py")
    assert view.text("../lib/lib.py") == "x = 1\n"
    assert view.tree("../lib/lib.py") is source.tree("lib/lib.py")
    assert view.inside("", "../lib") == "../lib"
    assert view.inside("", "../other") is None


def test_names_of_parts_among_many_others_link_nothing(tmp_path: Path) -> None:
    names = ("chat", "jwt", "oidc", "otel", "piccolo-admin", "testing-api")
    files = {f"{f}/requirements.txt": "flask\n" for f in names} | {f"{f}/app.py": WEB for f in names}
    found = find_roots(tree(tmp_path, files))
    assert found is not None and len(found.roots) == 6 and not found.linked
