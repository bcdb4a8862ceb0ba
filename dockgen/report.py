"""What `explain` prints: the contract's JSON, and the same as a colleague's note."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from dockgen.facts import EnvVar, Evidence, Facts, place
from dockgen.plans import Plan, Question, System, SystemPackage

SHOWN = 12
"""Optional variables in the note."""


def as_json(facts: Facts, plan: Plan) -> dict[str, Any]:
    """The record that `explain --json` prints (schema 1, docs/reference.md)."""
    decided = {d.answer: d for d in plan.decisions}
    lock = facts.manager.lock_file
    return {
        "schema": 1,
        "project": {"name": plan.name, "root": "."},
        "facts": {
            "package_manager": _fact(facts.manager.name, facts.manager.evidence),
            "lock_file": _fact(lock, tuple(e for e in facts.manager.evidence if e.file == lock)) if lock else None,
            "python": _fact(decided["python"].value, decided["python"].evidence),
            "frameworks": [_fact(f.value, f.evidence) for f in facts.frameworks],
            "entry": _fact(decided["entry"].value, decided["entry"].evidence) if "entry" in decided else None,
            "services": [
                _fact(s.name, s.evidence) | {"required": s.required, "vendor": s in facts.vendors}
                for s in (*facts.services, *facts.vendors)
            ],
            "env": [
                {
                    "name": v.name,
                    "required": v.required,
                    "default": v.default,
                    "secret": v.secret,
                    "service": v.service or None,
                    "evidence": _evidence(v.evidence),
                }
                for v in plan.variables
            ],
            "system_packages": {"build": _packages(plan.build_packages), "runtime": _packages(plan.runtime_packages)},
        },
        "plan": {
            "base_image": plan.base.resolved,
            "processes": [
                {
                    "name": p.name,
                    "kind": p.kind,
                    "command": list(p.command),
                    "port": p.port,
                    "health_path": p.health_path,
                    "root": p.root,
                }
                for p in plan.processes
            ],
            "services": [s.name for s in plan.compose.services] if plan.compose else [],
            "files": list(plan.files),
            "decisions": [asdict(d) for d in plan.decisions],
        }
        | _development(plan),
        "questions": _questions(plan.questions),
        "warnings": [{"message": w.message, "evidence": _evidence(w.evidence)} for w in plan.warnings],
    }


def _development(plan: Plan) -> dict[str, Any]:
    """What compose.override.yaml changes and adds; no key without it."""
    found = plan.development
    if found is None:
        return {}
    processes = [
        {"name": process.name, "watch": [asdict(rule) for rule in changed.watch]}
        for process, changed in zip(plan.processes, found.processes, strict=True)
    ]
    tools = [{"name": t.name, "image": t.image, "profile": t.profile or None, "port": t.host} for t in found.tools]
    return {
        "development": {
            "processes": processes,
            "environment": dict(found.environment),
            "debug_port": found.debug_host,
            "tools": tools,
        }
    }


def whole_json(facts: tuple[Facts, ...], plan: Plan | System) -> dict[str, Any]:
    """The record of one project, or of several applications: then what they are together stands where a single
    one's does, and each one's own record in `applications`."""
    if isinstance(plan, Plan):
        return as_json(facts[0], plan)
    from dockgen.decide.system import rebased

    records = []
    for one, of_one in zip(facts, plan.plans, strict=True):
        assert of_one.part is not None
        record = as_json(rebased(one, of_one.part.folder), of_one)
        lock = record["facts"]["lock_file"]
        if lock is not None:
            own = one.manager.lock_file or ""
            lock["value"] = posixpath.normpath(posixpath.join(of_one.part.folder, own))
            lock["evidence"] = [e for e in record["facts"]["package_manager"]["evidence"] if e["file"] == lock["value"]]
        record["project"] = {"name": of_one.part.name, "root": of_one.part.folder, "context": of_one.part.context}
        del record["schema"], record["plan"]["files"], record["questions"], record["warnings"]
        records.append(record)
    main = records[0]["facts"]
    return {
        "schema": 1,
        "project": {"name": plan.name, "root": "."},
        "facts": {
            "package_manager": main["package_manager"],
            "lock_file": main["lock_file"],
            "python": main["python"],
            "frameworks": _united(records, "value", "frameworks"),
            "entry": main["entry"],
            "services": _united(records, "value", "services"),
            "env": _united(records, "name", "env"),
            "system_packages": {
                "build": _united(records, "value", "system_packages", "build"),
                "runtime": _united(records, "value", "system_packages", "runtime"),
            },
        },
        "plan": {
            "base_image": records[0]["plan"]["base_image"],
            "processes": [process for record in records for process in record["plan"]["processes"]],
            "services": list(dict.fromkeys(name for record in records for name in record["plan"]["services"])),
            "files": list(plan.files),
            "decisions": [asdict(d) for d in plan.decisions],
        },
        "applications": records,
        "questions": _questions(plan.questions),
        "warnings": [{"message": w.message, "evidence": _evidence(w.evidence)} for w in plan.warnings],
    }


def _united(records: list[dict[str, Any]], key: str, *path: str) -> list[dict[str, Any]]:
    """One list of what all of the applications list; what is required by one is required."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        items = record["facts"]
        for step in path:
            items = items[step]
        for item in items:
            known = found.get(item[key])
            if known is None:
                found[item[key]] = dict(item)
                continue
            known["evidence"] = [*known["evidence"], *(e for e in item["evidence"] if e not in known["evidence"])]
            if "required" in item:
                known["required"] = known["required"] or item["required"]
    return list(found.values())


