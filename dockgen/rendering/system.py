"""The files of several applications: each rendered as a project of its own, by the same templates, then joined.

A template knows one application. What is one file for all of them is put together here: compose.yaml section by
section, so that a pack of a person's own works for a tree of applications without knowing of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from dockgen.plans import Plan, System

SECTION = re.compile(r"([A-Za-z][\w.-]*):")
ENTRY = re.compile(r"  (\S.*?):(?:\s|$)")
DEVELOP = "up --build --watch"
Render = Callable[[str, "Plan | System"], str]


def render_system(system: System, template: Render) -> dict[str, str]:
    """The text of every file, in the order in which the system lists them."""
    made: dict[str, str] = {}
    for plan in system.plans:
        assert plan.part is not None
        at = "" if plan.part.folder == "." else f"{plan.part.folder}/"
        files = (
            "Dockerfile",
            ".dockerignore",
            "requirements.txt",
            "gunicorn.docker.py",
            "nginx.docker.conf",
            ".env.example",
        )
        for name in files:
            if f"{at}{name}" in system.files:
                made[f"{at}{name}"] = template(name, plan)
    if system.ignore:
        made[".dockerignore"] = template(".dockerignore", replace(system.plans[0], ignore=system.ignore))
    if "compose.yaml" in system.files:
        stacks = [template("compose.yaml", plan) for plan in system.plans if plan.compose]
        once = all(plan.main.kind in ("cli", "script") for plan in system.plans if plan.compose)
        file = "-f compose.yaml " if "compose.override.yaml" in system.files else ""
        start = f"run --rm --build {system.plans[0].main.name}" if once else "up --build --wait"
        made["compose.yaml"] = join_compose(stacks, system.name, file + start)
    if "compose.override.yaml" in system.files:
        overrides = [template("compose.override.yaml", plan) for plan in system.plans if plan.development]
        made["compose.override.yaml"] = join_compose(overrides, system.name, DEVELOP)
    if "Caddyfile" in system.files:
        made["Caddyfile"] = template("Caddyfile", next(plan for plan in system.plans if plan.gateway))
    if "docker-bake.hcl" in system.files:
        made["docker-bake.hcl"] = template("docker-bake.hcl", system)
    return {name: made[name] for name in system.files}


def join_compose(texts: Sequence[str], name: str, start: str = "up --build --wait") -> str:
    """One compose file out of several: sections of one name become one, and an entry that is there already (a
    database that two applications use) stands once. What lies before the first section comes from the first file."""
    head: list[str] = []
    sections: dict[str, dict[str, list[str]]] = {}
    for number, text in enumerate(texts):
        before, found = _sections(text)
        head = head if number else before
        for key, entries in found.items():
            section = sections.setdefault(key, {})
            for entry, lines in entries.items():
                section.setdefault(entry, lines)
    lines = [re.sub(r"^(# .*Start: ).*", rf"\1docker compose {start}", line) for line in head]
    anchored = {key: key != "name" and not key.startswith("x-") for key in sections}  # an anchor before its aliases
    for key, entries in sorted(sections.items(), key=lambda section: anchored[section[0]]):
        if lines and lines[-1]:
            lines.append("")
        if key == "name":
            lines = [*lines[:-1], f"name: {name}"]
            continue
        whole = entries.get("", [])
        lines += whole
        blocks = [entry for at, entry in entries.items() if at]
        apart = key == "services"
        if apart:  # the applications before what they talk to
            blocks.sort(key=lambda block: not any(re.match(r"    (build:|<<:)", line) for line in block))
        for index, block in enumerate(blocks):
            lines += ["", *block] if apart and index else block
    return "\n".join(lines).rstrip("\n") + "\n"


def _sections(text: str) -> tuple[list[str], dict[str, dict[str, list[str]]]]:
    """(lines before the first section, section -> entry -> lines). The entry "" holds a section's own lines; a
    comment goes with what follows it."""
    head: list[str] = []
    sections: dict[str, dict[str, list[str]]] = {}
    waiting: list[str] = []
    current: list[str] = head
    section: dict[str, list[str]] | None = None
    entries = False
    for line in text.splitlines():
        top, entry = SECTION.match(line), ENTRY.match(line)
        if top:
            section = sections.setdefault(top.group(1), {})
            entries = top.group(1) in ("services", "networks", "volumes", "secrets", "configs")
            current = section.setdefault("", [])
            current += [*waiting, line]
            waiting = []
        elif section is None:
            head.append(line)
        elif not line.strip() or (entries and re.match(r" {0,2}#", line)) or line.startswith("#"):
            if line.strip():
                waiting.append(line)
        elif entries and entry:
            current = section.setdefault(entry.group(1), [])
            current += [*waiting, line]
            waiting = []
        else:
            current += [*waiting, line]
            waiting = []
    return head, sections


__all__ = ["join_compose", "render_system"]
