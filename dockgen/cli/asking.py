"""The wizard's questions: dockgen's own, and those of a pack."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from dockgen.cli.reading import Reading
from dockgen.cli.saving import asked
from dockgen.plans import Question

if TYPE_CHECKING:
    from dockgen.packs.ask import Asker
    from dockgen.packs.manifest import PackQuestion


def settle_question(project: Reading, question: Question) -> None:
    """Asks an open question of dockgen's, and has the answer recorded. Of several applications, one's own answer is
    recorded as its. Raises KeyboardInterrupt where the person leaves."""
    given = _ask(question)
    if not question.folder:
        project.answer(given)
        return
    for name, value in given.items():
        before = project.recorded.get("answer") or ()
        project.answer({"answer": (*before, f"{question.folder}:{name}={value}")})


def _ask(question: Question) -> dict[str, Any]:
    import questionary

    from dockgen.answers import check

    message = f"{asked(question)} ({question.flag.strip()})"
    if question.answer == "app":
        answer = questionary.checkbox(message, choices=list(question.choices)).ask()
    elif question.choices:
        answer = questionary.select(message, choices=list(question.choices)).ask()
    else:
        answer = questionary.text(message).ask()
    if not answer:
        raise KeyboardInterrupt
    value: Any = answer
    if question.answer == "port" and str(answer).isdigit():
        value = int(answer)
    return check({question.answer: value})


EXTRAS = {
    "dev": "compose.override.yaml: reloading servers, a debugger and tools for developing",
    "gateway": "a web server in front, with HTTPS",
    "bake": "docker-bake.hcl: all images at once",
    "debug": "a target of the image with a debugger",
    "test": "a target that runs the tests in the build",
}
"""What --with takes, and what it is to somebody who has not read about it."""


def ask_extras(project: Reading) -> bool:
    """Asks once, when the files are first written, what else is wanted. True where something is."""
    import questionary

    if "with" in project.answers or project.record.files:
        return False
    choices = [questionary.Choice(f"{name}: {what}", value=name) for name, what in EXTRAS.items()]
    wanted = questionary.checkbox("Write more? (--with; none is fine)", choices=choices).ask()
    if wanted is None:
        raise KeyboardInterrupt
    if wanted:
        project.answer({"with": tuple(wanted)})
    return bool(wanted)


def asker(project: Reading) -> Asker:
    """Asks a pack's questions in the terminal, and has what was said recorded."""

    def ask(question: PackQuestion, default: Any) -> Any:
        from dockgen.packs.ask import checked

        value = _prompt(question, default)
        if value is None:
            raise KeyboardInterrupt
        value = checked(question, value)
        said = {**project.recorded.get("set", {}), question.name: value}
        project.recorded["set"] = said
        return value

    return ask


def _prompt(question: PackQuestion, default: Any) -> Any:
    import questionary

    from dockgen.errors import Usage
    from dockgen.packs.ask import checked

    message = question.help or question.name

    def acceptable(text: str) -> bool | str:
        try:
            checked(question, text)
        except Usage as error:
            return error.message
        return True

    if question.type == "bool":
        return questionary.confirm(message, default=bool(default)).ask()
    if question.type == "choice":
        return questionary.select(message, choices=list(question.choices), default=default).ask()
    if question.type == "list" and question.choices:
        choices = [questionary.Choice(one, checked=one in default) for one in question.choices]
        return questionary.checkbox(message, choices=choices).ask()
    text = ", ".join(default) if question.type == "list" else str(default)
    return questionary.text(message, default=text, validate=acceptable).ask()


def allow_hooks(project: Reading, trust: bool, asks: bool) -> None:
    """Shows what a pack's hooks would run, before they do. In a terminal the person is asked."""
    if not trust or project.chain is None:
        return
    for pack in reversed(project.chain.packs):
        for when, path in pack.hooks:
            typer.secho(f"---- {pack.name}/{path} ({when})", err=True, bold=True)
            typer.echo(pack.templates.get(path, "(no text)"), err=True)
    if asks and any(pack.hooks for pack in project.chain.packs):
        import questionary

        if not questionary.confirm("Run these?", default=False).ask():
            typer.echo("dockgen: stopped; nothing was written", err=True)
            sys.exit(1)
