"""What `explain` prints: the contract's JSON, and the same as a colleague's note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from dockgen.facts import EnvVar, Evidence, Facts, place
from dockgen.plan import Plan, SystemPackage

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
                for v in facts.env
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
        },
        "questions": [asdict(q) | {"flag": "--" + q.answer.replace("_", "-")} for q in plan.questions],
        "warnings": [{"message": w.message, "evidence": _evidence(w.evidence)} for w in plan.warnings],
    }


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
    lines += _variables(facts.env)
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
    lines.append(_row("files", " ".join(plan.files), ""))
    if plan.build_secrets:
        lines.append(_row("build", f"{plan.build_command} .", ""))
    if plan.warnings:
        lines += ["", "Look at this"]
        for warning in plan.warnings:
            where = place(warning.evidence)
            lines.append(f"  - {warning.message}" + (f" ({where})" if where and where not in warning.message else ""))
    if plan.questions:
        lines += ["", "Undecided"]
        for question in plan.questions:
            lines.append(
                f"  - {question.why}: --{question.answer.replace('_', '-')} {' | '.join(question.choices) or 'VALUE'}"
            )
    return "\n".join(lines) + "\n"


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
