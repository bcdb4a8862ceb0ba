"""The stack as people work on it, and web servers in front: compose.override.yaml, watched and debugged, nginx, Caddy."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e import lab
from tests.expectations import copy_project

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("docker")]


@dataclass(frozen=True)
class Developed:
    """A stack of compose.yaml with compose.override.yaml. `ports`: as generated -> free ones of this machine."""

    stack: lab.Stack
    folder: Path
    ports: Mapping[int, int]
    images: tuple[str, ...] = field(default=())

    def url(self, port: int) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    def up(self, *words: str) -> None:
        result = self.stack.run("up", "--build", "--detach", "--wait", "--wait-timeout=240", *words, timeout=900)
        assert result.code == 0, f"{result.last(25)}\n{self.stack.logs()}"

    def container(self, service: str) -> str:
        return self.stack.run("ps", "--quiet", service).out.strip()

    @contextmanager
    def watching(self) -> Iterator[Path]:
        """`docker compose watch` while the block runs; the file that it prints to."""
        log = self.folder.parent / "watch.log"
        words = ["docker", "compose", f"--project-name={self.stack.name}", *(f"--file={f}" for f in self.stack.files)]
        with log.open("wb") as out:
            process = subprocess.Popen([*words, "watch", "--no-up"], cwd=self.folder, stdout=out, stderr=out)
        try:
            assert lab.poll(lambda: "Watch enabled" in log.read_text("utf-8", "replace"), 60), log.read_text()
            yield log
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def made(project: str, target: Path, *flags: str, extra: Mapping[str, object] | None = None) -> Iterator[Developed]:
    """A copy of the project with its files, its ports moved to free ones and its images under names of their own."""
    folder = copy_project(project, target)
    result = lab.init(folder, *flags)
    assert result.code == 0, result.text
    name = lab.unique(project)
    ports: dict[int, int] = {}
    images: list[str] = []
    for path in (folder / "compose.yaml", folder / "compose.override.yaml"):
        if not path.exists():
            continue
        text = path.read_text("utf-8")

        def moved(match: re.Match[str]) -> str:
            return f"127.0.0.1:{ports.setdefault(int(match[1]), lab.free_port())}"

        def named(match: re.Match[str]) -> str:
            image = match[1] if "/" in match[1] or match[1].split(":")[0] in PUBLIC else f"{name}-{match[1]}"
            images.extend([image] if image.startswith(name) else [])
            return f"image: {image}"

        text = re.sub(r"127\.0\.0\.1:(\d+)(?=[:}])", moved, text)
        path.write_text(re.sub(r"image: (\S+)", named, text), "utf-8")
    files = [path for path in (folder / "compose.yaml", folder / "compose.override.yaml") if path.exists()]
    if extra:
        (target / "extra.yaml").write_text(lab.override_text(extra))
        files.append(target / "extra.yaml")
    developed = Developed(lab.Stack(folder, name, tuple(files)), folder, ports, tuple(dict.fromkeys(images)))
    try:
        yield developed
    finally:
        developed.stack.run("--profile=*", "down", "--volumes", "--remove-orphans", "--timeout=3", timeout=180)
        lab.remove_image(*developed.images)


PUBLIC = ("postgres", "mysql", "redis", "rabbitmq", "adminer", "caddy", "nginx")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), "utf-8")


def answers_as_debugger(port: int) -> bool:
    """Whether debugpy answers there: the first request of the Debug Adapter Protocol."""
    arguments = {"adapterID": "python", "clientID": "dockgen"}
    body = json.dumps({"seq": 1, "type": "request", "command": "initialize", "arguments": arguments}).encode()
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            connection.settimeout(5)
            connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            said = b""
            while b'"command": "initialize", "body"' not in said and len(said) < 65536:
                said += connection.recv(65536) or b" " * 65536
            return b'"success": true' in said and b"ptvsd" in said  # the name that it goes by in the protocol
    except OSError:
        return False


def published(stack: lab.Stack) -> set[str]:
    """The addresses of this machine that the stack's containers listen on."""
    listed = [json.loads(line) for line in stack.run("ps", "--format=json").out.splitlines()]
    return {port["URL"] for one in listed for port in one["Publishers"] or () if port["PublishedPort"]}


