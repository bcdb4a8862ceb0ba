"""dockgen template: list, show, start, check and export packs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dockgen.errors import NotWritable

if TYPE_CHECKING:
    from dockgen.packs.chain import Chain

app = typer.Typer(
    no_args_is_help=True, help="Template packs: house rules for many projects.", rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
SourceArgument = Annotated[
    str, typer.Argument(help="A folder, .zip, gh:owner/repo@tag#folder, git+https URL or an installed pack.")
]


@app.command("list")
def list_(json_: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """The packs that are here: the built-in one, installed ones, and those used before.

    Example: dockgen template list
    """
    from dockgen.packs.fetch import known

    rows = known()
    if json_:
        typer.echo(json.dumps([{"source": source, "what": what} for source, what in rows], indent=2))
        return
    for source, what in rows:
        typer.echo(f"{source:<40} {what}")


@app.command()
def show(source: SourceArgument, json_: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """What a pack asks, adds and changes, and what its templates may use.

    Example: dockgen template show gh:acme/packs@v2#python
    """
    from dockgen.packs.chain import load

    chain = load(source)
    record = describe(chain)
    if json_:
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{record['name']} {record['version']}  {record['description']}".rstrip())
    typer.echo("  extends     " + (" > ".join(record["extends"]) or "nothing"))
    for pack in record["packs"]:
        typer.echo(f"  from        {pack['source']}" + (f" at {pack['commit']}" if pack["commit"] else ""))
    for question in record["questions"]:
        choices = f" ({', '.join(question['choices'])})" if question["choices"] else ""
        typer.echo(
            f"  asks        {question['name']}: {question['type']}{choices}, default {question['default']!r}  {question['help']}".rstrip()
        )
    for name, value in record["answers"].items():
        typer.echo(f"  answers     {name} = {value}")
    for table, rows in record["knowledge"].items():
        typer.echo(f"  knows       {table}: {', '.join(rows)}")
    for file in record["files"]:
        typer.echo(f"  adds        {file['path']}" + (f" if {file['when']}" if file["when"] else ""))
    for name in record["templates"]:
        typer.echo(f"  template    {name}")
    for pack, when, path in record["hooks"]:
        typer.echo(f"  would run   {pack}/{path} ({when}), with --trust alone")
    typer.echo("Templates see `answers` (the questions above), `project` (what explain --json prints) and `plan`.")


def describe(chain: Chain) -> dict[str, Any]:
    """A chain of packs as plain values, for people and scripts."""
    top = chain.top
    own = [pack for pack in chain.packs if pack.name != "dockgen"] or list(chain.packs)
    return {
        "name": top.name,
        "version": top.version,
        "description": top.description,
        "extends": [pack.name for pack in chain.packs[1:]],
        "packs": [{"source": p.origin.source, "commit": p.origin.commit, "version": p.version} for p in chain.packs],
        "questions": [
            {
                "name": q.name,
                "type": q.type,
                "help": q.help,
                "default": q.default,
                "choices": list(q.choices),
                "when": q.when,
            }
            for q in chain.questions
        ],
        "answers": chain.answers,
        "knowledge": {table: sorted(rows) for table, rows in chain.knowledge.items()},
        "files": [{"path": file.path, "template": file.template, "when": file.when} for file in chain.files],
        "templates": sorted({name for pack in own for name in pack.templates}),
        "hooks": [(pack.name, when, path) for pack in chain.packs for when, path in pack.hooks],
    }


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Where to make it; must not exist, or be empty.")],
    name: Annotated[str | None, typer.Option("--name", help="The pack's name.", show_default="the folder's")] = None,
) -> None:
    """Start a pack that extends the built-in one: a manifest, one template and a sample project to check it on.

    Example: dockgen template new acme-pack
    """
    from dockgen.packs.start import start_files
    from dockgen.write import write

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotWritable("is there already and not empty", file=str(folder))
    files = start_files(name or folder.resolve().name)
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, files)
    for path in files:
        typer.echo(f"new        {path}")
    typer.echo(f"Next: dockgen template check {folder}", err=True)


@app.command("check")
def check_(
    source: SourceArgument,
    update: Annotated[bool, typer.Option("--update", help="Write what the samples give as what is expected.")] = False,
) -> None:
    """Find undefined variables, questions that nothing uses and broken templates; render the pack's own samples.

    Example: dockgen template check ./acme-pack
    """
    from dockgen.packs.chain import load
    from dockgen.packs.lint import lint

    findings = lint(load(source), update=update)
    for finding in findings:
        typer.echo(finding)
    if findings:
        raise typer.Exit(1)
    typer.echo("no finding", err=True)


@app.command()
def export(
    source: SourceArgument, folder: Annotated[Path, typer.Argument(help="Where to write; must not exist, or be empty.")]
) -> None:
    """Write a pack with all that it extends into one folder: to read, to copy a block from, to keep offline.

    Example: dockgen template export dockgen ./dockgen-templates
    """
    from dockgen.packs.chain import load
    from dockgen.write import write

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotWritable("is there already and not empty", file=str(folder))
    chain = load(source)
    files = {f"{pack.name}/{name}": text for pack in chain.packs for name, text in pack.templates.items()}
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, files)
    for path in files:
        typer.echo(f"new        {path}")
