"""--resolve: the index is asked, bounded and by the person's settings; what it said is kept."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dockgen import index
from dockgen.cli import app
from dockgen.decide.system_packages import choose_system_packages
from dockgen.errors import NoIndex
from dockgen.facts import Dependency, Fact, Facts, Manager
from dockgen.index import File, Settings, ask, settings
from dockgen.resolve import Resolved, apply, choose, read, requirement, write

PAGES = {
    "flask": ["flask-3.1.0-py3-none-any.whl", "flask-3.1.0.tar.gz"],
    "numpy": [
        "numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "numpy-1.26.4-cp312-cp312-win_amd64.whl",
        "numpy-1.26.4.tar.gz",
        "numpy-2.1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    ],
    "zzz-only-source": ["zzz_only_source-1.0.tar.gz"],
}


class Index(BaseHTTPRequestHandler):
    """A simple repository: JSON under /json/, HTML under /html/, trouble elsewhere."""

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers.get("Authorization")))  # type: ignore[attr-defined]
        _, kind, name, *_ = self.path.split("/")
        if kind == "broken":
            self._send(200, "application/vnd.pypi.simple.v1+json", b"{]")
        elif kind == "denied":
            self._send(401, "text/plain", b"")
        elif kind == "endless":
            self._send(200, "text/html", b"<a>x</a>" * 5000)
        elif kind == "elsewhere":
            self.send_response(302)
            self.send_header("Location", self.server.other + f"/json/{name}/")  # type: ignore[attr-defined]
            self.end_headers()
        elif name not in PAGES:
            self._send(404, "text/plain", b"")
        elif kind == "json":
            files = [{"filename": f, "requires-python": ">=3.8", "yanked": False} for f in PAGES[name]]
            files.append({"filename": f"{name}-99.0-py3-none-any.whl", "yanked": "a mistake"})
            body = json.dumps({"name": name, "files": files}).encode()
            self._send(200, "application/vnd.pypi.simple.v1+json", body)
        else:
            links = "".join(f'<a href="../x/{f}" data-requires-python="&gt;=3.8">{f}</a>' for f in PAGES[name])
            links += f'<a href="x" data-yanked="">{name}-99.0-py3-none-any.whl</a>'
            self._send(200, "text/html", f"<!DOCTYPE html><body>{links}</body>".encode())

    def _send(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's settings is asked."""
    for name in ("UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def serve() -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    server.seen = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = serve()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def url(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.mark.parametrize("kind", ["json", "html"])
def test_both_forms_of_the_api(url: str, kind: str) -> None:
    found = ask(["numpy", "unheard-of"], Settings((f"{url}/{kind}",)))
    assert [f.name for f in found["numpy"]] == sorted(PAGES["numpy"])
    assert {f.requires_python for f in found["numpy"]} == {">=3.8"}
    assert found["unheard-of"] == ()


def test_credentials_go_to_the_index_and_no_further(server: ThreadingHTTPServer, url: str) -> None:
    other = serve()
    server.other = f"http://localhost:{other.server_address[1]}"  # type: ignore[attr-defined]
    try:
        with_password = url.replace("//", "//me:s%40fe@") + "/elsewhere"
        assert ask(["flask"], Settings((with_password,)))["flask"]
    finally:
        other.shutdown()
        other.server_close()
    assert server.seen == [("/elsewhere/flask/", "Basic " + base64.b64encode(b"me:s@fe").decode())]  # type: ignore[attr-defined]
    assert other.seen == [("/json/flask/", None)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["broken", "denied"])
def test_what_is_no_index_is_one_message(url: str, kind: str) -> None:
    with pytest.raises(NoIndex) as error:
        ask(["flask"], Settings((f"{url.replace('//', '//me:secret@')}/{kind}",)))
    assert "127.0.0.1" in str(error.value) and "secret" not in str(error.value)


def test_bounds(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "PAGE", 10_000)
    with pytest.raises(NoIndex, match="more than"):
        ask(["flask"], Settings((f"{url}/endless",)))
    with pytest.raises(NoIndex, match="301 requirements"):
        ask([f"a{n}" for n in range(301)], Settings((url,)))
    monkeypatch.setattr(index, "DEADLINE", -1.0)
    with pytest.raises(NoIndex, match="too slowly"):
        ask(["flask"], Settings((f"{url}/json",)))


def test_settings(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://a.example/simple\nextra-index-url = https://b.example/s\n  file:///c\n"
    )
    env = {"PIP_CONFIG_FILE": str(config)}
    assert settings(env, tmp_path).urls == ("https://a.example/simple", "https://b.example/s")
    assert settings({**env, "PIP_INDEX_URL": "https://c.example"}, tmp_path).urls[0] == "https://c.example"
    assert settings({**env, "UV_DEFAULT_INDEX": "https://d.example"}, tmp_path).urls[0] == "https://d.example"
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".config" / "pip" / "pip.conf").write_text("[install]\nindex-url = https://e.example\ncert = /x.pem\n")
    assert settings({}, tmp_path) == Settings(("https://e.example",), "/x.pem")
    config.write_text("no section\n")
    with pytest.raises(NoIndex, match="no package index"):
        settings({"PIP_CONFIG_FILE": str(config), "PIP_INDEX_URL": "file:///srv/simple"}, tmp_path / "nowhere")


