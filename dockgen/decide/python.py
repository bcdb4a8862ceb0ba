"""The Python version: what the project pins, what it allows, and what its locked dependencies run on.

A pin wins, as far as the project's own range allows it. Without one, the dependencies decide: the
newest Python on which nothing that the lock lists wheels for would have to be compiled; without
such evidence, the default. The table of releases says what is in support.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dockgen.errors import Usage
from dockgen.facts import OWN_IMAGE, Ambiguity, Dependency, Evidence, PythonConstraint, Warning
from dockgen.knowledge import table

NEWEST_PATCH = 40
"""No minor version of Python has had so many patch releases."""


@dataclass(frozen=True, slots=True)
class PythonChoice:
    """The version that the image tag gets ("3.13"), why in one sentence, and what to know about it."""

    version: str
    why: str
    evidence: tuple[Evidence, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[Warning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Limit:
    """The newest Python that a dependency (or the code itself, where there is none) works on."""

    newest: str
    dependency: Dependency | None
    why: str
    place: Evidence | None = None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self.dependency.evidence[:1] if self.dependency else (self.place,) if self.place else ()


def choose_python(
    constraints: tuple[PythonConstraint, ...],
    dependencies: tuple[Dependency, ...],
    answer: str | None,
    libc: str = "glibc",
) -> PythonChoice:
    """The Python version of the image. `answer`: what the person said. `libc`: the image's, for the wheels. Raises
    Usage for what is no version."""
    ranges = [c for c in constraints if c.kind == "range"]
    pins = [c for c in constraints if c.kind in ("pin", "latest")]
    allowed = _allowed(ranges)
    if answer is not None:
        return _answered(answer, ranges, allowed)
    if not allowed:
        return _contradiction(ranges, pins)
    production = tuple(d for d in dependencies if not d.group)
    of_code = [_Limit(c.specifier, None, c.evidence.why, c.evidence) for c in constraints if c.kind == "limit"]
    chosen = (
        _pinned(pins, ranges, allowed, production, of_code)
        if pins
        else _free(constraints, ranges, allowed, production, libc)
    )
    return _patched(_with_life(chosen), ranges)


def _patched(chosen: PythonChoice, ranges: list[PythonConstraint]) -> PythonChoice:
    """The choice with a patch release where the range ends inside the minor version (==3.14.1, <3.12.4): installers
    refuse the newest one then."""
    from packaging.specifiers import SpecifierSet

    joined = SpecifierSet(",".join(c.specifier for c in ranges if _valid(c.specifier)))
    patches = [patch for patch in range(NEWEST_PATCH + 1) if joined.contains(f"{chosen.version}.{patch}")]
    if not patches or NEWEST_PATCH in patches:
        return chosen
    version = f"{chosen.version}.{patches[-1]}"
    message = f"{_said(ranges)}: the image stays at Python {version} and gets no patch releases"
    warning = Warning(message, tuple(c.evidence for c in ranges))
    return replace(chosen, version=version, warnings=(*chosen.warnings, warning))


# ---- versions -----------------------------------------------------------------------------------


def _releases() -> list[str]:
    return sorted(table("python_releases")["release"], key=_number)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def _state(version: str) -> str:
    return str(table("python_releases")["release"].get(version, {}).get("state", "unproved"))


def _default() -> str:
    return str(table("python_releases")["default"])


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _fits(version: str, specifier: str) -> bool:
    """Whether some patch release of a minor version is in the range."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        chosen = SpecifierSet(specifier)
    except InvalidSpecifier:
        return True
    return any(chosen.contains(f"{version}.{patch}") for patch in range(NEWEST_PATCH + 1))


def _allowed(ranges: Iterable[PythonConstraint]) -> list[str]:
    joined = ",".join(c.specifier for c in ranges if _valid(c.specifier))
    return [v for v in _releases() if _fits(v, joined)]


def allowed_versions(ranges: Iterable[PythonConstraint]) -> list[str]:
    """The minor versions that these ranges allow, the oldest first."""
    return _allowed(ranges)


