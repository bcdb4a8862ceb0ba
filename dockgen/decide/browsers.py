"""Browsers that come into the image by their library's own installer, which alone knows what its version needs.

Playwright's browsers are builds of its own, a version each; `install --with-deps` brings them and the Debian packages
that they load (playwright.dev/python/docs/browsers). The installer is Node code that lies in the wheel, so the stage
mounts that folder alone: another dependency's update leaves the layer as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dockgen.decide.system_packages import below
from dockgen.facts import BrowserUse, Evidence, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Base, Browsers, Decision

PATH = "/opt/browsers"
CHANNELS = frozenset({"chrome", "chrome-beta", "chrome-dev", "msedge", "msedge-beta", "msedge-dev"})
"""Branded browsers that Playwright installs from their vendors' Debian packages; amd64 alone."""


@dataclass(frozen=True, slots=True)
class BrowserChoice:
    """What to install, and the Debian suite that it asks for ("" for any)."""

    browsers: tuple[Browsers, ...] = ()
    suite: str = ""
    decisions: tuple[Decision, ...] = ()
    warnings: tuple[Warning, ...] = ()


def choose_browsers(facts: Facts, python: str, suite: str, answers: Mapping[str, Any]) -> BrowserChoice:
    """The installs for what the code starts on this Python ("3.13"). `suite`: Debian's, if nothing speaks against it."""
    chosen: list[Browsers] = []
    decisions: list[Decision] = []
    warnings: list[Warning] = []
    wanted_suite = ""
    left_out = "browsers" in (answers.get("without") or ())
    for library, row in table("browsers")["installers"].items():
        uses = [use for use in facts.browsers if use.library == library]
        if not uses:
            continue
        evidence = tuple(dict.fromkeys(e for use in uses for e in use.evidence))
        names = sorted({_name(use) for use in uses})
        if left_out:
            decisions.append(Decision("browsers", "none", "you leave them out", "flag", evidence))
            continue
        dependency = facts.dependency(library)
        known = dependency is None or not below(dependency, row["suites"].get(suite, "0"))
        if not known and answers.get("base") in (None, "slim"):
            wanted_suite = "bookworm"
        words = ["install", "--with-deps"]
        shell = "chromium" in names and all(use.window is False for use in uses if _name(use) == "chromium")
        if shell and not (dependency is not None and below(dependency, row["shell_since"])):
            words.append("--only-shell")
        minor = ".".join(python.split(".")[:2])
        driver = f"lib/python{minor}/site-packages/{library}/driver"
        why = f"{library} starts {' and '.join(names)}"
        chosen.append(Browsers(library, driver, (*words, *names), PATH, why, evidence))
        decisions.append(
            Decision("browsers", " ".join(names), f"{why}: its own installer brings it", "evidence", evidence)
        )
        warnings += _windows(uses)
        if not known and dependency is not None:
            told = f"{library} {dependency.version or dependency.specifier} does not know Debian 13"
            done = "the image is made of Debian 12" if wanted_suite else "the base image must be of Debian 12 or older"
            warnings.append(Warning(f"{told}: {done}.", evidence))
    return BrowserChoice(tuple(chosen), wanted_suite, tuple(decisions), tuple(warnings))


def of_suite(base: Base, decision: Decision, suite: str) -> tuple[Base, Decision]:
    """The base image in its edition of this Debian suite; as it is for "", or where it is none of slim's."""
    if not suite or not base.reference.endswith("-slim"):
        return base, decision
    named = replace(base, reference=f"{base.reference}-{suite}", resolved=f"{base.resolved}-{suite}")
    return named, replace(decision, value=named.resolved)


def not_by_channel(choice: BrowserChoice) -> BrowserChoice:
    """The choice for an image of conda's packages: their layout is none that is known here."""
    told = tuple(
        Warning(f"{one.why}, and an image of conda's packages gets none: add it by its own installer.", one.evidence)
        for one in choice.browsers
    )
    return BrowserChoice(warnings=told)


def _name(use: BrowserUse) -> str:
    return use.browser if use.browser in CHANNELS or use.browser in ("firefox", "webkit") else "chromium"


def _windows(uses: list[BrowserUse]) -> list[Warning]:
    places: tuple[Evidence, ...] = tuple(e for use in uses if use.window for e in use.evidence)
    if not places:
        return []
    message = (
        "The code starts the browser with a window, and a container has no display: set headless=True, or list xvfb and "
        "xauth in packages.txt and put xvfb-run before the command (--start)."
    )
    return [Warning(message, places)]
