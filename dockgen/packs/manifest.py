"""dockgen-pack.toml: what a pack is, asks and writes. Every value is checked here, with the file's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dockgen import __version__
from dockgen.errors import DockgenError

MANIFEST = "dockgen-pack.toml"
TYPES = ("text", "choice", "list", "bool", "int")
SIZE_LIMIT = 2**20
"""Bytes of one template or manifest of a pack."""
COUNT_LIMIT = 2_000
"""Files of one pack."""


class BrokenPack(DockgenError):
    """A pack cannot be used as it is: what is wrong, in which of its files."""


@dataclass(frozen=True, slots=True)
class PackQuestion:
    """What a pack asks. `default`, `choices` and `when` may be Jinja texts over `project`, `plan` and `answers`.

    `type`: text | choice | list | bool | int. `validate`: a regular expression that the whole text must match.
    """

    name: str
    type: str = "text"
    help: str = ""
    default: Any = ""
    choices: tuple[str, ...] = ()
    validate: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file that a pack adds. `path` (a Jinja text) below the target; `when`: a Jinja expression, "" for always."""

    path: str
    template: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a pack came from. `source`: as the person wrote it. `commit`: the exact commit of a git source, or
    "sha256:..." of a folder's or zip's content; "" for the built-in pack. `version`: as its manifest says."""

    source: str
    commit: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack as read. `answers`: its defaults for dockgen's own answers. `knowledge`: table -> rows to override.
    `extends`: the source of the pack below it, "dockgen" for the built-in one, "" for the built-in one itself.
    `templates`: name -> text. `hooks`: scripts that it would like to run, by their path in the pack."""

    name: str
    version: str
    folder: Path
    origin: Origin
    description: str = ""
    extends: str = "dockgen"
    questions: tuple[PackQuestion, ...] = ()
    files: tuple[PackFile, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    knowledge: Mapping[str, Any] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    hooks: tuple[tuple[str, str], ...] = ()
    cookiecutter: bool = False


def read_pack(folder: Path, origin: Origin) -> Pack:
    """The pack in this folder. Raises BrokenPack naming the file (and line) that is wrong."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        if (folder / "cookiecutter.json").is_file():
            from dockgen.packs.cookiecutter import read_cookiecutter

            return read_cookiecutter(folder, origin)
        raise BrokenPack(f"has neither {MANIFEST} nor cookiecutter.json", file=origin.source)
    import tomli

    try:
        data = tomli.loads(bounded_text(manifest, MANIFEST))
    except tomli.TOMLDecodeError as error:
        raise BrokenPack(f"is not valid TOML: {error.msg}", file=MANIFEST, line=error.lineno) from error
    known = {
        "name", "version", "description", "extends", "dockgen", "questions", "files", "answers", "knowledge", "hooks",
    }  # fmt: skip
    for key in data:
        if key not in known:
            raise BrokenPack(f"{key!r} is no key of a pack", file=MANIFEST, hint=f"Known: {', '.join(sorted(known))}.")
    name = _text(data, "name", pattern=r"[a-z0-9][a-z0-9._-]{0,63}")
    version = _text(data, "version", default="0")
    _check_requirement(_text(data, "dockgen", default=""))
    templates = read_templates(folder)
    files = tuple(_file(row, templates) for row in _rows(data, "files"))
    return Pack(
        name=name,
        version=version,
        folder=folder,
        origin=Origin(origin.source, origin.commit, version),
        description=_text(data, "description", default=""),
        extends="" if name == "dockgen" else _text(data, "extends", default="dockgen"),
        questions=tuple(_question(row) for row in _rows(data, "questions")),
        files=files,
        answers=_table(data, "answers"),
        knowledge=_knowledge(_table(data, "knowledge")),
        templates=templates,
        hooks=tuple((str(when), str(path)) for when, path in _table(data, "hooks").items()),
    )


def read_templates(folder: Path) -> dict[str, str]:
    """Every text file of the pack by its path in it. Raises BrokenPack for links and for what is too large."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.startswith((".git/", "samples/")):
            continue
        if path.is_symlink():
            raise BrokenPack("is a symbolic link; a pack holds files alone", file=name)
        if not path.is_file():
            continue
        if len(found) >= COUNT_LIMIT:
            raise BrokenPack(f"holds more than {COUNT_LIMIT} files", file=str(folder))
        data = path.read_bytes() if path.stat().st_size <= SIZE_LIMIT else b"\0"
        if b"\0" not in data:  # what is binary or too large is no template; it is missed by name when one asks for it
            found[name] = data.decode("utf-8", "replace")
    return found


def bounded_text(path: Path, name: str) -> str:
    """The file as text. Raises BrokenPack when it is a link or larger than SIZE_LIMIT."""
    if path.is_symlink():
        raise BrokenPack("is a symbolic link; a pack holds files alone", file=name)
    if path.stat().st_size > SIZE_LIMIT:
        raise BrokenPack(f"has more than {SIZE_LIMIT:,} bytes", file=name)
    return path.read_bytes().decode("utf-8", "replace")


def safe_path(path: str, file: str) -> str:
    """A path below the target, as written. Raises BrokenPack for one that would leave it, or is dockgen's record."""
    parts = path.split("/")
    bad = not path or path.startswith(("/", "~")) or "\\" in path or ":" in parts[0] or not path.isprintable()
    if bad or any(part in ("", ".", "..") or part.strip() != part for part in parts):
        raise BrokenPack(f"would write {path!r}, which is no path below the project", file=file)
    if parts[0].lower() in (".git", ".dockgen.toml", ".secrets"):
        raise BrokenPack(f"would write {path!r}, which is not a pack's to write", file=file)
    return path


def _text(data: Mapping[str, Any], key: str, *, default: str | None = None, pattern: str = "") -> str:
    value = data.get(key, default)
    if value is None:
        raise BrokenPack(f"{key} is missing", file=MANIFEST)
    if not isinstance(value, str) or (pattern and not re.fullmatch(pattern, value)):
        raise BrokenPack(f"{key} = {value!r} is not of the form {pattern or 'text'}", file=MANIFEST)
    return value


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise BrokenPack(f"{key} must be a table", file=MANIFEST)
    return value


def _rows(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BrokenPack(f"{key} must be [[{key}]] tables", file=MANIFEST)
    return value


def _question(row: Mapping[str, Any]) -> PackQuestion:
    name = _text(row, "name", pattern=r"[a-z_][a-z0-9_]*")
    kind = _text(row, "type", default="text")
    unknown = set(row) - {"name", "type", "help", "default", "choices", "validate", "when"}
    if unknown:
        raise BrokenPack(f"question {name}: {', '.join(sorted(unknown))} is no key of a question", file=MANIFEST)
    if kind not in TYPES:
        raise BrokenPack(f"question {name}: type {kind!r} is none of {', '.join(TYPES)}", file=MANIFEST)
    choices = row.get("choices", [])
    if not isinstance(choices, list) or (kind == "choice" and not choices):
        raise BrokenPack(f"question {name}: choices must be a list that is not empty", file=MANIFEST)
    validate = _text(row, "validate", default="")
    try:
        re.compile(validate)
    except re.error as error:
        raise BrokenPack(f"question {name}: validate is no regular expression: {error}", file=MANIFEST) from error
    empty = {"bool": False, "int": 0, "list": [], "choice": str(choices[0]) if choices else ""}
    default = row.get("default", empty.get(kind, ""))
    return PackQuestion(
        name, kind, _text(row, "help", default=""), default, tuple(map(str, choices)), validate,
        _text(row, "when", default=""),
    )  # fmt: skip


def _file(row: Mapping[str, Any], templates: Mapping[str, str]) -> PackFile:
    path, template = _text(row, "path"), _text(row, "template")
    unknown = set(row) - {"path", "template", "when"}
    if unknown:
        raise BrokenPack(f"file {path}: {', '.join(sorted(unknown))} is no key of a file", file=MANIFEST)
    if template not in templates:
        raise BrokenPack(f"file {path}: the pack has no template {template}", file=MANIFEST)
    return PackFile(path, template, _text(row, "when", default=""))


def _knowledge(tables: dict[str, Any]) -> dict[str, Any]:
    from dockgen.knowledge import OVERRIDABLE

    for name, rows in tables.items():
        if name not in OVERRIDABLE:
            raise BrokenPack(f"knowledge.{name} is no table that a pack may change", hint=f"Known: {', '.join(OVERRIDABLE)}.",
                             file=MANIFEST)  # fmt: skip
        if not isinstance(rows, dict):
            raise BrokenPack(f"knowledge.{name} must be a table", file=MANIFEST)
    return tables


def _check_requirement(text: str) -> None:
    if not text:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(text)
    except InvalidSpecifier as error:
        raise BrokenPack(f"dockgen = {text!r} is no version specifier", file=MANIFEST) from error
    if not wanted.contains(__version__, prereleases=True):
        raise BrokenPack(f"needs dockgen {text}; this is {__version__}", file=MANIFEST, hint="Update dockgen.")
