"""What the code takes from a distribution whose newest releases no longer have it, where nothing fixes the version.

An unpinned requirement installs what is newest on the day of the build: `from pydantic import BaseSettings` ended with
pydantic 2, a template's name as the first argument with Starlette 1. The table (dockgen/knowledge/outgrown.toml) says
which uses want which older release; each of its rows is proved by installing both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from dockgen.detect.names import Module, assigned, in_production, is_helper
from dockgen.detect.removed import is_tried
from dockgen.facts import Dependency, Evidence, Fact, Manager, PythonConstraint, Warning
from dockgen.knowledge import table


@dataclass(frozen=True, slots=True)
class Outgrown:
    """`held`: requirements ("pydantic<2") with the places that want them. `limits`: the newest Python that these releases
    work on. `warnings`: uses that no older release is held for."""

    held: tuple[Fact[str], ...] = ()
    limits: tuple[PythonConstraint, ...] = ()
    warnings: tuple[Warning, ...] = ()


def detect_outgrown(modules: Iterable[Module], dependencies: tuple[Dependency, ...], manager: Manager) -> Outgrown:
    """What has to be older than the newest, because the code or a pinned release uses what is gone."""
    there = {d.name: d for d in dependencies if not d.group}
    whole = manager.lock_file is not None and (manager.name not in ("pip", "none") or manager.hashed)
    held: dict[str, list[Evidence]] = {}
    limits: dict[str, PythonConstraint] = {}
    told: dict[str, list[Evidence]] = {}

    def hold(row: Mapping[str, Any], evidence: Evidence) -> None:
        more = [one for name, several in row.get("held_with", {}).items() if name in there for one in several]
        wanted = [one for one in (*row["held"], *more) if _is_open(there, whole, one)]
        if not wanted or not _is_open(there, whole, row["held"][0]):
            return
        for one in wanted:
            held.setdefault(one, []).append(evidence)
        if "python" in row:
            limits.setdefault(row["python"], PythonConstraint("limit", row["python"], evidence))

    known = table("outgrown")
    for module, node, row, use in _uses(modules, known["gone"]):
        name = Requirement(row["held"][0]).name if row["held"] else row["distribution"]
        line = getattr(node, "lineno", 1)
        if row["held"]:
            bound = row["held"][0].removeprefix(name)
            hold(row, Evidence(module.path, line, f"{use} is in {name}{bound} alone"))
        elif _is_open(there, whole, name):
            if "python" in row:
                why = f"uses {name}, whose last release works on Python {row['python']} at most"
                limits.setdefault(
                    row["python"], PythonConstraint("limit", row["python"], Evidence(module.path, line, why))
                )
            else:
                told.setdefault(row["said"], []).append(Evidence(module.path, line, f"uses {use}"))
    for row in known["companions"]:
        dependency = there.get(row["distribution"])
        if dependency is None or not _is_older(dependency, row):
            continue
        if not {*row.get("with", ())} <= {*there, *dependency.extras}:
            continue
        release = f"{dependency.name} {dependency.version or ''}".strip()
        place = next(iter(dependency.evidence), Evidence(".", None, ""))
        for one in row["held"]:
            if _is_open(there, whole, one):
                held.setdefault(one, []).append(replace(place, why=f"{release} works with {one} alone"))
    return Outgrown(
        tuple(Fact(one, tuple(dict.fromkeys(places))) for one, places in _narrowest(held).items()),
        tuple(limits.values()),
        tuple(Warning(f"{places[0].why}: {said}", tuple(places)) for said, places in told.items()),
    )


def with_held(dependencies: tuple[Dependency, ...], held: Iterable[Fact[str]]) -> tuple[Dependency, ...]:
    """A guessed list of requirements with what is held among them: dockgen writes that list itself."""
    found = {d.name: d for d in dependencies}
    for fact in held:
        requirement = Requirement(fact.value)
        known = found.get(requirement.name) or Dependency(requirement.name)
        found[requirement.name] = replace(
            known, specifier=str(requirement.specifier), evidence=(*known.evidence, *fact.evidence)
        )
    return tuple(found[name] for name in sorted(found))


def _narrowest(held: Mapping[str, list[Evidence]]) -> dict[str, list[Evidence]]:
    """One requirement for each distribution: the one that asks for the oldest."""
    found: dict[str, tuple[Version, str]] = {}
    for one in held:
        requirement = Requirement(one)
        bound = Version(next(iter(requirement.specifier)).version)
        if requirement.name not in found or bound < found[requirement.name][0]:
            found[requirement.name] = (bound, one)
    return {one: held[one] for _, one in sorted(found.values(), key=lambda pair: pair[1])}


def _is_open(there: Mapping[str, Dependency], whole: bool, text: str) -> bool:
    """Whether what gets installed may be newer than the requirement (or bare name) allows: nothing fixes it lower."""
    requirement = Requirement(text)
    dependency = there.get(requirement.name)
    if dependency is None:
        return not whole
    if dependency.version is not None or dependency.source != "index":
        return False
    if not requirement.specifier:
        return True
    bound = next(iter(requirement.specifier)).version
    try:
        return SpecifierSet(dependency.specifier).contains(Version(bound), prereleases=True)
    except InvalidSpecifier:
        return False


def _is_older(dependency: Dependency, row: Mapping[str, Any]) -> bool:
    if "below" not in row:
        return True
    try:
        version = Version(dependency.version or "")
    except InvalidVersion:
        return False
    return Version(row.get("above", "0")) <= version < Version(row["below"])


def _uses(
    modules: Iterable[Module], rows: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Module, ast.AST, Mapping[str, Any], str]]:
    """(module, node, row, what is used) of the production code."""
    modules = [m for m in modules if in_production(m.path) and not is_helper(m.path)]
    own = {m.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2] for m in modules}
    imported = {origin.partition(".")[0] for m in modules for origin in m.imports.values()}
    rules = [_Rule(row) for row in rows]
    rules = [rule for rule in rules if rule.packages & imported - own]
    for module in modules:
        tops = {origin.partition(".")[0] for origin in module.imports.values()}
        for rule in rules:
            if not (rule.packages & tops or rule.loose):
                continue
            for node, use in rule.uses(module):
                if isinstance(node, (ast.Import, ast.ImportFrom)) and is_tried(module, node):
                    continue  # a failure of the import is reckoned with
                yield module, node, rule.row, use
                break  # one place a file says it


class _Rule:
    """A row of the table, ready to be looked for."""

    def __init__(self, row: Mapping[str, Any]):
        self.row = row
        self.names = frozenset(row.get("names", ()))
        self.calls = frozenset(row.get("calls", ()))
        self.keywords: Mapping[str, list[str]] = row.get("keywords", {})
        self.without: Mapping[str, str] = row.get("without", {})
        self.made: Mapping[str, list[str]] = row.get("made", {})
        self.chained: Mapping[str, str] = row.get("chained", {})
        self.attributes = frozenset(row.get("attributes", ()))
        self.text_first = frozenset(row.get("text_first", ()))
        self.loose = bool(self.attributes or self.text_first)  # also where the object comes from another module
        dotted = (*self.names, *self.calls, *self.keywords, *self.without, *self.made, *self.chained)
        self.packages = frozenset(row.get("packages", ())) | {name.partition(".")[0] for name in dotted}

    def uses(self, module: Module) -> Iterator[tuple[ast.AST, str]]:
        if self.names:
            yield from self._named(module)
        if self.calls or self.keywords or self.without or self.chained or self.text_first:
            yield from self._called(module)
        if self.attributes or self.made:
            made = {name: self.made[call] for name, call in _made(module) if call in self.made}
            for node in module.of(ast.Attribute):
                if node.attr in self.attributes:
                    yield node, f".{node.attr}"
                elif isinstance(node.value, ast.Name) and node.attr in made.get(node.value.id, ()):
                    yield node, f"{node.value.id}.{node.attr}"

    def _named(self, module: Module) -> Iterator[tuple[ast.AST, str]]:
        last = {name.rpartition(".")[2] for name in self.names}
        for node in module.of(ast.Import, ast.ImportFrom, ast.Attribute):
            for dotted in _dotted(module, node, last):
                found = next((name for name in self.names if dotted == name or dotted.startswith(f"{name}.")), None)
                if found:
                    yield node, found

    def _called(self, module: Module) -> Iterator[tuple[ast.AST, str]]:
        for call in module.of(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in self.text_first and _text_first(call):
                yield call, f".{call.func.attr}() with a text as its first argument"
                continue
            inner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(inner, ast.Call) and self.chained and isinstance(call.func, ast.Attribute):
                dotted = module.resolve(inner.func)
                if self.chained.get(dotted) == call.func.attr:
                    yield call, f"{dotted}().{call.func.attr}"
            dotted = module.resolve(call.func)
            if not dotted:
                continue
            if dotted in self.calls:
                yield call, dotted
            given = {keyword.arg for keyword in call.keywords}
            gone = self.keywords.get(dotted) or self.keywords.get(f"{dotted.rpartition('.')[0]}.*") or ()
            word = next((word for word in gone if word in given), None)
            if word:
                yield call, f"{dotted}({word}=...)"
            if dotted in self.without and not {self.without[dotted], None} & given:
                yield call, f"{dotted}() without {self.without[dotted]}="


def _dotted(module: Module, node: ast.AST, last: set[str]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names] if node.module and not node.level else []
    return [module.resolve(node)] if isinstance(node, ast.Attribute) and node.attr in last else []


def _made(module: Module) -> Iterator[tuple[str, str]]:
    """(name, dotted name of the call that made it) of the module's assignments."""
    for node in module.of(ast.Assign, ast.AnnAssign):
        pair = assigned(node)
        if pair and isinstance(pair[1], ast.Call):
            yield pair[0], module.resolve(pair[1].func)


def _text_first(call: ast.Call) -> bool:
    """Whether a template's name comes first, or alone by `name=`: the request was in the context then."""
    if any(keyword.arg in ("request", None) for keyword in call.keywords):
        return False
    if not call.args:
        return any(keyword.arg == "name" for keyword in call.keywords)
    first = call.args[0]
    return isinstance(first, ast.JoinedStr) or (isinstance(first, ast.Constant) and isinstance(first.value, str))
