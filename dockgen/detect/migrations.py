"""Schema migration tools in use, with the command that brings the schema up to date."""

from __future__ import annotations

import configparser
import posixpath
import re
import shlex
from dataclasses import replace

from dockgen.errors import DockgenError
from dockgen.facts import Dependency, Django, Evidence, Migration
from dockgen.source import Source

ASIDE = frozenset({"tests", "test", "docs", "doc", "examples", "example"})


def detect_migrations(
    source: Source, dependencies: tuple[Dependency, ...], django: Django | None
) -> tuple[Migration, ...]:
    """Django with a database, Flask-Migrate, Alembic, Aerich: where their files are."""
    return tuple(replace(one, steps=_steps(source, one)) for one in _found(source, dependencies, django))


def _steps(source: Source, migration: Migration) -> tuple[str, ...]:
    """The names of its migrations; of Django's with their application's folder."""
    if migration.tool == "django":
        files = [p for p in source.files if re.search(r"(^|/)migrations/\d{4}\w*\.py$", p)]
        return tuple(sorted("/".join(p.split("/")[-3:]) for p in files if not ASIDE & {*p.split("/")[:-1]}))[:MANY]
    folders = tuple(f"{f}/" for f in migration.files if not f.endswith((".ini", ".toml")))
    files = [
        p
        for p in source.files
        if p.endswith(".py") and p.startswith(folders) and not p.endswith(("/env.py", "/__init__.py"))
    ]
    return tuple(sorted(posixpath.basename(p) for p in files))[:MANY]


MANY = 2_000
"""Migrations that are compared by their names."""


def _found(source: Source, dependencies: tuple[Dependency, ...], django: Django | None) -> tuple[Migration, ...]:
    if django is not None:
        if not django.migrations:
            return ()
        return (Migration("django", ("python", django.manage, "migrate", "--no-input"), (), django.evidence),)
    names = {d.name for d in dependencies if not d.group}
    if "flask-migrate" in names:
        return _flask_migrate(source)
    if "alembic" in names:
        return _alembic(source)
    if "aerich" in names:
        return _aerich(source)
    return ()


def _flask_migrate(source: Source) -> tuple[Migration, ...]:
    """The folder that `flask db init` made: env.py beside versions/, "migrations" unless told otherwise."""
    for path in source.named("env.py"):
        folder = posixpath.dirname(path)
        if not folder or ASIDE & set(folder.split("/")) or not source.has(f"{folder}/script.py.mako"):
            continue
        option = () if folder == "migrations" else (f"--directory={folder}",)
        evidence = (Evidence(path, 1, "Flask-Migrate's environment"),)
        return (Migration("flask-migrate", ("flask", "db", "upgrade", *option), (folder,), evidence),)
    return ()


def _alembic(source: Source) -> tuple[Migration, ...]:
    """alembic.ini, or [tool.alembic] of pyproject.toml (Alembic 1.16), whose script_location has an env.py.

    Alembic reads a relative script_location from the working directory, %(here)s is the folder of the file
    (alembic.sqlalchemy.org, tutorial).
    """
    for path in source.named("alembic.ini"):
        folder = posixpath.dirname(path)
        if ASIDE & set(folder.split("/")):
            continue
        location = _script_location(source, path)
        evidence = (Evidence(path, source.line_of(path, "script_location"), "Alembic's configuration"),)
        from_here = re.match(r"%\(here\)s/?", location or "")
        location = posixpath.normpath((location or "alembic").removeprefix(from_here[0] if from_here else ""))
        beside = posixpath.normpath(posixpath.join(folder, location))
        config = () if not folder else (f"--config={path}",)
        if not folder or from_here:
            start = ("python", "-m", "alembic") if not folder and _wants_here(source, path, beside) else ("alembic",)
            command: tuple[str, ...] = (*start, *config, "upgrade", "head")
        elif source.has(f"{location}/env.py"):
            command, beside = ("alembic", *config, "upgrade", "head"), location
        else:  # its paths are meant from its own folder
            command = ("sh", "-c", f"cd {shlex.quote(folder)} && exec alembic upgrade head")
        if source.has(f"{beside}/env.py"):
            fixed, scheme = _fixed(source, path, f"{beside}/env.py")
            return (Migration("alembic", command, (path, beside), evidence, fixed, fixed_scheme=scheme),)
    settings = _tool(source, "alembic")
    here = settings.get("script_location")
    if isinstance(here, str):
        beside = posixpath.normpath(re.sub(r"%\(here\)s/?", "", here))
        if source.has(f"{beside}/env.py"):
            line = source.line_of("pyproject.toml", "[tool.alembic]")
            evidence = (Evidence("pyproject.toml", line, "Alembic's configuration"),)
            return (Migration("alembic", ("alembic", "upgrade", "head"), ("pyproject.toml", beside), evidence),)
    return ()


