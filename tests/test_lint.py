"""hadolint, BuildKit's own checks, yamllint and compose find nothing in any golden file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e import lab

HERE = Path(__file__).parent
PROJECTS = tuple(sorted(p.name for p in (HERE / "projects").glob("*") if p.is_dir()))
GOLDEN = HERE / "golden"
DOCKERFILES = tuple(p.relative_to(GOLDEN).as_posix() for p in sorted(GOLDEN.rglob("Dockerfile")))
BIN = Path(sys.executable).parent

YAMLLINT = """
extends: default
rules:
  line-length: disable  # a command or a health check is not broken into lines
"""


def test_every_project_has_a_dockerfile() -> None:
    assert {path.split("/")[0] for path in DOCKERFILES} == set(PROJECTS)


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_hadolint(dockerfile: str) -> None:
    result = lab.command(str(BIN / "hadolint"), "--no-color", str(GOLDEN / dockerfile))
    assert (result.code, result.text) == (0, "")


def test_hadolint_finds_what_is_wrong(tmp_path: Path) -> None:
    """The linter does read the file: a shell-form CMD and an unpinned base are found."""
    (tmp_path / "Dockerfile").write_text("FROM python\nCMD python app.py\n")
    result = lab.command(str(BIN / "hadolint"), str(tmp_path / "Dockerfile"))
    assert result.code
    assert "DL3006" in result.text and "DL3025" in result.text


@pytest.mark.parametrize("name", sorted(str(path.relative_to(GOLDEN)) for path in GOLDEN.glob("*/compose*.yaml")))
def test_yamllint(name: str) -> None:
    compose = GOLDEN / name
    result = lab.command(str(BIN / "yamllint"), "--strict", "--config-data", YAMLLINT, str(compose))
    assert (result.code, result.text) == (0, "")


@pytest.mark.e2e
@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_build_check(dockerfile: str, tmp_path: Path) -> None:
    """`docker build --check`. Without the `# syntax` line: it asks a registry for what the engine has itself."""
    text = (GOLDEN / dockerfile).read_text("utf-8")
    (tmp_path / "Dockerfile").write_text("".join(x for x in text.splitlines(True) if not x.startswith("# syntax=")))
    beside = GOLDEN / dockerfile.replace("Dockerfile", ".dockerignore")
    ignore = beside if beside.exists() else GOLDEN / dockerfile.split("/")[0] / ".dockerignore"
    (tmp_path / ".dockerignore").write_bytes(ignore.read_bytes())
    # The check reads the configuration of the base image; any will do where the right one is not at hand.
    stand_ins = [f"--build-context={name}=docker-image://python:3.13-slim" for name in lab.missing_images(text)]
    result = lab.docker("buildx", "build", "--check", *stand_ins, str(tmp_path), timeout=120)
    assert result.code == 0, result.text
    assert "no warnings found" in result.text, result.text


@pytest.mark.e2e
@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("project", PROJECTS)
def test_compose_config(project: str, tmp_path: Path) -> None:
    folder = tmp_path / project
    lab.copy_tree(HERE / "projects" / project, folder)
    made = lab.dockgen("init", str(folder), "--yes")
    assert made.code == 0, made.text
    if not (folder / "compose.yaml").exists():
        pytest.skip("no compose.yaml")
    # With compose.override.yaml, where there is one, and every profile; then as production has it.
    for words in (("--profile=*",), ("-f", "compose.yaml", "--profile=*")):
        flags = ["--project-directory", str(folder), *words]
        result = lab.docker("compose", *flags, "config", "--quiet", cwd=folder)
        assert (result.code, result.text) == (0, "")


@pytest.mark.e2e
@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("configuration", sorted(GOLDEN.rglob("nginx.docker.conf")), ids=lambda p: p.parent.name)
def test_nginx_takes_its_configuration(configuration: Path, tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_bytes(configuration.read_bytes())  # where an engine elsewhere sees it, too
    mount = f"--volume={tmp_path}/nginx.conf:/etc/nginx/nginx.conf:ro"
    result = lab.docker("run", "--rm", *lab.HARDENED, "--user=10001", mount, "nginx:1-alpine", "nginx", "-t")
    assert result.code == 0 and "test is successful" in result.text, result.text
