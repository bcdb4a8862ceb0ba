"""Which image, what it has, and what of a project it cannot serve."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from dockgen.decide import decide
from dockgen.decide.base import IMAGE, kind_of
from dockgen.errors import Usage
from dockgen.facts import Dependency, Evidence, Fact, Facts, Manager, PythonConstraint
from dockgen.knowledge import table
from dockgen.plans import Plan
from dockgen.rendering import render

E = Evidence("requirements.txt", 1, "")
PURE = Dependency("flask", "==3.1.2", "3.1.2", wheels=("flask-3.1.2-py3-none-any.whl",), evidence=(E,))
BOTH = Dependency(
    "orjson",
    "==3.11.4",
    "3.11.4",
    wheels=(
        "orjson-3.11.4-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "orjson-3.11.4-cp313-cp313-musllinux_1_2_x86_64.whl",
        "orjson-3.11.4-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "orjson-3.11.4-cp314-cp314-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    ),
    evidence=(E,),
)
GLIBC_ONLY = Dependency(
    "polars-runtime", "==1.0", "1.0", wheels=("polars_runtime-1.0-cp39-abi3-manylinux_2_24_x86_64.whl",), evidence=(E,)
)
NEW_GLIBC = Dependency(
    "fresh",
    "==1.0",
    "1.0",
    wheels=("fresh-1.0-cp312-abi3-manylinux_2_39_x86_64.whl",),
    has_sdist=True,
    evidence=(E,),
)


def project(*dependencies: Dependency, python: tuple[PythonConstraint, ...] = ()) -> Facts:
    manager = Manager("pip", "requirements.txt", files=("requirements.txt",), requirements=("requirements.txt",))
    return Facts(Fact("shop"), manager, python=python, dependencies=dependencies, files=("main.py",))


def plan(facts: Facts, base: str | None = None, **answers: Any) -> Plan:
    return decide(facts, {"start": "python main.py", **({"base": base} if base else {}), **answers})


def dockerfile(facts: Facts, base: str | None = None, **answers: Any) -> str:
    return render(plan(facts, base, **answers))["Dockerfile"]


def why(of: Plan) -> str:
    return next(d.why for d in of.decisions if d.answer == "base")


ROWS = {name: row for name, row in table("images").items() if name != "names"}


@pytest.mark.parametrize("name", ROWS)
def test_every_row_says_what_it_is_and_where_that_was_read(name: str) -> None:
    row = ROWS[name]
    assert row["family"] in ("debian", "alpine", "wolfi", "redhat") and row["libc"] in ("glibc", "musl")
    assert row["installer"] in ("apt", "apk", "microdnf", "") and row["evidence"] and row["why"]
    assert ("build" in row) or ("match" in row)
    for key in ("build", "run"):
        assert key not in row or IMAGE.fullmatch(row[key].replace("{tag}", "313").replace("{python}", "3.13"))
    assert "match" not in row or re.compile(row["match"])


def test_slim_is_the_default_and_says_whether_alpine_would_do() -> None:
    chosen = plan(project(PURE, BOTH))
    assert (chosen.base.resolved, chosen.questions) == ("python:3.14-slim", ())
    assert "Alpine would do, too" in why(plan(project(PURE)))
    assert "not Alpine: polars-runtime 1.0 has no musllinux wheel" in why(plan(project(PURE, GLIBC_ONLY)))


def test_alpine_where_every_wheel_is_there_for_musl() -> None:
    text = dockerfile(project(PURE, BOTH), "alpine")
    assert "FROM python:${PYTHON_VERSION}-alpine AS base" in text and "apt-get" not in text
    chosen = plan(project(PURE, BOTH), "alpine")
    assert chosen.questions == () and chosen.base.python == "3.13"  # the newest with a musllinux wheel


@pytest.mark.parametrize(
    "dependency", [GLIBC_ONLY, replace(BOTH, name="torch", wheels=None), replace(GLIBC_ONLY, wheels=())]
)
def test_alpine_is_refused_with_the_package_that_forbids_it(dependency: Dependency) -> None:
    [question] = plan(project(PURE, dependency), "alpine").questions
    assert question.answer == "base" and dependency.name in question.why and "slim" in question.choices


def test_what_tunes_glibc_is_not_said_to_musl() -> None:
    web = project(PURE, replace(PURE, name="gunicorn"))
    said = {base: dict(plan(web, base, start="gunicorn app:app", port=8000).environment) for base in ("slim", "alpine")}
    assert "MALLOC_ARENA_MAX" in said["slim"] and "MALLOC_ARENA_MAX" not in said["alpine"]


def test_a_wheel_of_pure_python_in_place_of_a_compiled_one_will_do() -> None:
    assert plan(project(replace(PURE, name="protobuf", wheels=None)), "alpine").questions == ()


def test_what_nothing_lists_is_a_warning_on_alpine() -> None:
    chosen = plan(project(replace(PURE, name="unheard-of", wheels=None)), "alpine")
    assert chosen.questions == ()
    assert any("unheard-of" in w.message for w in chosen.warnings)


def test_distroless_has_one_python_and_its_own_place_for_it() -> None:
    chosen = plan(project(PURE), "distroless")
    assert chosen.base.resolved == "gcr.io/distroless/python3-debian13:nonroot"
    text = render(chosen)["Dockerfile"]
    last = text[text.rindex("\nFROM ") :]
    assert "FROM python:3.13-slim-trixie AS base" in text
    assert "ln -sf /usr/bin/python3.13 /app/.venv/bin/python" in text
    assert "RUN" not in last and "ENTRYPOINT []\nCMD [" in last


def test_folders_for_a_stage_without_a_shell_are_made_in_another() -> None:
    facts = replace(project(PURE), writes=(Fact("var", (E,)),))
    text = dockerfile(facts, "distroless")
    assert "install -d -o 10001 -g 10001 /folders/" in text and "COPY --from=folders /folders /" in text
    assert "RUN" not in text[text.rindex("\nFROM ") :]


def test_distroless_without_dependencies_still_compiles_in_another_stage() -> None:
    text = dockerfile(project(), "distroless")
    assert text.count("\nFROM ") == 4
    assert "RUN" not in text[text.rindex("\nFROM ") :] and ".venv" not in text


def test_distroless_can_install_nothing() -> None:
    [question] = plan(project(replace(PURE, name="python-magic")), "distroless").questions
    assert "libmagic1" in question.why and question.answer == "base"


def test_what_distroless_has_is_not_missed() -> None:
    assert plan(project(replace(PURE, name="lightgbm")), "distroless").questions == ()


@pytest.mark.parametrize("base, versions", [("distroless", "3.13"), ("ubi", "3.14 and 3.12"), ("cuda", "3.12")])
def test_a_python_that_the_image_has_not(base: str, versions: str) -> None:
    old = PythonConstraint("range", "<3.12", Evidence("pyproject.toml", 4, "requires-python"))
    [question] = plan(project(PURE, python=(old,)), base).questions
    assert question.answer == "base" and versions in question.why and "pyproject.toml says <3.12" in question.why
    with pytest.raises(Usage, match=r"not 3\.11"):
        plan(project(PURE), base, python="3.11")


def test_a_pin_that_the_image_has_not_is_told() -> None:
    pin = PythonConstraint("pin", "3.12", Evidence(".python-version", 1, "pin"))
    chosen = plan(project(PURE, python=(pin,)), "distroless")
    assert chosen.base.python == "3.13"
    assert any(".python-version asks for Python 3.12" in w.message for w in chosen.warnings)


def test_ubi_takes_its_own_image_a_version_and_counts_its_older_glibc() -> None:
    chosen = plan(project(PURE, NEW_GLIBC), "ubi", python="3.12")
    assert chosen.base.reference == "registry.access.redhat.com/ubi9/python-312-minimal:latest"
    text = render(chosen)["Dockerfile"]
    assert "RUN microdnf install" in text and "gcc glibc-devel python3.12-devel" in text
    assert text.index("USER 0:0") < text.index("USER 10001:10001")
    assert plan(project(PURE, NEW_GLIBC)).build_packages == ()


def test_wolfi_brings_the_python_of_choice_by_apk_and_uv_installs() -> None:
    text = dockerfile(project(PURE), "wolfi", python="3.12")
    assert "apk add --no-cache libstdc++ python-3.12 tzdata" in text
    assert "uv pip install --requirements requirements.txt" in text and "pip --python" not in text
    assert "# hadolint ignore=DL3007\nFROM cgr.dev/chainguard/wolfi-base:latest" in text


def test_a_package_that_the_family_has_no_name_for_is_refused() -> None:
    [question] = plan(project(replace(PURE, name="opencv-python")), "wolfi").questions
    assert "libgl1" in question.why


def test_names_of_other_families() -> None:
    facts = project(replace(PURE, name="psycopg"))
    assert [p.name for p in plan(facts).runtime_packages] == ["libpq5"]
    assert [p.name for p in plan(facts, "wolfi").runtime_packages] == ["libpq"]


@pytest.mark.parametrize(
    "name, family",
    [
        ("python:3.12-alpine3.23", "alpine"),
        ("python:3.12-slim-bookworm", "debian"),
        ("debian:trixie-slim", "debian"),
        ("docker.io/library/python:3.13-alpine", "alpine"),
        ("nvidia/cuda:13.0.2-runtime-ubuntu24.04", "debian"),
        ("registry.example.com/own/image:1", "debian"),
    ],
)
def test_an_image_of_the_persons_own_is_known_by_its_name(name: str, family: str) -> None:
    chosen = plan(project(PURE), name)
    assert (chosen.base.reference, chosen.base.family) == (name, family)


def test_the_tag_of_a_named_python_image_is_its_python() -> None:
    assert plan(project(PURE), "python:3.12-slim").base.python == "3.12"


def test_an_image_without_python_gets_it() -> None:
    text = dockerfile(project(PURE), "debian:trixie-slim")
    assert "apt-get install --yes --no-install-recommends ca-certificates" in text and " python3 " in text


def test_an_unknown_image_says_what_it_is_taken_for() -> None:
    assert "taken for a Debian image" in why(plan(project(PURE), "registry.example.com/own/image:1"))
    assert kind_of("registry.example.com/own/image:1").name == ""


@pytest.mark.parametrize("base", ["slim", "alpine", "distroless", "chainguard", "wolfi", "ubi", "cuda"])
def test_a_registry_prefix_is_before_every_public_image(base: str) -> None:
    chosen = plan(project(PURE), base, registry="mirror.example.com/all")
    text = render(chosen)["Dockerfile"]
    stages = set(re.findall(r" AS (\S+)", text))
    named = re.findall(r"(?m)^FROM (\S+)", text) + re.findall(r"from=([^\s,]+)", text)
    named += re.findall(r"# syntax=(\S+)", text)
    assert [n for n in named if n not in stages and not n.startswith("mirror.example.com/all/")] == []


def test_what_has_no_wheel_for_arm_is_named() -> None:
    [platforms] = [d for d in plan(project(PURE, BOTH)).decisions if d.answer == "platforms"]
    assert platforms.value == "linux/amd64" and "orjson 3.11.4 has no wheel for arm64" in platforms.why
    arm = replace(BOTH, wheels=(*(BOTH.wheels or ()), "orjson-3.11.4-cp314-cp314-manylinux_2_17_aarch64.whl"))
    [platforms] = [d for d in plan(project(PURE, arm)).decisions if d.answer == "platforms"]
    assert platforms.value == "linux/amd64 linux/arm64"
    assert not [d for d in plan(project(replace(PURE, wheels=None))).decisions if d.answer == "platforms"]
