"""Start commands in the files of process managers and platforms, and behind start scripts.

supervisord.conf (supervisord.org, "[program:x] Section"), systemd units (systemd.service(5)), app.yaml of App Engine,
.do/app.yaml; and what a declared `./start.sh`, `sh -c "..."` or `migrate && serve` comes to in the end.
"""

from __future__ import annotations

import configparser
import posixpath
import re
import shlex
from collections.abc import Iterator
from typing import Any

from dockgen.detect.dockerfiles import assignment, copied_to
from dockgen.detect.yamls import BadYaml, load_yaml
from dockgen.errors import DockgenError
from dockgen.facts import DeclaredCommand, Evidence
from dockgen.source import Source

SERVERS = frozenset({"gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve", "uwsgi"})
RUNNERS = SERVERS | {
    "python", "python3", "celery", "rq", "dramatiq", "arq", "saq", "taskiq", "huey_consumer", "huey_consumer.py", "faust",
    "faststream", "procrastinate", "flask", "streamlit", "alembic", "django-admin", "rqscheduler", "bentoml", "chainlit",
}  # fmt: skip
"""First words of lines of a start script that start something of the project."""

WRAPPERS = (["newrelic-admin", "run-program"], ["ddtrace-run"], ["opentelemetry-instrument"])
"""Programs that run another one under observation (the docs of New Relic's, Datadog's and OpenTelemetry's agents)."""

RELEASE = re.compile(r"\b(migrate|collectstatic|upgrade head|db upgrade|createcachetable|loaddata|compilemessages)\b")
NAMES = ("start.sh", "run.sh", "entrypoint.sh", "docker-entrypoint.sh", "boot.sh", "scripts/start.sh", "bin/start.sh")
"""Start scripts by name, for projects that declare nothing else."""

