"""Where CUDA comes from, and that nobody gets it who asked for none."""

from __future__ import annotations

from typing import Any

import pytest

from dockgen.decide import decide
from dockgen.facts import Dependency, Evidence, Fact, Facts, Manager
from dockgen.plans import Plan
from dockgen.rendering import render

E = Evidence("requirements.txt", 2, "")
TORCH = Dependency("torch", "==2.9.1", "2.9.1", evidence=(E,))


def pip(*dependencies: Dependency, hashed: bool = False) -> Facts:
    names = ("requirements.txt",)
    return Facts(Fact("shop"), Manager("pip", None, names, names, hashed=hashed), dependencies=dependencies)


def plan(facts: Facts, **answers: Any) -> Plan:
    return decide(facts, {"start": "python main.py", **answers})


def commands(chosen: Plan) -> list[str]:
    assert chosen.install is not None
    return [" ".join(words) for words in chosen.install.commands]


def test_pins_of_torch_are_taken_from_the_index_without_cuda_and_nothing_else_is() -> None:
    chosen = plan(pip(TORCH, Dependency("flask", "==3.1.2", "3.1.2")))
    venv, first, second, _ = commands(chosen)
    assert "--no-deps --extra-index-url https://download.pytorch.org/whl/cpu torch==2.9.1" in first
    assert "-m venv" in venv and second.endswith("--requirement requirements.txt") and "index" not in second
    assert any(d.answer == "gpu" and "2.4 GB" in d.why for d in chosen.decisions)


@pytest.mark.parametrize(
    "facts, answers",
    [
        (pip(Dependency("torch", "==2.9.1+cu128", "2.9.1+cu128")), {}),
        (pip(TORCH), {"gpu": True}),
        (pip(Dependency("flask")), {}),
    ],
)
def test_what_the_project_or_the_person_says_stays(facts: Facts, answers: dict[str, Any]) -> None:
    chosen = plan(facts, **answers)
    assert not any("download.pytorch.org" in command for command in commands(chosen))
    assert not any("CUDA" in w.message for w in chosen.warnings)


@pytest.mark.parametrize(
    "facts",
    [
        pip(TORCH, hashed=True),
        Facts(
            Fact("shop"),
            Manager("uv", "uv.lock", ("pyproject.toml", "uv.lock")),
            dependencies=(
                Dependency("torch", "", "2.9.1", wheels=("torch-2.9.1-cp313-cp313-manylinux_2_28_x86_64.whl",)),
            ),
        ),
    ],
)
def test_a_lock_is_honoured_and_its_cost_told(facts: Facts) -> None:
    chosen = plan(facts)
    assert not any("download.pytorch.org" in command for command in commands(chosen))
    assert any("about 2.4 GB" in w.message and "--gpu" in w.message for w in chosen.warnings)


def test_a_gpu_takes_cuda_images_only_where_a_package_needs_them() -> None:
    assert plan(pip(TORCH), gpu=True).base.resolved == "python:3.13-slim"
    cuda = plan(pip(Dependency("onnxruntime-gpu", "==1.23.0", "1.23.0")), gpu=True)
    assert cuda.base.resolved.startswith("nvidia/cuda:12.") and cuda.base.python == "3.12"
    assert plan(pip(Dependency("onnxruntime-gpu", "==1.23.0", "1.23.0")), gpu=True, base="slim").base.family == "debian"


def test_the_stack_gets_the_gpu() -> None:
    assert "gpus: all" in render(plan(pip(TORCH), gpu=True))["compose.yaml"]
    assert "gpus" not in render(plan(pip(TORCH)))["compose.yaml"]
