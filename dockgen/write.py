"""write: the only code that touches the target. All files or none, never over a person's edits unasked."""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dockgen.errors import EditedByHand, NotWritable

RECORD = ".dockgen.toml"


@dataclass(frozen=True, slots=True)
class Change:
    """What writing one file would do. `state`: new | unchanged | updated | edited (by a person)."""

    name: str
    state: str
    old: str
    new: str

    def diff(self) -> str:
        """Unified difference from what is there to what would be written, "" when equal."""
        lines = difflib.unified_diff(
            shown(self.old).splitlines(keepends=True),
            self.new.splitlines(keepends=True),
            f"a/{self.name}",
            f"b/{self.name}",
        )
        return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def shown(text: str) -> str:
    """The text for a terminal: bytes that are not UTF-8 replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def digest(text: str) -> str:
    """The hash of a generated file as .dockgen.toml records it."""
    import hashlib  # loads OpenSSL: only where something is written

    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def compare(target: Path, files: Mapping[str, str], recorded: Mapping[str, str]) -> tuple[Change, ...]:
    """What writing these files would do, in order. Reads the target, writes nothing.

    A file is a person's when it differs from what dockgen recorded as written (or when nothing is recorded).
    """
    changes = []
    for name, new in files.items():
        old = read_target(target, name)
        if old is None:
            changes.append(Change(name, "new", "", new))
            continue
        if old == new:
            state = "unchanged"
        elif recorded.get(name) == digest(old):
            state = "updated"
        else:
            state = "edited"
        changes.append(Change(name, state, old, new))
    return tuple(changes)


def read_target(target: Path, name: str) -> str | None:
    """What lies at the place of a generated file, None for nothing. Bytes that are not UTF-8 survive a write of the text.

    Raises EditedByHand for a link on the way (dockgen writes through none), NotWritable for what is no file.
    """
    path = target / name
    for step in [path, *path.parents][: len(Path(name).parts)]:
        if step.is_symlink():
            raise EditedByHand(
                "is a symbolic link; dockgen writes through none",
                file=step.relative_to(target).as_posix(),
                hint="Remove the link, or use --output DIR.",
            )
    if path.is_dir():
        raise NotWritable("is a folder; dockgen would write a file of this name", file=name)
    if not path.exists():
        return None
    if not path.is_file():  # reading a pipe would wait for ever
        raise NotWritable("is no regular file; dockgen would write a file of this name", file=name)
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise NotWritable(f"cannot be read: {error.strerror}", file=name) from error


def refuse_edits(changes: tuple[Change, ...]) -> None:
    """Raises EditedByHand when a person's file would be overwritten."""
    edited = [change.name for change in changes if change.state == "edited"]
    if edited:
        verb = "exists and was" if len(edited) == 1 else "exist and were"
        raise EditedByHand(
            f"{', '.join(edited)} {verb} not written by dockgen, or edited since; nothing was written",
            hint="--diff shows what would change, --overwrite replaces them, --output DIR writes elsewhere; "
            "what dockgen wrote and you edited, dockgen update merges.",
        )


def write(
    target: Path, files: Mapping[str, str], private: Mapping[str, str] | None = None, gone: Iterable[str] = ()
) -> None:
    """Writes all files and removes those in `gone`, or nothing: everything is staged beside its place first, then
    moved in.

    `private` files get a folder that only its owner can enter; the files themselves stay readable,
    because a service's own user reads them through a bind mount of the single file. Raises NotWritable; the target is then as it was.
    """
    import tempfile  # loads random and hashlib: only where something is written

    everything = [(name, text, 0o644) for name, text in files.items()]
    everything += [(name, text, 0o644) for name, text in (private or {}).items()]
    staged: list[tuple[Path, Path]] = []
    made: list[Path] = []
    saved: dict[Path, bytes | None] = {}
    current = target
    try:
        for name, text, mode in everything:
            path = current = target / name
            for folder in reversed([p for p in (path.parent, *path.parent.parents) if not p.exists()]):
                folder.mkdir(mode=0o700 if name in (private or {}) else 0o777)
                made.append(folder)
            handle, temporary = tempfile.mkstemp(prefix=".dockgen-", dir=path.parent)
            staged.append((Path(temporary), path))
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.write(text)
            os.chmod(temporary, mode)
        for temporary_path, path in staged:
            current = path
            saved[path] = path.read_bytes() if path.exists() else None
            os.replace(temporary_path, path)
        for name in gone:
            path = current = target / name
            saved[path] = path.read_bytes() if path.exists() else None
            path.unlink(missing_ok=True)
    except OSError as error:
        for temporary_path, _ in staged:
            with contextlib.suppress(OSError):
                temporary_path.unlink(missing_ok=True)
        for path, content in saved.items():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True) if content is None else path.write_bytes(content)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        reason = error.strerror or str(error)
        raise NotWritable(f"cannot be written: {reason}; nothing was changed", file=str(current)) from error
