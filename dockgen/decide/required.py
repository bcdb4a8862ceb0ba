"""Variables that the chosen processes need: what only another program of the project reads they can do without."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from dockgen.facts import EnvVar, Fact, Facts, ServiceUse
from dockgen.plans import Process

LOADS_FOLDERS = frozenset(
    {"scrapy", "apache-airflow", "dagster", "prefect", "mage-ai", "kedro", "reflex", "home-assistant"}
)
"""Frameworks that find the project's modules by folders and naming."""


def needed_by(facts: Facts, processes: tuple[Process, ...], entry: Fact[str] | None) -> tuple[EnvVar, ...]:
    """The variables, required only where a module that a process can come to requires them.

    Where the modules that the processes start with cannot be told, all count."""
    reached = reached_files(facts, processes, entry)
    words = [word for process in processes for word in process.command]
    return tuple(
        replace(v, required=False) if v.required and _can_do_without(v, reached, words) else v for v in facts.env
    )


def _can_do_without(variable: EnvVar, reached: frozenset[str] | None, words: list[str]) -> bool:
    """Whether no process comes to what requires it, or one comes to what sets it."""
    if reached is None:
        return bool(variable.set_in)
    # Under the guard of a file that is imported nothing runs: gunicorn does not come there.
    requiring = [file for file in variable.files if file not in variable.guarded or _is_run(file, words)]
    unread = bool(variable.files) and reached.isdisjoint(requiring)
    return unread or not reached.isdisjoint(variable.set_in)


SHELLS = frozenset({"sh", "bash", "supervisord", "honcho", "make", "invoke"})
"""What runs the commands of another file."""


def _is_run(file: str, words: list[str]) -> bool:
    """Whether a command runs the file as a program: `python app.py`, `python -m app`, or a script that may."""
    if any(word in SHELLS or word.endswith((".sh", ".bash")) for word in words):
        return True
    named = [word for before, word in zip(["", *words], words, strict=False) if before == "-m" or word.endswith(".py")]
    return any(file in _files(word, (file,)) for word in named)


PLACES = 3
"""How many of the places that start a program are told."""


def calls_of(facts: Facts, processes: tuple[Process, ...], entry: Fact[str] | None) -> tuple[Fact[str], ...]:
    """The programs that the code starts, where a process can come to it."""
    reached = reached_files(facts, processes, entry)
    read = {one.file for one in facts.leads}
    found = []
    for call in facts.calls:
        # What no import leads to and is no module that was read (a shell script) is not known to be out of reach.
        evidence = [e for e in call.evidence if reached is None or e.file in reached or e.file not in read]
        if evidence or not call.evidence:
            found.append(replace(call, evidence=tuple(evidence[:PLACES])))
    return tuple(found)


def services_of(facts: Facts, reached: frozenset[str] | None, entry: Fact[str] | None) -> tuple[ServiceUse, ...]:
    """The services, certain only where the code that speaks of them is code that the processes come to: what a script
    beside the program reads is no service of the program's."""
    if reached is None or any(d.source in ("path", "workspace") for d in facts.dependencies):
        return facts.services  # what another project of the tree does for this one no import of its own shows
    read = {one.file for one in facts.leads}
    if entry is None or reached.isdisjoint(_files(entry.value, read)):
        return facts.services  # where the program itself begins was not read
    return tuple(
        replace(use, certain=False) if use.certain and _aside(use, read, reached) else use for use in facts.services
    )


def _aside(use: ServiceUse, read: set[str], reached: frozenset[str]) -> bool:
    """Whether code alone speaks of a service, and none of it is code that the processes come to."""
    return bool(use.files) and read.issuperset(use.files) and reached.isdisjoint(use.files)


def reached_files(facts: Facts, processes: tuple[Process, ...], entry: Fact[str] | None) -> frozenset[str] | None:
    """The files that the processes can come to, None where that cannot be told."""
    leads = {one.file: one.files for one in facts.leads}
    if not leads or {f.value for f in facts.frameworks} & LOADS_FOLDERS:
        return None
    starts = _starts(facts, processes, entry) & leads.keys()
    return frozenset(starts) | led_to(facts, starts) if starts else None


def led_to(facts: Facts, starts: Iterable[str]) -> frozenset[str]:
    """The project's files to which these lead by their imports, in turn; one of these only where another leads to it."""
    leads = {one.file: one.files for one in facts.leads}
    found: set[str] = set()
    waiting = [path for start in starts for path in leads.get(start, ())]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += leads.get(path, ())
    return frozenset(found)


def _starts(facts: Facts, processes: tuple[Process, ...], entry: Fact[str] | None) -> set[str]:
    """The files that the processes start with."""
    found = {e.file for process in processes for e in process.evidence}
    found |= {e.file for e in entry.evidence} if entry else set()
    words = [word for process in processes for word in process.command]
    words += [entry.value] if entry else []
    scripts = {script.name: script for script in facts.scripts}
    paths = [one.file for one in facts.leads]
    for word in words:
        found |= set(_files(word, paths))
        if word in scripts:
            found |= set(_files(scripts[word].target, paths))
    for program in facts.starts:
        if program.script in words:
            found.add(program.file)
    if facts.django:
        django = facts.django
        for name in (django.settings, django.manage_settings, django.wsgi, django.asgi):
            found |= set(_files(name or "", paths))
        found.add(django.manage)
    if (facts.django is None and any(v.name == "DJANGO_SETTINGS_MODULE" for v in facts.env)) or (
        facts.django and not facts.django.settings
    ):
        # Which of them is for the person to say.
        found |= {path for path in paths if "settings" in re.split(r"[/.]", path)}
    for migration in facts.migrations:
        found |= {*migration.files, *(e.file for e in migration.evidence)}
        found |= {path for path in paths if path.endswith("env.py") and {"alembic", "migrations"} & {*path.split("/")}}
    found |= {path for path in paths if re.fullmatch(r"(.*/)?gunicorn[\w.]*\.py", path)}
    streamlit = any(word == "streamlit" for word in words)
    found |= {path for path in paths if streamlit and "pages" in path.split("/")[:-1]}
    return found


def _files(word: str, paths: Iterable[str]) -> Iterable[str]:
    """Files that a word of a command names: a path, module:object, a dotted module, a package with a __main__."""
    text = re.sub(r"\(.*", "", word.partition(":")[0] if not word.endswith(".py") else word).strip()
    if not text or text.startswith("-"):
        return
    path = text.removeprefix("./") if text.endswith(".py") else text.replace(".", "/")
    ends = (path,) if path.endswith(".py") else (f"{path}.py", f"{path}/__init__.py", f"{path}/__main__.py")
    for one in paths:
        if any(one == end or one.endswith(f"/{end}") for end in ends):
            yield one
