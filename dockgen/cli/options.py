"""The answers as flags: said once here, and given to every command that decides."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

PathArgument = Annotated[Path, typer.Argument(help="The project's folder.", show_default="this folder")]
Python = Annotated[str | None, typer.Option("--python", help="Python version, such as 3.13.", metavar="VERSION")]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        help="Base image: slim, alpine, distroless, chainguard, wolfi, ubi, cuda, or an image of your own.",
        metavar="IMAGE",
    ),
]
Gpu = Annotated[bool, typer.Option("--gpu", help="The application computes on a GPU (CUDA).")]
Manager = Annotated[
    str | None, typer.Option("--manager", help="Package manager: pip, uv, poetry, pdm, pipenv ...", metavar="NAME")
]
Requirements = Annotated[
    str | None,
    typer.Option("--requirements", help="The requirements file, or pylock.toml, to install.", metavar="FILE"),
]
Framework = Annotated[str | None, typer.Option("--framework", help="Framework, by its PyPI name.", metavar="NAME")]
Entry = Annotated[
    str | None, typer.Option("--entry", help="What runs: shop.main:app, a script or a command.", metavar="ENTRY")
]
Start = Annotated[
    str | None, typer.Option("--start", help="The whole start command, in one string.", metavar="COMMAND")
]
Port = Annotated[int | None, typer.Option("--port", help="Port that the application listens on.", metavar="PORT")]
HealthPath = Annotated[
    str | None, typer.Option("--health-path", help="Route that answers when all is well.", metavar="PATH")
]
ServiceOption = Annotated[
    list[str] | None,
    typer.Option("--service", help="A service beside the application: postgres, redis ...", metavar="NAME"),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without", help="Leave out: compose, frontend, browsers, models, gateway, env-example.", metavar="PART"
    ),
]
Models = Annotated[
    str | None,
    typer.Option(
        "--models", help="Where models that the code loads by name lie: image, volume.", metavar="image|volume"
    ),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with", help="Write more: dev, gateway, bake, or a target of the Dockerfile: debug, test.", metavar="PART"
    ),
]
App = Annotated[
    list[str] | None,
    typer.Option("--app", help="A folder that holds an application, of several in one tree.", metavar="FOLDER"),
]
ForOne = Annotated[
    list[str] | None,
    typer.Option("--answer", help="An answer for one application of several.", metavar="FOLDER:NAME=VALUE"),
]
Registry = Annotated[
    str | None, typer.Option("--registry", help="Prefix of every public image's name.", metavar="PREFIX")
]
BuildSecret = Annotated[
    list[str] | None,
    typer.Option(
        "--build-secret",
        help="What installing reads and no layer keeps: a variable such as PIP_INDEX_URL, or netrc.",
        metavar="NAME",
    ),
]
TrustedProxy = Annotated[
    str | None,
    typer.Option(
        "--trusted-proxy",
        help="Proxies whose X-Forwarded headers are believed: an address, a network, or several with commas.",
        metavar="ADDRESS",
    ),
]
PinDigests = Annotated[
    bool,
    typer.Option("--pin-digests", help="Hold every image by its digest; asks the registries, and again each time."),
]
NoSyntaxLine = Annotated[
    bool, typer.Option("--no-syntax-line", help="Leave out the `# syntax=` line, for builders that reach no registry.")
]
Template = Annotated[
    str | None,
    typer.Option(
        "--template", help="Template pack: a folder, .zip, gh:owner/repo@tag or git+https URL.", metavar="SOURCE"
    ),
]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="An answer to a question of the pack.", metavar="KEY=VALUE")
]

Trust = Annotated[bool, typer.Option("--trust", help="Run the pack's hooks, after showing them.")]

Resolve = Annotated[
    bool,
    typer.Option(
        "--resolve", help="Ask the package index which wheels the requirements have, where no lock lists them."
    ),
]

ANSWERS: dict[str, tuple[Any, Any]] = {
    "python": (Python, None),
    "base": (Base, None),
    "gpu": (Gpu, False),
    "manager": (Manager, None),
    "requirements": (Requirements, None),
    "framework": (Framework, None),
    "entry": (Entry, None),
    "start": (Start, None),
    "port": (Port, None),
    "health_path": (HealthPath, None),
    "service": (ServiceOption, None),
    "with": (With, None),
    "without": (Without, None),
    "models": (Models, None),
    "app": (App, None),
    "answer": (ForOne, None),
    "registry": (Registry, None),
    "build_secret": (BuildSecret, None),
    "trusted_proxy": (TrustedProxy, None),
    "pin_digests": (PinDigests, False),
    "no_syntax_line": (NoSyntaxLine, False),
    "template": (Template, None),
    "set": (Set, None),
}
"""Answer -> (its flag, the value where it is not given), in the order of --help."""

PARAMETERS = {"with": "with_"}
"""Answers whose name is a word of Python's own."""

Command = TypeVar("Command", bound=Callable[..., None])


def with_answers(command: Command) -> Command:
    """The command with a flag for each answer, in the place of its `**answers`; Typer reads the signature."""
    own = inspect.signature(command, eval_str=True)
    parameters = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    parameters += [
        inspect.Parameter(PARAMETERS.get(name, name), inspect.Parameter.KEYWORD_ONLY, default=default, annotation=flag)
        for name, (flag, default) in ANSWERS.items()
    ]
    command.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": None}
    return command
