"""Each package manager's own lock is honoured, and code edits never reach the dependency layer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockgen.decide.install import choose_install
from dockgen.facts import Dependency, Fact, Facts, Manager
from dockgen.plans import Base, Install

FASTAPI = Dependency("fastapi", version="0.115.5")


def install(manager: Manager, *dependencies: Dependency, additions: tuple[str, ...] = ()) -> Install:
    chosen = choose_install(Facts(Fact("shop"), manager, dependencies=dependencies or (FASTAPI,)), additions)
    assert chosen is not None
    return chosen


def words(chosen: Install) -> list[str]:
    return [" ".join(command) for command in chosen.commands]


def test_no_dependencies_no_install() -> None:
    assert choose_install(Facts(Fact("x"), Manager("none")), ()) is None


def test_guessed_dependencies_come_from_the_list_that_init_writes() -> None:
    """The same words as for the pip project that it is from then on."""
    chosen = install(Manager("none"), Dependency("flask"), additions=("gunicorn==26.1.0",))
    later = install(
        Manager("pip", files=("requirements.txt",), requirements=("requirements.txt",), loose=True),
        Dependency("flask"),
        additions=("gunicorn==26.1.0",),
    )
    assert chosen == later


def test_requirements_that_leave_versions_open_are_resolved_by_uv() -> None:
    """pip ends with resolution-too-deep on `chainlit` alone, where uv finds a solution."""
    files = ("requirements.txt",)
    loose = install(Manager("pip", files=files, requirements=files, loose=True), Dependency("chainlit"))
    assert words(loose) == ["uv venv /app/.venv", "uv pip install --requirements requirements.txt"]
    pinned = install(Manager("pip", files=files, requirements=files), Dependency("flask", version="3.1.0"))
    assert pinned.tool == "pip"


def test_development_dependencies_alone_are_no_reason_to_install() -> None:
    facts = Facts(Fact("x"), Manager("pip"), dependencies=(Dependency("pytest", group="dev"),))
    assert choose_install(facts, ()) is None


def test_uv_lock_is_enforced_without_the_project() -> None:
    chosen = install(Manager("uv", "uv.lock", ("pyproject.toml", "uv.lock"), packaged=True))
    assert words(chosen) == ["uv sync --locked --no-dev --no-install-project"]
    assert [m.source for m in chosen.mounts] == ["pyproject.toml", "uv.lock"]


def test_uv_workspace_leaves_out_all_local_code_and_mounts_its_manifests() -> None:
    files = ("pyproject.toml", "uv.lock", "lib/pyproject.toml")
    chosen = install(Manager("uv", "uv.lock", files, local=("lib",)))
    assert "--no-install-local" in chosen.commands[0]
    assert tuple(m.source for m in chosen.mounts) == files


def test_uv_groups_and_extras() -> None:
    chosen = install(Manager("uv", "uv.lock", ("pyproject.toml", "uv.lock"), groups=("prod",), extras=("web",)))
    assert words(chosen) == ["uv sync --locked --no-dev --no-install-project --group prod --extra web"]


def test_uv_default_groups_are_left_out_and_production_ones_named() -> None:
    files = ("pyproject.toml", "uv.lock")
    hint = (("default-groups", "prod,test"),)
    chosen = install(Manager("uv", "uv.lock", files, groups=("prod",), export_hint=hint))
    assert words(chosen) == ["uv sync --locked --no-default-groups --no-install-project --group prod"]


def test_pip_gets_every_file_it_reads_and_stays_out_of_the_environment() -> None:
    chosen = install(
        Manager("pip", None, ("requirements/prod.txt", "requirements/base.txt"), ("requirements/prod.txt",))
    )
    assert words(chosen) == [
        "python -m venv --without-pip /app/.venv",
        "pip --python /app/.venv/bin/python install --no-compile --requirement requirements/prod.txt",
        "python -m compileall -q --invalidation-mode=unchecked-hash /app/.venv/lib",
    ]
    assert [m.source for m in chosen.mounts] == ["requirements/prod.txt", "requirements/base.txt"]


def test_an_added_server_is_no_part_of_a_hashed_call() -> None:
    manager = Manager("pip", "requirements.txt", ("requirements.txt",), ("requirements.txt",), hashed=True)
    calls = words(install(manager, additions=("gunicorn==26.1.0",)))[1:-1]
    assert [call.split()[-1] for call in calls] == ["requirements.txt", "gunicorn==26.1.0"]


@pytest.mark.parametrize(
    ("manager", "files"),
    [
        (Manager("poetry", "poetry.lock", ("pyproject.toml", "poetry.lock")), ["pyproject.toml", "poetry.lock"]),
        (
            Manager("pdm", "pdm.lock", ("pyproject.toml", "pdm.lock"), export_hint=(("inherit_metadata", "true"),)),
            ["pyproject.toml", "pdm.lock"],
        ),
        (Manager("pipenv", "Pipfile.lock", ("Pipfile", "Pipfile.lock")), ["Pipfile", "Pipfile.lock"]),
    ],
)
def test_foreign_locks_are_exported_by_their_own_pinned_tool(manager: Manager, files: list[str]) -> None:
    chosen = install(manager)
    assert chosen.lock is not None
    assert not chosen.lock.everything
    assert [m.source for m in chosen.lock.mounts] == files
    assert "--exclude-newer" in chosen.lock.command
    assert any(word.startswith(f"{manager.name}==") for word in chosen.lock.command)
    assert [m.stage for m in chosen.mounts] == ["requirements"]


def test_a_pdm_lock_without_markers_is_installed_by_pdm() -> None:
    chosen = install(Manager("pdm", "pdm.lock", ("pyproject.toml", "pdm.lock")))
    assert chosen.lock is None
    assert any("pdm sync --prod --no-self" in call for call in words(chosen))


def test_static_metadata_needs_no_back_end() -> None:
    chosen = install(Manager("hatch", None, ("pyproject.toml",), build_backend="hatchling.build", packaged=True))
    assert chosen.lock is None
    assert "uv pip install --requirements pyproject.toml" in words(chosen)[1]


def test_dynamic_metadata_is_resolved_in_a_stage_of_its_own() -> None:
    chosen = install(
        Manager(
            "pip", None, ("setup.py",), build_backend="setuptools.build_meta", packaged=True, static_dependencies=False
        )
    )
    assert chosen.lock is not None
    assert chosen.lock.everything
    assert "setup.py" in chosen.lock.command


def test_requirements_that_install_the_project_leave_it_to_its_own_layer() -> None:
    chosen = install(Manager("pip", None, ("requirements.txt",), ("requirements.txt",), packaged=True))
    assert chosen.lock is not None
    assert chosen.lock.command[3:6] == ("requirements.txt", "--no-emit-package", "shop")


def test_the_registry_prefix_reaches_the_tool_image() -> None:
    facts = Facts(Fact("shop"), Manager("uv", "uv.lock", ("pyproject.toml", "uv.lock")), dependencies=(FASTAPI,))
    chosen = choose_install(facts, (), "registry.example.com/mirror/")
    assert chosen is not None
    assert chosen.uv_image.startswith("registry.example.com/mirror/ghcr.io/astral-sh/uv:")


def test_pdm_without_a_lock_is_not_asked_to_install_from_one() -> None:
    manager = Manager("pdm", files=("pyproject.toml",), build_backend="pdm.backend", packaged=True, packages=("shop",))
    chosen = choose_install(Facts(Fact("shop"), manager, dependencies=(Dependency("flask"),)), ())
    assert chosen is not None
    assert "sync" not in {word for command in chosen.commands for word in command}


def test_a_back_end_that_edits_the_manifest_may() -> None:
    manager = Manager("hatch", files=("pyproject.toml",), packaged=True, dynamic_version="poetry-dynamic-versioning")
    facts = Facts(Fact("shop"), manager, dependencies=(Dependency("flask"),))
    chosen = choose_install(facts, ())
    assert chosen is not None and chosen.mounts[0].writable


def test_python_3_6_has_neither_pip_python_nor_hashed_bytecode() -> None:
    files = ("requirements.txt",)
    facts = Facts(Fact("shop"), Manager("pip", files=files, requirements=files), dependencies=(FASTAPI,))
    base = Base("python:${PYTHON_VERSION}-slim", "python:3.6-slim", "3.6")
    old = choose_install(facts, (), base=base)
    assert old is not None
    assert words(old) == [
        "uv venv /app/.venv",
        "uv pip install --requirements requirements.txt",
        "python -m compileall -q /app/.venv/lib",
    ]
    newer = choose_install(facts, (), base=replace(base, python="3.7"))
    assert newer is not None and newer.tool == "pip" and "--invalidation-mode=unchecked-hash" in words(newer)[-1]
