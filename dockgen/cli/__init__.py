"""The command line: arguments, questions and printing, nothing else."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from dockgen import __version__
from dockgen.cli import check, explain, init, template, update
from dockgen.errors import DockgenError

app = typer.Typer(
    name="dockgen",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Write the Dockerfile, .dockerignore and compose.yaml that a Python project needs.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init", no_args_is_help=False)(init.init)
app.command("explain")(explain.explain)
app.command("check")(check.check)
app.command("update")(update.update)
app.add_typer(template.app, name="template")


def _version(value: bool) -> None:
    if value:
        typer.echo(f"dockgen {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Write the Dockerfile, .dockerignore and compose.yaml that a Python project needs."""


def run() -> None:
    """The console script. Every expected failure is one message on standard error and an exit code."""
    # Syntax trees are millions of small objects that live until the end: looking for garbage among them, again and
    # again, takes a third of the time.
    gc.disable()
    try:
        app(prog_name="dockgen")
    except DockgenError as error:
        typer.secho("dockgen: ", nl=False, err=True, bold=True)
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("\ndockgen: stopped; nothing was written", err=True)
        sys.exit(1)
    except RecursionError:
        typer.echo("dockgen: a file of the project is nested too deeply to be read", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