def _wants_here(source: Source, ini: str, location: str) -> bool:
    """Whether env.py imports the project's modules from the working directory, and nothing puts that on the path: the
    program `alembic` does not, `python -m` does (docs.python.org, "sys.path"), and so does prepend_sys_path."""
    code = source.text(f"{location}/env.py") or ""
    if "prepend_sys_path" in (source.text(ini) or "") or "sys.path" in code:
        return False
    names = re.findall(r"^\s*(?:from|import)\s+([A-Za-z_]\w*)", code, re.MULTILINE)
    return any(source.has(f"{name}.py") or f"{name}" in source.folders for name in names if name != "alembic")


ELSEWHERE = re.compile(
    r"sqlalchemy\.url\s*[:=]\s*([\w+]+)://(?:[^@\s/]*@|(?![^\s/]*@))(?:127\.0\.0\.1|[A-Za-z][\w-]*)(?=[:/\s]|$)"
)
"""A URL of the author's machine (localhost), or of a name that only the author's own network knows (db)."""

REPLACES = re.compile(
    r"set_main_option|set_section_option|environ|getenv|sqlalchemy\.url['\"]\]\s*=|create_(async_)?engine\(|get_x_argument"
    r"|\burl\s*=(?!\s*(url\b|config\.get_main_option))|async_engine_from_config\(\s*\{|engine_from_config\(\s*\{|\|=|\.update\("
)
"""What env.py does where the URL of alembic.ini is not the last word."""


def _fixed(source: Source, ini: str, env: str) -> tuple[Evidence | None, str]:
    """The line of alembic.ini whose URL points at the author's machine or network, where env.py takes it as it is, and
    the scheme of that URL."""
    code = source.text(env) or ""
    if "engine_from_config(" not in code or REPLACES.search(code) is not None:
        return None, ""
    for number, line in enumerate((source.text(ini) or "").split("\n"), 1):
        match = ELSEWHERE.match(line.strip())
        if match:
            return Evidence(ini, number, "Alembic's database"), match[1]
    return None, ""


def _script_location(source: Source, path: str) -> str | None:
    """script_location of [alembic], as it is spelt; None where the file has none or is no such file."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(source.text(path) or "")
        return parser.get("alembic", "script_location", fallback=None)
    except (configparser.Error, DockgenError):
        return None


def _aerich(source: Source) -> tuple[Migration, ...]:
    """[tool.aerich] of pyproject.toml (github.com/tortoise/aerich)."""
    settings = _tool(source, "aerich")
    if not settings:
        return ()
    location = settings.get("location")
    folder = posixpath.normpath(location) if isinstance(location, str) else "migrations"
    line = source.line_of("pyproject.toml", "[tool.aerich]")
    files = ("pyproject.toml", *([folder] if folder in source.folders else []))
    return (
        Migration("aerich", ("aerich", "upgrade"), files, (Evidence("pyproject.toml", line, "Aerich's settings"),)),
    )


def _tool(source: Source, name: str) -> dict[str, object]:
    data = source.toml("pyproject.toml") or {}
    tools = data.get("tool")
    settings = tools.get(name) if isinstance(tools, dict) else None
    return settings if isinstance(settings, dict) else {}
