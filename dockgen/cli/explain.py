"""dockgen explain: what was found, what would be chosen, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from dockgen.cli import options
from dockgen.cli.reading import read_project


@options.with_answers
def explain(
    path: options.PathArgument = Path("."),
    json_: Annotated[bool, typer.Option("--json", help="Print the record that scripts read.")] = False,
    resolve: options.Resolve = False,
    **answers: Any,
) -> None:
    """Say what the project is and what dockgen would do, with the file and line of each reason.

    Example: dockgen explain . --json
    """
    from dockgen.report import given_json, given_text, whole_json, whole_text

    project = read_project(path, answers, resolve=resolve)
    facts, plan = project.decide()
    plan = project.pinned(plan, ask=False)
    if json_:
        record = whole_json(facts, plan) | given_json(project.answers, project.origins)
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        typer.echo(whole_text(facts, plan) + given_text(project.answers, project.origins), nl=False)
