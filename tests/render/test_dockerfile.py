"""The Dockerfile as text, from plans made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockgen.plans import Base, BuildStep, Install, Mount, Plan, Process, Project, SystemPackage
from dockgen.rendering import render
from dockgen.rendering.quoting import Unquotable

PLAN = Plan(
    name="shop",
    base=Base("python:${PYTHON_VERSION}-slim", "python:3.13-slim", "3.13"),
    syntax_line=True,
    install=Install(
        "uv",
        (("uv", "sync", "--locked"),),
        (Mount("uv.lock", "uv.lock"),),
        "uv.lock",
        uv_image="ghcr.io/astral-sh/uv:0.13",
    ),
    project=Project(),
    build_packages=(),
    runtime_packages=(),
    processes=(Process("web", "web", ("uvicorn", "main:app"), 8000, "/healthz", ("python", "-c", "check")),),
    environment=(),
    writable=(),
    compose=None,
    ignore=(("secrets", (".env",)),),
    files=("Dockerfile", ".dockerignore"),
    decisions=(),
    questions=(),
    warnings=(),
)


def dockerfile(plan: Plan) -> str:
    return render(plan)["Dockerfile"]


def last_stage(text: str) -> str:
    return text[text.rindex("\nFROM ") :]


def test_stages_in_the_order_of_how_seldom_they_change() -> None:
    text = dockerfile(PLAN)
    stages = [line.split()[-1] for line in text.splitlines() if line.startswith("FROM ")]
    assert stages == ["base", "dependencies", "project", "runtime"]
    assert text.startswith("# syntax=docker/dockerfile:1\nARG PYTHON_VERSION=3.13\n")


def test_the_last_stage_is_small_and_not_root() -> None:
    last = last_stage(dockerfile(replace(PLAN, build_packages=(SystemPackage("gcc", "psycopg2 is compiled"),))))
    assert "gcc" not in last and "uv" not in last.replace("uvicorn", "")
    assert "USER 10001:10001" in last
    assert last.rstrip().endswith('CMD ["uvicorn", "main:app"]')


def test_no_stage_that_the_project_does_not_need() -> None:
    text = dockerfile(replace(PLAN, install=None))
    assert text.count("FROM ") == 1
    assert ".venv" not in text


def test_the_syntax_line_is_an_answer() -> None:
    assert not dockerfile(replace(PLAN, syntax_line=False)).startswith("# syntax")


def test_a_command_line_program_takes_arguments() -> None:
    text = dockerfile(replace(PLAN, processes=(Process("cli", "cli", ("shop",)),)))
    assert text.rstrip().endswith('ENTRYPOINT ["shop"]')
    assert "EXPOSE" not in text and "HEALTHCHECK" not in text


def test_values_of_the_project_are_quoted() -> None:
    step = BuildStep(("python", "manage.py", "$(reboot)"), (("SECRET_KEY", "a b;c"),), "why\nRUN evil")
    text = dockerfile(replace(PLAN, project=Project(steps=(step,)), environment=(("NAME", 'x" $HOME'),)))
    assert "'$(reboot)'" in text and "SECRET_KEY='a b;c'" in text
    assert 'NAME="x\\" \\$HOME"' in text
    assert not [line for line in text.splitlines() if line.startswith("RUN evil")]


@pytest.mark.parametrize("evil", ["a\nUSER root", "x\x00"])
def test_a_line_break_in_a_value_is_refused(evil: str) -> None:
    with pytest.raises(Unquotable):
        dockerfile(replace(PLAN, processes=(Process("web", "web", ("run", evil)),)))


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert render(PLAN) == render(PLAN)
