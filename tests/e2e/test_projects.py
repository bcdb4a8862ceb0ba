"""Real builds of tests/projects, with `dockgen init --yes` and no other answer.

Each project is built, run read-only without capabilities, waited for, asked, looked at (user, what it may
write), stopped; then one line is edited, and the rebuild must leave every dependency layer alone,
add no more than the project's own files, and serve the new answer. Projects that need services are run as
the stack that compose.yaml describes.

A few always; all with --all-projects or DOCKGEN_ALL_PROJECTS=1.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import lab
from tests.expectations import EXPECTATIONS, Expectation, Request, apply_edit, by_folder, copy_project

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("docker")]

ALWAYS = (
    "fastapi-uv",
    "flask-pip-hashed",
    "cli-uv",
    "bot-pip",
    "script-plain",
    "django-uv-postgres-celery-redis",
)
"""Two web frameworks, a console script, a bot, a plain script, and the combination that matters."""

CELERY_STOP = 4.0
"""Seconds. An idle Celery worker takes 2.2 s for its warm shutdown, whatever its options; a cold one loses tasks."""

ALLOWANCE = 64_000
"""Bytes above the project's own files that a code edit may add in layers (design: PRACTICES.md)."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "expected" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-projects") or os.environ.get("DOCKGEN_ALL_PROJECTS") == "1"
        chosen = [e for e in EXPECTATIONS if every or e.folder in ALWAYS]
        metafunc.parametrize("expected", chosen, ids=[e.folder for e in chosen])


def test_the_few_are_there() -> None:
    assert {by_folder(folder).folder for folder in ALWAYS} == set(ALWAYS)


def prepare(expected: Expectation, target: Path) -> tuple[Path, dict[str, Any]]:
    """A copy with generated files, and what explain says about it."""
    folder = copy_project(expected.folder, target)
    made = lab.init(folder)
    assert made.code == 0, made.text
    return folder, lab.explained(folder)


def test_project(expected: Expectation, tmp_path: Path) -> None:
    folder, record = prepare(expected, tmp_path)
    main = record["plan"]["processes"][0]
    first, second = lab.unique(expected.folder), lab.unique(expected.folder)
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(lab.set_apart(dockerfile.read_text("utf-8")), "utf-8")
    try:
        before = lab.build(folder, first)
        looked_at(record, first)
        with started(expected, folder, first, main) as run:
            run.answers(expected)
            run.runs_as_nobody()
            run.stops(CELERY_STOP if expected.kind == "worker" else 2)
        apply_edit(folder, expected.edit)
        after = lab.build(folder, second)
        rebuilt(before, after, folder)
        with started(expected, folder, second, main) as run:
            run.shows_the_edit(expected)
    finally:
        lab.remove_image(first, second)


# ---- what the image is


def looked_at(record: dict[str, Any], image: str) -> None:
    """A numeric user who may write nowhere but where a program has to, in an image without tools to build."""
    written = " ".join(d["value"] for d in record["plan"]["decisions"] if d["answer"] == "writable").split()
    user = lab.docker("image", "inspect", "--format={{.Config.User}}", image, check=True).out.strip()
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), f"user {user!r}"
    uid = lab.docker("run", "--rm", "--entrypoint=id", image, "-u", check=True).out.strip()
    assert uid == user.split(":")[0]
    for path in ("/usr", "/usr/local/bin", "/etc", "/opt", "/app/.venv", "/app"):
        if path in written:
            continue
        wrote = lab.docker("run", "--rm", "--entrypoint=sh", image, "-c", f"test -d {path} && touch {path}/planted")
        assert wrote.code != 0, f"{user} can write to {path}"
    tools = "for tool in gcc cc g++ make uv poetry pdm pipenv git curl; do command -v $tool; done; ls /app/.git /app/.secrets"
    found = lab.docker("run", "--rm", "--entrypoint=sh", image, "-c", tools)
    assert found.out == "", f"in the image: {found.out}"


def rebuilt(before: lab.Build, after: lab.Build, folder: Path) -> None:
    """No dependency step ran again, and the new layers hold the project's own files and little else."""
    ran = [
        step.title
        for step in after.steps
        if not step.cached
        and (
            "apt-get install" in step.title
            or "--from=dependencies" in step.title
            or (step.stage in ("base", "build", "dependencies") and " RUN " in step.title)
        )
    ]
    assert not ran, f"rebuilt after a one-line edit: {ran}"
    own = [path for path in folder.rglob("*") if path.is_file()]
    changed = lab.changed_layers(before.image, after.image)
    assert 1 <= len(changed) <= 3, changed
    files = {f"{n}:{name}": size for n, layer in enumerate(changed) for name, size in layer.files.items()}
    bytecode = sum(size for name, size in files.items() if name.endswith(".pyc"))
    largest = sorted(files.items(), key=lambda item: -item[1])[:8]
    written = sum(files.values()) - bytecode
    assert written <= sum(path.stat().st_size for path in own) + ALLOWANCE, f"{written} bytes, the largest: {largest}"
    code = sum(path.stat().st_size for path in own if path.suffix == ".py")
    assert bytecode <= 3 * code + ALLOWANCE, f"{bytecode} bytes of bytecode for {code} of code"


# ---- how it runs


