"""dockgen check: are the files as dockgen would make them today?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from dockgen.cli import options
from dockgen.cli.reading import Reading, read_project
from dockgen.cli.saving import proposal, refuse_open_questions
from dockgen.errors import OutOfDate
from dockgen.write import Change, digest, read_target

DIFF_LINES = 40
"""Lines of difference shown of one file."""


@options.with_answers
def check(
    path: options.PathArgument = Path("."),
    json_: Annotated[bool, typer.Option("--json", help="Print the state of each file as JSON.")] = False,
    newest: Annotated[
        bool, typer.Option("--newest", help="Compare with the pack as its source stands today, not as recorded.")
    ] = False,
    **answers: Any,
) -> None:
    """Exit with 4 where the files are out of date, or edited beyond the record; with 0 where all is as recorded.

    Example: dockgen check .
    """
    project = read_project(path, answers, newest=newest)
    facts, plan = project.decide()
    refuse_open_questions(plan)
    plan = project.pinned(plan, ask=False)
    made = project.make(facts, plan)
    states = {name: _state(project, name, text) for name, text in made.files.items()}
    states |= {name: "no longer made" for name in project.record.files if name not in made.files}
    stale = {name: state for name, state in states.items() if state != "up to date"}
    if json_:
        typer.echo(json.dumps({"up_to_date": not stale, "files": states}, indent=2))
    else:
        for name in stale:
            typer.echo(f"{stale[name]:<20} {name}")
            typer.echo(_difference(project, name, made.files.get(name)), nl=False)
    if stale:
        hint = "dockgen update brings them up to date and keeps your edits."
        if not project.record.files:
            hint = "dockgen init writes them."
        raise OutOfDate(
            f"{', '.join(stale)}: not as dockgen would make {'it' if len(stale) == 1 else 'them'}", hint=hint
        )


def _state(project: Reading, name: str, made: str) -> str:
    """up to date | not written yet | out of date | edited | deleted."""
    record, there = project.record, read_target(project.source.root, name)
    if proposal(name):  # a person's own from the day it was written
        return "up to date" if there is not None else "not written yet"
    if name not in record.files:
        return "not written yet" if there is None else "not dockgen's"
    if record.files[name] != digest(made):
        return "out of date"
    if there is None:
        return "up to date" if record.edited.get(name) == "" else "deleted"
    known = {record.files[name], record.edited.get(name)}
    return "up to date" if {digest(there), digest(there.replace("\r\n", "\n"))} & known else "edited"


def _difference(project: Reading, name: str, made: str | None) -> str:
    """In short: what is new since the file was generated; where nothing is, what a person changed of it."""
    before = project.record.generated.get(name)
    if before is None or before == made:
        there = read_target(project.source.root, name) or ""
        change = Change(name, "", made or "", there) if before == made else Change(name, "", there, made or "")
    else:
        change = Change(name, "", before, made or "")
    lines = change.diff().splitlines(keepends=True)
    more = len(lines) - DIFF_LINES
    return "".join(lines[:DIFF_LINES]) + (f"... {more} more lines: dockgen update --dry-run\n" if more > 0 else "")
