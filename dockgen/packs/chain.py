"""A pack and those that it extends, seen as one: the most special first, the built-in pack last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dockgen.knowledge import merged
from dockgen.packs.fetch import BUILTIN, cache_folder, fetch, parse_git
from dockgen.packs.manifest import MANIFEST, BrokenPack, Pack, PackFile, PackQuestion, read_pack

DEPTH_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Chain:
    """`packs`: never empty; the last is the built-in one."""

    packs: tuple[Pack, ...]

    @property
    def builtin(self) -> bool:
        """Nothing but dockgen's own pack."""
        return len(self.packs) == 1

    @property
    def top(self) -> Pack:
        """The pack that was asked for."""
        return self.packs[0]

    @property
    def questions(self) -> tuple[PackQuestion, ...]:
        """Those of the lowest pack first; one of the same name replaces it."""
        found = {question.name: question for pack in reversed(self.packs) for question in pack.questions}
        return tuple(found.values())

    @property
    def files(self) -> tuple[PackFile, ...]:
        """What the packs add, by path."""
        found = {file.path: file for pack in reversed(self.packs) for file in pack.files}
        return tuple(found.values())

    @property
    def answers(self) -> dict[str, Any]:
        """Defaults for dockgen's own answers: the more special pack's word counts."""
        return {name: value for pack in reversed(self.packs) for name, value in pack.answers.items()}

    @property
    def knowledge(self) -> dict[str, Any]:
        """Rows over dockgen's tables."""
        rows: dict[str, Any] = {}
        for pack in reversed(self.packs):
            rows = merged(rows, pack.knowledge)
        return rows

    @property
    def templates(self) -> dict[str, str]:
        """`Dockerfile.j2` is the most special one, `dockgen/Dockerfile.j2` the one of the pack of that name."""
        found: dict[str, str] = {}
        for pack in reversed(self.packs):
            found |= pack.templates
            found |= {f"{pack.name}/{name}": text for name, text in pack.templates.items()}
        return found


def load(source: str | None, commits: Mapping[str, str] | None = None, *, relative_to: Path | None = None) -> Chain:
    """The chain of a pack's source; None is the built-in pack.

    `commits`: recorded commit of each git source: used instead of what its name stands for today. A folder is
    looked for below `relative_to`. Raises NoPack or BrokenPack.
    """
    packs: list[Pack] = []
    wanted: str | None = source or BUILTIN
    base = relative_to
    while wanted:
        if len(packs) >= DEPTH_LIMIT or wanted in [pack.origin.source for pack in packs]:
            raise BrokenPack(f"extends {wanted!r} in a circle", file=packs[-1].name)
        folder, origin = fetch(wanted, (commits or {}).get(wanted, ""), relative_to=base)
        pack = read_pack(folder, origin)
        if packs:
            _check_inside(packs[-1], wanted, folder)
            if pack.name in [below.name for below in packs]:
                raise BrokenPack(f"extends a pack of the same name, {pack.name}", file=packs[-1].name)
        packs.append(pack)
        wanted, base = pack.extends or None, folder
    return Chain(tuple(packs))


def _check_inside(child: Pack, source: str, parent: Path) -> None:
    """What came from elsewhere may extend a folder of its own repository, and no other folder of this machine."""
    if source == BUILTIN or parse_git(source) is not None:
        return
    cached = cache_folder().resolve() / "packs"
    folder = child.folder.resolve()
    if cached in folder.parents:
        root = cached / folder.relative_to(cached).parts[0]
        if root not in (parent.resolve(), *parent.resolve().parents):
            raise BrokenPack(f"extends {source!r}, which lies outside of it", file=f"{child.name}/{MANIFEST}")
