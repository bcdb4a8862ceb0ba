"""Private indexes: the build gets in by its secrets, and neither they nor planted files are anywhere in the image."""

from __future__ import annotations

import base64
import hashlib
import http.server
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from dockgen.decide.install import _tool
from tests.e2e import lab

pytestmark = pytest.mark.e2e
USER, TOKEN = "builder", "planted-token-83b1f0"
PLANTED = {
    ".env": "planted-env-41c7",
    "config/.env": "planted-nested-0d2e",
    "id_rsa": "planted-key-9a55",
    ".netrc": "planted-rc-77e2",
}
INDEX = "http://{login}127.0.0.1:{port}/simple"


def _wheel() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        wheel.writestr("corp_lib.py", "NAME = 'from the private index'\n")
        wheel.writestr("corp_lib-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: corp-lib\nVersion: 1.0\n")
        wheel.writestr("corp_lib-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("corp_lib-1.0.dist-info/RECORD", "corp_lib.py,,\n")
    return buffer.getvalue()


WHEEL = _wheel()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """An index on this machine that wants a user and a password, with one distribution."""
    root = tmp_path_factory.mktemp("index")
    folder = root / "simple" / "corp-lib"
    folder.mkdir(parents=True)
    (folder / "corp_lib-1.0-py3-none-any.whl").write_bytes(WHEEL)
    (folder / "index.html").write_text('<a href="corp_lib-1.0-py3-none-any.whl">corp_lib-1.0-py3-none-any.whl</a>')
    wanted = "Basic " + base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(root))  # type: ignore[arg-type]

        def do_GET(self) -> None:
            if self.headers.get("Authorization") != wanted:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="corp"')
                self.end_headers()
                return
            super().do_GET()

        do_HEAD = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def by_variables(folder: Path, port: int) -> None:
    """pip, with the variables that the URL names."""
    url = INDEX.format(login="${CORP_USER}:${CORP_TOKEN}@", port=port)
    (folder / "requirements.txt").write_text(f"--extra-index-url {url}\ncorp-lib==1.0\n")


def by_netrc(folder: Path, port: int) -> None:
    """pip, with the file that holds logins by host."""
    (folder / "requirements.txt").write_text(f"--extra-index-url {INDEX.format(login='', port=port)}\ncorp-lib==1.0\n")


def by_name(folder: Path, port: int) -> None:
    """uv, with the variables of a named index."""
    (folder / "pyproject.toml").write_text(
        "[project]\nname = 'shop'\nversion = '1'\nrequires-python = '>=3.11,<3.14'\ndependencies = ['corp-lib']\n"
        f"[[tool.uv.index]]\nname = 'corp'\nurl = '{INDEX.format(login='', port=port)}'\n"
        "[tool.uv.sources]\ncorp-lib = {index = 'corp'}\n"
    )
    environment = {"UV_INDEX_CORP_USERNAME": USER, "UV_INDEX_CORP_PASSWORD": TOKEN, "UV_PYTHON_DOWNLOADS": "never"}
    uv = Path(sys.executable).parent / "uv"
    locked = lab.command(str(uv), "lock", timeout=120, cwd=folder, env=environment)
    assert locked.code == 0, locked.text
    assert TOKEN not in (folder / "uv.lock").read_text()


def locked(folder: Path, tool: str, *words: str) -> None:
    """A lock file by the manager itself, at the release that the generated files use, on this machine."""
    uv = Path(sys.executable).parent / "uv"
    home = folder.parent / "locking"
    home.mkdir()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login {USER} password {TOKEN}\n")
    environment = {
        "UV_PYTHON_DOWNLOADS": "never",
        "CORP_USER": USER,
        "CORP_TOKEN": TOKEN,
        "NETRC": str(home / ".netrc"),
        "PIPENV_PYTHON": sys.executable,
        "PDM_CHECK_UPDATE": "0",
        # An earlier run's index had the same address and other files.
        "POETRY_CACHE_DIR": str(home / "poetry"),
        "PDM_CACHE_DIR": str(home / "pdm"),
        "PIPENV_CACHE_DIR": str(home / "pipenv"),
        "POETRY_HTTP_BASIC_CORP_USERNAME": USER,
        "POETRY_HTTP_BASIC_CORP_PASSWORD": TOKEN,
    }
    authorities = Path("/etc/ssl/certs/ca-certificates.crt")  # a network's own, which uv and requests do not look for
    if authorities.exists():
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            environment[name] = os.environ.get(name, str(authorities))
    done = lab.command(str(uv), *_tool(tool)[1:], tool, *words, timeout=300, cwd=folder, env=environment)
    assert done.code == 0, done.text


def by_poetry(folder: Path, port: int) -> None:
    """Poetry, with the file that holds logins by host."""
    (folder / "pyproject.toml").write_text(
        "[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\npython = '>=3.11,<3.14'\n"
        "corp-lib = {version = '1.0', source = 'corp'}\n"
        f"[[tool.poetry.source]]\nname = 'corp'\nurl = '{INDEX.format(login='', port=port)}'\npriority = 'explicit'\n"
    )
    locked(folder, "poetry", "lock")


def by_pdm(folder: Path, port: int) -> None:
    """PDM, with the variables that the URL names."""
    url = INDEX.format(login="${CORP_USER}:${CORP_TOKEN}@", port=port)
    (folder / "pyproject.toml").write_text(
        "[project]\nname = 'shop'\nversion = '1'\nrequires-python = '>=3.11,<3.14'\ndependencies = ['corp-lib']\n"
        f"[tool.pdm]\ndistribution = false\n[[tool.pdm.source]]\nname = 'pypi'\nurl = '{url}'\nverify_ssl = false\n"
    )
    locked(folder, "pdm", "lock")
    shutil.rmtree(folder / ".venv", ignore_errors=True)  # PDM makes one to look for a Python


