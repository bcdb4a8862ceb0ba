"""The person's answers: from .dockgen.toml or [tool.dockgen], then flags, checked against one table.

A key in the file is the flag's name with underscores. What the file says is as untrusted as the
project: every value is checked here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dockgen.errors import Usage
from dockgen.source import Source
from dockgen.write import RECORD

MANAGERS = ("pip", "uv", "poetry", "pdm", "pipenv", "hatch", "conda", "pixi", "script", "none")
LISTS = ("service", "without")


@dataclass(frozen=True, slots=True)
class Record:
    """What .dockgen.toml holds: the answers given so far, and the hash of each file as generated; `index`: what the
    package index said (resolve.py reads it)."""

    answers: Mapping[str, Any]
    files: Mapping[str, str]
    index: Any = None


def read_record(source: Source) -> Record:
    """The record beside the files, else the answers in pyproject.toml. Raises BrokenManifest or Usage."""
    data = source.toml(RECORD)
    if data is not None:
        answers, files = data.get("answers", {}), data.get("files", {})
        if not isinstance(answers, dict) or not isinstance(files, dict):
            raise Usage("[answers] and [files] must be tables", file=RECORD)
        return Record(check(answers, RECORD), {k: v for k, v in files.items() if isinstance(v, str)}, data.get("index"))
    pyproject = source.toml("pyproject.toml") or {}
    table = pyproject.get("tool", {}).get("dockgen", {}) if isinstance(pyproject.get("tool", {}), dict) else {}
    return Record(check(table, "pyproject.toml") if isinstance(table, dict) else {}, {})


def check(answers: Mapping[str, Any], file: str | None = None) -> dict[str, Any]:
    """The answers, each of the right form. Raises Usage naming the answer that is not."""
    checked: dict[str, Any] = {}
    for name, value in answers.items():
        if name not in FORMS:
            raise Usage(
                f"{name!r} is no answer that dockgen knows", file=file, hint=f"Known: {', '.join(sorted(FORMS))}."
            )
        if value is None or value == [] or value is False:
            continue
        checked[name] = FORMS[name](name, value, file)
    return checked


def _text(pattern: str, example: str) -> Callable[[str, Any, str | None], str]:
    def form(name: str, value: Any, file: str | None) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Usage(f"{_flag(name)} {value!r} is not of the form {example}", file=file)
        return value

    return form


def _one_of(*choices: str) -> Callable[[str, Any, str | None], str]:
    def form(name: str, value: Any, file: str | None) -> str:
        if value not in choices:
            raise Usage(f"{_flag(name)} {value!r} is none of {', '.join(choices)}", file=file)
        return str(value)

    return form


def _port(name: str, value: Any, file: str | None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise Usage(f"--port {value!r} is no port (1 to 65535)", file=file)
    return value


def _yes(name: str, value: Any, file: str | None) -> bool:
    if not isinstance(value, bool):
        raise Usage(f"{_flag(name)} takes true or false", file=file)
    return value


def _list(*choices: str) -> Callable[[str, Any, str | None], tuple[str, ...]]:
    def form(name: str, value: Any, file: str | None) -> tuple[str, ...]:
        values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        for one in values:
            if one not in choices:
                raise Usage(f"{_flag(name)} {one!r} is none of {', '.join(choices)}", file=file)
        return tuple(dict.fromkeys(values))

    return form


def _services(name: str, value: Any, file: str | None) -> tuple[str, ...]:
    from dockgen.knowledge import table

    return _list(*sorted(table("services")["services"]))(name, value, file)


def _start(name: str, value: Any, file: str | None) -> str:
    try:
        words = shlex.split(value) if isinstance(value, str) else []
    except ValueError as error:
        raise Usage(f"--start {value!r} cannot be split into words: {error}", file=file) from error
    if not words:
        raise Usage("--start is empty", file=file)
    return str(value)


def _path(name: str, value: Any, file: str | None) -> str:
    if not isinstance(value, str) or not value.isprintable() or value.startswith(("/", "-")) or ".." in value:
        raise Usage(f"{_flag(name)} {value!r} is not of the form requirements/prod.txt", file=file)
    return value.removeprefix("./")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


FORMS: dict[str, Callable[[str, Any, str | None], Any]] = {
    "python": _text(r"3\.\d{1,2}", "3.13"),
    "base": _text(r"[A-Za-z0-9][A-Za-z0-9._/:@${}-]*", "slim, or an image"),
    "manager": _one_of(*MANAGERS),
    "requirements": _path,
    "framework": _text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "fastapi"),
    "entry": _text(r"[A-Za-z0-9_./ -]+(:[A-Za-z0-9_.]+(\(\))?)?", "shop.main:app, a script or a command"),
    "start": _start,
    "port": _port,
    "health_path": _text(r"/[A-Za-z0-9._~/?=&%-]*", "/healthz"),
    "service": _services,
    "without": _list("compose", "frontend", "browsers"),
    "registry": _text(r"[a-z0-9][A-Za-z0-9._/:-]*", "registry.example.com/mirror"),
    "no_syntax_line": _yes,
}
"""Every answer, by name, with the check of its form."""


def record_text(version: str, answers: Mapping[str, Any], hashes: Mapping[str, str]) -> str:
    """The text of .dockgen.toml: the answers given (not those found), and what was written."""
    lines = [
        f"# Written by dockgen {version}: your answers, and the files as they were generated.",
        f'version = "{version}"',
        "",
        "[answers]",
    ]
    for name in sorted(answers):
        lines.append(f"{name} = {_toml(answers[name])}")
    lines += ["", "[files]"]
    lines += [f'"{name}" = "{hashes[name]}"' for name in hashes]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    import json

    if isinstance(value, (bool, int)):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML forbids a bare DEL
