"""decide: Facts and the person's answers in, Plan out. Pure: no file is read, no text is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dockgen.decide.access import choose_access
from dockgen.decide.base import (
    alpine_note,
    base_warnings,
    choose_base,
    forbidding,
    image,
    kind_of,
    musl_warning,
    musl_why,
    restrict,
    translated,
    with_headers,
)
from dockgen.decide.browsers import choose_browsers, not_by_channel, of_suite
from dockgen.decide.compose import ALONE, Beside, decide_compose
from dockgen.decide.conda import by_channel, channel_base, channel_install, channel_warnings, without_channel
from dockgen.decide.env_example import EXAMPLE, choose_env_example
from dockgen.decide.fetched import fetched_warnings
from dockgen.decide.front import CONFIGURATION as NGINX
from dockgen.decide.front import GATEWAY, choose_front, choose_gateway, trusting
from dockgen.decide.frontend import choose_frontend
from dockgen.decide.gpu import base_for, without_cuda
from dockgen.decide.ignore import OVERRIDE, choose_ignore
from dockgen.decide.install import PROPOSAL, choose_install
from dockgen.decide.models import choose_models
from dockgen.decide.platforms import choose_platforms
from dockgen.decide.processes import decide_processes, on_python
from dockgen.decide.project import choose_project, runtime_environment, translations_told
from dockgen.decide.python import choose_python
from dockgen.decide.required import calls_of, needed_by, reached_files
from dockgen.decide.servers import CONFIGURATION, THREADED, choose_gunicorn, process_environment
from dockgen.decide.storage import choose_storage
from dockgen.decide.system_packages import choose_system_packages, production_on_linux, suite_of
from dockgen.decide.targets import choose_stages
from dockgen.facts import PROGRAMS_FROM_PYPI, Ambiguity, Evidence, Facts, place
from dockgen.plans import Decision, Development, Install, Plan, Question


def decide(facts: Facts, answers: Mapping[str, Any], beside: Beside = ALONE) -> Plan:
    """The plan for this project under these answers; `beside`: what other applications of a system are to it. Open questions are in `questions`, and the
    plan is then the best guess; nobody may write it. Raises Usage for an answer that cannot be."""
    registry = answers.get("registry")
    channel = by_channel(facts)
    wanted_base, gpu_why = base_for(facts, answers)
    kind = kind_of(wanted_base)
    constraints, base_ambiguities = restrict(kind, facts.python, answers.get("python"))
    python = choose_python(constraints, facts.dependencies, answers.get("python"), kind.row["libc"])
    copied = channel and answers.get("base") in (None, "slim")
    if copied:
        base, base_decision = channel_base(python.version, answers.get("base"), registry)
    else:
        base, base_decision = choose_base(kind, python.version, registry, "flag" if answers.get("base") else "default")
    browsers = choose_browsers(facts, python.version, suite_of(python.version), answers)
    if channel:
        browsers = not_by_channel(browsers)
    base, base_decision = of_suite(base, base_decision, browsers.suite)
    chosen = on_python(decide_processes(facts, answers), python.version)
    reached = reached_files(facts, chosen.processes, chosen.entry)
    facts = replace(
        facts,
        env=needed_by(facts, chosen.processes, chosen.entry),
        calls=calls_of(facts, chosen.processes, chosen.entry),
    )
    called = {fact.value for fact in facts.calls}
    versions = {fact.value.partition("==")[0]: fact.value for fact in facts.tools}
    programs = tuple(versions.get(name, name) for name in PROGRAMS_FROM_PYPI if name in called)
    additions = (*chosen.additions, *programs)
    if channel:
        install: Install | None = channel_install(facts, additions, registry)
    else:
        install = choose_install(facts, additions, registry, base)
    install, gpu_decisions, gpu_warnings = without_cuda(facts, answers, install)
    project = choose_project(facts, chosen.processes, chosen.python_path)
    translation_decisions, translation_warnings = translations_told(facts, project)
    variables, server_warnings = process_environment(facts, chosen.processes, answers.get("trusted_proxy"))
    gunicorn = choose_gunicorn(facts, chosen.processes[0].command) if chosen.processes else None
    if gunicorn and not project.tree:
        project = replace(project, extra=tuple(sorted({*project.extra, CONFIGURATION})))
    frontend, frontend_decisions, frontend_warnings = choose_frontend(facts, answers)
    for_debian = _for_debian(facts) if channel else facts
    system = choose_system_packages(for_debian, python.version, browsers.suite or None, glibc=kind.glibc)
    production = production_on_linux(for_debian, python.version)
    has = frozenset(kind.row.get("has", ()))
    runtime_packages = tuple(package for package in system.runtime if package.name not in has)
    lock_file = facts.manager.lock_file
    base_ambiguities += forbidding(kind, lock_file, production, python.version, system.build, runtime_packages)
    if channel and not copied and kind.row["libc"] == "musl":
        why = f"{kind.said}: conda's packages need Debian's C library"
        base_ambiguities += (Ambiguity("base", why, ("slim",), facts.manager.evidence[:1]),)
    if browsers.browsers and kind.row["family"] != "debian":
        why = f"{kind.said}: the browser's own installer wants Debian ({browsers.browsers[0].why})"
        base_ambiguities += (Ambiguity("base", why, ("slim",), browsers.browsers[0].evidence[:1]),)
    if copied:
        pass
    elif kind.name == "alpine":
        base_decision = replace(base_decision, why=musl_why(production))
    elif gpu_why:
        base_decision = replace(base_decision, why=base_decision.why + gpu_why)
    elif not answers.get("base"):
        note = alpine_note(production, python.version, lock_file)
        base_decision = replace(base_decision, why=base_decision.why + note)
    compose, compose_ambiguities, compose_warnings = decide_compose(facts, chosen.processes, answers, beside)
    services = frozenset(service.name for service in compose.services) if compose else frozenset()
    storage = choose_storage(facts, project, chosen.processes, services)
    models = choose_models(facts, answers, registry, reached=reached, channel=channel)
    if compose:
        taken = {name for name, _ in storage.volumes} | services
        fetched = tuple((name if name not in taken else f"{name}-models", path) for name, path in models.volumes)
        compose = replace(compose, volumes=(*storage.volumes, *fetched), read_only=storage.read_only)
    writable = tuple(sorted({*storage.writable, *(path for _, path in models.volumes)}))
    front, front_decisions, front_warnings = choose_front(facts, answers, project, chosen.processes, compose)
    gateway, gateway_decisions, gateway_warnings = choose_gateway(answers, chosen.processes, compose, front)
    if compose and (front or gateway):
        compose = replace(compose, environment=trusting(compose, answers))
    development: Development | None = None
    development_decisions: tuple[Decision, ...] = ()
    if "dev" in (answers.get("with") or ()):
        from dockgen.decide.development import choose_development

        development, compose, development_decisions = choose_development(
            facts, answers, install, project, chosen.processes, compose, frontend, front, writable
        )
    ambiguities = (*facts.ambiguities, *python.ambiguities, *chosen.ambiguities, *compose_ambiguities)
    questions = tuple(
        Question(a.answer, a.why, a.choices, command=a.command)
        for a in (*(a for a in ambiguities if a.answer not in answers or a.command), *base_ambiguities)
    )
    entry = chosen.entry.value if chosen.entry else ""
    decisions = [
        Decision(
            "python",
            python.version,
            python.why,
            "flag" if answers.get("python") else "evidence",
            tuple(e for e in python.evidence if not e.file.startswith("--")),
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
    secrets, access_decisions, access_warnings = choose_access(facts, install is not None, answers)
    decisions += access_decisions
    environment = (*runtime_environment(facts, project, chosen.processes, install), *chosen.environment, *variables)
    if kind.row["libc"] == "musl":
        environment = tuple(variable for variable in environment if variable != THREADED)  # of glibc
    environment = joined((*environment, *models.environment))
    stages, only_tests, stage_warnings = choose_stages(
        facts, answers, install, project, base, chosen.processes, environment, alone=beside is ALONE
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
    platforms = () if channel else choose_platforms(production, python.version, kind.row["libc"], lock_file)
    decisions += [
        *front_decisions,
        *gateway_decisions,
        *development_decisions,
        *gpu_decisions,
        *frontend_decisions,
        *browsers.decisions,
        *models.decisions,
        *translation_decisions,
        *platforms,
    ]
    without = set(answers.get("without") or ())
    files = ["Dockerfile", ".dockerignore"] + (
        ["compose.yaml"] if compose is not None and "compose" not in without else []
    )
    if development:
        files.append(OVERRIDE)
    if gunicorn:
        files.append(CONFIGURATION)
    files += [name for name, wanted in ((NGINX, front), (GATEWAY, gateway)) if wanted]
    env_example, env_decisions = choose_env_example(
        facts, compose, chosen.processes, chosen.entry, answers, frozenset(dict(environment))
    )
    if env_example:
        files.append(EXAMPLE)
    decisions += env_decisions
    if "bake" in (answers.get("with") or ()):
        files.append("docker-bake.hcl")
    guessed = [d for d in facts.dependencies if not d.group] if facts.manager.name == "none" else []
    if guessed:
        files.append(PROPOSAL)
    made = tuple(name for name, wanted in ((OVERRIDE, development), (GATEWAY, gateway)) if wanted)
    kept = {read.value for read in facts.reads} | {f.value for f in facts.sqlite if not facts.migrations}
    sqlite = tuple(f for f in facts.files if f.endswith((".sqlite3", ".sqlite", ".db")) and f not in kept)
    plan = Plan(
        name=facts.name.value,
        base=base,
        syntax_line=not answers.get("no_syntax_line"),
        install=install,
        project=project,
        build_packages=translated(kind, with_headers(kind, python.version, system.build)),
        runtime_packages=translated(kind, runtime_packages),
        processes=chosen.processes,
        variables=facts.env,
        environment=environment,
        writable=writable,
        links=storage.links,
        compose=compose,
        development=development,
        front=front,
        gateway=gateway,
        frontend=frontend,
        gunicorn=gunicorn,
        env_example=env_example,
        build_secrets=secrets,
        ssh=install is not None and any(access.kind == "ssh" for access in facts.access),
        browsers=browsers.browsers if install else (),
        models=models.models if install else None,
        start_period=FETCHING if models.volumes else STARTING,
        offers=models.questions,
        stages=stages,
        only_tests=only_tests,
        gpu=bool(answers.get("gpu")),
        syntax_image=image("docker/dockerfile:1", registry),
        requirements=tuple((d.requirement, place(d.evidence)) for d in guessed),
        ignore=choose_ignore(facts, project, entry, sqlite, frontend, only_tests, made),
        files=tuple(files),
        decisions=tuple(decisions),
        questions=questions,
        warnings=(
            *facts.warnings,
            *fetched_warnings(facts),
            *(channel_warnings(facts, answers) if channel else ()),
            *python.warnings,
            *chosen.warnings,
            *server_warnings,
            *access_warnings,
            *frontend_warnings,
            *base_warnings(base),
            *gpu_warnings,
            *musl_warning(kind, production),
            *stage_warnings,
            *front_warnings,
            *gateway_warnings,
            *system.warnings,
            *browsers.warnings,
            *models.warnings,
            *translation_warnings,
            *compose_warnings,
            *storage.warnings,
        ),
    )
    if development is None:
        return plan
    from dockgen.decide.development import with_ports

    return with_ports((plan,))[0]


STARTING = 30
FETCHING = 600
"""Seconds until a process must be healthy; the second where it fetches models at its first start."""


def joined(variables: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The variables, with the folders of what is on PYTHONPATH twice as one."""
    folders = ":".join(value for name, value in variables if name == "PYTHONPATH")
    seen: dict[str, str] = {}
    for name, value in variables:
        seen[name] = folders if name == "PYTHONPATH" else value
    return tuple(seen.items())


def _for_debian(facts: Facts) -> Facts:
    """The facts without what a conda environment brings itself."""
    dependencies, programs = without_channel(facts)
    calls = tuple(call for call in facts.calls if call.value.rpartition("/")[2] not in programs)
    return replace(facts, dependencies=dependencies, calls=calls)


def _manager_why(facts: Facts) -> str:
    return _first_why(facts.manager.evidence) or "no package manager's file was found"


def _first_why(evidence: tuple[Evidence, ...]) -> str:
    return evidence[0].why if evidence else ""
