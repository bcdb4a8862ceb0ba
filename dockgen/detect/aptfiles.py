"""Lists of Debian packages that platforms read: the project's own word on what it needs."""

from __future__ import annotations

import re

from dockgen.errors import DockgenError
from dockgen.facts import Evidence, Fact
from dockgen.source import Source

FILES = {
    "packages.txt": "Streamlit Cloud installs it",
    "Aptfile": "Heroku's apt buildpack installs it",
    "apt.txt": "Binder installs it",
    "binder/apt.txt": "Binder installs it",
    ".binder/apt.txt": "Binder installs it",
}
"""Files of one package a line, and who reads them."""

NAME = re.compile(r"[a-z0-9][a-z0-9.+-]+")
"""A Debian package's name (Debian Policy, 5.6.1)."""

LIMIT = 64 * 1024
MOST = 100
"""Packages of one list; a longer one is a dump of a whole machine."""


def listed_packages(source: Source) -> tuple[Fact[str], ...]:
    """The packages that these files name, by name. URLs, options and what is no name are passed over."""
    found: dict[str, Fact[str]] = {}
    for path, why in FILES.items():
        try:
            text = source.text(path, LIMIT) or ""
        except DockgenError:
            continue
        lines = [(n, line.partition("#")[0].strip()) for n, line in enumerate(text.splitlines(), 1)]
        names = [(n, word) for n, line in lines for word in line.split()[:20] if NAME.fullmatch(word)]
        if len(names) <= MOST:
            for number, name in names:
                found.setdefault(name, Fact(name, (Evidence(path, number, why),)))
    return tuple(found[name] for name in sorted(found))
