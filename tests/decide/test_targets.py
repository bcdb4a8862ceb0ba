"""The stages beside the one that runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dockgen.decide import decide
from dockgen.decide.reload import reloading
from dockgen.decide.targets import debugged, groups_with_tests
from dockgen.errors import Usage
from dockgen.facts import ConsoleScript, Dependency, Evidence, Fact, Facts, Manager
from dockgen.plans import Plan, Project
from dockgen.rendering import render

E = Evidence("pyproject.toml", 9, "dependency group dev")
UV = Facts(
    Fact("shop"),
    Manager(
        "uv",
        "uv.lock",
        files=("pyproject.toml", "uv.lock"),
        packaged=True,
        packages=("shop",),
        build_backend="hatchling.build",
    ),
    dependencies=(
        Dependency("uvicorn", version="0.38.0", wheels=("uvicorn-0.38.0-py3-none-any.whl",)),
        Dependency("pytest", version="9.0.0", group="dev", wheels=("pytest-9.0.0-py3-none-any.whl",), evidence=(E,)),
    ),
    scripts=(ConsoleScript("shop", "shop.cli:main", E),),
    files=("pyproject.toml", "src/", "tests/", "uv.lock"),
)
PIP = Facts(
    Fact("shop"),
    Manager("pip", "requirements.txt", files=("requirements.txt",), requirements=("requirements.txt",)),
    dependencies=(Dependency("flask", "==3.1.2", "3.1.2"),),
    files=("main.py", "requirements.txt", "tests/"),
)


def plan(facts: Facts, *targets: str, **answers: Any) -> Plan:
    return decide(facts, {"start": "uvicorn shop.main:app", "with": targets, **answers})


def stage(facts: Facts, name: str, **answers: Any) -> str:
    text = render(plan(facts, name, **answers))["Dockerfile"]
    rest = text[text.index(f" AS {name}\n") :]
    return rest[: rest.index("\nFROM ")]


def test_none_unless_asked_for() -> None:
    text = render(plan(UV))["Dockerfile"]
    assert plan(UV).stages == () and text.count("FROM ") == 5
    assert "debugpy" not in text and "pytest" not in text


def test_what_runs_is_what_is_built_by_default() -> None:
    text = render(plan(UV, "debug", "test", "dev"))["Dockerfile"]
    assert text.endswith("# What is built without --target.\nFROM runtime\n")
    for name in ("debug", "test", "dev"):
        assert f" AS {name}\n" in text


def test_the_tests_are_run_with_the_groups_that_the_lock_has_for_them() -> None:
    text = stage(UV, "test")
    assert "uv sync --locked --no-install-project --group dev" in text
    assert "COPY --link --from=project /opt/app /opt/app" in text
    assert "RUN python -m pytest" in text


def test_an_extra_is_no_group() -> None:
    dev = replace(UV.dependencies[1], group="test", evidence=(Evidence("pyproject.toml", 3, "extra test"),))
    assert "--extra test" in stage(replace(UV, dependencies=(UV.dependencies[0], dev)), "test")


def test_tests_without_a_runner_are_unittests() -> None:
    assert "RUN python -m unittest discover -s tests" in stage(PIP, "test")


def test_a_runner_that_nothing_names_is_pinned() -> None:
    facts = replace(PIP, files=(*PIP.files, "conftest.py"))
    assert "install pytest==" in stage(facts, "test")


@pytest.mark.parametrize("name", ["debug", "test"])
def test_a_project_without_dependencies_gets_an_environment_for_the_tools(name: str) -> None:
    facts = Facts(Fact("shop"), Manager("none"), files=("main.py", "tests/", "conftest.py"))
    text = stage(facts, name, start="python main.py")
    assert "python -m venv --without-pip /app/.venv" in text and "ENV PATH=/app/.venv/bin:$PATH" in text


def test_only_the_test_target_gets_the_tests() -> None:
    files = render(plan(PIP, "test"))
    assert "COPY --exclude=tests . .\n" in files["Dockerfile"]
    assert "tests" not in files[".dockerignore"].splitlines()
    assert "tests" in render(plan(PIP))[".dockerignore"].splitlines()


def test_a_test_target_needs_tests() -> None:
    with pytest.raises(Usage, match="there are no tests"):
        plan(replace(PIP, files=("main.py",)), "test")


@pytest.mark.parametrize(
    "command, expected",
    [
        (("python", "main.py"), ("main.py",)),
        (("python", "-u", "-m", "shop"), ("-m", "shop")),
        (("uvicorn", "a:b"), ("/app/.venv/bin/uvicorn", "a:b")),
        (("shop", "serve"), ("/opt/app/bin/shop", "serve")),
    ],
)
def test_what_debugpy_starts(command: tuple[str, ...], expected: tuple[str, ...]) -> None:
    words = debugged(command, Project(console=("shop",)))
    assert words == ("python", "-m", "debugpy", "--listen", "0.0.0.0:5678", *expected)


def test_debug_is_pinned_and_ends_as_the_user_that_runs() -> None:
    text = stage(UV, "debug")
    assert "debugpy==" in text and "py-spy==" in text and "from=ghcr.io/astral-sh/uv:" in text
    assert text.index("USER 0:0") < text.index("RUN") < text.index("USER 10001:10001") < text.index("CMD")


def test_an_image_without_a_shell_is_debugged_on_the_one_it_was_built_in() -> None:
    text = render(plan(PIP, "debug", base="distroless", start="python main.py"))["Dockerfile"]
    assert "FROM base AS debug\nCOPY --link --from=runtime /app /app\n" in text


def test_dev_runs_the_sources_and_reloads() -> None:
    text = stage(UV, "dev")
    assert "PYTHONPATH=/app/src:/app:/opt/app" in text and '"--reload"]' in text
    assert "COPY --chown=10001:10001 . ." in text


def test_a_server_without_a_reloader_is_left_alone() -> None:
    assert reloading(("python", "main.py")) == ("python", "main.py")
    assert reloading(("gunicorn", "a:b", "--reload")) == ("gunicorn", "a:b", "--reload")


@pytest.mark.parametrize(
    "groups, expected",
    [
        ({"docs": "sphinx", "test": "pytest"}, ("test",)),
        ({"dev": "pytest", "ci": "pytest"}, ("dev",)),
        ({"dev": "ruff"}, ("dev",)),
        ({"docs": "sphinx"}, ()),
    ],
)
def test_which_group_the_tests_need(groups: dict[str, str], expected: tuple[str, ...]) -> None:
    assert groups_with_tests(Dependency(name, group=group) for group, name in groups.items()) == expected
