"""What every command does first: read the tree, the answers of every layer and the pack, then decide and render."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dockgen.answers import (
    Answers,
    Record,
    TemplateRecord,
    check,
    layered,
    read_defaults,
    read_environment,
    read_pyproject,
    read_record,
)  # fmt: skip
from dockgen.detect import detect
from dockgen.facts import Facts
from dockgen.knowledge import override
from dockgen.plan import Plan
from dockgen.source import Source
from dockgen.write import RECORD

if TYPE_CHECKING:  # packs are loaded where one is asked for
    from dockgen.packs.chain import Chain
    from dockgen.packs.make import Made

PROJECT_LAYERS = ("pyproject.toml", RECORD)


@dataclass(frozen=True, slots=True)
class Reading:
    """A project as read, with the answers in force. `chain`: the packs, None for dockgen's own alone.
    `recorded`: the answers to keep in .dockgen.toml, which other files of the project do not say."""

    source: Source
    facts: Facts
    record: Record
    answers: dict[str, Any]
    origins: dict[str, str]
    recorded: dict[str, Any]
    chain: Chain | None = None

    def decide(self) -> Plan:
        """The plan under the answers in force, each decision with where its answer came from."""
        from dockgen.decide import decide

        plan = decide(self.facts, self.answers)
        decisions = tuple(
            replace(d, origin=self.origins.get(d.answer, d.origin)) if d.answer in self.answers else d
            for d in plan.decisions
        )
        return replace(plan, decisions=decisions)

    def answer(self, given: Mapping[str, Any]) -> None:
        """Takes note of what a person just said."""
        self.answers.update(given)
        self.recorded.update(given)
        self.origins.update(dict.fromkeys(given, "wizard"))

    def make(self, plan: Plan, ask: Callable[..., Any] | None = None, *, trust: bool = False) -> Made:
        """Every file of the plan and of the pack."""
        from dockgen.packs.make import make

        return make(self.chain, self.facts, plan, self.answers.get("set", {}), ask=ask, trust=trust)

    def template(self) -> TemplateRecord | None:
        """What the record says of the packs."""
        if self.chain is None:
            return None
        top = self.chain.top.origin
        commits = {pack.origin.source: pack.origin.commit for pack in self.chain.packs if pack.origin.commit}
        return TemplateRecord(top.source, top.version, commits)


def defaults_file() -> Path:
    """Where a person keeps defaults for all projects: config.toml in the platform's folder for dockgen."""
    return Path(typer.get_app_dir("dockgen"), "config.toml")


def read_project(path: Path, flags: Mapping[str, Any], *, newest: bool = False) -> Reading:
    """Reads and detects. With `newest` a git pack is taken as its source stands today, not at the recorded commit.

    Raises DockgenError for everything that a person can mend.
    """
    source = Source(path)
    record = read_record(source)
    source.hide((RECORD, *record.files))
    given = check(flags)
    if "template" in given:
        given["template"] = _from_project(given["template"], source.root)
    own: list[tuple[str, Mapping[str, Any]]] = [
        ("pyproject.toml", read_pyproject(source)),
        (RECORD, record.answers),
        ("DOCKGEN_{}", read_environment(os.environ)),
        ("{}", given),
    ]
    personal = (str(defaults_file()), read_defaults(defaults_file()))
    answers = layered(personal, *own)
    override({})
    chain = None
    if answers.values.get("template"):
        answers, chain = _with_pack(answers, personal, own, record, source.root, newest)
    recorded = {k: v for k, v in answers.values.items() if answers.origins[k] not in ("pyproject.toml", "the pack")}
    facts = detect(source, answers.values.get("manager"), answers.values.get("requirements"))
    return Reading(source, facts, record, dict(answers.values), dict(answers.origins), recorded, chain)


def _with_pack(
    answers: Answers, personal: tuple[str, Mapping[str, Any]], own: list[tuple[str, Mapping[str, Any]]],
    record: Record, root: Path, newest: bool,
) -> tuple[Answers, Chain]:  # fmt: skip
    from dockgen.packs.chain import load

    source = answers.values["template"]
    known = record.template.commits if record.template and record.template.source == source and not newest else {}
    chain = load(source, known, relative_to=root)
    override(chain.knowledge)
    return layered(personal, ("the pack", check(chain.answers, f"pack {chain.top.name}")), *own), chain


def _from_project(template: str, root: Path) -> str:
    """A folder or zip that the person named from where they are, as it is named from the project: so that the record
    means the same to everybody."""
    path = Path(template).expanduser()
    if path.is_absolute() or not path.exists():
        return template
    return Path(os.path.relpath(path.resolve(), root)).as_posix()
