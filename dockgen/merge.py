"""What an update does to each file: three ways, from what was generated, what a person made of it, and what is new.

Nothing is written here. The merge itself is git's (`git merge-file`), so a conflict looks as everybody knows it.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dockgen.errors import DockgenError
from dockgen.write import digest, read_target

CHOICES = ("stop", "mine", "new", "markers")
"""What to do where an edit and an update meet: write nothing; keep the edit; take the update; write git's markers."""


class NoMerge(DockgenError):
    """git, which merges, is not there or failed."""


@dataclass(frozen=True, slots=True)
class Merged:
    """One file. `text`: what it becomes, None for no file; `old`: what it is, None for no file.

    `state`: new | unchanged | updated (nobody had edited it) | kept (edited, nothing new) | merged (both) | conflict |
    removed (no longer made, and nobody had edited it) | deleted (by a person, and so it stays).
    """

    name: str
    state: str
    old: str | None
    text: str | None


def merge_files(
    target: Path,
    new: Mapping[str, str],
    generated: Mapping[str, str],
    hashes: Mapping[str, str],
    on_conflict: str = "stop",
) -> tuple[Merged, ...]:
    """How every file goes on. `generated`: text as made last time; `hashes`: the same as digests, for files whose text
    is not recorded. Raises NoMerge, and what reading the target raises."""
    names = [*new, *(name for name in hashes if name not in new)]
    return tuple(
        _one(name, read_target(target, name), _base(name, target, generated, hashes), new.get(name), on_conflict)
        for name in names
    )


def _base(name: str, target: Path, generated: Mapping[str, str], hashes: Mapping[str, str]) -> str | None:
    """The file as made last time: as recorded, or as it lies there when its hash says that nobody touched it."""
    if name in generated:
        return generated[name]
    there = read_target(target, name)
    return there if there is not None and hashes.get(name) == digest(there) else None


def _one(name: str, mine: str | None, base: str | None, new: str | None, on_conflict: str) -> Merged:
    crlf = mine is not None and "\r\n" in mine and "\r\n" not in (base or "")
    old, mine = mine, mine.replace("\r\n", "\n") if mine is not None and crlf else mine

    def done(state: str, text: str | None) -> Merged:
        text = old if text == mine else text.replace("\n", "\r\n") if text is not None and crlf else text
        return Merged(name, state, old, text)

    if mine == new:
        return done("unchanged", mine)
    if mine is None:
        if base is None:
            return done("new", new)
        return done("deleted", None) if new == base or on_conflict == "mine" else _deleted(name, new, on_conflict)
    if mine == base:
        return done("updated" if new is not None else "removed", new)
    if new == base:
        return done("kept", mine)
    if new is None:  # no longer made, but a person has worked on it: it is theirs now
        return done("kept", mine)
    text, conflicts = three_way(mine, base or "", new, on_conflict)
    if not conflicts:
        return done("merged", text)
    return done("conflict" if on_conflict in ("stop", "markers") else "merged", text)


def _deleted(name: str, new: str | None, on_conflict: str) -> Merged:
    """A person deleted the file, and the update would change it."""
    return Merged(name, "conflict" if on_conflict == "stop" else "new", None, new)


def three_way(mine: str, base: str, new: str, on_conflict: str = "stop") -> tuple[str, bool]:
    """The merged text and whether edits meet. With "mine" or "new" the other side of such a place is left out."""
    side = {"mine": ["--ours"], "new": ["--theirs"]}.get(on_conflict, ["--diff3"])
    with tempfile.TemporaryDirectory(prefix="dockgen-merge-") as folder:
        for name, text in (("mine", mine), ("base", base), ("new", new)):
            Path(folder, name).write_bytes(text.encode("utf-8", "surrogateescape"))
        labels = [word for label in ("your file", "as generated before", "as generated now") for word in ("-L", label)]
        try:
            done = subprocess.run(  # noqa: S603
                ["git", "merge-file", "--stdout", *side, *labels, "mine", "base", "new"],  # noqa: S607
                cwd=folder, capture_output=True, timeout=60, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoMerge("git merges what you edited with what is new, and cannot be run here",
                          hint="Install git; or dockgen init --overwrite, which replaces your edits.") from error  # fmt: skip
    if done.returncode < 0 or done.returncode > 127:
        raise NoMerge(f"git merge-file failed: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout.decode("utf-8", "surrogateescape"), done.returncode > 0 and side == ["--diff3"]
