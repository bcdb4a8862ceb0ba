"""Scripts that a program of their framework runs: Chainlit, Panel, Shiny, marimo; and Reflex's project."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dockgen.decide.folders import Folder
from dockgen.facts import Ambiguity, Application, Evidence, Fact, Facts
from dockgen.knowledge import table
from dockgen.plans import Process


def ui_script(facts: Facts, chosen: str = "") -> Folder | None:
    """What serves the project's scripts (`chosen`: this one), None where they are none of these frameworks'."""
    rows: dict[str, dict[str, Any]] = table("frameworks")["scripts"]
    found = [a for a in facts.applications if a.framework in rows and not a.object]
    if chosen:
        found = [a for a in found if a.file == chosen]
    found = [a for a in found if not a.test] or found
    others = [a for a in facts.applications if a.interface in ("asgi", "wsgi") and not a.test]
    if not found or (others and not chosen) or len({a.framework for a in found}) > 1:
        return None
    row = rows[found[0].framework]
    found = _declared(facts, found) or found
    evidence = tuple(Evidence(a.file, a.line, f"a {a.framework} script") for a in found)
    files = tuple(dict.fromkeys(a.file for a in found))
    one = files if row.get("several") else files[:1]
    words = [file for word in row["command"] for file in (one if word == "{files}" else (word,))]
    process = Process("web", "web", tuple(words), why=f"a {row['title']} script", evidence=evidence)
    if one != files:
        why = f"{len(files)} scripts could be the {row['title']} application"
        question = Ambiguity("entry", why, files, evidence)
        return Folder(process, None, row["port"], row.get("health_path"), ambiguities=(question,))
    questions: tuple[Ambiguity, ...] = ()
    if row.get("question"):
        questions = (Ambiguity("start", row["question"], (), evidence),)
    entry = row.get("entry") or " ".join(files)
    return Folder(
        process, Fact(entry, evidence), row["port"], row.get("health_path"), ambiguities=questions,
        environment=tuple(row.get("environment", {}).items()),
    )  # fmt: skip


def _declared(facts: Facts, found: Iterable[Application]) -> list[Application]:
    """The scripts that a command of the project names."""
    words = {word.removeprefix("./") for command in facts.commands for word in command.words}
    return [a for a in found if a.file in words]
