"""Schema migration tools in use, with the command that brings the schema up to date."""

from __future__ import annotations

from dockgen.facts import Dependency, Django, Evidence, Migration
from dockgen.source import Source


def detect_migrations(
    source: Source, dependencies: tuple[Dependency, ...], django: Django | None
) -> tuple[Migration, ...]:
    """Django with a database, Flask-Migrate, Alembic: where their files are."""
    if django is not None:
        if not django.migrations:
            return ()
        return (Migration("django", ("python", django.manage, "migrate", "--no-input"), (), django.evidence),)
    names = {d.name for d in dependencies if not d.group}
    for path in source.named("alembic.ini"):
        if path == "alembic.ini" and "alembic" in names:
            folder = _script_location(source.text(path) or "")
            evidence = (Evidence(path, 1, "Alembic's configuration"),)
            return (Migration("alembic", ("alembic", "upgrade", "head"), ("alembic.ini", folder), evidence),)
    if "flask-migrate" in names and source.has("migrations/env.py"):
        evidence = (Evidence("migrations/env.py", 1, "Flask-Migrate's environment"),)
        return (Migration("flask-migrate", ("flask", "db", "upgrade"), ("migrations",), evidence),)
    return ()


def _script_location(text: str) -> str:
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "script_location":
            return value.strip().removeprefix("%(here)s/").strip("/") or "alembic"
    return "alembic"
