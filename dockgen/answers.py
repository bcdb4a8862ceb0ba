"""The person's answers, of every layer, checked against one table; and the record of what was written.

A key in the file is the flag's name with underscores. What the file says is as untrusted as the
project: every value is checked here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockgen.errors import Usage
from dockgen.source import Source
from dockgen.write import RECORD

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MANAGERS = ("pip", "uv", "poetry", "pdm", "pipenv", "hatch", "conda", "pixi", "script", "none")
UNPACKED_LIMIT = 2**22
"""Bytes of one generated file."""
LISTS = ("service", "without", "with", "app", "answer", "set", "build_secret")


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """Which pack made the files. `commits`: exact commit (or digest) of it and of those it extends, by source."""

    source: str
    version: str = ""
    commits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """What .dockgen.toml holds: the answers given so far; the hash of each file as generated; the hash of a file that
    a person edited and an update took note of ("" where they deleted it); each file's text as generated; the pack; what
    the package index said (resolve.py reads it); the digests of images that --pin-digests asked for."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    edited: Mapping[str, str] = field(default_factory=dict)
    generated: Mapping[str, str] = field(default_factory=dict)
    template: TemplateRecord | None = None
    index: Any = None
    digests: Mapping[str, str] = field(default_factory=dict)


def read_record(source: Source) -> Record:
    """The record beside the files. Raises BrokenManifest or Usage."""
    data = source.toml(RECORD)
    if data is None:
        return Record()
    for name in ("answers", "files", "edited", "generated", "template", "digests"):
        if not isinstance(data.get(name, {}), dict):
            raise Usage(f"[{name}] must be a table", file=RECORD)
    texts = {name: _texts(data.get(name, {})) for name in ("files", "edited", "generated")}
    digests = _texts(data.get("digests", {}))
    for name, value in digests.items():
        if not DIGEST.fullmatch(value):
            raise Usage(f"[digests] {name!r} is not held by a sha256 digest", file=RECORD)
    packs = data.get("template", {})
    template = None
    if isinstance(packs.get("source"), str):
        commits = packs.get("commits", {})
        version = packs.get("version", "")
        template = TemplateRecord(packs["source"], str(version), _texts(commits if isinstance(commits, dict) else {}))
    return Record(
        check(data.get("answers", {}), RECORD),
        texts["files"],
        texts["edited"],
        {name: unpacked for name, text in texts["generated"].items() if (unpacked := _unpack(text)) is not None},
        template,
        data.get("index"),
        digests,
    )


def read_pyproject(source: Source) -> dict[str, Any]:
    """The answers of [tool.dockgen]. Raises BrokenManifest or Usage."""
    tool = (source.toml("pyproject.toml") or {}).get("tool", {})
    table = tool.get("dockgen", {}) if isinstance(tool, dict) else {}
    return check(table, "pyproject.toml") if isinstance(table, dict) else {}


def read_defaults(path: Path) -> dict[str, Any]:
    """The person's own defaults for every project, {} where they have none. Raises Usage."""
    if not path.is_file():
        return {}
    import tomli

    try:
        return check(tomli.loads(path.read_bytes()[: 2**20].decode("utf-8", "replace")), str(path))
    except tomli.TOMLDecodeError as error:
        raise Usage(f"is not valid TOML: {error.msg}", file=str(path)) from error


def read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The answers among the environment's variables: DOCKGEN_PYTHON=3.13, lists with commas. Raises Usage."""
    found: dict[str, Any] = {}
    for name in FORMS:
        variable = "DOCKGEN_" + name.upper()
        text = environ.get(variable, "")
        if not text:
            continue
        value: Any = text
        if FORMS[name] is _yes:
            value = text.lower() not in ("0", "false", "no", "off")
        elif FORMS[name] is _port:
            value = int(text) if text.isdecimal() else text
        elif name in LISTS:
            value = [part.strip() for part in text.split(",") if part.strip()]
        found |= check({name: value}, variable)
    return found


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers in force, and where each came from, in the words of `explain`."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]


