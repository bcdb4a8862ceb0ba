"""dockgen update: what is new in the project, the pack or dockgen, merged into what a person has edited."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dockgen.cli import options
from dockgen.cli.asking import allow_hooks, asker, settle_question
from dockgen.cli.reading import read_project
from dockgen.cli.saving import proposal, refuse_credentials, refuse_open_questions, save
from dockgen.errors import EditedByHand, Usage
from dockgen.merge import CHOICES, Merged, merge_files
from dockgen.write import Change, shown


@options.with_answers
def update(
    path: options.PathArgument = Path("."),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing.")] = False,
    on_conflict: Annotated[
        str,
        typer.Option(
            help="Where your edit and the update meet: stop (write nothing), mine, new, or markers.", metavar="WHAT"
        ),
    ] = "stop",
    json_: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
    trust: options.Trust = False,
    **answers: Any,
) -> None:
    """Bring the files up to date and keep your edits: a three-way merge of each file.

    Example: dockgen update . --dry-run
    """
    if on_conflict not in CHOICES:
        raise Usage(f"--on-conflict {on_conflict!r} is none of {', '.join(CHOICES)}")
    project = read_project(path, answers, newest=True)
    record, target = project.record, project.source.root
    if not record.files:
        raise EditedByHand(
            "nothing is recorded here to update from; nothing was written", hint="dockgen init writes the files."
        )
    asks = not (yes or dry_run or json_) and sys.stdin.isatty()
    facts, plan = project.decide()
    while asks and plan.questions and not plan.questions[0].command:
        settle_question(project, plan.questions[0])
        facts, plan = project.decide()
    refuse_open_questions(plan)
    refuse_credentials(facts, plan)
    plan = project.pinned(plan, ask=True)
    allow_hooks(project, trust, asks)
    made = project.make(facts, plan, asker(project) if asks else None, trust=trust)
    files = {name: text for name, text in made.files.items() if not proposal(name) or not (target / name).exists()}
    merged = merge_files(target, files, record.generated, record.files, on_conflict)
    conflicts = [one for one in merged if one.state == "conflict"]
    if conflicts and on_conflict == "stop":
        _show(conflicts)
        if asks:
            on_conflict = _ask_conflict()
            merged = merge_files(target, files, record.generated, record.files, on_conflict)
    _report(merged, json_, dry_run)
    if conflicts and on_conflict == "stop":
        raise EditedByHand(
            f"{', '.join(one.name for one in conflicts)}: your edits and the update meet; nothing was written",
            hint="--on-conflict mine keeps your side, new takes the update's, markers writes both for your editor.",
        )
    if dry_run:
        return
    left = {one.name: one.text for one in merged if one.state in ("kept", "merged", "deleted", "conflict", "unchanged")}
    gone = [one.name for one in merged if one.state == "removed"]
    private = save(project, plan, files, left, target, gone)
    if not json_:
        for name in sorted(private):
            typer.echo(f"{'secret':<10} {name}")
        for message in (*(warning.message for warning in plan.warnings), *made.notes):
            typer.echo(f"warning: {message}", err=True)


def _report(merged: tuple[Merged, ...], as_json: bool, dry_run: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"written": not dry_run, "files": {one.name: one.state for one in merged}}, indent=2))
        return
    for one in merged:
        typer.echo(f"{one.state:<10} {one.name}")
        if dry_run and one.state != "conflict":
            typer.echo(Change(one.name, "", one.old or "", shown(one.text or "")).diff(), nl=False)


def _show(conflicts: list[Merged]) -> None:
    for one in conflicts:
        typer.secho(f"---- {one.name}", err=True, bold=True)
        typer.echo(shown(one.text or ""), err=True, nl=False)


def _ask_conflict() -> str:
    import questionary

    choices = {
        "keep my side of these places": "mine", "take the update's side": "new",
        "write both, with git's markers": "markers", "write nothing": "stop",
    }  # fmt: skip
    said = questionary.select("Your edits and the update meet. What now?", choices=list(choices)).ask()
    if said is None:
        raise KeyboardInterrupt
    return choices[said]
