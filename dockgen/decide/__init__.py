"""decide: Facts and the person's answers in, Plan out. Pure: no file is read, no text is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dockgen.decide.base import choose_base
from dockgen.decide.compose import ALONE, Beside, decide_compose
from dockgen.decide.conda import by_channel, channel_base, channel_install, channel_warnings, without_channel
from dockgen.decide.fetched import fetched_warnings
from dockgen.decide.frontend import choose_frontend
from dockgen.decide.ignore import choose_ignore
from dockgen.decide.install import PROPOSAL, choose_install
from dockgen.decide.processes import decide_processes
from dockgen.decide.project import choose_project, runtime_environment
from dockgen.decide.python import choose_python
from dockgen.decide.required import needed_by
from dockgen.decide.storage import choose_storage
from dockgen.decide.system_packages import choose_system_packages
from dockgen.facts import PROGRAMS_FROM_PYPI, Evidence, Facts, place
from dockgen.plan import Decision, Plan, Question


def decide(facts: Facts, answers: Mapping[str, Any], beside: Beside = ALONE) -> Plan:
    """The plan for this project under these answers; `beside`: what other applications of a system are to it. Open questions are in `questions`, and the
    plan is then the best guess; nobody may write it. Raises Usage for an answer that cannot be."""
    python = choose_python(facts.python, facts.dependencies, answers.get("python"))
    registry = answers.get("registry")
    channel = by_channel(facts)
    choose = channel_base if channel and answers.get("base") in (None, "slim") else choose_base
    base, base_decision = choose(python.version, answers.get("base"), registry)
    chosen = decide_processes(facts, answers)
    facts = replace(facts, env=needed_by(facts, chosen.processes, chosen.entry))
    called = {fact.value for fact in facts.calls}
    versions = {fact.value.partition("==")[0]: fact.value for fact in facts.tools}
    programs = tuple(versions.get(name, name) for name in PROGRAMS_FROM_PYPI if name in called)
    additions = (*chosen.additions, *programs)
    install = (channel_install if channel else choose_install)(facts, additions, registry)
    project = choose_project(facts, chosen.processes, chosen.python_path)
    frontend, frontend_decisions, frontend_warnings = choose_frontend(facts, answers)
    system = choose_system_packages(_for_debian(facts) if channel else facts, python.version)
    compose, compose_ambiguities, compose_warnings = decide_compose(facts, chosen.processes, answers, beside)
    services = frozenset(service.name for service in compose.services) if compose else frozenset()
    storage = choose_storage(facts, project, chosen.processes, services)
    if compose:
        compose = replace(compose, volumes=storage.volumes, read_only=storage.read_only)
    ambiguities = (*facts.ambiguities, *python.ambiguities, *chosen.ambiguities, *compose_ambiguities)
    questions = tuple(
        Question(a.answer, a.why, a.choices, command=a.command)
        for a in ambiguities
        if a.answer not in answers or a.command
    )
    entry = chosen.entry.value if chosen.entry else ""
    decisions = [
        Decision(
            "python", python.version, python.why, "flag" if answers.get("python") else "evidence", python.evidence
        ),
        base_decision,
        Decision("manager", facts.manager.name, _manager_why(facts), "evidence", facts.manager.evidence),
    ]
    if chosen.entry:
        origin = "flag" if answers.get("entry") else "evidence"
        decisions.append(Decision("entry", entry, _first_why(chosen.entry.evidence), origin, chosen.entry.evidence))
    if chosen.processes:
        main = chosen.processes[0]
        decisions.append(
            Decision(
                "start", " ".join(main.command), main.why, "flag" if answers.get("start") else "evidence", main.evidence
            )
        )
    if storage.writable:
        decisions.append(
            Decision(
                "writable",
                " ".join(storage.writable),
                _first_why(storage.evidence) or "a script may write where it runs",
                "evidence",
                storage.evidence,
            )
        )
    decisions += frontend_decisions
    without = set(answers.get("without") or ())
    files = ["Dockerfile", ".dockerignore"] + (
        ["compose.yaml"] if compose is not None and "compose" not in without else []
    )
    if "bake" in (answers.get("with") or ()):
        files.append("docker-bake.hcl")
    guessed = [d for d in facts.dependencies if not d.group] if facts.manager.name == "none" else []
    if guessed:
        files.append(PROPOSAL)
    kept = {read.value for read in facts.reads} | {f.value for f in facts.sqlite if not facts.migrations}
    sqlite = tuple(f for f in facts.files if f.endswith((".sqlite3", ".sqlite", ".db")) and f not in kept)
    return Plan(
        name=facts.name.value,
        base=base,
        syntax_line=not answers.get("no_syntax_line"),
        install=install,
        project=project,
        build_packages=system.build,
        runtime_packages=system.runtime,
        processes=chosen.processes,
        variables=facts.env,
        environment=(*runtime_environment(facts, project, chosen.processes, install), *chosen.environment),
        writable=storage.writable,
        links=storage.links,
        compose=compose,
        frontend=frontend,
        requirements=tuple((d.name, place(d.evidence)) for d in guessed),
        ignore=choose_ignore(facts, project, entry, sqlite, frontend),
        files=tuple(files),
        decisions=tuple(decisions),
        questions=questions,
        warnings=(
            *facts.warnings,
            *fetched_warnings(facts),
            *(channel_warnings(facts, answers) if channel else ()),
            *python.warnings,
            *chosen.warnings,
            *frontend_warnings,
            *system.warnings,
            *compose_warnings,
            *storage.warnings,
        ),
    )


def _for_debian(facts: Facts) -> Facts:
    """The facts without what a conda environment brings itself."""
    dependencies, programs = without_channel(facts)
    calls = tuple(call for call in facts.calls if call.value.rpartition("/")[2] not in programs)
    return replace(facts, dependencies=dependencies, calls=calls)


def _manager_why(facts: Facts) -> str:
    return _first_why(facts.manager.evidence) or "no package manager's file was found"


def _first_why(evidence: tuple[Evidence, ...]) -> str:
    return evidence[0].why if evidence else ""