def layered(*layers: tuple[str, Mapping[str, Any]]) -> Answers:
    """Answers of layers, the weakest first, each with the name of where it comes from ("{}" stands for the answer's
    flag or variable). `set` is joined key by key."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for name, value in layer.items():
            values[name] = {**values.get("set", {}), **value} if name == "set" else value
            origins[name] = _flag(name) if origin == "{}" else origin.replace("{}", name.upper())
    return Answers(values, origins)


def _texts(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in table.items() if isinstance(value, str)}


def check(answers: Mapping[str, Any], file: str | None = None) -> dict[str, Any]:
    """The answers, each of the right form. Raises Usage naming the answer that is not."""
    checked: dict[str, Any] = {}
    for name, value in answers.items():
        if name not in FORMS:
            raise Usage(
                f"{name!r} is no answer that dockgen knows", file=file, hint=f"Known: {', '.join(sorted(FORMS))}."
            )
        if value is None or value == [] or value is False:
            continue
        checked[name] = FORMS[name](name, value, file)
    return checked


def _text(pattern: str, example: str) -> Callable[[str, Any, str | None], str]:
    def form(name: str, value: Any, file: str | None) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Usage(f"{_flag(name)} {value!r} is not of the form {example}", file=file)
        return value

    return form


def _one_of(*choices: str) -> Callable[[str, Any, str | None], str]:
    def form(name: str, value: Any, file: str | None) -> str:
        if value not in choices:
            raise Usage(f"{_flag(name)} {value!r} is none of {', '.join(choices)}", file=file)
        return str(value)

    return form


def _port(name: str, value: Any, file: str | None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise Usage(f"--port {value!r} is no port (1 to 65535)", file=file)
    return value


def _yes(name: str, value: Any, file: str | None) -> bool:
    if not isinstance(value, bool):
        raise Usage(f"{_flag(name)} takes true or false", file=file)
    return value


def _list(*choices: str) -> Callable[[str, Any, str | None], tuple[str, ...]]:
    def form(name: str, value: Any, file: str | None) -> tuple[str, ...]:
        values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
        for one in values:
            if one not in choices:
                raise Usage(f"{_flag(name)} {one!r} is none of {', '.join(choices)}", file=file)
        return tuple(dict.fromkeys(values))

    return form


def _services(name: str, value: Any, file: str | None) -> tuple[str, ...]:
    from dockgen.knowledge import table

    return _list(*sorted(table("services")["services"]))(name, value, file)


def _secrets(name: str, value: Any, file: str | None) -> tuple[str, ...]:
    one = _text(r"netrc|[A-Z_][A-Z0-9_]*", "PIP_INDEX_URL, a variable's name, or netrc")
    return tuple(dict.fromkeys(one(name, v, file) for v in (value if isinstance(value, (list, tuple)) else (value,))))


def _start(name: str, value: Any, file: str | None) -> str:
    try:
        words = shlex.split(value) if isinstance(value, str) else []
    except ValueError as error:
        raise Usage(f"--start {value!r} cannot be split into words: {error}", file=file) from error
    if not words:
        raise Usage("--start is empty", file=file)
    return str(value)


def _path(name: str, value: Any, file: str | None) -> str:
    if not isinstance(value, str) or not value.isprintable() or value.startswith(("/", "-")) or ".." in value:
        raise Usage(f"{_flag(name)} {value!r} is not of the form requirements/prod.txt", file=file)
    return value.removeprefix("./")


def _template(name: str, value: Any, file: str | None) -> str:
    if not isinstance(value, str) or not value.isprintable() or value.startswith("-") or len(value) > 500:
        raise Usage(f"--template {value!r} is no source of a pack", file=file)
    return value


def _set(name: str, value: Any, file: str | None) -> dict[str, Any]:
    if isinstance(value, Mapping):
        pairs = [(str(key), one) for key, one in value.items()]
    else:
        pairs = []
        for text in value if isinstance(value, (list, tuple)) else (value,):
            key, equals, rest = str(text).partition("=")
            if not equals:
                raise Usage(f"--set {text!r} is not of the form KEY=VALUE", file=file)
            pairs.append((key, rest))
    for key, one in pairs:
        plain = isinstance(one, (str, int, bool)) or (isinstance(one, list) and all(isinstance(v, str) for v in one))
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key) or not plain:
            raise Usage(f"--set {key!r} is not of the form KEY=VALUE", file=file)
    return dict(pairs)


def _folders(name: str, value: Any, file: str | None) -> tuple[str, ...]:
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    return tuple(dict.fromkeys(_path(name, v, file).rstrip("/") or "." for v in values))


def _for_one(name: str, value: Any, file: str | None) -> tuple[str, ...]:
    """FOLDER:NAME=VALUE, the value checked as the answer NAME is."""
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for one in values:
        match = re.fullmatch(r"([^:=]+):([a-z_-]+)=(.+)", one) if isinstance(one, str) else None
        if match is None or match[2].replace("-", "_") in ("app", "answer"):
            raise Usage(f"--answer {one!r} is not of the form services/api:entry=shop.main:app", file=file)
        _path(name, match[1], file)
        answer = match[2].replace("-", "_")
        check({answer: int(match[3]) if answer == "port" and match[3].isdigit() else match[3]}, file)
    return tuple(dict.fromkeys(re.sub(r"^(\./)?([^:]+):([a-z_-]+)=", _tidy, one) for one in values))


def _tidy(match: re.Match[str]) -> str:
    return f"{match[2].rstrip('/')}:{match[3].replace('-', '_')}="


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


FORMS: dict[str, Callable[[str, Any, str | None], Any]] = {
    "python": _text(r"3\.\d{1,2}", "3.13"),
    "base": _text(r"[A-Za-z0-9][A-Za-z0-9._/:@${}-]*", "slim, alpine, distroless, or an image"),
    "gpu": _yes,
    "manager": _one_of(*MANAGERS),
    "requirements": _path,
    "framework": _text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "fastapi"),
    "entry": _text(r"[A-Za-z0-9_./ -]+(:[A-Za-z0-9_.]+(\(\))?)?", "shop.main:app, a script or a command"),
    "start": _start,
    "port": _port,
    "health_path": _text(r"/[A-Za-z0-9._~/?=&%-]*", "/healthz"),
    "service": _services,
    "with": _list("bake", "debug", "test", "dev", "gateway"),
    "without": _list("compose", "frontend", "browsers", "models", "gateway", "env-example"),
    "models": _one_of("image", "volume"),
    "app": _folders,
    "answer": _for_one,
    "registry": _text(r"[a-z0-9][A-Za-z0-9._/:-]*", "registry.example.com/mirror"),
    "build_secret": _secrets,
    "trusted_proxy": _text(r"\*|[0-9A-Fa-f.:]+(/\d{1,3})?(,[0-9A-Fa-f.:]+(/\d{1,3})?)*", "10.0.0.0/8"),
    "pin_digests": _yes,
    "no_syntax_line": _yes,
    "template": _template,
    "set": _set,
}
"""Every answer, by name, with the check of its form."""


def record_text(version: str, record: Record) -> str:
    """The text of .dockgen.toml: the answers given (not those found), and what was written."""
    lines = [
        f"# Written by dockgen {version}: your answers, and the files as they were generated.",
        f'version = "{version}"',
        "",
        "[answers]",
    ]
    lines += [f"{name} = {_toml(record.answers[name])}" for name in sorted(record.answers) if name != "set"]
    lines += _section("answers.set", record.answers.get("set", {}))
    if record.template:
        packs = record.template
        lines += _section("template", {"source": packs.source, "version": packs.version})
        lines += _section("template.commits", packs.commits)
    if record.index:
        from dockgen.resolve import write

        lines += write(record.index).splitlines()
    lines += _section("digests", dict(sorted(record.digests.items())))
    lines += _section("files", record.files, empty=True)
    if record.edited:
        lines += ["", "# Files that you edited, as they were when dockgen update last saw them.", "[edited]"]
        lines += [f"{_toml(name)} = {_toml(value)}" for name, value in record.edited.items()]
    if record.generated:
        lines += [
            "",
            "# Each file as generated, compressed: dockgen update merges your edits from here.",
            "[generated]",
        ]
        lines += [f"{_toml(name)} = {_toml(_pack(text))}" for name, text in record.generated.items()]
    return "\n".join(lines) + "\n"


def _section(name: str, values: Mapping[str, Any], *, empty: bool = False) -> list[str]:
    if not values and not empty:
        return []
    return ["", f"[{name}]", *(f"{_key(key)} = {_toml(value)}" for key, value in values.items())]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else str(_toml(name))


def _pack(text: str) -> str:
    """bzip2, because every implementation of it gives the same bytes, and base64."""
    import base64
    import bz2

    return base64.b64encode(bz2.compress(text.encode("utf-8", "surrogateescape"))).decode()


def _unpack(text: str) -> str | None:
    """What `_pack` packed; None for anything else, or for more than a generated file ever is."""
    import base64
    import binascii
    import bz2

    try:
        decompressor = bz2.BZ2Decompressor()
        data = decompressor.decompress(base64.b64decode(text, validate=True), UNPACKED_LIMIT)
    except (ValueError, OSError, binascii.Error):
        return None
    return data.decode("utf-8", "surrogateescape") if decompressor.eof else None


def _toml(value: Any) -> str:
    import json

    if isinstance(value, (bool, int)):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # TOML forbids a bare DEL
