"""Real builds: each project is built, run read-only without capabilities, answers, stops, and rebuilds after an edit."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
PROJECTS = Path(__file__).parents[1] / "projects"
ALLOWANCE = 64_000
"""Bytes above the project's own files that a code edit may add in layers."""


@dataclass(frozen=True)
class Expected:
    """What a project answers, and where "Welcome" stands for the edit."""

    folder: str
    file: str
    web: bool = False
    read_only: bool = True


EXPECTED = (
    Expected("fastapi-hatch", "src/shop/main.py", web=True),
    Expected("flask-pip", "web/__init__.py", web=True),
)


def run(*words: str, timeout: int = 900) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def until(condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.2)
    pytest.fail(f"not within {seconds} s: {what}")


@pytest.fixture(name="docker")
def command(docker: None) -> str:
    """The docker command, behind the fixture that says whether an engine answers."""
    return "docker"


@pytest.fixture
def name(docker: str) -> Iterator[str]:
    name = f"dockgen-test-{uuid.uuid4().hex[:10]}"
    yield name
    subprocess.run([docker, "rm", "-f", name], capture_output=True, check=False)
    subprocess.run([docker, "rmi", "-f", name, f"{name}:edited"], capture_output=True, check=False)


def get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return str(response.read().decode())
    except OSError:
        return ""


def layers(docker: str, image: str) -> list[str]:
    return run(docker, "image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", image).split()


def sizes(docker: str, image: str) -> int:
    return int(run(docker, "image", "inspect", "--format", "{{.Size}}", image))


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda e: e.folder)
def test_build_run_edit(expected: Expected, docker: str, name: str, tmp_path: Path) -> None:
    folder = tmp_path / expected.folder
    shutil.copytree(PROJECTS / expected.folder, folder)
    run(sys.executable, "-m", "dockgen", "init", "--yes", "--no-syntax-line", str(folder))
    run(docker, "build", "--tag", name, str(folder))
    tight = ["--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp"] + (
        ["--read-only"] if expected.read_only else []
    )
    assert answer(docker, name, name, tight, expected.web) == "Welcome"
    user = run(docker, "run", "--rm", "--entrypoint", "id", name)
    assert user.startswith("uid=10001 gid=10001")
    if expected.web:
        write = [
            docker,
            "run",
            "--rm",
            "--entrypoint",
            "sh",
            name,
            "-c",
            "touch /app/x || touch /opt/app/x || touch /usr/x",
        ]
        assert subprocess.run(write, capture_output=True, check=False).returncode != 0
    edited = folder / expected.file
    edited.write_text(edited.read_text().replace("Welcome", "Good day"))
    log = run(docker, "build", "--progress=plain", "--tag", f"{name}:edited", str(folder))
    steps = dict(re.findall(r"^#(\d+) (\[.*(?:apt-get|pip install|uv sync).*)$", log, re.MULTILINE))
    for number, step in steps.items():
        if "[dependencies" in step or "[base" in step:
            assert re.search(rf"^#{number} CACHED", log, re.MULTILINE), f"rebuilt after a code edit: {step}"
    before, after = layers(docker, name), layers(docker, f"{name}:edited")
    own = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    assert 1 <= len(set(after) - set(before)) <= 3
    assert abs(sizes(docker, f"{name}:edited") - sizes(docker, name)) <= own + ALLOWANCE
    assert answer(docker, f"{name}:edited", name, tight, expected.web) == "Good day"


def answer(docker: str, image: str, container: str, options: list[str], web: bool) -> str:
    """The greeting that the container gives. A web container must be healthy and stop within 2 s."""
    if not web:
        return (
            " ".join(run(docker, "run", "--rm", *options, image).split()[:2]).removesuffix(" to").removesuffix(" the")
        )
    run(docker, "run", "--detach", "--name", container, "--publish=127.0.0.1::8000", *options, image)
    status = [docker, "inspect", "--format", "{{.State.Health.Status}}", container]
    until(lambda: run(*status).strip() == "healthy", "healthy")
    port = run(docker, "port", container, "8000").split(":")[-1].strip()
    body = get(f"http://127.0.0.1:{port}/")
    start = time.monotonic()
    run(docker, "stop", container)
    assert time.monotonic() - start < 2
    assert run(docker, "inspect", "--format", "{{.State.ExitCode}}", container).strip() in ("0", "143")
    run(docker, "rm", container)
    return next((greeting for greeting in ("Welcome", "Good day") if greeting in body), body)


def test_a_stack_comes_up_at_the_first_try(docker: str, name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(PROJECTS / "django-postgres-celery-redis", folder)
    run(sys.executable, "-m", "dockgen", "init", "--yes", "--no-syntax-line", str(folder))
    compose = folder / "compose.yaml"
    compose.write_text(compose.read_text().replace("127.0.0.1:8000:8000", "127.0.0.1::8000"))  # any free port
    stack = (docker, "compose", "--project-name", name, "--project-directory", str(folder), "--file", str(compose))
    try:
        run(*stack, "up", "--build", "--wait", "--detach")
        address = run(*stack, "port", "web", "8000").strip()
        assert get(f"http://{address}/vote?choice=tea") == "voted"
        assert "1 votes" in get(f"http://{address}/")
        until(lambda: "succeeded" in run(*stack, "logs", "worker"), "the worker has done the task")
        password = (folder / ".secrets" / "db_password").read_text().strip()
        assert len(password) >= 16
        assert password not in compose.read_text()
        assert password not in run(docker, "history", "--no-trunc", name)
    finally:
        subprocess.run([*stack, "down", "--volumes", "--rmi=local"], capture_output=True, check=False)
