"""Python scripts without the ending .py: they count by their first line (#!), as the system would run them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from dockgen.detect.names import Module, in_production
from dockgen.source import Source

LOOSE_LIMIT = 200_000
"""Bytes. A script without an ending is read up to this size."""


def loose_scripts(source: Source) -> Iterator[str]:
    for path in source.near(2):
        name = path.rpartition("/")[2]
        if "." in name or not in_production(path):
            continue
        try:
            full = source.root / path
            if full.stat().st_size > LOOSE_LIMIT:
                continue
            with open(full, "rb") as file:
                first = file.readline(200)
        except OSError:
            continue
        if re.match(rb"#!\s*\S*(python[\d.]*|env\s+(-S\s+)?(python[\d.]*|uv\s+run|pipx\s+run))(\s|$)", first):
            yield path


@lru_cache(maxsize=4)
def loose_modules(source: Source) -> tuple[Module, ...]:
    """The scripts, parsed."""
    trees = [(path, source.tree(path)) for path in loose_scripts(source)]
    return tuple(Module(path, tree) for path, tree in trees if tree is not None)