def by_pipenv(folder: Path, port: int) -> None:
    """pipenv, with the variables that the URL names."""
    url = INDEX.format(login="${CORP_USER}:${CORP_TOKEN}@", port=port)
    (folder / "Pipfile").write_text(
        f"[[source]]\nname = 'corp'\nurl = '{url}'\nverify_ssl = false\n[packages]\ncorp-lib = '==1.0'\n"
        "[requires]\npython_version = '3.13'\n"
    )
    digest = hashlib.sha256(WHEEL).hexdigest()
    source = {"name": "corp", "url": url, "verify_ssl": False}
    lock = {
        "_meta": {"hash": {"sha256": "0" * 64}, "pipfile-spec": 6, "requires": {"python_version": "3.13"},
                  "sources": [source]},
        "default": {"corp-lib": {"hashes": [f"sha256:{digest}"], "index": "corp", "version": "==1.0"}},
        "develop": {},
    }  # fmt: skip
    (folder / "Pipfile.lock").write_text(json.dumps(lock))


@pytest.mark.parametrize("project", [by_poetry, by_pdm, by_pipenv])
@pytest.mark.usefixtures("docker")
def test_compose_builds_with_the_secrets(
    project: object, index: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(project)
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.py").write_text("import corp_lib\nprint(corp_lib.NAME)\n")
    project(folder, index)
    for file in (path for path in folder.iterdir() if path.is_file()):
        assert TOKEN not in file.read_text()
    made = lab.init(folder, "--python", "3.13")
    assert made.code == 0, made.text
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login {USER} password {TOKEN}\n")
    for name, value in {"CORP_USER": USER, "CORP_TOKEN": TOKEN, "NETRC": str(home / ".netrc")}.items():
        monkeypatch.setenv(name, value)
    tag = lab.unique("access")
    service = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    name = next(iter(service))
    override = {"services": {name: {"image": tag, "build": {"network": "host", "no_cache": True}}}}
    try:
        with lab.stack(folder, override) as stack:
            built = stack.run("build", timeout=600)
            assert built.code == 0, built.last(25)
            ran = stack.run("run", "--rm", "--no-TTY", name)
            assert ran.out.strip() == "from the private index", ran.text
        found = leaked(tag, (TOKEN,))
        assert not found, f"in the image: {found}"
    finally:
        lab.remove_image(tag)


@pytest.mark.parametrize("project", [by_variables, by_netrc, by_name])
@pytest.mark.usefixtures("docker")
def test_a_private_index(project: object, index: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(project)
    folder = tmp_path / "shop"
    (folder / "config").mkdir(parents=True)
    (folder / "main.py").write_text("import corp_lib\nprint(corp_lib.NAME)\n")
    project(folder, index)
    for name, text in PLANTED.items():
        (folder / name).write_text(text)
    made = lab.init(folder)
    assert made.code == 0, made.text
    dockerfile = (folder / "Dockerfile").read_text()
    assert "type=secret" in dockerfile
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login {USER} password {TOKEN}\n")
    command = next(line for line in made.err.splitlines() if "docker build" in line).partition("docker build")[2]
    tag = lab.unique("access")
    words = command.replace("$HOME", str(home)).rsplit(" --tag ", 1)[0].split()
    for name, value in {
        "CORP_USER": USER,
        "CORP_TOKEN": TOKEN,
        "UV_INDEX_CORP_USERNAME": USER,
        "UV_INDEX_CORP_PASSWORD": TOKEN,
    }.items():
        monkeypatch.setenv(name, value)
    try:
        lab.build(folder, tag, arguments=["--network=host", "--no-cache", *words])
        assert lab.docker("run", "--rm", tag).out.strip() == "from the private index"
        found = leaked(tag, (TOKEN, *PLANTED.values()))
        assert not found, f"in the image: {found}"
    finally:
        lab.remove_image(tag)
    # The same through compose.yaml, which names the same secrets.
    configured = lab.command(
        "docker", "compose", "config", "--format=json", cwd=folder, env={"NETRC": str(home / ".netrc")}
    )
    assert configured.code == 0, configured.text
    assert TOKEN not in (folder / "compose.yaml").read_text()


def leaked(image: str, planted: tuple[str, ...]) -> list[str]:
    """Which of these texts are in a layer, the configuration or the history."""
    found = [text for text in planted if text in lab.history(image)]
    with tempfile.TemporaryFile() as saved:
        subprocess.run(["docker", "save", image], stdout=saved, check=True, timeout=300)
        saved.seek(0)
        with tarfile.open(fileobj=saved) as tar:
            for member in tar:
                content = tar.extractfile(member)
                data = content.read() if content else b""
                # Layers are plain tar files as `docker save` writes them, so their content is here as it is.
                found += [f"{text} in {member.name}" for text in planted if text.encode() in data]
    return found


@pytest.mark.usefixtures("docker")
def test_a_leak_would_be_seen(tmp_path: Path) -> None:
    """The search does find a token that a layer holds, and one in an argument."""
    (tmp_path / "Dockerfile").write_text(
        f"FROM python:3.13-slim\nARG LOGIN=none\nRUN echo {TOKEN} > /root/.netrc && rm -f /x $LOGIN\nRUN rm /root/.netrc\n"
    )
    tag = lab.unique("leak")
    try:
        lab.build(tmp_path, tag, arguments=["--build-arg=LOGIN=planted-argument-5c"])
        found = leaked(tag, (TOKEN, "planted-argument-5c"))
        assert TOKEN in found and "planted-argument-5c" in found
        assert any(text.startswith(f"{TOKEN} in ") and "blobs" in text for text in found)
    finally:
        lab.remove_image(tag)