COMPOUND = frozenset(
    {"if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "("}
)
"""Words that begin a part of a compound command (POSIX, "Shell Grammar"): what runs last depends on more than order."""

SCRIPT_LIMIT = 100_000
MANY = 20


def supervisor(source: Source) -> Iterator[DeclaredCommand]:
    """The programs of supervisord.conf that belong to the project."""
    for path in source.named("supervisord.conf", "supervisor.conf")[:3]:
        for section, values, line in _sections(source, path):
            if section.startswith("program:") and values.get("autostart", "true").lower() != "false":
                name = section.partition(":")[2].strip()
                yield from _of_manager(
                    values.get("command", ""), name, Evidence(path, line, f"supervisor's program {name}")
                )


def systemd(source: Source) -> Iterator[DeclaredCommand]:
    """ExecStart of unit files."""
    for path in source.ending(".service")[:MANY]:
        for section, values, line in _sections(source, path):
            if section == "Service":
                name = posixpath.basename(path).removesuffix(".service")
                yield from _of_manager(values.get("execstart", ""), name, Evidence(path, line, "systemd's unit"))


def _sections(source: Source, path: str) -> Iterator[tuple[str, dict[str, str], int | None]]:
    try:
        text = (source.text(path) or "")[:SCRIPT_LIMIT]
    except DockgenError:
        return
    parser = configparser.ConfigParser(interpolation=None, strict=False, inline_comment_prefixes=(" ;", " #"))
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in parser.sections():
        yield section, dict(parser.items(section)), source.line_of(path, f"[{section}]")


def _of_manager(text: str, name: str, evidence: Evidence) -> Iterator[DeclaredCommand]:
    """A manager's command: without the folder of the environment, named web where it is a web server."""
    try:
        words = shlex.split(text)
    except ValueError:
        return
    if not words or "%(" in text:
        return
    if words[0] in ("/usr/bin/env", "env"):
        words = words[1:]
    words = _bare([posixpath.basename(words[0]), *words[1:]]) if words else words
    if words and words[0] in RUNNERS:
        process = "web" if words[0] in SERVERS else name
        yield DeclaredCommand(process, shlex.join(words), tuple(words), evidence)


def app_engine(source: Source) -> Iterator[DeclaredCommand]:
    """`entrypoint` of App Engine's app.yaml; services and workers of DigitalOcean's app specification."""
    document = _document(source, "app.yaml")
    text = document.get("entrypoint") if isinstance(document, dict) else None
    if isinstance(text, str):
        yield _plain("web", text, Evidence("app.yaml", source.line_of("app.yaml", "entrypoint"), "its entrypoint"))
    path = ".do/app.yaml"
    document = _document(source, path)
    for key, process in (("services", "web"), ("workers", "worker")):
        parts = document.get(key) if isinstance(document, dict) else None
        for part in parts if isinstance(parts, list) else ():
            text = part.get("run_command") if isinstance(part, dict) else None
            if isinstance(text, str) and text.strip():
                line = source.line_of(path, text.strip().splitlines()[0])
                yield _plain(process, text, Evidence(path, line, "its run_command"))


def _document(source: Source, path: str) -> Any:
    text = source.text(path)
    if not text:
        return None
    try:
        return load_yaml(text[:SCRIPT_LIMIT])
    except BadYaml:
        return None


def _plain(process: str, text: str, evidence: Evidence) -> DeclaredCommand:
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        words = ()
    return DeclaredCommand(process, text.strip(), words, evidence)


def expanded(source: Source, commands: list[DeclaredCommand]) -> tuple[DeclaredCommand, ...]:
    """The commands, each followed to what it starts: through `sh -c`, `a && b` and the project's own start scripts."""
    found: list[DeclaredCommand] = []
    for command in commands:
        found += [command] if command.process == "port" else list(_followed(source, command))
    if not any(command.process != "port" for command in found):
        for name in NAMES:
            if source.has(name):
                evidence = Evidence(name, 1, "the project's own start script")
                found += _script(source, name, DeclaredCommand("web", name, (name,), evidence))
                break
    return tuple(found)


def _followed(source: Source, command: DeclaredCommand) -> Iterator[DeclaredCommand]:
    words = list(command.words)
    if not words:
        try:
            given = shlex.split(command.text)
        except ValueError:
            given = []
        text = (
            given[2]
            if given[:1] in (["sh"], ["bash"], ["/bin/sh"], ["/bin/bash"])
            and len(given) == 3
            and given[1].endswith("c")
            else command.text
        )
        words = _last(text)
    while words[:1] == ["exec"] or (words[:1] == ["--"]):
        words = words[1:]
    if words[:1] in (["sh"], ["bash"], ["/bin/sh"], ["/bin/bash"]) and len(words) > 1 and words[1].endswith(".sh"):
        words = words[1:]
    path = _own_script(source, words[0]) if words else None
    if path is not None:
        inner = list(_script(source, path, command))
        if inner:
            yield from inner
            return
    yield DeclaredCommand(command.process, command.text, tuple(words), command.evidence)


def _last(text: str) -> list[str]:
    """The words after the last `&&` or `;`, where what stands before prepares and does not change the folder."""
    parts = [part.strip() for part in re.split(r"&&|\n|;(?!;)", text) if part.strip()]
    if (
        not parts
        or any(part.split()[0] in ("cd", "pushd", *COMPOUND) for part in parts)
        or re.search(r"\|\||[|;<>`]|\$\(", parts[-1])
    ):
        return []
    try:
        return _bare(shlex.split(parts[-1]))
    except ValueError:
        return []


def _bare(words: list[str]) -> list[str]:
    """Without what makes the environment active: in the image it is."""
    while words[:1] == ["exec"]:
        words = words[1:]
    if words[:2] in (["uv", "run"], ["poetry", "run"], ["pipenv", "run"], ["pdm", "run"], *WRAPPERS):
        return _bare(words[2:])
    return _bare(words[1:]) if words[:1] in WRAPPERS else words


def _own_script(source: Source, word: str) -> str | None:
    """The project's file that a start script's word names, also by its place in the author's image."""
    copied = copied_to(source, word) if word.startswith("/") else None
    if copied is not None:
        return copied
    if not word.endswith(".sh") and posixpath.basename(word) not in ("entrypoint", "start", "run", "docker-entrypoint"):
        return None
    name = posixpath.normpath(word.lstrip("/"))
    parts = name.split("/")
    for start in range(len(parts)):
        path = "/".join(parts[start:])
        if source.has(path):
            return path
    nearest = source.named(parts[-1])
    return nearest[0] if len(nearest) == 1 else None


def _script(source: Source, path: str, command: DeclaredCommand, depth: int = 2) -> Iterator[DeclaredCommand]:
    """What a start script starts: the last line is the process, lines that migrate prepare it, those with a
    trailing & run beside it. Other scripts of the project that it calls are part of it."""
    try:
        text = (source.text(path) or "")[:SCRIPT_LIMIT]
    except DockgenError:
        return
    variables: dict[str, str] = {}
    started: list[tuple[list[str], str, int | None, bool]] = []
    for number, line in _lines(text):
        assigned = assignment(line)
        if assigned:
            variables[assigned[0]] = assigned[1]
            continue
        line = re.sub(
            r"\$\{(\w+):?-([^}$]*)\}|\$\{(\w+)\}|\$(\w+)",
            lambda m: m[2] if m[1] else variables.get(m[3] or m[4], m[0]),
            line,
        )
        beside = line.endswith("&") and not line.endswith("&&")
        for inner in _called(source, path, line.rstrip("&")) if depth else ():
            parts = list(_script(source, inner, command, depth - 1))
            for one in parts:  # the last one is what the script itself is for
                at = one.evidence
                started.append((list(one.words), at.file, at.line, beside or one is not parts[-1]))
        words = [word for word in _last(line.rstrip("&").strip()) if word not in ("exec", "$@", '"$@"')]
        words = [posixpath.basename(words[0]), *words[1:]] if words else words
        if words and words[0] in RUNNERS:
            started.append((words, path, number, beside))
    ahead = [s for s in started if not s[3] and not RELEASE.search(" ".join(s[0]))]
    if not ahead:
        return
    for words, file, place, beside in started:
        where = Evidence(file, place, f"started by {file}")
        if beside:
            yield DeclaredCommand(
                "worker" if words[0] not in SERVERS else "web", shlex.join(words), tuple(words), where
            )
    words, file, place, _ = ahead[-1]
    evidence = Evidence(file, place, command.evidence.why)
    yield DeclaredCommand(command.process, shlex.join(words), tuple(words), evidence)


def _called(source: Source, path: str, line: str) -> Iterator[str]:
    """The project's scripts that a line of another calls, from the root or from beside it: `bash a.sh && ./b.sh`."""
    for part in re.split(r"&&|;(?!;)", line):
        words = part.split()
        while words[:1] and words[0] in ("exec", "sh", "bash", "/bin/sh", "/bin/bash"):
            words = words[1:]
        name = posixpath.normpath(words[0].strip("\"'")) if words else ""
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if name.endswith(".sh"):
            yield from [place for place in (beside, name) if source.has(place) and place != path][:1]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines of a shell script with continuations joined, without comments."""
    start = 1
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not parts:
            start = number
        stripped = line.strip()
        if stripped.endswith("\\"):
            parts.append(stripped[:-1].strip())
            continue
        parts.append(stripped)
        whole = " ".join(part for part in parts if part)
        parts = []
        if whole and not whole.startswith("#"):
            yield start, whole
