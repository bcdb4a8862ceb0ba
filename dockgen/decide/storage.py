"""Where the program writes: folders that the run-time user owns, volumes, and SQLite files."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from dockgen.facts import EnvVar, Evidence, Fact, Facts, Warning
from dockgen.plans import Link, Process, Project

DATA = "/data"
"""Where SQLite files lie that the code opens among its own files."""
DATABASES = ("postgres", "mysql", "mariadb", "mssql", "mongodb")


@dataclass(frozen=True, slots=True)
class Storage:
    """`writable`: absolute folders that the run-time user owns. `links`: files that the code opens in
    its own folder and that lie in another. `volumes`: (name, absolute path). `read_only`: whether the
    root file system may be. `evidence`: why."""

    writable: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()
    read_only: bool = True
    warnings: tuple[Warning, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def choose_storage(facts: Facts, project: Project, processes: tuple[Process, ...], services: frozenset[str]) -> Storage:
    """A volume for each folder of data, and nothing writable among the code where that can be helped.

    SQLite needs the folder of its file for its journal, and follows symbolic links to it (sqlite.org,
    "How To Corrupt", 2.4): a link in the code's folder leads to a volume. A plain script may write where
    it runs (reports, pictures): its working directory is its own.
    """
    code = {package.split(".")[0] for package in facts.manager.packages} | {"src"}
    code |= {application.file.split("/")[0] for application in facts.applications if "/" in application.file}
    replaced = _replaces_sqlite(facts, services)
    linked = [fact for fact in facts.sqlite if not replaced and _among(fact.value, code) and not _shipped(facts, fact)]
    script = bool(processes) and processes[0].kind in ("script", "notebook")
    folders = [fact.value.rstrip("/") for fact in facts.writes]
    writable: list[str] = ["/app"] if script else []
    if script and processes[0].kind == "notebook":  # each is saved beside where it is
        writable += [in_image(posixpath.dirname(fact.value), facts, project) for fact in facts.notebooks]
    volumes: dict[str, str] = {}
    evidence: list[Evidence] = []
    among: list[Evidence] = []
    whole = script
    for fact in facts.writes:
        folder = fact.value.rstrip("/") or "."
        of_sqlite = [e for e in fact.evidence if "sqlite" in e.why.lower()]
        if len(of_sqlite) == len(fact.evidence) > 0 and (replaced or _led_away(folder, linked, facts)):
            continue
        evidence += fact.evidence
        writable.append(in_image(folder, facts, project))
        if folder == "." or folder.split("/")[0] in code:
            whole = True
            among += fact.evidence[:1] if folder != "." else of_sqlite[:1]
            continue
        if any(folder != other and folder.startswith(other + "/") for other in folders if other not in (".", "")):
            continue
        volumes[_volume_name(folder, services, volumes)] = in_image(folder, facts, project)
    for variable in () if replaced else facts.env:
        folder = _outside(variable)
        if folder and folder not in writable:
            writable.append(folder)
            volumes[_volume_name(folder.strip("/"), services, volumes)] = folder
            evidence += variable.evidence[:1]
    links = tuple(
        Link(in_image(fact.value, facts, project), f"{DATA}/{posixpath.basename(fact.value)}") for fact in linked
    )
    if links:
        if DATA not in writable:
            writable.append(DATA)
            volumes[_volume_name("data", services, volumes)] = DATA
        evidence += [e for fact in linked for e in fact.evidence[:1]]
    return Storage(
        tuple(sorted(dict.fromkeys(writable))),
        links,
        tuple(volumes.items()),
        not whole,
        (*_lost(among), *_one_writer(linked)),
        tuple(evidence),
    )


OUTSIDE = re.compile(
    r"(/(?!app/|tmp/|etc/|usr/|home/|root/|dev/|proc/|sys/|run/|bin/|lib/|Users/)[\w.-]+(?:/[\w.-]+)*)/[\w.-]+\.(?:db|sqlite|sqlite3)"
)
"""A file of SQLite's outside of the code, as images have it: /data/bot.db, /var/lib/bot/bot.sqlite3."""


def _outside(variable: EnvVar) -> str:
    """The folder of the SQLite file that a variable names by default, "" for none."""
    match = OUTSIDE.fullmatch(variable.default or "") if not documented(variable) else None
    return match[1] if match else ""


def in_image(path: str, facts: Facts, project: Project) -> str:
    """Where a path of the project is in the image: /opt/app for what the project's wheel installs."""
    parts = path.rstrip("/").split("/")
    if not project.tree and parts[0] == "instance" and facts.dependency("flask", "quart"):
        return "/".join(
            ["/opt/app", *parts]
        )  # beside the package, where it is in no sys.prefix (Flask, "Instance Folders")
    if not project.tree and len(parts) > 1:
        inside = parts[1:] if parts[0] == "src" else parts
        if parts[0] == "src" or inside[0] in facts.manager.packages:
            return "/".join(["/opt/app", *inside])
    return "/app" if path in (".", "") else "/app/" + "/".join(parts)


def _among(path: str, code: set[str]) -> bool:
    folder = posixpath.dirname(path)
    return not folder or folder.split("/")[0] in code


def _shipped(facts: Facts, fact: Fact[str]) -> bool:
    """Whether the file comes with the project as data: it is there, and no migration makes its tables."""
    return fact.value in facts.files and not facts.migrations


def _led_away(folder: str, linked: list[Fact[str]], facts: Facts) -> bool:
    """Whether every SQLite file of this folder is a link to another one."""
    here = [fact for fact in facts.sqlite if (posixpath.dirname(fact.value) or ".") == folder]
    return bool(here) and all(fact in linked for fact in here)


def _volume_name(folder: str, services: frozenset[str], volumes: dict[str, str]) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.lower().replace("/", "-")).strip("-_.") or "data"
    while name in services or name in volumes:
        name += "-files"
    return name


def _lost(among: list[Evidence]) -> tuple[Warning, ...]:
    if not among:
        return ()
    where = f"{among[0].file}:{among[0].line}"
    message = (
        f"the program writes among its own code ({where}); what it writes there is lost with the container: "
        "write into a folder of its own, or into a service"
    )
    return (Warning(message, tuple(among)),)


def _one_writer(linked: list[Fact[str]]) -> tuple[Warning, ...]:
    if not linked:
        return ()
    names = ", ".join(fact.value for fact in linked)
    message = f"{names} is kept in a volume: SQLite serves one container on one machine, so do not scale it out"
    return (Warning(message, tuple(e for fact in linked for e in fact.evidence[:1])),)


def _replaces_sqlite(facts: Facts, services: frozenset[str]) -> bool:
    """Whether a variable points the code at a database of the stack."""
    databases = services & set(DATABASES)
    return any(v.service in databases and v.part in ("url", "host") and not documented(v) for v in facts.env)


EXAMPLE_WHY = "documented in the example of an env file"
"""The reason that detect/settings.py gives for a variable that no code reads."""


def documented(variable: EnvVar) -> bool:
    """Whether an example file alone names the variable."""
    return bool(variable.evidence) and all(e.why == EXAMPLE_WHY for e in variable.evidence)
