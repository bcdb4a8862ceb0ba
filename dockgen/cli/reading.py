"""What every command does first: read the tree, the recorded answers and the flags."""

from __future__ import annotations

import gc
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dockgen.answers import Record, check, read_record
from dockgen.detect import detect
from dockgen.errors import DockgenError, NotAProject
from dockgen.facts import Ambiguity, Facts, Root, Roots
from dockgen.plan import Plan, System
from dockgen.source import Source
from dockgen.write import RECORD


@dataclass(slots=True)
class Reading:
    """A project as read, with the answers in force (flags over the file's).

    `files`: hashes of the files as dockgen wrote them, by their path from the root.
    """

    source: Source
    record: Record
    answers: dict[str, Any]
    files: dict[str, str]
    _read: dict[tuple[Any, ...], Facts] = field(default_factory=dict)

    def facts(self) -> Facts:
        """The facts of the whole tree as one project."""
        return self._detect(self.source, self.answers.get("manager"), self.answers.get("requirements"))

    def decide(self) -> tuple[tuple[Facts, ...], Plan | System]:
        """The facts and the plan under the answers so far: of one project, or of each of several applications."""
        from dockgen.decide import decide
        from dockgen.detect.roots import find_roots

        roots = find_roots(self.source, tuple(self.answers.get("app") or ()))
        doubt: Ambiguity | None = None
        if roots is not None:
            from dockgen.decide.system import applications, decide_system, not_one_system

            answers = self._with_records(roots)
            found = self._parts(roots, answers)
            chosen = applications(roots, found, answers)
            doubt = None if answers.get("app") else not_one_system(roots, chosen)
            if chosen and doubt is None:
                system = decide_system(roots, chosen, answers)
                return tuple(facts for _, facts in chosen), system
        facts = self.facts()
        if doubt is not None:  # what the tree is as one project is then no question
            facts = replace(facts, ambiguities=(doubt, *facts.ambiguities))
            plan = decide(facts, self.answers)
            return (facts,), replace(plan, questions=tuple(q for q in plan.questions if q.answer == "app"))
        return (facts,), decide(facts, self.answers)

    def _parts(self, roots: Roots, answers: Mapping[str, Any]) -> list[tuple[Root, Facts]]:
        from dockgen.decide.system import said

        own = said(answers)
        found = []
        for root in roots.roots:
            given = own.get(root.folder, {})
            view = Source.view(self.source, root.folder, root.shared)
            try:
                facts = self._detect(view, given.get("manager"), given.get("requirements"))
            except NotAProject:
                if answers.get("app"):
                    raise
                continue
            except DockgenError as error:
                if error.file and not error.file.startswith(f"{root.folder}/"):
                    error.file = view.real(error.file)
                raise
            found.append((root, facts))
        return found

    def _detect(self, source: Source, manager: str | None, requirements: str | None) -> Facts:
        key = (source.folder, source.shared, source.outer is None, manager, requirements)
        if key not in self._read:
            self._read[key] = detect(source, manager, requirements)
        return self._read[key]

    def _with_records(self, roots: Roots) -> dict[str, Any]:
        """The answers, after those that an application's own folder records ([tool.dockgen] in its pyproject.toml)."""
        recorded: list[str] = []
        for root in roots.roots:
            record = read_record(Source.view(self.source, root.folder))
            for name, value in record.answers.items():
                values = value if isinstance(value, tuple) else (value,)
                recorded += [f"{root.folder}:{name}={one}" for one in values if one is not True]
        return {**self.answers, "answer": (*recorded, *(self.answers.get("answer") or ()))}


def read_project(path: Path, flags: Mapping[str, Any]) -> Reading:
    """Reads the tree and the answers. Raises DockgenError for everything that a person can mend."""
    # Syntax trees are millions of small objects that live until the end: looking for garbage among them, again and
    # again, takes a third of the time.
    gc.disable()
    given = check({name.rstrip("_"): value for name, value in flags.items()})
    source = Source(path)
    record = read_record(source)
    files = dict(record.files)
    for below in source.named(RECORD):
        folder = posixpath.dirname(below)
        if folder:  # written when dockgen ran on that folder alone
            inner = read_record(Source.view(source, folder))
            files.update(
                {f"{folder}/{name}": value for name, value in inner.files.items() if f"{folder}/{name}" not in files}
            )
    source.hide((RECORD, *files))
    return Reading(source, record, {**record.answers, **given}, files)