def test_an_edit_is_seen_without_a_rebuild_and_a_manifest_rebuilds(tmp_path: Path) -> None:
    with made("fastapi-uv", tmp_path, "--with", "dev") as stack:
        stack.up()
        assert "every parcel has a place" in lab.http(stack.url(8000)).body
        before = stack.container("web")
        with stack.watching() as log:
            edit(stack.folder / "src/tracker/main.py", "every parcel has a place", "no parcel is lost")
            answer = lab.http_until(stack.url(8000), lambda a: "no parcel is lost" in a.body, 30)
            assert "no parcel is lost" in answer.body, log.read_text()
            assert stack.container("web") == before and "Rebuilding" not in log.read_text()
            with (stack.folder / "pyproject.toml").open("a") as manifest:
                manifest.write("\n# one line more\n")
            assert lab.poll(lambda: stack.container("web") not in ("", before), 180, 1), log.read_text()
            answer = lab.http_until(stack.url(8000), lambda a: a.status == 200, 60)
            assert "no parcel is lost" in answer.body
        # Its own tests are there to be run: what develops has the development dependencies.
        assert stack.stack.run("exec", "-T", "web", "python", "-m", "pytest", "--version").code == 0
        assert stack.stack.run("exec", "-T", "web", "id", "-u").out.strip() == "10001"


def test_the_debugger_answers_on_this_machine_alone(tmp_path: Path) -> None:
    with made("fastapi-uv", tmp_path, "--with", "dev") as stack:
        stack.up("web")
        assert not answers_as_debugger(stack.ports[5678])
        result = stack.stack.run("--profile=debug", "up", "--build", "--detach", "--wait", timeout=600)
        assert result.code == 0, f"{result.last(25)}\n{stack.stack.logs()}"
        assert answers_as_debugger(stack.ports[5678]), stack.stack.logs()
        assert "every parcel" in lab.http(stack.url(8001)).body  # the same process, debugged
        assert published(stack.stack) == {"127.0.0.1"}
        # Production is one -f away, and has none of it.
        production = lab.Stack(stack.folder, stack.stack.name, (stack.folder / "compose.yaml",))
        config = production.run("--profile=*", "config").out
        assert "target" not in config.replace("target: 8000", "") and "debugpy" not in config
        assert production.run("build", timeout=600).code == 0
        runtime = next(image for image in stack.images if not image.endswith(":dev"))
        for module in ("debugpy", "watchfiles", "pytest"):
            found = lab.docker("run", "--rm", runtime, "python", "-c", f"import {module}", timeout=60)
            assert found.code != 0 and "No module named" in found.text, found.text


def test_a_worker_starts_again_with_changed_code(tmp_path: Path) -> None:
    with made("dev-flask-celery-rabbitmq", tmp_path) as stack:
        stack.up()
        assert "42 orders are on their way" in lab.http(stack.url(8000)).body
        assert lab.http(f"{stack.url(8000)}/orders/Ada", method="POST").status == 202

        def stack_log() -> str:
            return stack.stack.run("logs", "--no-color", "worker").out

        assert lab.poll(lambda: "packed for Ada" in stack_log(), 30, 1), stack_log()
        before = stack.container("worker")
        with stack.watching() as log:
            edit(stack.folder / "orders/tasks.py", "packed for", "wrapped for")
            assert lab.poll(lambda: stack_log().count("celery@") > 1 and "wrapped" not in stack_log(), 60, 1), (
                log.read_text() + stack_log()
            )

            def wrapped() -> bool:
                lab.http(f"{stack.url(8000)}/orders/Bob", method="POST")
                return "wrapped for Bob" in stack_log()

            assert lab.poll(wrapped, 60, 2), log.read_text() + stack_log()
            edit(stack.folder / "orders/__init__.py", "are on their way", "have come")
            answer = lab.http_until(stack.url(8000), lambda a: "42 orders have come" in a.body, 30)
            assert "42 orders have come" in answer.body, log.read_text()
        assert stack.container("worker") == before
        # flower is told where the broker is by a file that holds the password, not by the compose file.
        secret = (stack.folder / ".secrets/rabbitmq.env").read_text().split("=", 1)[1].strip()
        assert secret in (stack.folder / ".secrets/flower.env").read_text()
        assert secret not in (stack.folder / "compose.override.yaml").read_text()
        # By that address the workers are found.
        url = (stack.folder / ".secrets/flower.env").read_text().split("=", 1)[1].strip()

        def found() -> bool:  # the worker may be starting again just then
            words = ("celery", f"--broker={url}", "inspect", "ping", "--timeout=5")
            return "pong" in stack.stack.run("exec", "-T", "worker", *words, timeout=60).out

        assert lab.poll(found, 90, 2), stack_log()


