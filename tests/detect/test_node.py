"""Node front ends: which build belongs to the Python part, how it installs and where it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockgen.detect.node import detect_node
from dockgen.detect.node_scripts import chosen_scripts, commands
from dockgen.facts import Dependency, NodeFrontend, Warning
from dockgen.knowledge import table
from dockgen.source import Source

BUNDLERS = frozenset(p for name, row in table("node")["bundlers"].items() for p in row.get("packages", [name]))
VITE = {"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}


def _angular(path: object) -> str:
    return json.dumps({"projects": {"shop": {"architect": {"build": {"options": {"outputPath": path}}}}}})


def read(root: Path, files: dict[str, Any], *dependencies: str) -> tuple[NodeFrontend | None, tuple[Warning, ...]]:
    """What is detected in a project of these files; what is no text is written as JSON."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return detect_node(Source(root), [Dependency(name) for name in dependencies])


def frontend(root: Path, files: dict[str, Any], *dependencies: str) -> NodeFrontend:
    found, _ = read(root, files, *dependencies)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("script", "configuration", "outputs"),
    [
        ("vite build", {}, ("dist",)),
        ("vite build --outDir shop/static", {}, ("shop/static",)),
        (
            "vue-tsc && vite build",
            {"vite.config.ts": 'export default {build: {outDir: "static/app"}}'},
            ("static/app",),
        ),
        ("vite build", {"vite.config.js": "export default {root: 'web', build: {outDir: '../static'}}"}, ("static",)),
        ("vite build", {"vite.config.js": "export default {root: 'web'}"}, ("web/dist",)),
        ("vite build", {"vite.config.js": "export default {build: {outDir: resolve(__dirname, 'a', 'b')}}"}, ("a/b",)),
        ("vite build", {"vite.config.js": "// outDir: 'old'\nexport default {}"}, ("dist",)),
        ("vite build", {"vite.config.js": "export default {build: {outDir: process.env.OUT}}"}, ()),
        ("vite build", {"vite.config.js": "export default {build: {outDir: '../../elsewhere'}}"}, ()),
        (
            "webpack --mode production",
            {"webpack.config.js": "output: {path: path.resolve(__dirname, './static')}"},
            ("static",),
        ),
        ("webpack", {"webpack.config.js": "output: {path: config.out}"}, ()),
        ("rollup -c", {"rollup.config.mjs": "output: {dir: 'static/js'}"}, ("static/js",)),
        ("esbuild assets/app.js --bundle --outfile=static/app.js", {}, ("static",)),
        ("tailwindcss -i in.css -o ./static/css/out.css --minify", {}, ("static/css",)),
        ("sass scss/a.scss:static/a.css", {}, ("static",)),
        ("react-scripts build", {}, ("build",)),
        ("rm -rf static && parcel build src/index.html --dist-dir static", {}, ("static",)),
        ("parcel build src/index.html && cp -r extra dist", {}, ()),
        ("gulp build", {}, ()),
        ("ng build", {"angular.json": _angular("static/app")}, ("static/app",)),
        ("ng build", {"angular.json": _angular({"base": "static", "browser": ""})}, ("static",)),
        ("ng build", {"angular.json": "{"}, ()),
        ("ng build", {}, ()),
        ("node build.mjs", {}, ()),
    ],
)
def test_where_a_build_writes(
    tmp_path: Path, script: str, configuration: dict[str, str], outputs: tuple[str, ...]
) -> None:
    package = {"scripts": {"build": script}, "devDependencies": dict.fromkeys(BUNDLERS, "1")}
    found = frontend(tmp_path, {"package.json": package, "app.py": "", **configuration}, "django-vite")
    assert (found.outputs, found.scripts, found.folder) == (outputs, ("build",), ".")


@pytest.mark.parametrize(
    ("scripts", "chosen"),
    [
        ({"build": "vite build", "dev": "vite"}, ("build",)),
        ({"build": "npm run build:app", "build:app": "webpack"}, ("build",)),
        ({"build": "run-s css js", "css": "sass a b", "js": "rollup -c"}, ("build",)),
        ({"build": "npm-run-all build:*", "build:js": "NODE_ENV=production webpack"}, ("build",)),
        ({"production": "cross-env NODE_ENV=production npx mix --production"}, ("production",)),
        (
            {"build:css": "tailwindcss -o a.css", "build:js": "esbuild a.js", "build:watch": "esbuild -w"},
            ("build:css", "build:js"),
        ),
        ({"tailwind:build": "tailwindcss -i a -o b"}, ("tailwind:build",)),
        ({"build": "tsc"}, ()),
        ({"build": "python setup.py build"}, ()),
        ({"build": "npm run build"}, ()),
        ({"lint": "eslint .", "start": "vite"}, ()),
        ({"build": "bun test"}, ()),
    ],
)
def test_the_scripts_to_run(scripts: dict[str, str], chosen: tuple[str, ...]) -> None:
    assert chosen_scripts(scripts, BUNDLERS) == chosen
    assert chosen_scripts(scripts, frozenset()) == ()


