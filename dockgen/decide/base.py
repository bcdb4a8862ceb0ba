"""The base image: which public image, what it can do, and what forbids it for this project.

What is known of an image stands in knowledge/images.toml. An image that the table does not know is taken for a
Debian one with Python, a shell and apt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dockgen.errors import Usage
from dockgen.facts import Ambiguity, Dependency, Evidence, PythonConstraint, Warning
from dockgen.knowledge import table
from dockgen.plans import Base, Decision, SystemPackage

IMAGE = re.compile(r"[a-z0-9][a-z0-9._/:@-]*(\$\{PYTHON_VERSION\})?[A-Za-z0-9._/:@-]*")
"""An image reference as Docker reads it, bounded to characters that need no quoting."""

UNKNOWN: Mapping[str, Any] = {"family": "debian", "installer": "apt", "libc": "glibc", "minor": 41}
"""What an image is taken for that the table does not know."""

SHOWN = 3
"""Packages named in one reason."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What --base names: `name` in the table ("" for an image it does not know), the person's `image` ("" where the
    table's own is meant), and the row."""

    name: str
    image: str
    row: Row

    @property
    def pythons(self) -> tuple[str, ...]:
        """The only Python versions that it has; () for every one."""
        tagged = re.fullmatch(r"(?:.*/)?python:(3\.\d+)\b.*", self.image)
        return (tagged[1],) if tagged else tuple(self.row.get("pythons", ()))

    @property
    def glibc(self) -> int | None:
        """Minor version of its glibc 2, None for musl."""
        return int(self.row["minor"]) if self.row["libc"] == "glibc" else None

    @property
    def said(self) -> str:
        """The flag as the person typed it."""
        return f"--base {self.image or self.name}"


def image(name: str, registry: str | None) -> str:
    """A public image's name behind the registry prefix, where the person gave one and it is not of that registry."""
    if not registry or name.startswith(registry.split("/")[0] + "/"):
        return name
    return f"{registry.rstrip('/')}/{name}"


def kind_of(answer: str | None) -> Kind:
    """The row of this base. Raises Usage for a text that names no image."""
    rows: dict[str, Row] = {name: row for name, row in table("images").items() if name != "names"}
    answer = answer or "slim"
    if "build" in rows.get(answer, {}):
        return Kind(answer, "", rows[answer])
    if not IMAGE.fullmatch(answer):
        raise Usage(f"--base {answer!r} is not an image reference")
    bare = answer.partition("@")[0]
    for name, row in rows.items():
        if "match" in row and re.fullmatch(row["match"], bare):
            return Kind(name, answer, row)
    return Kind("", answer, UNKNOWN)


def restrict(
    kind: Kind, constraints: tuple[PythonConstraint, ...], answer: str | None
) -> tuple[tuple[PythonConstraint, ...], tuple[Ambiguity, ...]]:
    """The constraints on Python with what the image has. Where the project allows none of it, that is a question,
    and the constraints stay as they are. Raises Usage where --python asks for another one."""
    from dockgen.decide.python import allowed_versions

    if not kind.pythons:
        return constraints, ()
    has = " and ".join(kind.pythons)
    if answer is not None:
        if ".".join(answer.split(".")[:2]) not in kind.pythons:
            raise Usage(f"{kind.said} has Python {has}, not {answer}", hint="Name another base, or leave out --python.")
        return constraints, ()
    ranges = [c for c in constraints if c.kind == "range"]
    allowed = allowed_versions(ranges)
    if allowed and not set(allowed) & set(kind.pythons):
        said = " and ".join(f"{c.evidence.file} says {c.specifier}" for c in ranges)
        why = f"{kind.said} has Python {has} alone, and {said}"
        return constraints, (Ambiguity("base", why, ("slim",), tuple(c.evidence for c in ranges)),)
    low, *_, high = sorted([*kind.pythons, *kind.pythons], key=lambda v: int(v.split(".")[1]))
    minors = range(int(low.split(".")[1]), int(high.split(".")[1]) + 1)
    holes = [f"!=3.{n}.*" for n in minors if f"3.{n}" not in kind.pythons]
    specifier = f"=={low}.*" if low == high else ",".join([f">={low}", f"<3.{minors[-1] + 1}", *holes])
    return (*constraints, PythonConstraint("range", specifier, Evidence(kind.said, None, "the base image"))), ()


