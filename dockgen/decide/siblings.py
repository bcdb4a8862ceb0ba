"""Applications of one tree that talk to each other: which variable of the one names the other.

Evidence is the variable's name (BILLING_URL beside a folder `billing`), or a default that names the port on which
exactly one of the others listens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dockgen.decide.storage import documented
from dockgen.facts import EnvVar, Facts, Warning
from dockgen.plans import Decision

ADDRESS = frozenset({"URL", "URI", "HOST", "HOSTNAME", "PORT", "ADDR", "ADDRESS", "ENDPOINT", "TARGET"})
"""The last words of a variable that says where something is."""
FILLING = frozenset(
    {"BASE", "SERVICE", "SVC", "SERVER", "API", "APP", "INTERNAL", "HTTP", "GRPC", "REST", "ROOT", "THE"}
)
"""Words that say nothing of which one is meant."""
FOR_BROWSERS = frozenset(
    {"PUBLIC", "EXTERNAL", "REDIRECT", "CALLBACK", "ORIGIN", "ORIGINS", "CORS", "ALLOWED", "WEBHOOK"}
)
"""An address that a browser or a foreign server is given: no name of this stack helps it."""
LOCAL = re.compile(r"(?:(?P<scheme>[a-z]+)://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(?P<port>\d+))?(?P<path>/.*)?")


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another application: `name` in the stack, `project` of its manifest; the port it listens on, and host ports."""

    name: str
    project: str
    port: int | None
    published: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Address:
    sibling: str
    value: str


def addresses(
    facts: Facts, own: str, siblings: Sequence[Sibling]
) -> tuple[dict[str, Address], tuple[Decision, ...], tuple[Warning, ...]]:
    """Variable -> where the application that it names is; a decision for each, and a warning for each default that
    names a port of this machine where nothing of the stack listens."""
    found: dict[str, Address] = {}
    decisions: list[Decision] = []
    warnings: list[Warning] = []
    others = [s for s in siblings if s.name != own and s.port]
    mine = next((s for s in siblings if s.name == own), None)
    for variable in facts.env:
        if variable.service or variable.secret or documented(variable):
            continue
        words = [w for w in re.split(r"_+", variable.name.upper()) if w]
        if not words or words[-1] not in ADDRESS or FOR_BROWSERS & set(words):
            continue
        sibling, why = _meant(variable, words, others, mine)
        if sibling is not None and sibling.port:
            value = _value(variable, words, sibling, sibling.port)
            found[variable.name] = Address(sibling.name, value)
            decisions.append(Decision(variable.name, value, why, "evidence", variable.evidence))
        elif others and _points_nowhere(variable, mine):
            message = (
                f"{variable.name} is {variable.default} unless it is set, which in a container is the container itself: "
                "no other application listens there; set it in compose.yaml"
            )
            warnings.append(Warning(message, variable.evidence))
    return found, tuple(decisions), tuple(warnings)


def _points_nowhere(variable: EnvVar, mine: Sibling | None) -> bool:
    """Whether the default names a port of this machine that is not the application's own."""
    match = LOCAL.fullmatch(variable.default or "")
    return bool(match and match["port"] and (mine is None or int(match["port"]) != mine.port))


def _meant(
    variable: EnvVar, words: list[str], others: Sequence[Sibling], mine: Sibling | None
) -> tuple[Sibling | None, str]:
    for kept in (words[:-1], [w for w in words if w not in ADDRESS | FILLING]):
        named = [s for s in others if kept and kept in _called(s)]
        if len(named) == 1:
            return named[0], f"its name is that of {named[0].name}"
    match = LOCAL.fullmatch(variable.default or "")
    port = int(match["port"]) if match and match["port"] else 0
    if port and not (mine and mine.port == port):
        at = [s for s in others if s.port == port or port in s.published.values()]
        if len(at) == 1:
            return at[0], f"its default is port {port}, where {at[0].name} listens"
    return None, ""


def _called(sibling: Sibling) -> list[list[str]]:
    """The words of a sibling's names, whole and without what says nothing."""
    found = []
    for name in (sibling.name, sibling.project):
        words = [w for w in re.split(r"[^A-Z0-9]+", name.upper()) if w]
        found += [words, [w for w in words if w not in FILLING]]
    return [words for words in found if words]


def _value(variable: EnvVar, words: list[str], sibling: Sibling, port: int) -> str:
    """The address in the form of the default, else in the one that the variable's last word asks for."""
    default = variable.default or ""
    if words[-1] == "PORT":
        return str(port)
    match = LOCAL.fullmatch(default)
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", default)
    if scheme:
        path = (match["path"] or "") if match else ""
        return f"{scheme[1]}://{sibling.name}:{port}{path}"
    if re.fullmatch(r"[\w.-]+:\d+", default) or words[-1] in ("ADDR", "ADDRESS", "TARGET"):
        return f"{sibling.name}:{port}"
    if words[-1] in ("HOST", "HOSTNAME"):
        return sibling.name
    return f"http://{sibling.name}:{port}"
