"""Versions of programs besides Python that a tool manager's files name: mise.lock, mise.toml, .tool-versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockgen.detect.managers.common import at, string_at, tables_at, toml_line
from dockgen.errors import BrokenManifest
from dockgen.facts import Evidence, Fact
from dockgen.source import Source

VERSION = re.compile(r"\d+(\.\d+){0,3}")


def tool_versions(source: Source, names: tuple[str, ...]) -> tuple[Fact[str], ...]:
    """For each named program the requirement ("uv==0.12.5", "uv==0.12.*") that the strongest file makes: a lock file's
    exact version before what a person wrote."""
    found: dict[str, Fact[str]] = {}
    for name, version, evidence in _named(source):
        if name in names and VERSION.fullmatch(version):
            exact = version.count(".") >= 2
            found.setdefault(name, Fact(f"{name}=={version}" + ("" if exact else ".*"), (evidence,)))
    return tuple(found[name] for name in sorted(found))


def _named(source: Source) -> Iterator[tuple[str, str, Evidence]]:
    for path in ("mise.lock", ".mise.lock", "mise.toml", ".mise.toml"):
        try:
            data = source.toml(path) or {}
        except BrokenManifest:
            continue  # the Python version's reader says so
        tools = data.get("tools")
        for name in tools if isinstance(tools, dict) else ():
            for entry in (*tables_at(data, "tools", name), at(data, "tools", name)):
                version = entry if isinstance(entry, str) else string_at(entry, "version")
                if version:
                    line = toml_line(source, path, "tools", name) or source.line_of(path, f"[[tools.{name}]]")
                    yield name, version, Evidence(path, line, f"mise's version of {name}")
                    break
    for number, text in enumerate((source.text(".tool-versions") or "").splitlines()[:200], 1):
        words = text.split("#")[0].split()
        if len(words) > 1:
            yield words[0], words[1], Evidence(".tool-versions", number, f"asdf's version of {words[0]}")
