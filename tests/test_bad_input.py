"""Strange, broken and hostile projects: one clear message, the right exit code, nothing changed on disk.

Through the command line, as a person meets it. Whatever the input, there is never a traceback.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e import lab

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
PYPROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n'
Entry = tuple[str, int, bytes | str]


def put(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Writes files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def snapshot(folder: Path) -> dict[str, Entry]:
    """Everything below a folder: kind, mode and content (large files by size alone)."""
    found: dict[str, Entry] = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(root, name)
            status = os.lstat(path)
            content: bytes | str = ""
            if os.path.islink(path):
                content = os.readlink(path)
            elif os.path.isfile(path):
                content = str(status.st_size) if status.st_size > 2**20 else Path(path).read_bytes()
            found[os.fsencode(path).decode("utf-8", "surrogateescape")] = ("", status.st_mode, content)
    return found


def is_clear(result: lab.Result) -> None:
    """One message for a person, on standard error alone."""
    assert "Traceback" not in result.text, result.text
    assert result.out == "", result.out
    assert result.err.startswith("dockgen: "), result.err
    assert len(result.err.splitlines()) <= 8, result.err
    assert len(result.err) < 2000, result.err


def refused(folder: Path, *flags: str, code: int = 1, says: tuple[str, ...] = ()) -> str:
    """init fails with this code and words, and leaves everything as it was. The message."""
    around = folder.parent
    before = snapshot(around)
    result = lab.dockgen("init", str(folder), "--yes", *flags, timeout=30)
    assert result.code == code, f"exit code {result.code}: {result.text}"
    is_clear(result)
    for words in says:
        assert words in result.err, f"{words!r} is not in: {result.err}"
    assert snapshot(around) == before
    return result.err


def survives(folder: Path, *flags: str) -> lab.Result:
    """init and explain end by themselves with a known code; where init fails, nothing changed."""
    before = snapshot(folder)
    explained = lab.dockgen("explain", str(folder), "--json", timeout=30)
    assert explained.code in (0, 1, 3), explained.text
    assert "Traceback" not in explained.text, explained.text
    if explained.code == 0:
        json.loads(explained.out)
    assert snapshot(folder) == before
    result = lab.dockgen("init", str(folder), "--yes", *flags, timeout=30)
    assert result.code in (0, 1, 3), f"exit code {result.code}: {result.text}"
    assert "Traceback" not in result.text, result.text
    if result.code:
        is_clear(result)
        assert snapshot(folder) == before
    return result


# ---- no project


def test_empty_folder(tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    folder.mkdir()
    refused(folder, says=("nothing", "is empty"))


def test_no_python(tmp_path: Path) -> None:
    folder = put(tmp_path / "site", {"README.md": "# Hello\n", "package.json": "{}", "src/index.js": "1;\n"})
    refused(folder, says=("site", "no Python"))


def test_missing_folder(tmp_path: Path) -> None:
    refused(tmp_path / "gone", says=("gone", "no such folder"))


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    put(tmp_path, {"app.py": FLASK})
    refused(tmp_path / "app.py", says=("app.py", "is a file"))


def test_below_a_file(tmp_path: Path) -> None:
    put(tmp_path, {"app.py": FLASK})
    refused(tmp_path / "app.py" / "sub")


# ---- wrong usage


@pytest.mark.parametrize(
    "flags",
    [
        ("--colour", "red"),
        ("--python", "latest"),
        ("--python", "3.13; rm -rf /"),
        ("--manager", "npm"),
        ("--port", "99999"),
        ("--port", "http"),
        ("--service", "oracle"),
        ("--start", "unclosed 'quote"),
        ("--start", ""),
        ("--entry", "app:app\nRUN evil"),
        ("--health-path", "no-slash"),
        ("--base", "image\nRUN evil"),
        ("--registry", "bad prefix"),
        ("--without", "everything"),
    ],
)
def test_wrong_usage(tmp_path: Path, flags: tuple[str, ...]) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    before = snapshot(tmp_path)
    result = lab.dockgen("init", str(folder), "--yes", *flags)
    assert result.code == 2, result.text
    assert "Traceback" not in result.text
    assert result.out == ""
    assert flags[0] in result.err, result.err
    assert snapshot(tmp_path) == before


def test_unknown_command() -> None:
    result = lab.dockgen("destroy")
    assert result.code == 2
    assert "destroy" in result.err


@pytest.mark.parametrize(
    "text",
    ['[answers]\nmanager = "npm"\n', "[answers]\nport = true\n", '[answers]\ncolour = "red"\n', "answers = 5\n"],
)
def test_answers_file_that_cannot_be_right(tmp_path: Path, text: str) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n", ".dockgen.toml": text})
    refused(folder, code=2, says=(".dockgen.toml",))


# ---- broken manifests

BROKEN: dict[str, tuple[dict[str, str | bytes], str]] = {
    "pyproject": ({"pyproject.toml": '[project]\nname = "shop"\nversion = \n'}, "pyproject.toml:3"),
    "pyproject-key-twice": ({"pyproject.toml": '[project]\nname = "a"\nname = "b"\n'}, "pyproject.toml:3"),
    "uv-lock": ({"pyproject.toml": PYPROJECT, "uv.lock": "version = 1\n[[package]\n"}, "uv.lock:2"),
    "poetry-lock": (
        {"pyproject.toml": '[tool.poetry]\nname = "a"\nversion = "1"\n', "poetry.lock": "[[package]]\nname = \n"},
        "poetry.lock:2",
    ),
    "pdm-lock": ({"pyproject.toml": PYPROJECT + "[tool.pdm]\n", "pdm.lock": "[metadata]\nx = [\n"}, "pdm.lock"),
    "pipfile": ({"Pipfile": '[packages]\nflask = "*\n'}, "Pipfile:2"),
    "pipfile-lock": ({"Pipfile": '[packages]\nflask = "*"\n', "Pipfile.lock": '{\n "default": {,}\n}'}, "Pipfile.lock:2"),
    "record": ({"requirements.txt": "flask\n", ".dockgen.toml": "[answers\n"}, ".dockgen.toml:1"),
    "merge-conflict": (
        {"pyproject.toml": '[project]\n<<<<<<< HEAD\nname = "a"\n=======\nname = "b"\n>>>>>>> x\n'},
        "pyproject.toml:2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_manifest_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    files, place = BROKEN[name]
    refused(put(tmp_path / "shop", {"app.py": FLASK, **files}), says=(place,))


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.txt", "uv.lock", "Pipfile.lock"])
def test_manifest_of_200_megabytes(tmp_path: Path, name: str) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK})
    if name == "uv.lock":
        put(folder, {"pyproject.toml": PYPROJECT})
    if name == "Pipfile.lock":
        put(folder, {"Pipfile": '[packages]\nflask = "*"\n'})
    with open(folder / name, "wb") as file:
        file.truncate(200 * 2**20)  # sparse: takes no room
    refused(folder, says=(name, "209,715,200"))


def test_python_file_of_200_megabytes(tmp_path: Path) -> None:
    """Generated data beside the application: passed over, not read, not fatal."""
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    with open(folder / "data.py", "wb") as file:
        file.truncate(200 * 2**20)
    assert survives(folder).code == 0


WRONG_TYPES = (
    'project = "shop"\n',
    "project = []\n",
    "[project]\nname = 5\n",
    '[project]\nname = ""\n',
    '[project]\nname = "shop"\ndependencies = "flask"\n',
    '[project]\nname = "shop"\ndependencies = [1, [], {}]\n',
    '[project]\nname = "shop"\ndependencies = ["flask @@@ !!", "", " ", "-r x"]\n',
    '[project]\nname = "shop"\nrequires-python = 3\n',
    '[project]\nname = "shop"\nrequires-python = "three"\n',
    '[project]\nname = "shop"\nrequires-python = ">=99"\n',
    '[project]\nname = "shop"\nscripts = []\n',
    '[project]\nname = "shop"\n[project.scripts]\nshop = 1\n',
    '[project]\nname = "shop"\n[project.scripts]\nshop = "no-colon"\n',
    '[project]\nname = "shop"\noptional-dependencies = ["x"]\n',
    '[project]\nname = "shop"\ndynamic = 1\n',
    '[project]\nname = "shop"\nreadme = 1\nlicense = 2\nlicense-files = 3\n',
    "tool = 1\n",
    "[tool]\npoetry = 1\nuv = 2\npdm = 3\nhatch = 4\nsetuptools = 5\ndockgen = 6\n",
    "[tool.poetry]\ndependencies = []\ngroup = 1\nscripts = 2\npackages = 3\n",
    '[tool.poetry.dependencies]\npython = 3\nflask = 1\ndjango = {version = 1}\nx = [1, {version = "1"}]\n',
    "[tool.uv]\nsources = []\nworkspace = 1\nindex = {}\n",
    '[tool.uv.sources]\nflask = [{path = "../../../../etc"}]\n[tool.uv.workspace]\nmembers = ["../..", 1]\n',
    "[tool.pdm]\ndev-dependencies = 1\n[tool.setuptools]\npackages = 1\npackage-dir = 2\n",
    "build-system = 1\n",
    "[build-system]\nrequires = 1\nbuild-backend = []\n",
    'dependency-groups = {dev = 1, x = [{include-group = "x"}]}\n',
    "",
)


@pytest.mark.parametrize("text", WRONG_TYPES)
def test_values_of_the_wrong_type(tmp_path: Path, text: str) -> None:
    survives(put(tmp_path / "shop", {"app.py": FLASK, "pyproject.toml": text}))


WRONG_LOCKS: tuple[dict[str, str | bytes], ...] = (
    {"pyproject.toml": PYPROJECT, "uv.lock": "version = 1\npackage = 5\n"},
    {"pyproject.toml": PYPROJECT, "uv.lock": '[[package]]\nname = 1\nversion = []\nwheels = "x"\nsource = 3\n'},
    {"pyproject.toml": PYPROJECT, "uv.lock": ""},
    {"pyproject.toml": "[tool.poetry]\n", "poetry.lock": "package = {}\nmetadata = 1\n"},
    {"pyproject.toml": PYPROJECT, "pdm.lock": "package = 1\n[metadata]\ngroups = 5\n"},
    {"pyproject.toml": PYPROJECT, "pylock.toml": "packages = 1\n"},
    {"Pipfile": "packages = 1\nrequires = 2\n"},
    {"Pipfile": "[requires]\npython_version = 3.13\n", "Pipfile.lock": "[]"},
    {"Pipfile": "[packages]\nflask = 1\n", "Pipfile.lock": '{"default": [], "_meta": 5}'},
    {"environment.yml": "dependencies: 5\n"},
    {"environment.yml": "- [}: {\n"},
    {"environment.yml": "a: &a [*a, *a]\n"},
    {"setup.cfg": "[options\ninstall_requires = x\n"},
    {"setup.cfg": "[options]\n[options]\n%(x)s = %(y)s\n"},
    {"setup.py": "from setuptools import setup\nsetup(name=1, install_requires=5, entry_points='x', packages=None)\n"},
    {"setup.py": "import os\nos.system('touch /tmp/dockgen-was-here')\nexec('raise SystemExit(9)')\n"},
    {"requirements.txt": "-r requirements.txt\n-c requirements.txt\n"},
    {"requirements.txt": "-r ../../../../etc/passwd\n-r /etc/passwd\n-e ../../..\n"},
    {"requirements.txt": "-r missing.txt\n"},
    {"requirements.txt": "==1.0\n@\n;\n--\n[\nflask[\n\\\n"},
    {"requirements.txt": "flask " + "\\\n" * 5000 + "\n"},
    {"requirements.txt": "a" * 1_000_000 + "\n"},
    {"requirements.txt": "".join(f"package-{n}=={n}\n" for n in range(20_000))},
    {"requirements.txt": b"\xff\xfeflask"},
    {"requirements.txt": b"flask\x00==1.0\n\x00\x00\n"},
    {"requirements.txt": b"\x80\x81\x82\n"},
    {"pyproject.toml": b"\x00\x00\x00"},
    {"pyproject.toml": b"\xef\xbb\xbf[project]\nname = 'shop'\n"},
    {".python-version": "3.13\n" * 100_000},
    {".python-version": b"\x00\xff"},
    {".python-version": "system\n"},
    {"runtime.txt": "python-banana\n"},
    {"Procfile": "web: 'unclosed\nworker:\n: x\n"},
    {".gitignore": "[z-a]\n**/**/**/**\n!\n\\\n"},
    {".dockgen.toml": "[files]\nDockerfile = 5\n"},
)


@pytest.mark.parametrize("files", WRONG_LOCKS, ids=lambda f: "+".join(f))
def test_strange_manifests(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    survives(put(tmp_path / "shop", {"app.py": FLASK, **files}))
    assert not Path("/tmp/dockgen-was-here").exists()


STRANGE_PYTHON: dict[str, str | bytes] = {
    "parentheses": "x = " + "(" * 20_000 + ")" * 20_000 + "\n",
    "additions": "x = " + "1 + " * 50_000 + "1\n",
    "attributes": "x" + ".a" * 20_000 + "\n",
    "calls": "f" + "()" * 5_000 + "\n",
    "blocks": "".join(" " * n + "if x:\n" for n in range(95)) + " " * 95 + "pass\n",
    "python-2": "print 'hello'\n",
    "nul": b"x = 1\x00\n",
    "latin-1": "# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"),
    "utf-16": "x = 1\n".encode("utf-16"),
    "unknown-coding": "# -*- coding: klingon -*-\nx = 1\n",
    "surrogates": "x = '\\ud800'\nimport os\nos.environ['\\udcff']\n",
    "number": "PORT = " + "9" * 10_000 + "\n",
    "strange-values": "from flask import Flask\napp = Flask(*a, **k)\napp.run(port=-1, host=5)\napp.run(port=10**99)\n",
    "empty": "",
}


@pytest.mark.parametrize("name", STRANGE_PYTHON)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside"])
def test_strange_python(tmp_path: Path, name: str, alone: bool) -> None:
    folder = put(tmp_path / "shop", {"strange.py": STRANGE_PYTHON[name]})
    if not alone:
        put(folder, {"app.py": FLASK, "requirements.txt": "flask\n"})
    result = survives(folder)
    assert alone or result.code == 0, result.text


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "x = " + "[" * 50_000 + "]" * 50_000},
        {"pyproject.toml": "[" + ".".join("a" * 20_000) + "]\n"},
        {"Pipfile": "", "Pipfile.lock": '{"default": ' + "[" * 50_000 + "]" * 50_000 + "}"},
        {"environment.yml": "dependencies: " + "[" * 5_000 + "]" * 5_000 + "\n"},
        {"environment.yml": "x: " + "{a: " * 5_000 + "}" * 5_000 + "\n"},
    ],
    ids=lambda files: "+".join(files),
)
def test_nested_deeply(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    survives(put(tmp_path / "shop", {"app.py": FLASK, **files}))


def test_folders_nested_deeply(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    put(folder, {"/".join(["d"] * 400) + "/deep.py": "x = 1\n"})
    assert survives(folder).code == 0


def test_utf_16_requirements_are_read(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask==3.1.0\r\n".encode("utf-16")})
    result = lab.dockgen("explain", str(folder), "--json")
    assert result.code == 0, result.text
    record = json.loads(result.out)
    assert [f["value"] for f in record["facts"]["frameworks"]] == ["flask"]
    assert record["facts"]["package_manager"]["value"] == "pip"


# ---- links and special files


def test_loops_of_links(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    (folder / "loop").symlink_to(".")
    (folder / "up").symlink_to("..")
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    (folder / "root").symlink_to("/")
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "gone.py").symlink_to("/does/not/exist")
    assert survives(folder).code == 0


def test_a_link_out_of_the_project_is_not_read(tmp_path: Path) -> None:
    put(tmp_path, {"outside.txt": "planted-secret-package==1.0\n"})
    folder = put(tmp_path / "shop", {"app.py": FLASK})
    (folder / "requirements.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "settings.py").symlink_to("/etc/passwd")
    result = lab.dockgen("explain", str(folder), "--json")
    assert "planted-secret" not in result.text
    assert "Traceback" not in result.text
    survives(folder)


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", ".dockgen.toml", ".dockerignore"])
def test_a_link_in_the_place_of_a_generated_file(tmp_path: Path, name: str) -> None:
    """Nothing is written through a link, wherever it leads."""
    outside = put(tmp_path / "elsewhere", {"precious": "mine\n"}) / "precious"
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    (folder / name).symlink_to(outside)
    survives(folder)
    assert outside.read_text() == "mine\n"


def test_pipes_and_sockets_are_passed_over(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "pyproject.toml": PYPROJECT})
    os.mkfifo(folder / "requirements.txt")
    os.mkfifo(folder / "worker.py")
    os.mkfifo(folder / ".gitignore")
    result = lab.dockgen("init", str(folder), "--yes", timeout=20)
    assert result.code == 0, result.text


def test_a_pipe_in_the_place_of_a_generated_file(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    os.mkfifo(folder / "Dockerfile")
    result = lab.dockgen("init", str(folder), "--yes", timeout=20)
    assert result.code in (1, 3), result.text
    is_clear(result)


# ---- names that would be code

HOSTILE_NAMES = (
    "x\nRUN touch pwned\n.py",
    'quote"quote.py',
    "quote'quote.py",
    "$(touch pwned).py",
    "`touch pwned`.py",
    "a;touch pwned;.py",
    "back\\slash.py",
    "${HOME}.py",
    "{{ 7 * 7 }}.py",
    "-rf.py",
    "tab\there.py",
    "space here.py",
    "#comment.py",
    "line\rreturn.py",
    "right\u202eto-left.py",
    "line\u2028separator.py",
)


def safe(folder: Path, hostile: tuple[str, ...] = ("RUN touch pwned", "touch pwned")) -> None:
    """No line of a generated file, and no word of the start command left to a shell, is the hostile text."""
    for name in ("Dockerfile", ".dockerignore", "compose.yaml", ".dockgen.toml"):
        path = folder / name
        if path.exists():
            lines = path.read_text("utf-8").splitlines()
            assert not [line for line in lines if line.strip() in hostile], f"{name}:\n{path.read_text()}"
            assert "49.py" not in path.read_text()
    dockerfile = folder / "Dockerfile"
    if dockerfile.exists():
        for line in dockerfile.read_text("utf-8").splitlines():
            if line.startswith(("CMD", "ENTRYPOINT")):
                words = json.loads(line.split(" ", 1)[1])
                assert all(isinstance(word, str) for word in words)
                assert words[0] not in ("sh", "/bin/sh", "bash")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside"])
def test_hostile_file_names(tmp_path: Path, name: str, alone: bool) -> None:
    """As the only script, which is then what runs, and beside an application."""
    folder = tmp_path / "shop"
    folder.mkdir()
    try:
        put(folder, {name: "if __name__ == '__main__':\n    print('hello')\n"})
    except OSError:
        pytest.skip("this file system does not take the name")
    if not alone:
        put(folder, {"app.py": FLASK, "requirements.txt": "flask\n"})
    result = survives(folder)
    assert alone or result.code == 0, result.text
    safe(folder)


@pytest.mark.skipif(sys.platform == "darwin", reason="this file system takes UTF-8 names only")
def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    for name in (b"caf\xe9.py", b"\xff\xfe", b"caf\xe9.txt"):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(b"import os\nos.environ['CAF']\n")
    assert survives(folder).code == 0


def test_only_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/caf\xe9.py", "wb") as file:
        file.write(b"print('hello')\n")
    survives(folder)


HOSTILE_PROJECTS = (
    '[project]\nname = "a; touch pwned"\nversion = "1"\n',
    '[project]\nname = "a\\nRUN touch pwned\\n"\nversion = "1"\n',
    '[project]\nname = "shop"\nversion = "1\\nRUN touch pwned\\n"\n',
    '[project]\nname = "shop"\n[project.scripts]\n"x $(touch pwned)" = "app:main"\n',
    '[project]\nname = "shop"\n[project.scripts]\n"x\\nRUN touch pwned\\n" = "app:main"\n',
    '[project]\nname = "shop"\n[project.scripts]\nshop = "app:main; touch pwned"\n',
    '[project]\nname = "shop"\nrequires-python = ">=3.11\\nRUN touch pwned\\n"\n',
    '[project]\nname = "shop"\ndependencies = ["flask\\nRUN touch pwned\\n"]\n',
    '[project]\nname = "shop"\n[project.optional-dependencies]\n"web\\nRUN touch pwned\\n" = ["flask"]\n',
    '[project]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.11\\nRUN touch pwned\\n"\n',
    '[project]\nname = "shop"\nreadme = "x\\nRUN touch pwned\\n"\n',
)


@pytest.mark.parametrize("text", HOSTILE_PROJECTS)
def test_hostile_manifests(tmp_path: Path, text: str) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK + "\n\ndef main():\n    app.run()\n", "pyproject.toml": text})
    survives(folder)
    safe(folder)


@pytest.mark.parametrize(
    "line",
    [
        "os.environ['A\\nRUN touch pwned\\n']",
        "os.environ['A; touch pwned']",
        "os.getenv('A', 'x\\nRUN touch pwned\\n')",
        "os.getenv('A', '${HOME}$(touch pwned)')",
        "app.run(host='0.0.0.0', port='5000\\nRUN touch pwned\\n')",
    ],
)
def test_hostile_code(tmp_path: Path, line: str) -> None:
    folder = put(tmp_path / "shop", {"app.py": f"import os\n{FLASK}\n{line}\n", "requirements.txt": "flask\n"})
    survives(folder)
    safe(folder)


@pytest.mark.parametrize(
    "name", ["My Shop (2)", "shop;touch pwned", "Größe", "-rf", "a" * 200, "$(x)", "shop\nRUN touch pwned"]
)
def test_hostile_folder_names(tmp_path: Path, name: str) -> None:
    folder = put(tmp_path / name, {"app.py": FLASK, "requirements.txt": "flask\n"})
    assert survives(folder).code == 0
    safe(folder)


# ---- what is there already


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", ".dockerignore"])
def test_a_file_of_a_person_is_kept(tmp_path: Path, name: str) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n", name: "# mine\n"})
    refused(folder, code=3, says=(name, "--overwrite", "--diff"))


def test_an_edit_of_a_generated_file_is_kept(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    assert lab.dockgen("init", str(folder), "--yes").code == 0
    with open(folder / "Dockerfile", "a") as file:
        file.write("# edited\n")
    again = lab.dockgen("init", str(folder), "--yes")
    assert again.code == 0 and "kept       Dockerfile" in again.out, again.text
    assert (folder / "Dockerfile").read_text().endswith("# edited\n")
    # Where the edit and what is new meet, nothing is written.
    text = (folder / "Dockerfile").read_text()
    (folder / "Dockerfile").write_text(text.replace("EXPOSE 8000", "EXPOSE 8001"))
    refused(folder, "--port", "9000", code=3, says=("Dockerfile", "dockgen update"))
    assert lab.dockgen("init", str(folder), "--yes", "--overwrite").code == 0
    assert "# edited" not in (folder / "Dockerfile").read_text()


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n", "Dockerfile/x": "1"})
    refused(folder, says=("Dockerfile", "folder"))


def test_a_file_in_the_place_of_the_folder_of_secrets(tmp_path: Path) -> None:
    code = FLASK + "import os\nimport psycopg\n\npsycopg.connect(os.environ['DATABASE_URL'])\n"
    files: dict[str, str | bytes] = {
        "app.py": code,
        "requirements.txt": "flask\npsycopg[binary]\n",
        ".secrets": "mine\n",
    }
    refused(put(tmp_path / "shop", files), says=(".secrets",))


@pytest.mark.parametrize("where", ["file", "below"])
def test_output_that_cannot_be_a_folder(tmp_path: Path, where: str) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    put(tmp_path, {"taken": "mine\n"})
    refused(folder, "--output", str(tmp_path / "taken" / ("" if where == "file" else "sub")), says=("taken",))


def test_dry_run_and_diff_write_nothing(tmp_path: Path) -> None:
    folder = put(tmp_path / "shop", {"app.py": FLASK, "requirements.txt": "flask\n", "Dockerfile": "# mine\n"})
    before = snapshot(folder)
    dry = lab.dockgen("init", str(folder), "--yes", "--dry-run")
    diff = lab.dockgen("init", str(folder), "--yes", "--diff")
    assert (dry.code, diff.code) == (0, 0), dry.text + diff.text
    assert "FROM python:" in dry.out
    assert "-# mine" in diff.out
    assert snapshot(folder) == before


# ---- permissions (the superuser is let through everywhere, so the superuser's right to that is taken away)


@pytest.fixture
def as_nobody() -> Iterator[tuple[Path, Callable[..., lab.Result]]]:
    """A folder, and a way to run dockgen as a user who may do there only what the modes say."""
    drop: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("the superuser ignores modes, and there is no setpriv to drop that right")
        drop = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    base = Path(tempfile.mkdtemp(prefix="dockgen-modes-"))

    def run(*words: str) -> lab.Result:
        return lab.command(*drop, sys.executable, "-m", "dockgen", *words, env={"PYTHONPATH": str(lab.ROOT)})

    try:
        yield base, run
    finally:
        for folder, folders, _ in os.walk(base):
            for name in folders:
                os.chmod(os.path.join(folder, name), 0o755)
        shutil.rmtree(base)


def test_no_write_permission(as_nobody: tuple[Path, Callable[..., lab.Result]]) -> None:
    base, run = as_nobody
    folder = put(base / "shop", {"app.py": FLASK, "requirements.txt": "flask\n"})
    folder.chmod(0o555)
    before = snapshot(base)
    result = run("init", str(folder), "--yes")
    assert result.code == 1, result.text
    is_clear(result)
    assert str(folder) in result.err
    assert "Permission denied" in result.err
    assert snapshot(base) == before


def test_no_read_permission(as_nobody: tuple[Path, Callable[..., lab.Result]]) -> None:
    """The folder, a manifest, and a folder below that nobody may read."""
    base, run = as_nobody
    folder = put(base / "shop", {"app.py": FLASK, "requirements.txt": "flask\n", "private/x.py": "x = 1\n"})
    (folder / "private").chmod(0)
    explained = run("explain", str(folder))
    assert explained.code == 0, explained.text
    (folder / "requirements.txt").chmod(0)
    result = run("init", str(folder), "--yes")
    assert result.code == 1, result.text
    is_clear(result)
    assert "requirements.txt" in result.err
    folder.chmod(0)
    result = run("init", str(folder), "--yes")
    assert result.code in (1, 2), result.text
    assert str(folder) in result.err
    assert "Traceback" not in result.text
