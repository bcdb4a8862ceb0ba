"""--pin-digests: the registry is asked, the digests are kept, and without an answer nothing is written."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dockgen.registry import RegistryError, digest_of, parts
from tests.e2e import lab


@dataclass
class Fake:
    """A registry on this machine. `token`: what it asks for; `header`: it names digests itself."""

    address: str = ""
    token: str = ""
    header: bool = True
    salt: str = ""
    large: bool = False
    asked: list[str] = field(default_factory=list)

    def manifest(self, path: str) -> bytes:
        return b"x" * (5 * 1024 * 1024) if self.large else (path + self.salt).encode()


@pytest.fixture
def fake() -> Iterator[Fake]:
    state = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_HEAD(self) -> None:
            self.answer()

        def answer(self) -> None:
            state.asked.append(f"{self.command} {self.path}")
            if self.path.startswith("/token"):
                self.give(200, b'{"token": "%s"}' % state.token.encode())
            elif state.token and self.headers.get("Authorization") != f"Bearer {state.token}":
                where = f'Bearer realm="http://{state.address}/token",service="fake"'
                self.give(401, b"", {"WWW-Authenticate": where})
            elif "missing" in self.path:
                self.give(404, b"")
            else:
                body = state.manifest(self.path)
                digest = "sha256:" + hashlib.sha256(body).hexdigest()
                self.give(200, body, {"Docker-Content-Digest": digest} if state.header else {})

        def give(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(code)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "name, expected",
    [
        ("python:3.13-slim", ("registry-1.docker.io", "library/python", "3.13-slim")),
        ("docker/dockerfile:1", ("registry-1.docker.io", "docker/dockerfile", "1")),
        ("docker.io/library/redis", ("registry-1.docker.io", "library/redis", "latest")),
        ("ghcr.io/astral-sh/uv:0.13", ("ghcr.io", "astral-sh/uv", "0.13")),
        ("localhost:5000/a/b:1", ("localhost:5000", "a/b", "1")),
    ],
)
def test_names_are_read_as_docker_does(name: str, expected: tuple[str, str, str]) -> None:
    assert parts(name) == expected


@pytest.mark.parametrize("token", ["", "anonymous"])
@pytest.mark.parametrize("header", [True, False])
def test_the_digest_of_the_index(fake: Fake, token: str, header: bool) -> None:
    fake.token, fake.header = token, header
    body = fake.manifest("/v2/python/manifests/3.13-slim")
    assert digest_of(f"{fake.address}/python:3.13-slim") == "sha256:" + hashlib.sha256(body).hexdigest()
    if header:  # registries count GET as a pull
        assert not [line for line in fake.asked if line.startswith("GET /v2/")]


def test_an_image_that_is_not_there(fake: Fake) -> None:
    with pytest.raises(RegistryError, match="there is no such image; nothing was written"):
        digest_of(f"{fake.address}/missing:1")


def test_an_answer_without_end_is_not_read(fake: Fake) -> None:
    fake.header, fake.large = False, True
    with pytest.raises(RegistryError, match="larger than a manifest"):
        digest_of(f"{fake.address}/python:1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("from flask import Flask\nimport psycopg\napp = Flask(__name__)\n")
    (tmp_path / "requirements.txt").write_text("flask==3.1.2\npsycopg[binary]==3.2.12\n")
    return tmp_path


def written(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def test_every_image_is_held_and_stays_what_it_was(fake: Fake, folder: Path) -> None:
    words = ("init", str(folder), "--yes", f"--registry={fake.address}", "--service=postgres")
    first = lab.dockgen(*words, "--pin-digests")
    assert first.code == 0, first.text
    text = (folder / "Dockerfile").read_text() + (folder / "compose.yaml").read_text()
    named = re.findall(rf"{re.escape(fake.address)}/[^\s\"]+", text)
    assert len(named) >= 3 and all(re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", name) for name in named), named
    assert "ARG PYTHON_VERSION" not in text
    before, asked = written(folder), len(fake.asked)
    fake.salt = "moved"
    again = lab.dockgen(*words)
    assert again.code == 0, again.text
    assert written(folder) == before and len(fake.asked) == asked
    explained = lab.dockgen("explain", str(folder), "--json")
    assert "@sha256:" in explained.out and len(fake.asked) == asked
    assert lab.dockgen(*words, "--pin-digests").code == 0
    assert written(folder)["Dockerfile"] != before["Dockerfile"]


def test_without_a_registry_nothing_is_written(folder: Path) -> None:
    before = written(folder)
    result = lab.dockgen("init", str(folder), "--yes", "--pin-digests", f"--registry=127.0.0.1:{lab.free_port()}")
    assert result.code == 1
    assert "did not say what" in result.err and "--pin-digests" in result.err and "Traceback" not in result.err
    assert written(folder) == before


def test_a_record_with_another_text_for_a_digest_is_refused(folder: Path) -> None:
    (folder / ".dockgen.toml").write_text(
        '[answers]\npin_digests = true\n[digests]\n"python:3.13-slim" = "x\\nUSER root"\n'
    )
    result = lab.dockgen("init", str(folder), "--yes", "--dry-run")
    assert result.code == 2 and "[digests]" in result.err
