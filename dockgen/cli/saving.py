"""What init and update do last: write the files, the record and the secrets, all or none."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path

from dockgen import __version__
from dockgen.answers import Record, record_text
from dockgen.cli.reading import Reading
from dockgen.decide.install import PROPOSAL
from dockgen.errors import Undecided
from dockgen.facts import Facts
from dockgen.plans import Plan, Question, System
from dockgen.write import RECORD, digest, write


def refuse_open_questions(plan: Plan | System) -> None:
    """Raises Undecided naming the flag of each open question."""
    if not plan.questions:
        return
    first = plan.questions[0]
    instead = next((q for q in plan.questions if q.command), None)
    if instead is not None:
        raise Undecided(f"cannot decide: {instead.why}", hint=f"Run: {instead.command}\nNothing was written.")
    flags = [f"{q.flag}{' | '.join(q.choices) or 'VALUE'}" for q in plan.questions]
    places = "".join(f"\n  {asked(q)}" for q in plan.questions[1:])
    raise Undecided(
        f"cannot decide: {asked(first)}{places}",
        hint="Say it with " + "\n         and ".join(flags) + "\nNothing was written.",
    )


def refuse_credentials(facts: tuple[Facts, ...], plan: Plan | System) -> None:
    """Raises CredentialInFile for a password or token in a file that the build reads, as the tree's root calls it."""
    from dockgen.decide.access import EXPOSED, REPLACE
    from dockgen.errors import CredentialInFile

    plans = plan.plans if isinstance(plan, System) else (plan,)
    folders = [one.part.folder if one.part else "." for one in plans]
    found = [
        (posixpath.normpath(posixpath.join(folder, evidence.file)), evidence.line)
        for folder, one in zip(folders, facts, strict=True)
        for evidence in one.credentials
    ]
    if found:
        (file, line), *others = found
        also = f" (also in {', '.join(f'{f}:{n}' for f, n in others[:5])})" if others else ""
        raise CredentialInFile(f"{EXPOSED}{also}", file=file, line=line, hint=REPLACE)


def asked(question: Question) -> str:
    """The question in words, with the application that it is about."""
    return f"{question.folder}: {question.why}" if question.folder else question.why


def proposal(name: str) -> bool:
    """Whether this file is a proposal: written once, a person's own from then on."""
    return name.rpartition("/")[2] == PROPOSAL


def save(
    project: Reading, plan: Plan | System, made: Mapping[str, str], left: Mapping[str, str | None], target: Path,
    gone: Iterable[str] = (),
) -> dict[str, str]:  # fmt: skip
    """Writes what was made and returns the private files, by name.

    `left`: what stands in the place of a made file because a person edited it (None: they deleted it); `gone`: files
    to remove.
    """
    from dockgen.rendering.secrets import secret_files

    kept = {name: text for name, text in made.items() if not proposal(name)}
    edited = {name: digest(text) if text is not None else "" for name, text in left.items()
              if name in kept and text != kept[name]}  # fmt: skip
    hashes = {name: digest(text) for name, text in kept.items()}
    record = Record(
        project.recorded, hashes, edited, kept, project.template(), index=project.index, digests=project.digests
    )
    private: dict[str, str] = {}
    if "compose.yaml" in made:
        private = dict(secret_files(plan.stacks, lambda name: _existing(target / name)))
    written = {name: text for name, text in {**made, **left}.items() if text is not None}
    write(target, {**written, RECORD: record_text(__version__, record)}, private, gone)
    return private


def _existing(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() and not path.is_symlink() else None