def choose_base(kind: Kind, python: str, registry: str | None, origin: str = "default") -> tuple[Base, Decision]:
    """The images of the build and of the last stage, for this Python ("3.13")."""
    minor = ".".join(python.split(".")[:2])
    row = kind.row
    named = row.get("build", "").replace("{tag}", minor.replace(".", "")).replace("{python}", minor)
    build = kind.image or image(named, registry)
    run = "" if kind.image or "run" not in row else image(row["run"], registry)
    last = run or build
    base = Base(
        reference=build,
        resolved=last.replace("${PYTHON_VERSION}", python),
        python=python,
        run=run,
        family=row["family"],
        installer=row["installer"],
        shell=row.get("shell", True),
        pip=row.get("pip", True),
        root=not row.get("user", False),
        entrypoint=row.get("entrypoint", False),
        interpreter=row.get("interpreter", ""),
        home=row.get("home", False),
        latest=row.get("latest", "") if last.endswith(":latest") else "",
        setup=tuple(
            SystemPackage(name.replace("{python}", minor), "the image has no Python of its own")
            for name in row.get("python", ())
        ),
    )
    why = row.get("why") or "you named it: taken for a Debian image with Python, a shell and apt"
    if kind.image and kind.name in ("slim", "alpine"):
        why = "you named it"
    return base, Decision("base", base.resolved, why, origin)


def with_headers(kind: Kind, python: str, build: tuple[SystemPackage, ...]) -> tuple[SystemPackage, ...]:
    """The build packages, with Python's headers where the image lacks them and something is compiled."""
    if not any(package.name in ("gcc", "g++") for package in build):
        return build
    minor = ".".join(python.split(".")[:2])
    extra = tuple(
        SystemPackage(name.replace("{python}", minor), "Python's headers, for what is compiled")
        for name in kind.row.get("headers", ())
    )
    return (*build, *extra)


def translated(kind: Kind, packages: Iterable[SystemPackage]) -> tuple[SystemPackage, ...]:
    """Debian's packages by the names of the image's own family. One that has none there keeps its name:
    `forbidding` tells of it."""
    names = table("images")["names"].get(kind.row["family"])
    if names is None:
        return tuple(packages)
    return tuple(replace(p, name=name) for p in packages for name in names.get(p.name, p.name).split() if name)


def forbidding(
    kind: Kind,
    lock_file: str | None,
    production: tuple[Dependency, ...],
    python: str,
    build: tuple[SystemPackage, ...],
    runtime: tuple[SystemPackage, ...],
) -> tuple[Ambiguity, ...]:
    """What this project needs that the image cannot give, as questions. `build` and `runtime` have Debian's names."""
    found: list[Ambiguity] = []
    if kind.row["libc"] == "musl":
        lacking = without_musl(production, python, lock_file)
        if lacking:
            evidence = tuple(e for d, _ in lacking for e in d.evidence[-1:])
            whys = [why for _, why in lacking]
            why = f"{kind.said}: {_few(whys)}; Alpine would have to compile"
            found.append(Ambiguity("base", why, ("slim",), evidence))
    names = table("images")["names"].get(kind.row["family"])
    wanted = (*build, *runtime)
    if not kind.row["installer"] and runtime:
        why = f"{kind.said} can install no package, and {_few([f'{p.name} is wanted ({p.why})' for p in runtime])}"
        found.append(Ambiguity("base", why, ("slim",), tuple(e for p in runtime for e in p.evidence[:1])))
    elif names is not None:
        unnamed = [p for p in wanted if p.name not in names]
        if unnamed:
            what = _few([f"{p.name} ({p.why})" for p in unnamed])
            why = f"{kind.said}: dockgen knows no package there for Debian's {what}"
            found.append(Ambiguity("base", why, ("slim",), tuple(e for p in unnamed for e in p.evidence[:1])))
    return tuple(found)


