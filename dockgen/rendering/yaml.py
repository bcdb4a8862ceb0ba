"""Filters for YAML: any string as one scalar, on one line, that every YAML reader takes for that string."""

from __future__ import annotations

import json
import re

PLAIN = re.compile(r"[A-Za-z_/.][A-Za-z0-9_./-]*(?:[ =@+:][A-Za-z0-9_./=@+-]+)*")
"""Texts that need no quotes in block and flow context. A colon is plain only with no space behind it,
which the repetition sees to: what follows is one more word, and "a: b" has a space there."""

WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "none", ".inf", ".nan", "."})
"""Words that YAML 1.1 or 1.2 reads as something else than a string (and a few that look so)."""

NUMBER = re.compile(r"[.+-]?[0-9].*|\.inf|\.nan", re.IGNORECASE)


def yaml_scalar(value: object) -> str:
    """The value as a YAML scalar, plain where that is safe in flow and block, else double-quoted.

    Double-quoted YAML is a superset of JSON strings; what YAML 1.1 does not print (control
    characters, surrogates, a byte order mark) is escaped. None, booleans and numbers are printed as such.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value)
    if (
        PLAIN.fullmatch(text)
        and text.lower() not in WORDS
        and not NUMBER.fullmatch(text)
        and not text.startswith(("---", "..."))
        and not _looks_sexagesimal(text)
    ):
        return text
    return json.dumps(text, ensure_ascii=True) if not _astral(text) else _escaped(text)


def compose_value(value: object) -> str:
    """The same, with `$` doubled, so that compose prints it and expands nothing."""
    return yaml_scalar(value.replace("$", "$$") if isinstance(value, str) else value)


def _looks_sexagesimal(text: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9][0-9_:.]*", text) is not None


def _astral(text: str) -> bool:
    """JSON writes characters above U+FFFF as surrogate pairs, which YAML does not put together."""
    return any(ord(character) > 0xFFFF for character in text)


def _escaped(text: str) -> str:
    parts = []
    for character in text:
        parts.append(f"\\U{ord(character):08x}" if ord(character) > 0xFFFF else json.dumps(character)[1:-1])
    return '"' + "".join(parts) + '"'