def test_static_and_uploaded_files_of_django_come_through_nginx(tmp_path: Path) -> None:
    css = "/static/admin/css/base.css"
    with made("django-static-pip", tmp_path) as stack:
        stack.up()
        assert "0 pictures on the wall" in lab.http(stack.url(8000)).body
        answer = lab.http(stack.url(8000) + css)
        assert answer.status == 200 and answer.headers["Content-Type"] == "text/css"
        # What the application itself says to that: nobody else serves it.
        code = f"import urllib.request as r; r.urlopen('http://127.0.0.1:8000{css}')"
        assert "HTTP Error 404" in stack.stack.run("exec", "-T", "web", "python", "-c", code).err
        sent = lab.http(f"{stack.url(8000)}/pictures/cat.txt", method="POST", data=b"a cat")
        assert sent.status == 201 and lab.http(stack.url(8000) + sent.body).body == "a cat"
        assert lab.http(f"{stack.url(8000)}/static/../secret").status == 404
        # The application comes back at another address, and is found there.
        again = stack.stack.run("up", "--detach", "--force-recreate", "--no-deps", "--wait", "web", timeout=120)
        assert again.code == 0, again.text
        answer = lab.http_until(stack.url(8000), lambda a: "1 pictures" in a.body, 30)
        assert "1 pictures on the wall" in answer.body, answer
        # What is new in the project is served after the next build: nothing keeps an older copy.
        (stack.folder / "pictures/static").mkdir()
        (stack.folder / "pictures/static/wall.css").write_text("body { color: teal }\n")
        stack.up()
        assert "teal" in lab.http_until(f"{stack.url(8000)}/static/wall.css", lambda a: a.status == 200, 20).body
        assert lab.http(stack.url(8000) + sent.body).body == "a cat"
        root = stack.stack.run("exec", "-T", "nginx", "sh", "-c", "id -u; touch /srv/static/x /etc/x")
        assert root.out.strip() == "10001" and root.code != 0


CATCHER = """
import socketserver
class Mail(socketserver.StreamRequestHandler):
    def handle(self):
        say = lambda text: self.wfile.write(text.encode() + b'\\r\\n')
        say('220 here')
        for line in self.rfile:
            word = line[:4].upper()
            if word == b'DATA':
                say('354 go on')
                for line in self.rfile:
                    if line == b'.\\r\\n':
                        break
                    print('MAIL', line.decode().strip(), flush=True)
            say('250 fine' if word != b'QUIT' else '221 bye')
            if word == b'QUIT':
                return
socketserver.ThreadingTCPServer(('0.0.0.0', 1025), Mail).serve_forever()
"""


