"""The values of a pack's questions: as given, as asked, or by the default that the pack computes from the facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dockgen.errors import Usage
from dockgen.packs.chain import Chain
from dockgen.packs.manifest import MANIFEST, PackQuestion
from dockgen.packs.sandbox import Sandbox

Asker = Callable[[PackQuestion, Any], Any]
"""Asks a person one question with its default; gives the value."""

YES, NO = frozenset({"true", "yes", "y", "1", "on"}), frozenset({"false", "no", "n", "0", "off", ""})


def settle(chain: Chain, sandbox: Sandbox, given: Mapping[str, Any], ask: Asker | None = None) -> dict[str, Any]:
    """Every question's value, in order; later defaults see earlier values. Raises Usage for a value that cannot be."""
    known = {question.name for question in chain.questions}
    for name in given:
        if name not in known:
            raise Usage(
                f"--set {name}: the pack {chain.top.name} asks no such thing",
                hint=f"It asks: {', '.join(sorted(known)) or 'nothing'}.",
            )
    values: dict[str, Any] = {}
    for question in chain.questions:
        values[question.name] = _value(chain, sandbox, question, given, values, ask)
    return values


def _value(
    chain: Chain, sandbox: Sandbox, question: PackQuestion, given: Mapping[str, Any], values: dict[str, Any],
    ask: Asker | None,
) -> Any:  # fmt: skip
    context = {"cookiecutter": values} if chain.top.cookiecutter else {"answers": values}
    if question.name in given:
        return checked(question, given[question.name])
    where = f"{MANIFEST}: question {question.name}"
    default = question.default
    if isinstance(default, str):
        default = sandbox.text(default, context, where)
    elif isinstance(default, list):
        default = [sandbox.text(str(one), context, where) for one in default]
    if question.type == "choice" and default not in question.choices:
        default = question.choices[0]
    default = checked(question, default) if default != "" or question.type != "text" else ""
    if ask is None or (question.when and not sandbox.expression(question.when, context, where)):
        return default
    return checked(question, ask(question, default))


def checked(question: PackQuestion, value: Any) -> Any:
    """The value in the question's type. Raises Usage."""

    def wrong(form: str) -> Usage:
        return Usage(f"--set {question.name}={value!r} is not {form}")

    if question.type == "bool":
        text = str(value).strip().lower()
        if text not in YES | NO:
            raise wrong("true or false")
        return text in YES
    if question.type == "int":
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,18}", str(value).strip()):
            raise wrong("a whole number")
        return int(value)
    if question.type == "list":
        items = value if isinstance(value, (list, tuple)) else [v.strip() for v in str(value).split(",") if v.strip()]
        for item in items:
            if question.choices and str(item) not in question.choices:
                raise wrong(f"made of {', '.join(question.choices)}")
        return [str(item) for item in items]
    text = str(value)
    if question.type == "choice" and text not in question.choices:
        raise wrong(f"one of {', '.join(question.choices)}")
    if not text.isprintable():
        raise wrong("printable text")
    if question.validate and not re.fullmatch(question.validate, text):
        raise wrong(f"of the form {question.validate}")
    return text
