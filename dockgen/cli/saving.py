"""What init and update do last: write the files, the record and the secrets, all or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from dockgen import __version__
from dockgen.answers import Record, record_text
from dockgen.cli.reading import Reading
from dockgen.errors import Undecided
from dockgen.plan import Plan
from dockgen.write import RECORD, digest, write


def refuse_open_questions(plan: Plan) -> None:
    """Raises Undecided naming the flag of each open question."""
    if plan.questions:
        first = plan.questions[0]
        flags = [f"--{q.answer.replace('_', '-')} {' | '.join(q.choices) or 'VALUE'}" for q in plan.questions]
        places = "".join(f"\n  {q.why}" for q in plan.questions[1:])
        raise Undecided(
            f"cannot decide: {first.why}{places}",
            hint="Say it with " + "\n         and ".join(flags) + "\nNothing was written.",
        )


def save(
    project: Reading, plan: Plan, made: Mapping[str, str], left: Mapping[str, str | None], target: Path,
    gone: Iterable[str] = (),
) -> dict[str, str]:  # fmt: skip
    """Writes what was made and returns the private files, by name.

    `left`: what stands in the place of a made file because a person edited it (None: they deleted it); `gone`: files
    to remove.
    """
    from dockgen.decide.install import PROPOSAL
    from dockgen.render.secrets import secret_files

    kept = {name: text for name, text in made.items() if name != PROPOSAL}
    edited = {name: digest(text) if text is not None else "" for name, text in left.items()
              if name in kept and text != kept[name]}  # fmt: skip
    hashes = {name: digest(text) for name, text in kept.items()}
    record = Record(project.recorded, hashes, edited, kept, project.template())
    private: dict[str, str] = {}
    if plan.compose is not None and "compose.yaml" in made:
        private = dict(secret_files(plan.compose, lambda name: _existing(target / name)))
    written = {name: text for name, text in {**made, **left}.items() if text is not None}
    write(target, {**written, RECORD: record_text(__version__, record)}, private, gone)
    return private


def _existing(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() and not path.is_symlink() else None
