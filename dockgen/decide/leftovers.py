"""Requirement files that cannot be installed as they are: which commands make a copy that can.

The file itself is a person's and stays as it is. The copy is made in the build, by patterns of the lines
that are wrong and not by their numbers: the file may change without the Dockerfile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from dockgen.facts import Leftover, Manager
from dockgen.plans import Mount

COPY = "/tmp/requirements"  # noqa: S108 - in a stage of the build that nobody shares


def needs_copy(manager: Manager) -> bool:
    return bool(manager.leftovers or manager.encoding)


def copy_commands(manager: Manager) -> tuple[tuple[Mount, ...], list[tuple[str, ...]], tuple[str, ...]]:
    """(mounts, commands that make the copies, the files to install)"""
    if len(manager.files) == 1:
        file = manager.files[0]
        copy = f"{COPY}.txt"
        first: tuple[str, ...] = ("cp", file, copy)
        if manager.encoding:
            first = ("iconv", f"--from-code={manager.encoding}", "--to-code=UTF-8", f"--output={copy}", file)
        return (Mount(file, file),), [first, *edits(manager.leftovers, {file: copy})], (copy,)
    # files that include each other: all of them are copied, at the same places
    mounts = tuple(Mount(f, f"{COPY}.d/{f}") for f in manager.files)
    copies = {f: f"{COPY}/{f}" for f in manager.files}
    commands: list[tuple[str, ...]] = [("cp", "--recursive", f"{COPY}.d", COPY)]
    if manager.encoding:
        file = manager.requirements[0]
        commands.append(
            ("iconv", f"--from-code={manager.encoding}", "--to-code=UTF-8", f"--output={copies[file]}", file)
        )
        mounts += (Mount(file, file),)
    commands += edits(manager.leftovers, copies)
    return mounts, commands, tuple(copies[r] for r in manager.requirements)


def edits(leftovers: Iterable[Leftover], copies: dict[str, str]) -> list[tuple[str, ...]]:
    """One sed a file, which drops lines and puts others in their place."""
    found = []
    listed = list(leftovers)
    for file, copy in copies.items():
        expressions = _expressions([item for item in listed if item.file == file])
        if expressions:
            words = tuple(word for e in expressions for word in ("--expression", e))
            found.append(("sed", "--in-place", "--regexp-extended", *words, copy))
    return found


def _expressions(leftovers: list[Leftover]) -> list[str]:
    found = []
    for item in leftovers:
        if "==" in item.replacement:
            found.append(f"s|{_pattern(item)}.*|{_escaped(item.replacement)}|")
    drops = list(dict.fromkeys(_pattern(i) for i in leftovers if not i.replacement))
    if drops:
        joined = drops[0] if len(drops) == 1 else f"^({'|'.join(d[1:] for d in drops)})"
        found.append(f"/{joined.replace('/', chr(92) + '/')}/d")
    if any(i.replacement and "==" not in i.replacement for i in leftovers):
        found.append("s| *@ *file:/.*||")
    return found


def _pattern(item: Leftover) -> str:
    return "^" + _escaped(item.start) + (r"[[:space:]]*(#.*)?$" if item.whole else "")


def _escaped(text: str) -> str:
    return re.sub(r"([][\\.*^$+?(){}|])", r"\\\1", text)


def title(manager: Manager) -> str:
    """What the copy is for, as a comment."""
    name = PurePosixPath(manager.requirements[0]).name
    if not manager.leftovers:
        return f"{name} is made UTF-8, which pip reads."
    return f"What {name} noted of its author's machine is left out, or taken from the index."
