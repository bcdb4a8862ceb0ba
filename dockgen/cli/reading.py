"""What every command does first: read the tree, the answers of every layer and the pack, then decide and render."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
)
from dockgen.detect import detect
from dockgen.errors import DockgenError, NotAProject
from dockgen.facts import Ambiguity, Facts, Root, Roots
from dockgen.knowledge import override
from dockgen.plans import Decision, Plan, System
from dockgen.source import Source
from dockgen.write import RECORD

if TYPE_CHECKING:  # packs are loaded where one is asked for
    from dockgen.packs.chain import Chain
    from dockgen.packs.make import Made
    from dockgen.resolve import Resolved


@dataclass(slots=True)
class Reading:
    """A project as read, with the answers in force.

    `origins`: where each answer came from. `recorded`: the answers to keep in .dockgen.toml, which other files of the
    project do not say. `record`: what .dockgen.toml says, and those of folders below it. `chain`: the packs, None for
    dockgen's own alone. `given`: what this command line says of the answers. `digests`: of the plan's images.
    """

    source: Source
    record: Record
    answers: dict[str, Any]
    origins: dict[str, str]
    recorded: dict[str, Any]
    chain: Chain | None = None
    resolve: bool = False
    index: dict[str, Resolved] = field(default_factory=dict)
    """What the package index said: to this run, or as .dockgen.toml keeps it."""
    given: Mapping[str, Any] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
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
                plans = tuple(replace(plan, decisions=self._told(plan.decisions)) for plan in system.plans)
                return tuple(facts for _, facts in chosen), replace(system, plans=plans)
        facts = self.facts()
        if doubt is not None:  # what the tree is as one project is then no question
            facts = replace(facts, ambiguities=(doubt, *facts.ambiguities))
            plan = decide(facts, self.answers)
            return (facts,), replace(plan, questions=tuple(q for q in plan.questions if q.answer == "app"))
        plan = decide(facts, self.answers)
        return (facts,), replace(plan, decisions=self._told(plan.decisions))

    def pinned(self, plan: Plan | System, *, ask: bool) -> Plan | System:
        """The plan with its images held by digest, where --pin-digests is an answer: by those on record, and with
        `ask` by what the registries say of the others (of all where this command line has the flag). Raises
        RegistryError."""
        if not self.answers.get("pin_digests"):
            return plan
        from dockgen.decide.digests import images, with_digests

        names = images(plan)
        known = self.record.digests
        self.digests = {name: known[name] for name in names if name in known}
        wanted = names if self.given.get("pin_digests") else [name for name in names if name not in known]
        if ask and wanted:
            from dockgen.registry import ask_digests

            self.digests |= ask_digests(wanted)
        return with_digests(plan, self.digests)

    def answer(self, given: Mapping[str, Any]) -> None:
        """Takes note of what a person just said."""
        self.answers.update(given)
        self.recorded.update(given)
        self.origins.update(dict.fromkeys(given, "wizard"))

    def make(
        self,
        facts: tuple[Facts, ...],
        plan: Plan | System,
        ask: Callable[..., Any] | None = None,
        *,
        trust: bool = False,
    ) -> Made:
        """Every file of the plan and of the pack."""
        from dockgen.packs.make import make

        return make(self.chain, facts, plan, self.answers.get("set", {}), ask=ask, trust=trust)

    def template(self) -> TemplateRecord | None:
        """What the record says of the packs."""
        if self.chain is None:
            return None
        top = self.chain.top.origin
        commits = {pack.origin.source: pack.origin.commit for pack in self.chain.packs if pack.origin.commit}
        return TemplateRecord(top.source, top.version, commits)

    def _told(self, decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
        """The decisions that an answer made, each with where the answer came from."""
        return tuple(
            replace(d, origin=self.origins.get(d.answer, d.origin)) if d.answer in self.answers else d
            for d in decisions
        )

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
            self._read[key] = self._indexed(detect(source, manager, requirements))
        return self._read[key]

    def _indexed(self, facts: Facts) -> Facts:
        """The facts with what the package index says, or said, of their requirements."""
        if not self.resolve and not self.index:
            return facts
        from dockgen.resolve import apply, open_requirements, resolve

        if self.resolve:
            if not open_requirements(facts):
                where = f"{facts.manager.lock_file} lists them" if facts.manager.lock_file else "there are none"
                typer.echo(f"dockgen: nothing to ask the index about the requirements: {where}", err=True)
            self.index |= resolve(facts, self.index)
        return apply(facts, self.index)

    def _with_records(self, roots: Roots) -> dict[str, Any]:
        """The answers, after those that an application's own folder records."""
        recorded: list[str] = []
        for root in roots.roots:
            view = Source.view(self.source, root.folder)
            for name, value in {**read_pyproject(view), **read_record(view).answers}.items():
                values = value if isinstance(value, tuple) else (value,)
                recorded += [f"{root.folder}:{name}={one}" for one in values if one is not True and name != "set"]
        return {**self.answers, "answer": (*recorded, *(self.answers.get("answer") or ()))}


def defaults_file() -> Path:
    """Where a person keeps defaults for all projects: config.toml in the platform's folder for dockgen."""
    return Path(typer.get_app_dir("dockgen"), "config.toml")


def read_project(path: Path, flags: Mapping[str, Any], *, newest: bool = False, resolve: bool = False) -> Reading:
    """Reads the tree, the answers and the pack. With `newest` a git pack is taken as its source stands today, not at
    the recorded commit; with `resolve` the package index is asked about the requirements. Raises DockgenError for everything that a person can mend."""
    source = Source(path)
    record = _with_inner(source, read_record(source))
    source.hide((RECORD, *record.files))
    given = check({name.rstrip("_"): value for name, value in flags.items()})
    if "template" in given:
        given["template"] = _from_project(given["template"], source.root)
    if "service" in given:  # one more, beside those that were asked for before
        given["service"] = tuple(dict.fromkeys((*record.answers.get("service", ()), *given["service"])))
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
    index: dict[str, Resolved] = {}
    if record.index and not resolve:
        from dockgen.resolve import read

        index = read(record.index)
    return Reading(source, record, dict(answers.values), dict(answers.origins), recorded, chain, resolve, index, given)


def _with_inner(source: Source, record: Record) -> Record:
    """The record, with what was written when dockgen ran on a folder of the tree alone."""
    files, edited, generated = dict(record.files), dict(record.edited), dict(record.generated)
    for below in source.named(RECORD):
        folder = posixpath.dirname(below)
        if not folder:
            continue
        inner = read_record(Source.view(source, folder))
        for name, value in inner.files.items():
            at = f"{folder}/{name}"
            if at in files:
                continue
            files[at] = value
            if name in inner.generated:
                generated[at] = inner.generated[name]
            if name in inner.edited:
                edited[at] = inner.edited[name]
    return replace(record, files=files, edited=edited, generated=generated)


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
