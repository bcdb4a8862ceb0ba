"""What `pip freeze` noted of the author's machine: lines that no image can install.

Packages of Windows or macOS alone, of conda or of the system's own Python, and direct references to
files of that machine (`numpy @ file:///croot/numpy_1672336185480/work`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from dockgen.detect.managers.common import inside, on_linux
from dockgen.facts import Dependency, Evidence, Leftover, Warning
from dockgen.knowledge import table

WHEEL = re.compile(r"[A-Za-z0-9_.]+-(\d[A-Za-z0-9_.!+]*)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
SDIST = re.compile(r"[A-Za-z0-9_.-]+?-(\d[A-Za-z0-9_.!+]*)\.(?:tar\.gz|zip|tar\.bz2)")
START = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\]\s*)?(?:===?|~=|[<>!]=?|@\s*file:|@)")


def leftover(line: str, dependency: Dependency, where: Evidence) -> Leftover | None:
    """The line as a leftover, or None where it is an ordinary requirement."""
    if not on_linux(dependency.marker):
        return None
    why = dropped(dependency)
    replacement = ""
    if why is None:
        if not is_foreign_path(dependency):
            return None
        file = posixpath.basename(dependency.location.split("#")[0].replace("\\", "/"))
        version = WHEEL.fullmatch(file) or SDIST.fullmatch(file)
        extras = f"[{','.join(dependency.extras)}]" if dependency.extras else ""
        replacement = f"{dependency.name}{extras}" + (f"=={version.group(1)}" if version else "")
        why = f"it points at a file of the author's machine ({dependency.location[:100]})"
    start = START.match(line)
    return Leftover(
        dependency.name,
        where.file,
        start.group() if start else line.split("#")[0].strip(),
        replacement,
        why,
        whole=start is None,
        evidence=(where,),
    )


def dropped(dependency: Dependency) -> str | None:
    """Why no index has this for Linux, None for what is ordinary."""
    rows = table("leftovers")
    for why, names in rows["dropped"].items():
        if dependency.name in names:
            return str(why)
    for why, starts in rows["prefixes"].items():
        if dependency.name.startswith(tuple(starts)):
            return str(why)
    version = dependency.version or ""
    if re.search(r"ubuntu|debian|\+deb\d|\.fc\d\d", version):
        return f"version {version[:40]} is a system's own, not an index's"
    return None


def is_foreign_path(dependency: Dependency) -> bool:
    """Whether a requirement names a place on a machine by an absolute path."""
    location = dependency.location
    if dependency.source != "path":
        return False
    path = re.sub(r"^file:(//)?", "", location)
    return location.startswith("file:///") or bool(re.match(r"(/|~|[A-Za-z]:)", path)) or inside("", path) is None


def own_project(dependency: Dependency, distribution: str) -> bool:
    """Whether a direct reference is the project itself: `pip freeze` notes an editable install by its
    commit (`-e git+https://...#egg=shop`)."""
    return bool(distribution) and dependency.name == distribution and dependency.source in ("git", "url")


def told(leftovers: Iterable[Leftover]) -> list[Warning]:
    """One warning for what is left out and one for what is mapped, for each reason."""
    by_reason: dict[tuple[str, bool], list[Leftover]] = {}
    for item in leftovers:
        reason = "they point at files of the author's machine" if item.replacement else item.why
        by_reason.setdefault((reason, bool(item.replacement)), []).append(item)
    found = []
    for (why, mapped), items in by_reason.items():
        names = ", ".join(i.replacement or i.name for i in items[:6]) + (" ..." if len(items) > 6 else "")
        lines = ", ".join(dict.fromkeys(f"{e.file}:{e.line}" for i in items[:6] for e in i.evidence))
        if mapped:
            message = f"{names} ({lines}): installed from the index instead, because {why}; pin the versions"
        else:
            message = f"{names} ({lines}): left out, because {why}"
        found.append(Warning(message, tuple(e for i in items for e in i.evidence)[:20]))
    return found


def directly(line: str, name: str, why: str, where: Evidence) -> Leftover:
    """A line that is a path or URL of its own (`-e /home/me/shop`), to be dropped as a whole."""
    return Leftover(name, where.file, re.sub(r"\s+#.*$", "", line).strip(), "", why, whole=True, evidence=(where,))