@dataclass(frozen=True)
class Running:
    """The main process's container, alone or in its stack. `base`: where it answers, "" when it does not listen."""

    container: lab.Container
    base: str
    stack: bool

    def ask(self, request: Request, patience: float = 0) -> lab.Answer:
        """The answer, asked again for `patience` seconds until it is as expected."""
        answer = lab.Answer(0, "")

        def done() -> bool:
            nonlocal answer
            answer = lab.http(
                self.base + request.path,
                method=request.method,
                data=None if request.body is None else request.body.encode(),
                headers={"Content-Type": "application/json"} if request.body is not None else {},
            )
            return answer.status == request.status and request.text in answer.body

        lab.poll(done, patience)
        return answer

    def answers(self, expected: Expectation) -> None:
        """Every request and every text of the row."""
        requests = list(expected.http)
        if self.stack:
            requests += [request for request in (expected.write, expected.read) if request]
        for request in requests:
            answer = self.ask(request, 30 if request is expected.read else 0)
            assert (answer.status, request.text in answer.body) == (request.status, True), (
                f"{request.method} {request.path}: {answer.status} {answer.body[:500]}\n{self.container.logs().last()}"
            )
        if expected.output:
            self.container.wait_output(expected.output, 60)
        if expected.exit_code is not None:
            assert self.container.wait(60) == expected.exit_code, self.container.logs().last()
        if self.stack and expected.service_run:
            words, text = expected.service_run
            ran = self.container.execute(*words, timeout=60)
            assert ran.code == 0 and text in ran.text, ran.text

    def runs_as_nobody(self) -> None:
        """The user of the process, and what the kernel lets it do."""
        if self.container.state != "running":
            return
        status = self.container.execute("cat", "/proc/1/status").out
        assert re.search(r"(?m)^Uid:\s+10001\s+10001", status), status
        assert re.search(r"(?m)^CapEff:\s+0+$", status), status
        assert re.search(r"(?m)^NoNewPrivs:\s+1$", status), status

    def stops(self, limit: float) -> None:
        """Within `limit` seconds, with an exit code that says it was asked to."""
        if self.container.state == "running":
            seconds, code = self.container.stop()
            assert seconds < limit, f"took {seconds:.1f} s to stop"
            assert code in (0, 143), f"exit code {code}: {self.container.logs().last()}"

    def shows_the_edit(self, expected: Expectation) -> None:
        """The new text is in what it answers, prints or computes."""
        edit = expected.edit
        if edit.path:
            answer = self.ask(Request(edit.path, edit.text))
            assert edit.text in answer.body, f"{answer.status} {answer.body[:500]}"
        elif edit.run:
            ran = self.container.execute(*edit.run, timeout=60)
            assert edit.text in ran.text, ran.text
        else:
            self.container.wait_output(edit.text, 60)


@contextmanager
def started(expected: Expectation, folder: Path, image: str, main: dict[str, Any]) -> Iterator[Running]:
    """The project as it is meant to run, healthy: its stack where it needs or keeps something, else its image."""
    in_stack = expected.needs_compose or bool(expected.write)
    with in_a_stack(folder, image, main) if in_stack else alone(expected, image, main) as run:
        yield run


@contextmanager
def alone(expected: Expectation, image: str, main: dict[str, Any]) -> Iterator[Running]:
    """The image by itself, read-only and without capabilities."""
    port = main["port"]
    with lab.running(image, env=dict(expected.environment), publish=port) as container:
        if expected.kind == "web":
            container.wait_healthy(90)
        yield Running(container, f"http://127.0.0.1:{container.port(port)}" if port else "", False)


@contextmanager
def in_a_stack(folder: Path, image: str, main: dict[str, Any]) -> Iterator[Running]:
    """The stack of compose.yaml with the image as built, its ports moved to free ones."""
    override, ports = lab.remapped(folder / "compose.yaml", image)
    with lab.stack(folder, override) as stack:
        up = stack.run("up", "--detach", "--wait", "--wait-timeout=180", timeout=240)
        assert up.code == 0, f"{up.last(6)}\n{stack.logs()}"
        ident = stack.run("ps", "--quiet", main["name"]).out.split()
        assert len(ident) == 1, f"no container of {main['name']}"
        base = f"http://127.0.0.1:{ports[main['port']]}" if main["port"] else ""
        yield Running(lab.Container(ident[0]), base, True)


# ---- what the lab itself must tell apart


def test_a_broken_build_is_told(tmp_path: Path) -> None:
    """The helpers do fail: a build that breaks, a container that ends, one that never prints the text."""
    (tmp_path / "Dockerfile").write_text("FROM python:3.13-slim\nRUN exit 3\n")
    with pytest.raises(lab.LabError, match="exit code: 3"):
        lab.build(tmp_path, lab.unique("broken"))
    with lab.running("python:3.13-slim", "python", "-c", "print('one')") as container:
        with pytest.raises(lab.LabError, match="did not print 'two'"):
            container.wait_output("two", 20)
        with pytest.raises(lab.LabError, match="ended with exit code 0"):
            container.wait_healthy(5)


def test_a_rebuilt_dependency_is_seen(tmp_path: Path) -> None:
    """The comparison of layers does notice a Dockerfile that installs after copying the code."""
    text = "FROM python:3.13-slim AS dependencies\nCOPY . /app\nRUN head -c 300000 /dev/urandom > /blob\n"
    text += "FROM python:3.13-slim AS runtime\nCOPY --from=dependencies /blob /blob\n"
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "app.py").write_text(f"x = {time.time_ns()}\n")  # which no earlier run has in its cache
    first, second = lab.unique("order"), lab.unique("order")
    try:
        before = lab.build(tmp_path, first)
        (tmp_path / "app.py").write_text(f"x = -{time.time_ns()}\n")
        after = lab.build(tmp_path, second)
        with pytest.raises(AssertionError, match="rebuilt after a one-line edit"):
            rebuilt(before, after, tmp_path)
        changed = lab.changed_layers(before.image, after.image)
        assert sum(layer.size for layer in changed) >= 300_000
    finally:
        lab.remove_image(first, second)