def _valid(specifier: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        SpecifierSet(specifier)
    except InvalidSpecifier:
        return False
    return bool(specifier.strip())


def _nearest(versions: Iterable[str], wanted: str) -> str:
    """The version nearest to the wanted one; the newer of two."""
    target = _number(wanted)[1] if _number(wanted)[0] == 3 else 0
    return min(versions, key=lambda v: (abs(_number(v)[1] - target), -_number(v)[1]))


def _proved(versions: Iterable[str]) -> list[str]:
    """The versions that may be chosen unasked, unless the unproved ones are all there is."""
    listed = list(versions)
    return [v for v in listed if _state(v) != "unproved"] or listed


def _said(constraints: Iterable[PythonConstraint]) -> str:
    return " and ".join(f"{c.evidence.file} says {c.specifier}" for c in constraints)


# ---- the ways to a version ----------------------------------------------------------------------


def _answered(answer: str, ranges: list[PythonConstraint], allowed: list[str]) -> PythonChoice:
    text = answer.strip()
    match = re.fullmatch(r"(3\.(?:[6-9]|[1-9]\d))(\.(?:0|[1-9]\d?))?", text)
    if match is None or match.group(1) not in _releases():
        known = [v for v in _releases() if _state(v) == "supported"]
        raise Usage(f"--python {answer!r} is not a Python version", hint=f"Give one of {', '.join(known)}.")
    warnings: tuple[Warning, ...] = ()
    if match.group(1) not in allowed and ranges:
        message = f"Python {text} is outside of what the project allows: {_said(ranges)}"
        warnings = (Warning(message, tuple(c.evidence for c in ranges)),)
    return _with_life(PythonChoice(text, "you named it", (), (), warnings))


def _contradiction(ranges: list[PythonConstraint], pins: list[PythonConstraint]) -> PythonChoice:
    evidence = tuple(c.evidence for c in ranges)
    single = [v for v in _releases() if any(_fits(v, c.specifier) for c in ranges)]
    choices = _proved(single) if single else [v for v in _releases() if _state(v) == "supported"]
    version = _nearest(choices, _minor(pins[0].specifier) if pins and pins[0].kind == "pin" else _default())
    why = f"no Python version satisfies all of it: {_said(ranges)}"
    return _with_life(PythonChoice(version, why, evidence, (Ambiguity("python", why, tuple(choices), evidence),), ()))


def _pinned(
    pins: list[PythonConstraint],
    ranges: list[PythonConstraint],
    allowed: list[str],
    production: tuple[Dependency, ...],
    of_code: list[_Limit],
) -> PythonChoice:
    exact = [p for p in pins if p.kind == "pin"]
    if not exact:  # "latest"
        pin = pins[0]
        candidates = [v for v in allowed if _state(v) == "supported"] or _proved(allowed)
        version = max(candidates, key=_number)
        return PythonChoice(
            version, f"{pin.evidence.file} asks for the latest Python", (pin.evidence, *(c.evidence for c in ranges))
        )
    known = _releases()
    inside = [p for p in exact if _minor(p.specifier) in allowed]
    pin = (inside or exact)[0]
    warnings: list[Warning] = []
    wanted = _minor(pin.specifier)
    if wanted not in allowed:
        version = _nearest(_proved(allowed), wanted)
        asked = f"{pin.evidence.file} asks for Python {pin.specifier}"
        if ranges:
            message = f"{asked}, and {_said(ranges)}: {version} is the nearest that is allowed"
        else:
            message = f"{asked}, and images go from {known[0]} to {known[-1]}: {version} is the nearest"
        warnings.append(Warning(message, (pin.evidence, *(c.evidence for c in ranges))))
        return PythonChoice(
            version,
            f"the nearest to {pin.specifier} ({pin.evidence.file}) that the project allows",
            (pin.evidence, *(c.evidence for c in ranges)),
            (),
            tuple(warnings),
        )
    others = [p for p in exact if _minor(p.specifier) != wanted]
    if others:
        message = f"{pin.evidence.file} asks for Python {pin.specifier}, and {_said(others)}: {wanted} is taken"
        warnings.append(Warning(message, (pin.evidence, *(p.evidence for p in others))))
    limit = next(iter(_limits(production, of_code)), None)
    if limit is not None and _number(limit.newest) < _number(wanted):
        message = f"{pin.evidence.file} asks for Python {pin.specifier}; {_limit_text(limit)}"
        warnings.append(Warning(message, (pin.evidence, *limit.evidence)))
    why = f"{pin.evidence.file} asks for {pin.specifier}"
    if pin.specifier.count(".") > 1:
        why += f": the image of {wanted} gets its patch releases"
    same = tuple(p.evidence for p in exact if _minor(p.specifier) == wanted)
    return PythonChoice(wanted, why, same, (), tuple(warnings))


def _free(
    constraints: tuple[PythonConstraint, ...],
    ranges: list[PythonConstraint],
    allowed: list[str],
    production: tuple[Dependency, ...],
    libc: str,
) -> PythonChoice:
    evidence = tuple(c.evidence for c in ranges)
    in_range = f"; {_said(ranges)}" if ranges else ""
    candidates = _proved(allowed)
    stated = next((c for c in constraints if c.kind == "hint" and c.specifier.startswith(">=")), None)
    if stated is not None and not ranges and any(_fits(v, stated.specifier) for v in candidates):
        candidates = [v for v in candidates if _fits(v, stated.specifier)]
        evidence = (stated.evidence,)
        in_range = f"; {_said([stated])}"
    supported = [v for v in candidates if _state(v) == "supported"]
    warnings: list[Warning] = []
    excluded = _excluded(production)
    if any(v not in excluded for v in candidates):
        candidates = [v for v in candidates if v not in excluded]
        supported = [v for v in candidates if _state(v) == "supported"]
    of_code = [_Limit(c.specifier, None, c.evidence.why, c.evidence) for c in constraints if c.kind == "limit"]
    limits = _limits(production, of_code)
    limit = next((one for one in limits if any(_number(v) <= _number(one.newest) for v in candidates)), None)
    if limit is not None:
        candidates = [v for v in candidates if _number(v) <= _number(limit.newest)]
        supported = [v for v in candidates if _state(v) == "supported"]
    elif limits and ranges:
        message = f"{_limit_text(limits[0])}, and {_said(ranges)}"
        warnings.append(Warning(message, (*limits[0].evidence, *evidence)))
    if _lists_wheels(production):
        version, why, told = _by_wheels(candidates, supported, production, libc)
        return PythonChoice(version, why + in_range, (*told, *evidence), (), tuple(warnings))
    default = _default()
    hint = _hint(constraints, production)
    if hint is not None:
        version = _nearest(
            [v for v in candidates if _number(v) <= _number(hint.specifier)] or candidates, hint.specifier
        )
        if _number(version) < _number(default):
            why = f"every version is pinned, and the authors run them on {hint.specifier} ({hint.evidence.file})"
            return PythonChoice(version, why, (hint.evidence, *evidence), (), tuple(warnings))
    if limit is not None and _number(limit.newest) < _number(default):
        version = max(supported or candidates, key=_number)
        return PythonChoice(version, _limit_text(limit) + in_range, (*limit.evidence, *evidence), (), tuple(warnings))
    own = _own_image(constraints)
    if own is not None and own.specifier in supported and _number(own.specifier) < _number(default):
        why = f"the authors' own image has it ({own.evidence.file}){in_range}"
        return PythonChoice(own.specifier, why, (own.evidence, *evidence), (), tuple(warnings))
    version = default if default in candidates else _nearest(supported or candidates, default)
    if version == default:
        why = f"the default{in_range.replace('; ', ', ', 1) or ': the project names no version'}"
    else:
        why = f"the nearest to the default {default}{in_range}"
    return PythonChoice(version, why, evidence, (), tuple(warnings))


def _hint(constraints: tuple[PythonConstraint, ...], production: tuple[Dependency, ...]) -> PythonConstraint | None:
    """The newest version that the authors run, where everything is pinned: then that is what the pins were made for."""
    if not production or any(d.source == "index" and not d.version for d in production):
        return None
    hints = [
        c
        for c in constraints
        if c.kind == "hint" and re.fullmatch(r"3\.\d+", c.specifier) and c.specifier in _releases()
    ]
    return max(hints, key=lambda c: _number(c.specifier)) if hints else None


def _own_image(constraints: tuple[PythonConstraint, ...]) -> PythonConstraint | None:
    """The newest version of the project's own Dockerfiles: what it is known to work on, whatever gets resolved."""
    images = [
        c
        for c in constraints
        if c.kind == "hint" and c.evidence.why == OWN_IMAGE and re.fullmatch(r"3\.\d+", c.specifier)
    ]
    return max(images, key=lambda c: _number(c.specifier)) if images else None


# ---- what the dependencies say ------------------------------------------------------------------


def _lists_wheels(production: tuple[Dependency, ...]) -> bool:
    """Every production dependency is locked and the lock lists their files, or the index was asked about it."""
    index = [d for d in production if d.source == "index"]
    return bool(index) and all((d.version or d.asked) and d.wheels is not None for d in index)


def _by_wheels(
    candidates: list[str], supported: list[str], production: tuple[Dependency, ...], libc: str
) -> tuple[str, str, tuple[Evidence, ...]]:
    from dockgen.detect.wheels import is_compiled, wheel_fits, wheel_tags, without_wheel

    known = _releases()
    compiled = [
        d
        for d in production
        if is_compiled(d) and any(wheel_fits(w, v, libc=libc) for w in d.wheels or () for v in known)
    ]
    lacking = {v: without_wheel(compiled, v, libc=libc) for v in candidates}
    default = _default()
    # A version newer than the default needs a witness: a package with a wheel made for it.
    made_for = {
        tag.split("-")[0] for d in compiled for w in d.wheels or () for tag in wheel_tags(w) if not tag.endswith("-any")
    }
    witnessed = [v for v in supported if _number(v) <= _number(default) or f"cp{v.replace('.', '')}" in made_for]
    for group in (witnessed, supported, candidates):
        for version in sorted(group, key=_number, reverse=True):
            if lacking[version]:
                continue
            newer = [v for v in supported if _number(v) > _number(version) and lacking[v]]
            if newer:
                first = lacking[newer[0]][0]
                return (
                    version,
                    "the newest for which every compiled dependency has a wheel "
                    f"({_named(first)} has none for {newer[0]})",
                    first.evidence[-1:],
                )
            if compiled:
                return version, "every compiled dependency has a wheel for it", ()
            return version, "the default: no dependency is compiled", ()
    group = supported or candidates
    version = min(group, key=lambda v: (len(lacking[v]), abs(_number(v)[1] - _number(default)[1]), -_number(v)[1]))
    names = ", ".join(d.name for d in lacking[version][:3])
    return (
        version,
        f"the version for which the fewest dependencies lack a wheel ({names})",
        tuple(e for d in lacking[version][:3] for e in d.evidence[-1:]),
    )


def _named(dependency: Dependency) -> str:
    return f"{dependency.name} {dependency.version}" if dependency.version else dependency.name


def _excluded(production: tuple[Dependency, ...]) -> frozenset[str]:
    """Pythons that pins are too new for, where the table of wheels knows it."""
    last = table("wheels")["last"]
    found: set[str] = set()
    for dependency in production:
        if dependency.source == "index" and dependency.version and dependency.wheels is None:
            found |= {p for p, newest in last.get(dependency.name, {}).items() if _is_newer(dependency.version, newest)}
    return frozenset(found)


def _is_newer(version: str, other: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) > Version(other)
    except InvalidVersion:
        return False


def _limits(production: tuple[Dependency, ...], of_code: list[_Limit]) -> list[_Limit]:
    """The newest Pythons that old pins and the code itself work on, the lowest first."""
    rows = table("python_releases")["newest_python_for"]
    pure = table("removed")["newest_python_for"]
    limits = [*of_code]
    for dependency in production:
        if dependency.wheels is None:
            limits += _wheels_end(dependency)
        for below, newest, why in rows.get(dependency.name) or pure.get(dependency.name, ()):
            if _older_than(dependency, below):
                if dependency.wheels is None or not why.startswith("wheels end"):
                    limits.append(_Limit(newest, dependency, why))
                break
    limits = [limit for limit in limits if limit.why and not _brought_back(limit.why, production)]
    return sorted(limits, key=lambda limit: (_number(limit.newest), limit.dependency.name if limit.dependency else ""))


def _brought_back(why: str, production: tuple[Dependency, ...]) -> bool:
    """Whether the module that a limit says is gone is among the dependencies as a distribution of its own."""
    match = re.search(r"imports (\w+), which", why)
    names = (
        {f"standard-{match[1]}", *table("python_releases")["removed"]["providers"].get(match[1], ())} if match else ()
    )
    return any(d.name in names for d in production)


def _wheels_end(dependency: Dependency) -> list[_Limit]:
    """The newest Python for which some allowed release has a wheel, where the table of wheels knows it."""
    # psycopg[binary] is psycopg-binary of the same version (psycopg.org/psycopg3/docs/basic/install.html).
    binary = dependency.name == "psycopg" and "binary" in dependency.extras
    name = "psycopg-binary" if binary else dependency.name
    row = table("wheels")["first"].get(name) if dependency.source == "index" else None
    if row is None or table("system_packages").get(dependency.name, {}).get("optional"):
        return []
    pythons = sorted(row, key=_number)
    with_wheel = [p for p in pythons if row[p] and not _older_than(dependency, row[p])]
    if not with_wheel and row[pythons[0]]:  # older than the table
        known = _releases()
        with_wheel = known[known.index(pythons[0]) - 1 : known.index(pythons[0])]
    if not with_wheel or with_wheel[-1] == pythons[-1]:
        return []
    return [_Limit(with_wheel[-1], dependency, f"wheels end at {with_wheel[-1]}")]


def _older_than(dependency: Dependency, threshold: str) -> bool:
    """Whether every version that the requirement allows lies below the threshold ("*": there is none above it)."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    if threshold == "*":
        return dependency.source in ("index", "conda")
    try:
        bound = Version(threshold)
        if dependency.version:
            return Version(dependency.version) < bound
        for specifier in SpecifierSet(dependency.specifier):
            text = specifier.version.removesuffix(".*")
            if specifier.operator == "<" and Version(text) <= bound:
                return True
            if specifier.operator in ("<=", "===") and Version(text) < bound:
                return True
            if specifier.operator in ("==", "~="):
                release = list(Version(text).release)
                if specifier.operator == "~=":
                    release = release[:-1]
                elif not specifier.version.endswith(".*"):
                    return Version(text) < bound
                upper = Version(".".join(map(str, [*release[:-1], release[-1] + 1])))
                if upper <= bound:
                    return True
    except (InvalidSpecifier, InvalidVersion, IndexError):
        return False
    return False


def _limit_text(limit: _Limit) -> str:
    if limit.dependency is None:
        return f"the code {limit.why}"
    version = limit.dependency.version or limit.dependency.specifier
    return f"{limit.dependency.name} {version} needs Python {limit.newest} or older: {limit.why}"


# ---- support ------------------------------------------------------------------------------------


def _with_life(choice: PythonChoice) -> PythonChoice:
    """The choice, with a warning when its release is no longer (or not yet) supported."""
    row = table("python_releases")["release"].get(_minor(choice.version), {})
    if row.get("state") == "ended":
        ended = f"Python {_minor(choice.version)} has had no security fixes since {row['end']}"
        message = f"{ended}: plan the move to {_default()}"
    elif row.get("state") == "unproved":
        message = f"Python {_minor(choice.version)} was not proved with dockgen; its image may not exist yet"
    else:
        return choice
    return PythonChoice(
        choice.version,
        choice.why,
        choice.evidence,
        choice.ambiguities,
        (*choice.warnings, Warning(message, choice.evidence)),
    )