@pytest.mark.parametrize(
    "python",
    [
        "app = Flask(__name__, static_folder='../frontend/dist')",
        "PAGE = Path(__file__).parent.parent / 'frontend' / 'dist'",
        "app.mount('/', StaticFiles(directory='frontend/dist', html=True))",
        "STATICFILES_DIRS = [os.path.join(BASE_DIR, 'frontend', 'dist', 'assets')]",
    ],
)
def test_python_code_that_names_the_output(tmp_path: Path, python: str) -> None:
    code = f"import os\nfrom pathlib import Path\n{python}\n"
    found = frontend(tmp_path, {"frontend/package.json": VITE, "shop/__init__.py": "", "shop/web.py": code})
    assert (found.folder, found.outputs) == ("frontend", ("frontend/dist",))
    assert [(e.file, e.line) for e in found.evidence] == [("frontend/package.json", 3), ("shop/web.py", 3)]


def test_a_front_end_that_stands_alone_is_told_and_not_built(tmp_path: Path) -> None:
    found, warnings = read(tmp_path, {"frontend/package.json": VITE, "app.py": "print('dist')"})
    assert found is None
    assert [(w.message[:9], w.evidence[0].line) for w in warnings] == [("frontend/", 3)]


@pytest.mark.parametrize(
    "files",
    [
        {"docs/package.json": VITE},
        {"package.json": {"scripts": {"format": "prettier ."}}},
        {"package.json": {"scripts": ["build"]}},
        {"package.json": "[]"},
        {"package.json": "{"},
        {"package.json": "[" * 100_000},
    ],
)
def test_what_is_no_front_end(tmp_path: Path, files: dict[str, Any]) -> None:
    assert read(tmp_path, {"app.py": "", **files}) == (None, ())


def test_two_served_front_ends_one_is_built_and_the_other_told(tmp_path: Path) -> None:
    code = "A = 'a/dist'\nB = 'b/dist'\n"
    found, warnings = read(tmp_path, {"a/package.json": VITE, "b/package.json": VITE, "app.py": code})
    assert found is not None and found.folder == "a"
    assert "front ends in a, b" in warnings[0].message


