"""dockgen init: show what was found, ask what is undecided, write."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dockgen import __version__
from dockgen.cli import options
from dockgen.cli.reading import Reading, read_project
from dockgen.errors import EditedByHand, Undecided
from dockgen.plan import Plan, Question
from dockgen.write import RECORD, Change, compare, digest, refuse_edits, write


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
    **answers: Any,
) -> None:
    """Write the Dockerfile, .dockerignore and compose.yaml of a project.

    Example: dockgen init . --yes --python 3.13
    """
    from dockgen.decide import decide
    from dockgen.render import render

    project = read_project(path, answers, resolve=resolve)
    asks = not (yes or dry_run or diff or json_) and sys.stdin.isatty()
    plan = decide(project.facts, project.answers)
    while asks and plan.questions:
        project.answers.update(_ask(plan.questions[0]))
        plan = decide(project.facts, project.answers)
    _refuse_open_questions(plan)
    files = render(plan)
    if dry_run:
        _print_files(files, json_)
        return
    target = output if output is not None else project.source.root
    changes = compare(target, files, project.record.files)
    if diff:
        typer.echo("".join(change.diff() for change in changes), nl=False)
        return
    if not overwrite:
        if asks and any(change.state == "edited" for change in changes):
            _ask_overwrite(changes)
        else:
            refuse_edits(changes)
    if asks and not _confirm(project, plan, changes):
        typer.echo("Nothing was written.", err=True)
        return
    from dockgen.answers import record_text
    from dockgen.decide.install import PROPOSAL
    from dockgen.render.secrets import secret_files

    record = record_text(
        __version__, project.answers, {name: digest(text) for name, text in files.items() if name != PROPOSAL}
    )
    record += project.index
    private: dict[str, str] = {}
    if plan.compose is not None and "compose.yaml" in files:
        private = dict(secret_files(plan.compose, lambda name: _existing(target / name)))
    write(target, {**files, RECORD: record}, private)
    _say_done(plan, changes, private, json_, target)


def _existing(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() and not path.is_symlink() else None


def _refuse_open_questions(plan: Plan) -> None:
    if plan.questions:
        first = plan.questions[0]
        flags = [f"--{q.answer.replace('_', '-')} {' | '.join(q.choices) or 'VALUE'}" for q in plan.questions]
        places = "".join(f"\n  {q.why}" for q in plan.questions[1:])
        raise Undecided(
            f"cannot decide: {first.why}{places}",
            hint="Say it with " + "\n         and ".join(flags) + "\nNothing was written.",
        )


def _print_files(files: dict[str, str], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"written": False, "files": files}, indent=2, ensure_ascii=False))
        return
    for name, text in files.items():
        typer.secho(f"# ---- {name}", bold=True)
        typer.echo(text)


def _ask(question: Question) -> dict[str, Any]:
    import questionary

    message = f"{question.why} (--{question.answer.replace('_', '-')})"
    if question.choices:
        answer = questionary.select(message, choices=list(question.choices)).ask()
    else:
        answer = questionary.text(message).ask()
    if not answer:
        raise KeyboardInterrupt
    from dockgen.answers import check

    value: Any = answer
    if question.answer == "port" and str(answer).isdigit():
        value = int(answer)
    return check({question.answer: value})


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


def _confirm(project: Reading, plan: Plan, changes: tuple[Change, ...]) -> bool:
    import questionary

    from dockgen.report import as_text

    typer.echo(as_text(project.facts, plan), err=True)
    for change in changes:
        typer.echo(f"  {change.state:<10} {change.name}", err=True)
    return bool(questionary.confirm("Write these files?", default=True).ask())


def _say_done(plan: Plan, changes: tuple[Change, ...], private: dict[str, str], as_json: bool, target: Path) -> None:
    if as_json:
        states = {change.name: change.state for change in changes}
        warnings = [w.message for w in plan.warnings]
        typer.echo(
            json.dumps({"written": True, "files": states, "secrets": sorted(private), "warnings": warnings}, indent=2)
        )
        return
    for change in changes:
        typer.echo(f"{change.state:<10} {change.name}")
    for name in sorted(private):
        typer.echo(f"{'secret':<10} {name}")
    for warning in plan.warnings:
        typer.echo(f"warning: {warning.message}", err=True)
    if plan.compose is not None and "compose.yaml" in plan.files:
        oneshot = plan.processes[0].kind in ("cli", "script")
        what = (
            f"docker compose run --rm --build {plan.processes[0].name}"
            if oneshot
            else "docker compose up --build --wait"
        )
        typer.echo(f"Next: {what}", err=True)
    else:
        typer.echo(f"Next: docker build --tag {plan.name} {target if str(target) != '.' else '.'}", err=True)
