"""Several applications in one tree, built and run: all healthy with one command, and an edit in one rebuilds one."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.e2e import lab
from tests.expectations import copy_project

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("docker")]


@contextmanager
def up(folder: Path) -> Iterator[tuple[lab.Stack, dict[str, str]]]:
    """The stack with its ports moved to free ones and its images under names of its own; (stack, name -> URL)."""
    name = lab.unique(folder.name)
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    override: dict[str, object] = {}
    urls: dict[str, str] = {}
    for service, content in services.items():
        changes: dict[str, object] = {}
        if "build" in content:
            changes["image"] = f"{name}-{service}"
        if content.get("ports"):
            port, inside = lab.free_port(), content["ports"][0].rsplit(":", 1)[1]
            urls[service] = f"http://127.0.0.1:{port}"
            changes["ports"] = lab.Replace([f"127.0.0.1:{port}:{inside}"])
        if changes:
            override[service] = changes
    for dockerfile in folder.rglob("Dockerfile"):
        dockerfile.write_text(lab.set_apart(dockerfile.read_text("utf-8")), "utf-8")
    with lab.stack(folder, {"services": override}) as stack:
        try:
            result = stack.run("up", "--build", "--detach", "--wait", "--wait-timeout=300", timeout=900)
            assert result.code == 0, f"{result.last(25)}\n{stack.logs()}"
            yield stack, urls
        finally:
            stack.run("down", "--volumes", "--timeout=3", timeout=180)
            lab.remove_image(*(f"{name}-{service}" for service, content in services.items() if "build" in content))


def images(stack: lab.Stack) -> dict[str, tuple[str, ...]]:
    """Service -> its image's layers, for those that are built here."""
    listed = json.loads(stack.run("config", "--format=json").out)["services"]
    return {name: lab.layer_digests(service["image"]) for name, service in listed.items() if "build" in service}


def made(project: str, target: Path, *flags: str) -> Path:
    folder = copy_project(project, target)
    result = lab.init(folder, *flags)
    assert result.code == 0, result.text
    return folder


def test_two_members_of_a_uv_workspace_share_a_package_and_a_database(tmp_path: Path) -> None:
    folder = made("uv-services", tmp_path)
    with up(folder) as (stack, urls):
        wrote = lab.http(f"{urls['ledger-api']}/entries/40", method="POST")
        assert wrote.status == 200, wrote
        lab.http(f"{urls['ledger-api']}/entries/2", method="POST")
        # The one asks the other by its name in the stack, and that one reads what the first wrote.
        assert json.loads(lab.http(f"{urls['ledger-api']}/summary").body) == {
            "by": "ledger-api",
            "total": 42,
            "unit": "EUR",
        }
        # Each image holds its own member and what that depends on, and not the other.
        listing = stack.run("exec", "-T", "totals", "ls", "/app", "/opt/app").out.split()
        assert {"main.py", "ledger"} <= set(listing)
        assert not {"packages", "services", "ledger_api"} & set(listing)
        found = stack.run("exec", "-T", "ledger-api", "python", "-c", "import fastapi, ledger, ledger_api")
        assert found.code == 0, found.text
        assert stack.run("exec", "-T", "totals", "python", "-c", "import fastapi").code != 0
        before = images(stack)
        main = folder / "services/totals/main.py"
        main.write_text(main.read_text().replace('"unit": "EUR"', '"unit": "CHF"'))
        again = stack.run("build", timeout=600)
        assert again.code == 0, again.last(20)
        after = images(stack)
        assert after["ledger-api"] == before["ledger-api"]
        new = [layer for layer in after["totals"] if layer not in before["totals"]]
        assert len(new) == 1, f"{len(new)} layers of totals are new after a one-line edit"
        for step in lab.steps(again.text):
            # Whether BuildKit says CACHED of a FROM depends on what it pulled before: RUN and COPY count.
            if re.search(r"\b(dependencies|base|build) +\d+/\d+\] (RUN|COPY|ADD) ", step.title):
                assert step.cached, step.title
        assert stack.run("up", "--detach", "--wait", timeout=240).code == 0
        assert json.loads(lab.http(f"{urls['totals']}/total").body) == {"total": 42, "unit": "CHF"}


def test_two_folders_with_requirements_of_their_own(tmp_path: Path) -> None:
    folder = made("shop-and-mailer", tmp_path)
    with up(folder) as (stack, urls):
        assert lab.http(f"{urls['shop']}/orders/Ada", method="POST").status == 202
        lab.http_until(f"{urls['shop']}/mails", lambda a: "Dear Ada" in a.body, 30)
        before = images(stack)
        main = folder / "mailer/main.py"
        main.write_text(main.read_text().replace('"Dear"', '"Hello"'))
        assert stack.run("build", timeout=600).code == 0
        after = images(stack)
        assert after["shop"] == before["shop"]
        assert len([layer for layer in after["mailer"] if layer not in before["mailer"]]) == 1


def test_bake_builds_all_images(tmp_path: Path) -> None:
    folder = made("uv-services", tmp_path, "--with", "bake")
    tag = f"t{time.time_ns()}"
    names = [f"uv-services-{name}:{tag}" for name in ("ledger-api", "totals")]
    printed = lab.docker("buildx", "bake", "--file=docker-bake.hcl", "--print", cwd=folder)
    assert printed.code == 0, printed.text
    assert sorted(json.loads(printed.out)["target"]) == ["ledger-api", "totals"]
    assert "platforms" not in json.loads(printed.out)["target"]["totals"]
    words = (
        "env",
        "PLATFORMS=linux/amd64,linux/arm64",
        "docker",
        "buildx",
        "bake",
        "--file=docker-bake.hcl",
        "--print",
    )
    several = json.loads(lab.command(*words, cwd=folder).out)["target"]
    assert all(target["platforms"] == ["linux/amd64", "linux/arm64"] for target in several.values())
    try:
        built = lab.command("env", f"TAG={tag}", "docker", "buildx", "bake", "--file=docker-bake.hcl", "--load",
                            timeout=900, cwd=folder)  # fmt: skip
        assert built.code == 0, built.last(20)
        for name in names:
            assert lab.has_image(name)
    finally:
        lab.remove_image(*names)
