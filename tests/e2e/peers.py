"""What railpack and nixpacks would put into the image, by their rules for Python.

The rules are transcribed from the tools' own sources: railpack's core/providers/python/{python,django,dependencies}.go
at b5e8058 of 2026-08-18, nixpacks' src/providers/python.rs at f51d7fd of 2025-08-04. Neither tool is run. Each
function takes a project's folder and returns the part of `dockgen explain --json` that score_detection.py
compares; what a tool has no notion of (services, variables, a health route) it leaves out. railpack takes Python
versions from mise's files too, of which .python-version and .tool-versions are read here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli

SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__"})

RAILPACK_MAIN = ("main.py", "app.py", "start.py", "bot.py", "hello.py", "server.py")
RAILPACK_RUNTIME = {
    "pycairo": ["libcairo2"],
    "pdf2image": ["poppler-utils"],
    "pydub": ["ffmpeg"],
    "pymovie": ["ffmpeg", "libqt5core5a", "python3-pyqt5", "qt5-qmake", "qtbase5-dev", "qtbase5-dev-tools", "qttools5-dev-tools"],
}  # fmt: skip


def railpack(folder: Path) -> dict[str, Any]:
    """railpack's plan for the project."""
    has = _has(folder)
    manifests = [p for p in _files(folder) if p.name in ("requirements.txt", "pyproject.toml", "Pipfile")]
    text = "\n".join(_text(p) for p in manifests).lower()
    main = next((name for name in RAILPACK_MAIN if has(name)), "")
    if not main and not (has("requirements.txt") or has("pyproject.toml") or has("Pipfile")):
        return _said()
    manager, lock = "none", None
    if has("requirements.txt"):
        manager = "pip"
    else:
        for name, file in (("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pdm", "pdm.lock")):
            if has("pyproject.toml") and has(file):
                manager, lock = name, file
                break
        else:
            if has("Pipfile"):
                manager, lock = "pipenv", "Pipfile.lock" if has("Pipfile.lock") else None
    python = "3.13"
    pipfile = _text(folder / "Pipfile")
    for pattern in (r"""python_full_version\s*=\s*['"]([0-9.]*)""", r"""python_version\s*=\s*['"]([0-9.]*)"""):
        if match := re.search(pattern, pipfile):
            python = match[1]
            break
    for name, pattern in (
        ("runtime.txt", r"(\d+\.\d+)"),
        (".python-version", r"(\d+\.\d+)"),
        (".tool-versions", r"python\s+(\d+\.\d+)"),
    ):
        if match := re.search(pattern, _text(folder / name)):
            python = match[1]
    django = has("manage.py") and "django" in text
    framework = next(
        (n for n, there in (("django", django), *((n, n in text) for n in ("flask", "fastapi"))) if there),
        "python-fasthtml" if "python-fasthtml" in text else None,
    )
    entry, kind, port = main, "script", None
    if django and (module := _wsgi_application(folder)):
        entry, kind, port = f"{module}:application", "web", 8000
    if main and "uvicorn" in text and ("python-fasthtml" in text or "fastapi" in text):
        entry, kind, port = "main:app", "web", 8000
    if main and "flask" in text and "gunicorn" in text:
        entry, kind, port = "main:app", "web", 8000
    code = [_text(p) for p in _files(folder) if p.suffix == ".py"]
    runtime = {package for name, needs in RAILPACK_RUNTIME.items() if name in text for package in needs}
    build = {"libcairo2-dev"} if "pycairo" in text else set()
    binary = "psycopg2-binary" in text or "psycopg[binary]" in text
    if not binary and ("psycopg" in text or any("django.db.backends.postgresql" in c for c in code)):
        runtime.add("libpq5")
        build.add("libpq-dev")
    if "mysqlclient" in text or any("django.db.backends.mysql" in c for c in code):
        runtime.add("default-mysql-client")
        build.add("default-libmysqlclient-dev")
    return _said(manager, lock, _minor(python), framework, entry, kind if entry else None, port, runtime, build)