def _questions(questions: tuple[Question, ...]) -> list[dict[str, Any]]:
    return [
        {"answer": q.answer, "why": q.why, "choices": q.choices, "flag": q.flag.strip()}
        | ({"root": q.folder} if q.folder else {})
        | ({"command": q.command} if q.command else {})
        for q in questions
    ]


def whole_text(facts: tuple[Facts, ...], plan: Plan | System) -> str:
    """The same for a person."""
    if isinstance(plan, Plan):
        return as_text(facts[0], plan)
    from dockgen.decide.system import rebased

    lines = [f"{plan.name}: {len(plan.plans)} application{'s' if len(plan.plans) > 1 else ''}", ""]
    for decision in plan.decisions:
        lines += [_row(decision.answer, decision.value, place(decision.evidence)), " " * 16 + decision.why]
    for one, of_one in zip(facts, plan.plans, strict=True):
        assert of_one.part is not None
        alone = replace(of_one, name=f"{of_one.part.folder}", questions=(), warnings=(), files=())
        lines += ["", *as_text(rebased(one, of_one.part.folder), alone).splitlines()]
        ports = [f"{inside} on 127.0.0.1:{host}" for inside, host in of_one.part.ports]
        if ports:
            lines.append(_row("port", ", ".join(ports), ""))
    lines += ["", _row("files", " ".join(plan.files), "")]
    return "\n".join([*lines, *_open(plan)]) + "\n"


def given_json(answers: Mapping[str, Any], origins: Mapping[str, str]) -> dict[str, Any]:
    """The answers in force and where each came from; no key where there is none."""
    given = [{"answer": name, "value": answers[name], "origin": origins[name]} for name in sorted(answers)]
    return {"answers": given} if given else {}


def given_text(answers: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    """The same for a person."""
    if not answers:
        return ""
    rows = [_row(name.replace("_", "-"), _plain(answers[name]), origins[name]) for name in sorted(answers)]
    return "\n".join(["", "Answers given", *rows]) + "\n"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_plain(one)}" for key, one in value.items())
    return " ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _fact(value: str, evidence: tuple[Evidence, ...]) -> dict[str, Any]:
    return {"value": value, "evidence": _evidence(evidence)}