@pytest.mark.parametrize(
    ("files", "manager", "version", "lock"),
    [
        ({"package-lock.json": "{}"}, "npm", None, "package-lock.json"),
        ({"yarn.lock": "# yarn lockfile v1\n"}, "yarn", None, "yarn.lock"),
        ({"yarn.lock": "__metadata:\n  version: 8\n"}, "berry", None, "yarn.lock"),
        ({"pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}, "pnpm", "10", "pnpm-lock.yaml"),
        ({"pnpm-lock.yaml": "lockfileVersion: '6.0'\n"}, "pnpm", "8", "pnpm-lock.yaml"),
        ({"bun.lock": "{}"}, "bun", None, "bun.lock"),
        ({}, "npm", None, None),
    ],
)
def test_the_lock_file_says_the_manager(
    tmp_path: Path, files: dict[str, str], manager: str, version: str | None, lock: str | None
) -> None:
    found = frontend(tmp_path, {"package.json": VITE, "app.py": "P = 'dist'", **files})
    assert (found.manager, found.manager_version, found.lock_file) == (manager, version, lock)


def test_package_json_settles_which_of_two_managers_counts(tmp_path: Path) -> None:
    package = {**VITE, "packageManager": "pnpm@9.12.3+sha512.abc"}
    locks = {"package-lock.json": "{}", "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}
    found = frontend(tmp_path, {"package.json": package, "app.py": "P = 'dist'", **locks})
    assert (found.manager, found.manager_version, found.lock_file) == ("pnpm", "9.12.3", "pnpm-lock.yaml")


@pytest.mark.parametrize(("version", "loose"), [(1, True), (2, False), (3, False)])
def test_a_lock_file_without_peer_dependencies(tmp_path: Path, version: int, loose: bool) -> None:
    lock = {"name": "web", "lockfileVersion": version, "requires": True}
    assert (
        frontend(tmp_path, {"package.json": VITE, "app.py": "P = 'dist'", "package-lock.json": lock}).loose_peers
        is loose
    )


@pytest.mark.parametrize(
    ("name", "version", "old"),
    [
        ("webpack", "^4.44.2", True),
        ("webpack", "~4", True),
        ("webpack", "^5.90.0", False),
        ("react-scripts", "3.4.1", True),
        ("react-scripts", "5.0.1", False),
        ("webpack", "latest", False),
    ],
)
def test_what_bundles_by_a_hash_of_old(tmp_path: Path, name: str, version: str, old: bool) -> None:
    package = {"scripts": {"build": "vite build"}, "devDependencies": {"vite": "4", name: version}}
    found = frontend(tmp_path, {"package.json": package, "app.py": "P = 'dist'"})
    assert (found.md4 is not None) is old
    assert not old or (found.md4 is not None and name in found.md4.why and found.md4.line)


def test_a_workspace_is_installed_as_a_whole(tmp_path: Path) -> None:
    root = {"workspaces": ["packages/*"], "scripts": {"build": "vite build"}, "dependencies": {"vite": "7"}}
    files = {"package.json": root, "packages/ui/package.json": VITE, "app.py": "P = 'dist'", ".npmrc": "x=y"}
    found = frontend(tmp_path, files)
    assert found.files == ("package.json", ".npmrc", "packages/ui/package.json")


def test_the_build_of_a_workspaces_members(tmp_path: Path) -> None:
    root = {"workspaces": ["ui"], "scripts": {"build": "npm run build --workspaces --if-present"}}
    found = frontend(tmp_path, {"package.json": root, "ui/package.json": VITE, "app.py": ""})
    assert (found.folder, found.scripts, found.outputs) == (".", ("build",), ())


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"tailwind.config.js": "content: ['../templates/**/*.html']"}, (True, False)),
        ({"tailwind.config.js": "content: ['../**/*.{html,py}']"}, (True, True)),
        ({"vite.config.js": "export default {}"}, (False, False)),
    ],
)
def test_what_the_build_reads_beside_its_own_folder(
    tmp_path: Path, files: dict[str, str], expected: tuple[bool, bool]
) -> None:
    package = {
        "scripts": {"build": "tailwindcss -i a.css -o ../shop/static/a.css"},
        "dependencies": {"tailwindcss": "3"},
    }
    tree = {"web/package.json": package, "shop/__init__.py": "", **{f"web/{n}": t for n, t in files.items()}}
    found = frontend(tmp_path, tree)
    assert (found.outputs, (found.outside, found.reads_python)) == (("shop/static",), expected)


@pytest.mark.parametrize(
    ("lock", "native"),
    [
        ('"node_modules/node-sass": {"version": "9"}', True),
        ('"node_modules/x": {"resolved": "git+ssh://git@host/x.git"}', True),
        ('"node_modules/canvas-confetti": {"version": "1"}', False),
        ('"peerDependencies": {"node-sass": "^9"}', False),
        ('node-sass@^4.0.0:\n  version "4.1"', True),
        ("  /node-sass@9.0.0:\n", True),
    ],
)
def test_what_the_slim_image_cannot_install(tmp_path: Path, lock: str, native: bool) -> None:
    files = {"package.json": VITE, "package-lock.json": lock, "app.py": "P = 'dist'"}
    assert frontend(tmp_path, files).native is native


def test_an_install_script_of_its_own_needs_the_files(tmp_path: Path) -> None:
    for script, needs in (("husky", False), ("patch-package", True)):
        package = {"scripts": {"build": "vite build", "postinstall": script}, "dependencies": {"vite": "7"}}
        assert frontend(tmp_path, {"package.json": package, "app.py": "P = 'dist'"}).lifecycle is needs


@given(st.dictionaries(st.sampled_from("abc"), st.text(max_size=60), max_size=3))
def test_scripts_that_call_each_other_end(scripts: dict[str, str]) -> None:
    circle = {**scripts, "a": "npm run b && npm run c", "b": "yarn a", "c": "run-s a b"}
    assert all(words for words in commands(circle, "a"))
    assert chosen_scripts(circle, frozenset()) == ()
    list(commands(scripts, "a"))