def without_musl(production: Iterable[Dependency], python: str, lock: str | None) -> tuple[tuple[Dependency, str], ...]:
    """The dependencies that Alpine would have to compile, each with a sentence that says how that is known."""
    return tuple(_without_musl(production, python, lock))


def _without_musl(production: Iterable[Dependency], python: str, lock: str | None) -> Iterator[tuple[Dependency, str]]:
    from dockgen.detect.wheels import is_compiled, wheel_fits

    minor = ".".join(python.split(".")[:2])
    knowledge = table("system_packages")
    pure = {*knowledge["sdists"]["pure"], *table("images")["alpine"]["pure"]}
    for dependency in production:
        row = knowledge.get(dependency.name)
        wheel = row.get("wheel", "") if isinstance(row, dict) else ""
        label = f"{dependency.name} {dependency.version}" if dependency.version else dependency.name
        if wheel == "pure" or dependency.name in pure:
            continue
        if dependency.wheels is None or dependency.source != "index":
            if wheel in ("none", "manylinux"):
                yield dependency, f"{label} is known to have no musllinux wheel"
            continue
        if any(wheel_fits(name, minor, libc="musl") for name in dependency.wheels):
            continue
        if dependency.wheels and not is_compiled(dependency):
            continue  # wheels of pure Python for other versions
        yield dependency, f"{label} has no musllinux wheel for Python {minor} in {lock}"


def unlisted(production: Iterable[Dependency]) -> tuple[str, ...]:
    """The dependencies of which neither a lock file nor the table says whether they have musllinux wheels."""
    knowledge = table("system_packages")
    return tuple(
        d.name
        for d in production
        if d.wheels is None
        and not isinstance(knowledge.get(d.name), dict)
        and d.name not in knowledge["sdists"]["pure"]
    )


def musl_why(production: tuple[Dependency, ...]) -> str:
    """Why Alpine is taken, after `forbidding` found nothing against it."""
    if unlisted(production):
        return "no dependency is known to lack a musllinux wheel"
    return "every compiled dependency has a musllinux wheel"


def alpine_note(production: tuple[Dependency, ...], python: str, lock: str | None) -> str:
    """Whether Alpine would do, for the reason of Debian slim; "" where that is not known."""
    lacking = without_musl(production, python, lock)
    if lacking:
        more = f" (and {len(lacking) - 1} more)" if lacking[1:] else ""
        return f"; not Alpine: {lacking[0][1]}{more}"
    if unlisted(production):
        return ""
    return "; Alpine would do, too (--base alpine)"


def musl_warning(kind: Kind, production: tuple[Dependency, ...]) -> tuple[Warning, ...]:
    """On Alpine, what nobody can tell before the build."""
    names = unlisted(production) if kind.row["libc"] == "musl" else ()
    if not names:
        return ()
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if names[SHOWN:] else "")
    message = (
        f"nothing lists the wheels of {shown}: on Alpine the build compiles what has none for musl, and fails where "
        "that takes a compiler; a lock file would tell, or --resolve"
    )
    return (Warning(message),)


def base_warnings(base: Base) -> tuple[Warning, ...]:
    """What a person should know of the image."""
    if base.latest and "chainguard/python" in base.reference and "@" not in base.reference:
        return (
            Warning(
                f"{base.resolved} moves to each new Python: --pin-digests holds it, and --base wolfi has a Python "
                "of your choice"
            ),
        )
    return ()


def _few(items: list[str]) -> str:
    return ", ".join(items[:SHOWN]) + (f" and {len(items) - SHOWN} more" if items[SHOWN:] else "")
