"""The project's own Dockerfiles as evidence: what they start, and on which port.

Read for hints alone: what cannot be parsed is passed over, nothing is built.
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dockgen.errors import DockgenError
from dockgen.source import Source

LIMIT = 256 * 1024
"""Bytes of a Dockerfile or of a script that it starts."""

FOLDERS = frozenset(
    {"", "docker", ".docker", "deploy", "deployment", "build", "container", "containers", "compose", "ops"}
)
"""Where a project's one Dockerfile lies, when not at the root."""

OTHER = re.compile(
    r"(?i)(^|[._/-])(dev|devel|development|test|tests|testing|local|ci|debug|docs?|base|builder|nginx|caddy|proxy|"
    r"frontend|front|client|node|e2e|postgres|db|redis|lint|devcontainer|worker|celery|cron|beat|migrations?|gpu|cuda|rocm)([._/-]|$)"
)
"""Words of names of Dockerfiles and stages that are not the program's in production."""

PRODUCTION = re.compile(r"(?i)(^|[._/-])(prod|production|release|runtime|final|app|web)([._/-]|$)")

SERVERS = re.compile(
    r"(exec\s+)?(\S*/)?(python3?|gunicorn|uvicorn|hypercorn|daphne|granian|waitress-serve|uwsgi|celery|flask|fastapi|streamlit|"
    r"gradio|chainlit|panel|shiny|litestar|sanic|robyn|reflex|marimo|voila|jupyter|rq|dramatiq|arq|huey_consumer(\.py)?|taskiq|"
    r"scrapy|mlflow|bentoml|uv run|poetry run|pipenv run|pdm run)\s"
)
"""Beginnings of lines of a start script that start the program."""

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """ENTRYPOINT or CMD: `words` of the exec form, else only `text`."""

    words: Words | None
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage at its end. `port`: (number, line) of EXPOSE. `check`: (command, line) of HEALTHCHECK."""

    name: str
    image: str
    entrypoint: Instruction | None = None
    command: Instruction | None = None
    port: tuple[str, int] | None = None
    variables: dict[str, str] = field(default_factory=dict)
    check: tuple[str, int] | None = None


def find_dockerfile(source: Source) -> str | None:
    """The Dockerfile of the program in production, None where there is none or several could be it.

    The root's Dockerfile counts; else the one whose name says production; else the only one.
    """
    found = [path for path in source.near(3) if _is_dockerfile(path)]
    for path in found:
        if path.lower() in ("dockerfile", "containerfile"):
            return path
    found = [
        path for path in found if path.split("/")[0] in FOLDERS | {posixpath.basename(path)} and not OTHER.search(path)
    ]
    production = [path for path in found if PRODUCTION.search(path)]
    plain = [path for path in found if posixpath.basename(path).lower() in ("dockerfile", "containerfile")]
    for several in (production, found, plain):
        if len(several) == 1 and _of_python(source, several[0]):
            return several[0]
    return None


def exposed_by_all(source: Source) -> tuple[str, str, int] | None:
    """(port, file, line) that each of several Dockerfiles for production exposes."""
    found: dict[str, tuple[str, str, int]] = {}
    for path in source.near(3):
        if _is_dockerfile(path) and not OTHER.search(path) and _of_python(source, path):
            stage = final_stage(source, path)
            if stage is not None and stage.port is not None:
                found.setdefault(stage.port[0], (stage.port[0], path, stage.port[1]))
    return next(iter(found.values())) if len(found) == 1 else None


NAME = re.compile(r"(dockerfile|containerfile)([._-][\w.-]+)?|[\w.-]+\.(dockerfile|containerfile)")


def _is_dockerfile(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return ("dockerfile" in name or "containerfile" in name) and bool(NAME.fullmatch(name))


def _of_python(source: Source, path: str) -> bool:
    return bool(re.search(r"(?i)\b(python3?|pip3?|uv|poetry|gunicorn|uvicorn)\b", _text(source, path)))


def copied_to(source: Source, target: str) -> str | None:
    """The project's file that a Dockerfile for production copies to this place in the image, where all agree."""
    found: dict[str, None] = {}
    for path in source.near(4):
        if not _is_dockerfile(path) or OTHER.search(path):
            continue
        for _, line in logical_lines(_text(source, path)):
            match = re.match(r"\s*(?:COPY|ADD)\s+((?:--\S+\s+)*)(\S.*?)\s*$", line, re.IGNORECASE | re.DOTALL)
            if not match or "--from" in match[1]:
                continue
            words = _exec_form(match[2]) or _split(match[2])
            for one in words[:-1]:
                whole = posixpath.join(words[-1], posixpath.basename(one)) if words[-1].endswith("/") else words[-1]
                file = posixpath.normpath(one.lstrip("/"))
                if posixpath.normpath(whole) == posixpath.normpath(target) and source.has(file):
                    found.setdefault(file)
    return next(iter(found)) if len(found) == 1 else None


