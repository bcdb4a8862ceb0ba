"""dockgen init: show what was found, ask what is undecided, write."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from dockgen.cli import options
from dockgen.cli.asking import allow_hooks, ask_extras, asker, settle_question
from dockgen.cli.reading import Reading, read_project
from dockgen.cli.saving import refuse_credentials, refuse_open_questions, save
from dockgen.errors import EditedByHand
from dockgen.facts import Facts
from dockgen.plans import Plan, System
from dockgen.write import Change, compare, refuse_edits


@options.with_answers
def init(
    path: options.PathArgument = Path("."),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the files, write nothing.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print the difference to what is there, write nothing.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that dockgen did not write.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the files here instead of the project.", metavar="DIR")
    ] = None,
    resolve: options.Resolve = False,
    trust: options.Trust = False,
    **answers: Any,
) -> None:
    """Write the Dockerfile, .dockerignore and compose.yaml of a project.

    Example: dockgen init . --yes --python 3.13
    """
    project = read_project(path, answers, resolve=resolve)
    asks = not (yes or dry_run or diff or json_) and sys.stdin.isatty()
    facts, plan = project.decide()
    while asks and (waiting := plan.questions or plan.offers) and not waiting[0].command:
        settle_question(project, waiting[0])
        facts, plan = project.decide()
    if asks and ask_extras(project):
        facts, plan = project.decide()
    refuse_open_questions(plan)
    refuse_credentials(facts, plan)
    plan = project.pinned(plan, ask=True)
    allow_hooks(project, trust, asks)
    made = project.make(facts, plan, asker(project) if asks else None, trust=trust)
    if dry_run:
        _print_files(made.files, json_)
        return
    target = output if output is not None else project.source.root
    changes = compare(target, made.files, project.record.files)
    left: dict[str, str | None] = {}
    if not overwrite and output is None:
        changes, left = _with_edits(project, changes, target)
    if diff:
        typer.echo("".join(change.diff() for change in changes), nl=False)
        return
    if not overwrite:
        if asks and any(change.state == "edited" for change in changes):
            _ask_overwrite(changes)
        else:
            refuse_edits(changes)
    if asks and not _confirm(facts, plan, changes):
        typer.echo("Nothing was written.", err=True)
        return
    private = save(project, plan, made.files, left, target)
    _say_done(plan, changes, private, json_, target, made.notes)


def _with_edits(
    project: Reading, changes: tuple[Change, ...], target: Path
) -> tuple[tuple[Change, ...], dict[str, str | None]]:
    """The changes with what a person made of dockgen's own files merged in, three ways, as update does; and the text
    of the files that then are not as generated. Raises EditedByHand where the two meet."""
    from dockgen.merge import merge_files

    record = project.record
    edited = {c.name: c.new for c in changes if c.state == "edited" and c.name in record.files}
    deleted = {c.name: c.new for c in changes if c.state == "new" and record.edited.get(c.name) == ""}
    merged = {
        one.name: one for one in merge_files(target, {**edited, **deleted}, record.generated, {
            name: record.files[name] for name in (*edited, *deleted)
        })
    }  # fmt: skip
    conflicts = [one.name for one in merged.values() if one.state == "conflict"]
    if conflicts:
        raise EditedByHand(
            f"{', '.join(conflicts)}: your edits and what is new meet; nothing was written",
            hint="dockgen update takes the same flags and merges: --on-conflict mine, new or markers. "
            "--diff shows what is new.",
        )
    result = tuple(
        replace(c, state=merged[c.name].state, new=merged[c.name].text or "") if c.name in merged else c
        for c in changes
    )
    return result, {name: one.text for name, one in merged.items()}


def _print_files(files: Mapping[str, str], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"written": False, "files": files}, indent=2, ensure_ascii=False))
        return
    for name, text in files.items():
        typer.secho(f"# ---- {name}", bold=True)
        typer.echo(text)


def _ask_overwrite(changes: tuple[Change, ...]) -> None:
    import questionary

    for change in changes:
        if change.state == "edited":
            typer.echo(change.diff(), err=True)
            if not questionary.confirm(
                f"{change.name} was not written by dockgen, or edited since. Replace it?", default=False
            ).ask():
                raise EditedByHand(
                    "is kept; nothing was written", file=change.name, hint="--output DIR writes elsewhere."
                )


def _confirm(facts: tuple[Facts, ...], plan: Plan | System, changes: tuple[Change, ...]) -> bool:
    import questionary

    from dockgen.report import whole_text

    typer.echo(whole_text(facts, plan), err=True)
    for change in changes:
        typer.echo(f"  {change.state:<10} {change.name}", err=True)
    return bool(questionary.confirm("Write these files?", default=True).ask())


def _say_done(
    plan: Plan | System, changes: tuple[Change, ...], private: Mapping[str, str], as_json: bool, target: Path,
    notes: tuple[str, ...],
) -> None:  # fmt: skip
    if as_json:
        states = {change.name: change.state for change in changes}
        warnings = [*(w.message for w in plan.warnings), *notes]
        typer.echo(
            json.dumps({"written": True, "files": states, "secrets": sorted(private), "warnings": warnings}, indent=2)
        )
        return
    for change in changes:
        typer.echo(f"{change.state:<10} {change.name}")
    for name in sorted(private):
        typer.echo(f"{'secret':<10} {name}")
    for message in (*(warning.message for warning in plan.warnings), *notes):
        typer.echo(f"warning: {message}", err=True)
    if "compose.yaml" in plan.files:
        oneshot = plan.processes[0].kind in ("cli", "script")
        what = f"run --rm --build {plan.processes[0].name}" if oneshot else "up --build --wait"
        if "compose.override.yaml" in plan.files:
            typer.echo(f"Next: docker compose {what if oneshot else 'up --build --watch'}", err=True)
            typer.echo(f"In production: docker compose -f compose.yaml {what}", err=True)
        else:
            typer.echo(f"Next: docker compose {what}", err=True)
        if isinstance(plan, Plan) and plan.build_secrets:
            typer.echo(f"The image alone: {plan.build_command} .", err=True)
    elif isinstance(plan, System):
        for one, built in zip(plan.plans, plan.targets, strict=True):
            file = f"{built.context}/{built.dockerfile}" if built.context != "." else built.dockerfile
            typer.echo(f"Next: {one.build_command} --file {file} {built.context}", err=True)
    else:
        typer.echo(f"Next: {plan.build_command} {target if str(target) != '.' else '.'}", err=True)