def nixpacks(folder: Path) -> dict[str, Any]:
    """nixpacks' plan for the project. Its packages are of nixpkgs, so no Debian names are said."""
    has = _has(folder)
    text = "\n".join(_text(folder / n) for n in ("requirements.txt", "pyproject.toml", "Pipfile")).lower()
    if not any(has(n) for n in ("main.py", "requirements.txt", "pyproject.toml", "Pipfile")):
        return _said()
    manager, lock = "none", None
    if has("requirements.txt"):
        manager = "pip"
    elif has("pyproject.toml"):
        manager = "pip"
        for tool in ("poetry", "pdm", "uv"):
            if has(f"{tool}.lock"):
                manager, lock = tool, f"{tool}.lock"
                break
    elif has("Pipfile"):
        manager, lock = "pipenv", "Pipfile.lock" if has("Pipfile.lock") else None
    given = ""
    if has(".python-version"):
        given = _text(folder / ".python-version").strip()
    elif has("runtime.txt"):
        given = _text(folder / "runtime.txt").strip()
    elif has("Pipfile"):
        match = re.search(r"""(?:python_version|python_full_version) = ['"]([0-9.]*)""", _text(folder / "Pipfile"))
        given = match[1] if match else ""
    elif match := re.search(r"python\s+(\d+\.\d+)", _text(folder / ".tool-versions")):
        given = match[1]
    version = re.fullmatch(r"""[\sa-zA-Z\-"']*(\d*)\.*(\d*)\.*\d*["']?""", given)
    python = (
        f"{version[1]}.{version[2]}" if version and version[2] in ("7", "8", "9", "10", "11", "12", "13") else "3.11"
    )
    entry = ""
    kind: str | None = None
    port: int | None = None
    framework: str | None = None
    if has("manage.py") and "django" in text:
        framework, module = "django", _wsgi_application(folder)
        if module:
            entry, kind, port = f"{module}:application", "web", 8000
    elif has("main.py"):
        entry, kind = "main.py", "script"
    elif has("pyproject.toml"):
        try:
            project = tomli.loads(_text(folder / "pyproject.toml")).get("project")
        except tomli.TOMLDecodeError:
            project = None
        name = project.get("name") if isinstance(project, dict) else None
        if isinstance(name, str):
            entry, kind = name, "script"  # python -m NAME
    return _said(manager, lock, python, framework, entry, kind, port, None, None)


PEERS = {"railpack": railpack, "nixpacks": nixpacks}


def _said(
    manager: str | None = None,
    lock: str | None = None,
    python: str | None = None,
    framework: str | None = None,
    entry: str = "",
    kind: str | None = None,
    port: int | None = None,
    runtime: set[str] | None = None,
    build: set[str] | None = None,
) -> dict[str, Any]:
    def fact(value: str | None) -> dict[str, str] | None:
        return {"value": value} if value else None

    def facts(values: set[str] | None) -> list[dict[str, str]]:
        return [{"value": value} for value in sorted(values or ())]

    process: Mapping[str, Any] = {"kind": kind, "port": port, "health_path": None}
    return {
        "facts": {
            "package_manager": fact(manager),
            "lock_file": fact(lock),
            "python": fact(python),
            "frameworks": facts({framework} if framework else None),
            "entry": fact(entry),
            "env": [],
            "system_packages": {"runtime": facts(runtime), "build": facts(build)},
        },
        "plan": {"processes": [process] if kind else [], "services": []},
    }


def _has(folder: Path) -> Any:
    return lambda name: (folder / name).is_file()


def _files(folder: Path) -> Iterator[Path]:
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - SKIPPED)
        yield from (Path(top) / name for name in sorted(names))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _wsgi_application(folder: Path) -> str:
    for path in _files(folder):
        if path.suffix == ".py" and (
            match := re.search(r"""WSGI_APPLICATION = ["'](.*).application["']""", _text(path))
        ):
            return match[1]
    return ""


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