def final_stage(source: Source, path: str) -> Stage | None:
    """The stage that runs in production: the last, or one that says so where the last is for development."""
    stages = list(_stages(_text(source, path)))
    if not stages:
        return None
    if OTHER.search(stages[-1].name):
        named = [s for s in stages if PRODUCTION.search(s.name) and (s.command or s.entrypoint)]
        if named:
            return named[-1]
    return stages[-1]


def _stages(text: str) -> Iterator[Stage]:
    """Each stage with what it inherits from the stage it builds on."""
    done: dict[str, Stage] = {}
    stage: Stage | None = None
    for number, line in logical_lines(text):
        match = re.match(
            r"\s*(FROM|CMD|ENTRYPOINT|EXPOSE|ENV|ARG|HEALTHCHECK)\s+(.+?)\s*$", line, re.IGNORECASE | re.DOTALL
        )
        if not match:
            continue
        instruction, rest = match[1].upper(), match[2]
        if instruction == "FROM":
            if stage is not None:
                done[stage.name.lower()] = stage
                yield stage
            named = re.match(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?", rest, re.IGNORECASE)
            image, name = (named[1], named[2] or "") if named else ("", "")
            parent = done.get(image.lower())
            stage = replace(parent, name=name) if parent else Stage(name, image)
            continue
        if stage is None:
            if instruction != "ARG":
                continue
            stage = Stage("", "")  # ARG before the first FROM
        if instruction in ("ENV", "ARG"):
            given = dict(re.findall(r"(\w+)[= ]\"?([^\s\"]+)", rest))
            known = stage.variables
            given = {n: v for n, v in given.items() if n not in known or (instruction == "ENV" and n not in v)}
            stage = replace(stage, variables={**known, **given})
        elif instruction == "HEALTHCHECK":
            stage = replace(stage, check=None if rest.strip().upper() == "NONE" else (rest, number))
        elif instruction == "EXPOSE":
            variables = stage.variables
            number_text = _filled(rest.split()[0], variables).partition("/")[0]
            if number_text.isdigit():
                stage = replace(stage, port=(number_text, number))
        else:
            one = Instruction(_exec_form(rest), rest, number)
            if instruction == "ENTRYPOINT":
                stage = replace(stage, entrypoint=one, command=None)
            else:
                stage = replace(stage, command=one)
    if stage is not None and (stage.image or stage.name):
        yield stage


def _filled(text: str, variables: dict[str, str], depth: int = 4) -> str:
    """The text with ${NAME}, $NAME and ${NAME:-default} put in; ARG can stand behind ENV behind EXPOSE."""

    def value(match: re.Match[str]) -> str:
        return variables.get(match[1]) or match[2] or ""

    while "$" in text and depth:
        text, depth = re.sub(r"\$\{?(\w+)(?::-([^}]*))?\}?", value, text), depth - 1
    return text


def _exec_form(rest: str) -> Words | None:
    if not rest.startswith("["):
        return None
    try:
        given = json.loads(rest)
    except (ValueError, RecursionError):
        return None
    return tuple(given) if isinstance(given, list) and given and all(isinstance(w, str) for w in given) else None


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Dockerfile lines with continuations joined, each with the number of its first."""
    start = 1
    parts: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        if not parts:
            start = number
        if line.rstrip().endswith("\\"):
            parts.append(line.rstrip()[:-1])
            continue
        yield start, " ".join([*parts, line])
        parts = []
    if parts:
        yield start, " ".join(parts)


def started(source: Source, path: str, stage: Stage) -> Instruction | None:
    """What the stage starts: ENTRYPOINT and CMD together, and what a start script of the project starts in turn."""
    entry, command = _with_values(stage.entrypoint, stage), _with_values(stage.command, stage)
    one = entry or command
    if entry and command:
        if entry.words and command.words:
            one = replace(entry, words=(*entry.words, *command.words))
        elif entry.words and not command.words:  # docker hands it over as /bin/sh -c text
            one = command
    if one is None:
        return None
    words = one.words if one.words is not None else _split(one.text)
    script = _script(source, path, words)
    if script is None:
        return one
    arguments = words[words.index(script[1]) + 1 :]
    text = _text(source, script[0])
    line = _last_start(text)
    if line is None:
        return one
    given_here = dict(pair for _, part in logical_lines(text) if (pair := assignment(part.strip())) is not None)
    if re.fullmatch(r"""(exec\s+)?("?\$@"?|"?\$\{?\*\}?"?)""", line):
        given = tuple(arguments) or (command.words if command and command is not one else None)
        return replace(one, words=tuple(given), text=shlex.join(given)) if given else None
    line = _put_in(line.removeprefix("exec ").strip(), {**given_here, **_plain(stage)})
    return replace(one, words=None, text=line)


def assignment(line: str) -> tuple[str, str] | None:
    """(name, value) of a shell script's line that assigns a literal: PORT=8000, also PORT="${PORT:-8000}"."""
    found = re.fullmatch(r"(?:export\s+)?(\w+)=([\"']?)(?:\$\{\w+:?-([^\s\"'$`}]*)\}|([^\s\"'$`]*))\2", line)
    return (found[1], found[3] or found[4] or "") if found else None


SECRET = re.compile(r"(?i)pass|secret|token|key|credential")


def _with_values(one: Instruction | None, stage: Stage) -> Instruction | None:
    """An instruction of the shell form, or one that starts a shell, with the values that the stage's ENV gives."""
    if one is None or "$" not in one.text or (one.words is not None and one.words[1:2] != ("-c",)):
        return one
    plain = _plain(stage)
    words = tuple(_put_in(word, plain) for word in one.words) if one.words else None
    return replace(one, text=_put_in(one.text, plain), words=words)


def _plain(stage: Stage) -> dict[str, str]:
    """The values of the stage's ENV that can stand in a command."""
    return {n: v for n, v in stage.variables.items() if PLAIN.fullmatch(v) and not SECRET.search(n)}


PLAIN = re.compile(r"[\w./:-]+")


def _put_in(text: str, values: dict[str, str]) -> str:
    """The text with $NAME and ${NAME} replaced where the value is known, and plain."""

    def value(match: re.Match[str]) -> str:
        said = values.get(match[1] or match[2], "")
        return said if PLAIN.fullmatch(said) and not SECRET.search(match[1] or match[2]) else match[0]

    return re.sub(r"\$(?:(\w+)|\{(\w+)(?::-[^}]*)?\})", value, text)


def _split(text: str) -> Words:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def _script(source: Source, dockerfile: str, words: Words) -> tuple[str, str] | None:
    """(path in the project, word) of the shell script that these words start."""
    for word in words[:3]:
        name = posixpath.basename(word)
        if re.fullmatch(r"(/bin/|/usr/bin/)?(ba|da)?sh|exec|tini|dumb-init|/.*/tini|-g|--|-c", word):
            continue
        if not (
            word.endswith((".sh", ".bash"))
            or name in ("entrypoint", "start", "docker-entrypoint", "run", "boot", "start-web")
        ):
            return None
        near = posixpath.join(posixpath.dirname(dockerfile), name)
        candidates = [word.lstrip("./"), near, *source.named(name)]
        found = next((c for c in candidates if source.has(c)), None)
        return (found, word) if found else None
    return None


def _last_start(text: str) -> str | None:
    """The line of a shell script that starts the program: the last exec, else the last that begins like a server."""
    lines = [line.strip() for _, line in logical_lines(text) if not line.rstrip().endswith("&")]
    executed = [line for line in lines if line.startswith("exec ")]
    if executed:
        # `exec "$@"` at the end stands for the command; a branch before it is for special words.
        return executed[-1]
    starts = [line for line in lines if SERVERS.match(line) and not re.search(r"manage\.py (?!runserver)|-m pip", line)]
    return starts[-1] if starts else None


def _text(source: Source, path: str) -> str:
    try:
        return source.text(path, LIMIT) or ""
    except DockgenError:
        return ""
