"""What every command does first: read the tree, the recorded answers and the flags."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from dockgen.answers import Record, check, read_record
from dockgen.detect import detect
from dockgen.facts import Facts
from dockgen.source import Source
from dockgen.write import RECORD


@dataclass(frozen=True, slots=True)
class Reading:
    """A project as read, with the answers in force (flags over the file's)."""

    source: Source
    facts: Facts
    record: Record
    answers: dict[str, Any]
    index: str = ""
    """What the package index said, as .dockgen.toml keeps it."""


def read_project(path: Path, flags: Mapping[str, Any], *, resolve: bool = False) -> Reading:
    """Reads and detects; with `resolve` the package index is asked. Raises DockgenError for everything that a person
    can mend."""
    # Syntax trees are millions of small objects that live until the end: looking for garbage among them, again and
    # again, takes a third of the time.
    gc.disable()
    given = check(flags)
    source = Source(path)
    record = read_record(source)
    source.hide((RECORD, *record.files))
    answers = {**record.answers, **given}
    facts = detect(source, answers.get("manager"), answers.get("requirements"))
    facts, index = _with_index(facts, record, resolve)
    return Reading(source, facts, record, answers, index)


def _with_index(facts: Facts, record: Record, resolve: bool) -> tuple[Facts, str]:
    if not resolve and not record.index:
        return facts, ""
    from dockgen import resolve as index

    if resolve and not index.open_requirements(facts):
        where = f"{facts.manager.lock_file} lists them" if facts.manager.lock_file else "there are none"
        typer.echo(f"dockgen: nothing to ask the index about the requirements: {where}", err=True)
    known = index.resolve(facts) if resolve else index.read(record.index)
    return index.apply(facts, known), index.write(known)
