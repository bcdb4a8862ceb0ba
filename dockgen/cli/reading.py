"""What every command does first: read the tree, the recorded answers and the flags."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockgen.answers import Record, check, read_record
from dockgen.detect import detect
from dockgen.facts import Facts
from dockgen.plan import Plan
from dockgen.source import Source
from dockgen.write import RECORD


@dataclass(frozen=True, slots=True)
class Reading:
    """A project as read, with the answers in force (flags over the file's)."""

    source: Source
    facts: Facts
    record: Record
    answers: dict[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    """What this command line said, of the answers."""


def read_project(path: Path, flags: Mapping[str, Any]) -> Reading:
    """Reads and detects. Raises DockgenError for everything that a person can mend."""
    # Syntax trees are millions of small objects that live until the end: looking for garbage among them, again and
    # again, takes a third of the time.
    gc.disable()
    given = check({name.rstrip("_"): value for name, value in flags.items()})  # with is a word of Python
    source = Source(path)
    record = read_record(source)
    source.hide((RECORD, *record.files))
    answers = {**record.answers, **given}
    facts = detect(source, answers.get("manager"), answers.get("requirements"))
    return Reading(source, facts, record, answers, given)


def pinned(project: Reading, plan: Plan, ask: bool) -> tuple[Plan, dict[str, str]]:
    """The plan with its images held by digest, where --pin-digests is an answer, and the digests: those on record, and
    with `ask` those that the registries say (all of them where this command line has the flag). Raises RegistryError."""
    from dockgen.decide.digests import images, with_digests

    if not project.answers.get("pin_digests"):
        return plan, {}
    names = images(plan)
    digests = {name: project.record.digests[name] for name in names if name in project.record.digests}
    if ask:
        wanted = names if project.given.get("pin_digests") else [name for name in names if name not in digests]
        if wanted:
            from dockgen.registry import ask_digests

            digests |= ask_digests(wanted)
    return with_digests(plan, digests), digests
