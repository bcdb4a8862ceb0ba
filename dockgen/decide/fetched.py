"""What the build fetches from elsewhere than a package index: said before the build, which fails without it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from dockgen.facts import Dependency, Evidence, Facts, Warning

NAMED = 6
"""How many distributions of one host are named."""

COMMIT = re.compile(r"[@#=][0-9a-f]{40}(?![0-9a-f])")


def fetched_warnings(facts: Facts) -> tuple[Warning, ...]:
    """One warning a host for git repositories, one for archives by URL."""
    from dockgen.detect.managers.common import on_linux

    wanted = [d for d in facts.dependencies if not d.group and on_linux(d.marker)]
    warnings = []
    for source, done in (("git", "cloned"), ("url", "downloaded")):
        by_host: dict[str, list[Dependency]] = {}
        for dependency in wanted:
            if dependency.source == source:
                by_host.setdefault(_host(dependency.location), []).append(dependency)
        for host, found in sorted(by_host.items()):
            warnings.append(_warning(facts, host, found, done))
    return tuple(warnings)


def _warning(facts: Facts, host: str, found: list[Dependency], done: str) -> Warning:
    names = list(dict.fromkeys(d.name for d in found))
    listed = ", ".join(names[:NAMED]) + (" ..." if len(names) > NAMED else "")
    verb = "is" if len(names) == 1 else "are"
    message = f"{listed} {verb} {done} from {host} in the build, which must be able to reach it"
    # A tool's own lock file holds the commit; a requirement line holds it or it does not.
    locked = facts.manager.lock_file is not None and not facts.manager.requirements
    loose = [d.name for d in found if d.source == "git" and not locked and not COMMIT.search(d.location)]
    if loose:
        message += (
            f"; no commit is named for {', '.join(dict.fromkeys(loose[:NAMED]))}: every build may get another one"
        )
    evidence: tuple[Evidence, ...] = tuple(e for d in found for e in d.evidence[:1])
    return Warning(message, evidence[:20])


def _host(location: str) -> str:
    """The host of https://host/..., git+ssh://git@host/... and git@host:..."""
    if "://" in location:
        try:
            return urlsplit(location.removeprefix("git+")).hostname or "its place"
        except ValueError:
            return "its place"
    short = re.match(r"(?:git\+)?(?:[\w.-]+@)?([\w.-]+):", location)
    return short[1] if short else "its place"
