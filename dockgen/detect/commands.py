"""Start commands that the project names itself: Procfile, an existing Dockerfile, railpack.json."""

from __future__ import annotations

import json
import re
import shlex

from dockgen.facts import DeclaredCommand, Evidence
from dockgen.source import Source

SHELL = re.compile(r"&&|\|\||[|;<>`]|\$\(")


def detect_commands(source: Source) -> tuple[DeclaredCommand, ...]:
    """Declared commands, the Procfile's first."""
    return (*_procfile(source), *_dockerfile(source))


def _declared(process: str, text: str, evidence: Evidence) -> DeclaredCommand:
    try:
        words = () if SHELL.search(text) else tuple(shlex.split(text))
    except ValueError:
        words = ()
    return DeclaredCommand(process, text, words, evidence)


def _procfile(source: Source) -> tuple[DeclaredCommand, ...]:
    found = []
    for number, line in enumerate((source.text("Procfile") or "").splitlines(), 1):
        match = re.match(r"\s*([A-Za-z0-9_-]+)\s*:\s*(.+?)\s*$", line)
        if match:
            name, text = match.groups()
            found.append(_declared(name, text, Evidence("Procfile", number, f"the Procfile's {name} process")))
    return tuple(found)


def _dockerfile(source: Source) -> tuple[DeclaredCommand, ...]:
    last: DeclaredCommand | None = None
    for number, line in enumerate((source.text("Dockerfile") or "").splitlines(), 1):
        match = re.match(r"\s*(?:CMD|ENTRYPOINT)\s+(.+?)\s*$", line, re.IGNORECASE)
        if not match:
            continue
        text = match.group(1)
        evidence = Evidence("Dockerfile", number, "the project's own Dockerfile starts this")
        if text.startswith("["):
            try:
                words = json.loads(text)
            except ValueError:
                continue
            if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
                last = DeclaredCommand("web", " ".join(words), tuple(words), evidence)
        else:
            last = _declared("web", text, evidence)
    return (last,) if last else ()