def _evidence(evidence: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    return [asdict(e) for e in evidence]


def _packages(packages: tuple[SystemPackage, ...]) -> list[dict[str, Any]]:
    by_name: dict[str, list[dict[str, Any]]] = {}
    for package in packages:
        by_name.setdefault(package.name, []).extend(_evidence(package.evidence))
    return [{"value": name, "evidence": evidence} for name, evidence in sorted(by_name.items())]


def as_text(facts: Facts, plan: Plan) -> str:
    """The same for a person: what was found, what was chosen and why, what is unsure."""
    lines = [plan.name, ""]
    lines.append("Found")
    lines.append(_row("dependencies", _manager_text(facts), place(facts.manager.evidence)))
    for framework in facts.frameworks:
        lines.append(_row("framework", framework.value, place(framework.evidence)))
    for service in facts.services:
        lines.append(
            _row("service", service.name + ("" if service.required else " (optional)"), place(service.evidence))
        )
    for vendor in facts.vendors:
        lines.append(_row("service", f"{vendor.name} (outside of this stack)", place(vendor.evidence)))
    lines += _variables(plan.variables)
    lines += ["", "Chosen"]
    for decision in plan.decisions:
        where = place(decision.evidence)
        lines.append(_row(decision.answer, decision.value, where))
        if decision.why:
            lines.append(" " * 16 + decision.why)
    for process in plan.processes[1:]:
        lines.append(_row(process.kind, " ".join(process.command), place(process.evidence)))
    for title, packages in (("to build", plan.build_packages), ("at run time", plan.runtime_packages)):
        for why in dict.fromkeys(package.why for package in packages):
            names = dict.fromkeys(package.name for package in packages if package.why == why)
            lines.append(_row(title, " ".join(names), why))
    if plan.compose:
        for container in plan.compose.services:
            lines.append(_row("compose", container.image, container.why))
    if plan.files:
        lines.append(_row("files", " ".join(plan.files), ""))
    if plan.build_secrets:
        lines.append(_row("build", f"{plan.build_command} {plan.part.context if plan.part else '.'}", ""))
    return "\n".join([*lines, *_open(plan)]) + "\n"


def _open(plan: Plan | System) -> Iterator[str]:
    """What a person should look at, and what is undecided."""
    if plan.warnings:
        yield from ("", "Look at this")
        for warning in plan.warnings:
            where = place(warning.evidence)
            yield f"  - {warning.message}" + (f" ({where})" if where and where not in warning.message else "")
    if plan.questions:
        yield from ("", "Undecided")
        for question in plan.questions:
            lead = f"{question.folder}: " if question.folder else ""
            answer = question.command or f"{question.flag}{' | '.join(question.choices) or 'VALUE'}"
            yield f"  - {lead}{question.why}: {answer}"


def _variables(env: tuple[EnvVar, ...]) -> Iterator[str]:
    """What the program cannot do without, each with its place; what it can, in short."""
    for variable in env:
        if variable.required:
            lead = f"{variable.name} (required{', secret' if variable.secret else ''})"
            yield _row("variable", lead, place(variable.evidence))
    optional = [variable for variable in env if not variable.required]
    for variable in optional[:SHOWN]:
        # A default in the code is no secret of anybody's, but a note that shows one teaches to paste it.
        default = "secret" if variable.secret else f"default {variable.default!r}" if variable.default else ""
        yield _row("variable", variable.name + (f" ({default})" if default else ""), place(variable.evidence))
    if optional[SHOWN:]:
        yield _row("", f"and {len(optional) - SHOWN} more that it can do without: --json lists them", "")


def _manager_text(facts: Facts) -> str:
    name = facts.manager.name
    production = [d for d in facts.dependencies if not d.group and d.direct]
    what = f"{name}, {len(production)} direct" if name != "none" else "none declared"
    return what + (f", locked in {facts.manager.lock_file}" if facts.manager.lock_file else "")


def _row(label: str, value: str, note: str) -> str:
    return f"  {label:<13} {value}" + (f"   [{note}]" if note else "")