def test_django_is_developed_without_nginx_and_its_mail_is_caught(tmp_path: Path) -> None:
    """A few lines of Python stand in for mailpit, whose image is not at hand."""
    listening = "import socket; socket.create_connection(('127.0.0.1', 1025), 2)"
    stand_in = {
        "image": "python:3.13-slim",
        "command": ["python", "-c", CATCHER],
        "healthcheck": {"test": ["CMD", "python", "-c", listening], "interval": "2s"},
    }
    with made("django-static-pip", tmp_path, "--with", "dev", extra={"services": {"mailpit": stand_in}}) as stack:
        stack.up()
        assert "nginx" not in stack.stack.run("ps", "--services").out.split()
        # Django's own server has the static files, because DEBUG is on where the code reads it.
        assert lab.http(f"{stack.url(8000)}/static/admin/css/base.css").status == 200
        with stack.watching() as log:
            edit(stack.folder / "pictures/views.py", "pictures on the wall", "pictures in the hall")
            answer = lab.http_until(stack.url(8000), lambda a: "in the hall" in a.body, 30)
            assert "in the hall" in answer.body, log.read_text()
        assert lab.http(f"{stack.url(8000)}/greet/ada").body == "sent"
        mails = stack.stack.run("logs", "--no-color", "mailpit").out
        assert "Welcome to the gallery, ada." in mails
        assert published(stack.stack) == {"127.0.0.1"}


CADDY = """
FROM debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends caddy wget libcap2-bin \\
    && setcap cap_net_bind_service=+ep /usr/bin/caddy
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
"""
"""Debian's Caddy as the official image has it: the same command, folders and file capability."""


def test_the_gateway_leads_each_host_to_its_service(tmp_path: Path) -> None:
    (tmp_path / "caddy").mkdir()
    (tmp_path / "caddy/Dockerfile").write_text(CADDY)
    caddy = lab.unique("caddy")
    lab.build(tmp_path / "caddy", caddy)
    http, https = lab.free_port(), lab.free_port()
    ports = {"GATEWAY_HTTP": f"127.0.0.1:{http}", "GATEWAY_HTTPS": f"127.0.0.1:{https}"}
    extra = {"services": {"gateway": {"image": caddy}}}
    try:
        with made("gateway-two-services", tmp_path / "project", extra=extra) as stack:
            env = stack.folder / ".env"
            env.write_text("".join(f"{name}={value}\n" for name, value in ports.items()))
            files = (stack.folder / "compose.yaml", tmp_path / "project/extra.yaml")
            production = Developed(lab.Stack(stack.folder, stack.stack.name, files), stack.folder, {})
            production.up()
            site = lab.http(f"http://127.0.0.1:{http}/")
            assert site.body == f"the site, by http at 127.0.0.1:{http}", site
            where = lab.http(f"http://127.0.0.1:{http}/where", headers={"Host": "api.localhost"})
            assert json.loads(where.body)["url"] == "http://api.localhost/where", where
            # Only the gateway is open.
            listed = [json.loads(x) for x in production.stack.run("ps", "--format=json").out.splitlines()]
            assert {x["Service"] for x in listed if any(p["PublishedPort"] for p in x["Publishers"])} == {"gateway"}
            # By HTTPS the applications know that it is one.
            env.write_text(env.read_text() + "SITE_SCHEME=https\n")
            production.up()
            asked = lab.command(
                "curl", "--silent", "--insecure", "--resolve", f"localhost:{https}:127.0.0.1", f"https://localhost:{https}/"
            )  # fmt: skip
            assert asked.out.startswith("the site, by https at localhost"), asked.text
    finally:
        lab.remove_image(caddy)


def test_compose_takes_the_override_by_itself(tmp_path: Path) -> None:
    """`docker compose` without -f is development, with -f compose.yaml it is production."""
    with made("fastapi-uv", tmp_path, "--with", "dev") as stack:
        by_itself = lab.docker("compose", "config", "--format=json", cwd=stack.folder, check=True)
        assert json.loads(by_itself.out)["services"]["web"]["build"]["target"] == "dev"
        production = lab.docker(
            "compose", "-f", "compose.yaml", "config", "--format=json", cwd=stack.folder, check=True
        )
        assert "target" not in json.loads(production.out)["services"]["web"]["build"]