def test_the_default_is_pips_own() -> None:
    assert index.default_index().startswith("https://") and index.default_index().endswith("/simple")


def files(*names: str, python: str = "") -> list[File]:
    return [File(name, python) for name in names]


@pytest.mark.parametrize(
    ("dependency", "wheels"),
    [
        (Dependency("numpy", version="1.26.4"), {"1.26.4"}),
        (Dependency("numpy", specifier="<2"), {"1.26.4"}),
        (Dependency("numpy"), {"2.1.0"}),
        (Dependency("numpy", specifier=">=3"), set()),
        (Dependency("numpy", specifier="nonsense"), set()),
    ],
)
def test_the_newest_that_is_allowed_counts(dependency: Dependency, wheels: set[str]) -> None:
    said = choose(
        dependency, files(*PAGES["numpy"], "numpy-2.2.0rc1-cp313-cp313-manylinux_2_17_x86_64.whl", "numpy.txt")
    )
    assert {wheel.split("-")[1] for wheel in said.wheels} == wheels


def test_an_older_python_gets_the_last_release_for_it() -> None:
    old = files("a-1.0-cp38-cp38-manylinux_2_17_x86_64.whl", python=">=3.6")
    new = files("a-2.0-cp313-cp313-manylinux_2_17_x86_64.whl", "a-2.0.tar.gz", python=">=3.9")
    said = choose(Dependency("a"), [*old, *new])
    assert said == Resolved((old[0].name, new[0].name), sdist=True)


def project(*dependencies: Dependency) -> Facts:
    return Facts(Fact("shop"), Manager("pip"), dependencies=dependencies)


def test_what_the_index_said_is_a_fact() -> None:
    known = {"psycopg2==2.9.9": Resolved((), True), "gone": Resolved()}
    facts = apply(project(Dependency("psycopg2", version="2.9.9"), Dependency("gone"), Dependency("new")), known)
    assert [d.wheels for d in facts.dependencies] == [(), None, None]
    choice = choose_system_packages(facts, "3.13")
    assert choice.build[0].why == "psycopg2 2.9.9 has no wheel for Python 3.13 on the index: compiled"
    assert ["nothing" in w.message for w in facts.warnings] == [True, False]
    assert "--resolve" in facts.warnings[1].message
    assert apply(project(Dependency("new")), {}).warnings == ()


def test_a_lock_that_lists_its_files_is_not_asked_about() -> None:
    locked = Dependency("numpy", version="2.1.0", wheels=("numpy-2.1.0-py3-none-any.whl",))
    dev = Dependency("numpy", group="dev")
    facts = project(locked, dev)
    assert apply(facts, {"numpy": Resolved((), True), "numpy==2.1.0": Resolved((), True)}).dependencies == (locked, dev)


@given(st.dictionaries(st.text(max_size=30), st.builds(Resolved, st.just(("a-1.0-py3-none-any.whl",)), st.booleans())))
def test_what_is_written_is_read(known: dict[str, Resolved]) -> None:
    import tomli

    assert read(tomli.loads(write(known)).get("index")) == known


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_a_record_of_any_form_is_read(table: Any) -> None:
    assert isinstance(read(table), dict)


def requirements(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("flask\nnumpy==1.26.4\n")
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    return tmp_path


def test_init_keeps_what_it_was_told_and_asks_no_more(
    tmp_path: Path, url: str, server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = requirements(tmp_path)
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{url}/json")
    assert CliRunner().invoke(app, ["init", str(folder), "--yes", "--resolve"]).exit_code == 0
    first = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    assert b"ARG PYTHON_VERSION=3.12" in first["Dockerfile"], "numpy 1.26.4 has no wheel for a newer one"
    assert b'"numpy==1.26.4" = { wheels = ["numpy-1.26.4-cp312' in first[".dockgen.toml"]
    asked = len(server.seen)  # type: ignore[attr-defined]
    assert asked == 2
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9")
    assert CliRunner().invoke(app, ["init", str(folder), "--yes"]).exit_code == 0
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()} == first
    assert len(server.seen) == asked  # type: ignore[attr-defined]


def test_without_a_network_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = requirements(tmp_path)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    for command in (["init", str(folder), "--yes", "--resolve"], ["explain", str(folder), "--resolve"]):
        result = CliRunner().invoke(app, command)
        assert isinstance(result.exception, NoIndex) and result.exception.exit_code == 1
        assert "cannot be reached" in str(result.exception) and "--resolve" in str(result.exception)
    assert sorted(p.name for p in folder.iterdir()) == ["app.py", "requirements.txt"]


def test_explain_writes_nothing(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = requirements(tmp_path)
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{url}/html")
    result = CliRunner().invoke(app, ["explain", str(folder), "--resolve", "--json"])
    assert json.loads(result.stdout)["facts"]["python"]["value"] == "3.12"
    assert not (folder / ".dockgen.toml").exists()


def test_the_requirement_names_what_was_asked() -> None:
    assert requirement(Dependency("a", version="1.0")) == "a==1.0"
    assert requirement(Dependency("a", specifier=">=1")) == "a>=1"


def test_nothing_of_the_network_is_loaded_unasked() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from dockgen.cli import app; from typer.testing import CliRunner; "
        "CliRunner().invoke(app, ['explain', 'tests/projects/flask-pip']); "
        "print([m for m in ('dockgen.index', 'urllib.request', 'ssl', 'http.client') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
