"""What every command does first: read the tree, the recorded answers and the flags."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def read_project(path: Path, flags: Mapping[str, Any]) -> Reading:
    """Reads and detects. Raises DockgenError for everything that a person can mend."""
    # Syntax trees are millions of small objects that live until the end: looking for garbage among them, again and
    # again, takes a third of the time.
    gc.disable()
    given = check(flags)
    source = Source(path)
    record = read_record(source)
    source.hide((RECORD, *record.files))
    answers = {**record.answers, **given}
    facts = detect(source, answers.get("manager"), answers.get("requirements"))
    return Reading(source, facts, record, answers)
