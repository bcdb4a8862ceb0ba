"""Several applications in one tree: which folders have a manifest of their own, what they share, and what says
that they are one system.

A tree whose root says what to install is one project, as it always was. Only where the root lists nothing that
runs in production are the folders below it looked at.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from dockgen.detect.managers.common import at, normal, string_at, strings_at, table_at
from dockgen.detect.names import in_production
from dockgen.errors import DockgenError, Usage
from dockgen.facts import Ambiguity, Evidence, Root, Roots
from dockgen.source import Source

MANIFESTS = ("pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "setup.cfg", "pixi.toml")
DECIDING = (*MANIFESTS[2:4], "Pipfile.lock", "poetry.lock", "pdm.lock", "pylock.toml", "environment.yml",
            "environment.yaml", "pixi.toml")  # fmt: skip
"""Files that make the root a project, whatever lies below it."""
DEPTH = 3
"""Folders above a manifest that is looked at. The deepest monorepos seen have services/GROUP/NAME."""
MANY = 60
"""How many folders with a manifest are looked at, the nearest to the root first."""
FOLDERS = frozenset({"services", "service", "apps", "applications", "microservices", "svc", "packages", "components"})
"""What a folder of services is called."""
ROLES = frozenset(
    {"api", "backend", "frontend", "web", "worker", "workers", "bot", "server", "gateway", "scheduler", "admin", "consumer",
     "producer", "webapp", "site", "dashboard", "ui", "celery", "jobs", "ingest", "ingestion", "auth"}
)  # fmt: skip
"""What the parts of one system are called, after the part that they play in it."""
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
YAML_LIMIT = 200_000
LOCAL = re.compile(
    r"^(?:-e\s+|--editable[ =])?(?:[A-Za-z0-9._-]+(?:\[[^\]]*\])?\s*@\s*)?(?:file:)?(\.{1,2}/[^\s;#\[]*)"
)
"""A requirement line that names a folder relative to the file."""
INCLUDE = re.compile(r"^(?:-r|-c|--requirement|--constraint)[ =]*(\S+)")
IN_URL = re.compile(r"(?:file://)?(?:/*\$\{PROJECT_ROOT\}|\{root:(?:uri|parent:uri)\})/(\S+)")
"""Relative folders as PDM (`file:///${PROJECT_ROOT}/../lib`) and hatch (`{root:uri}/../lib`) write them."""


def find_roots(source: Source, chosen: tuple[str, ...] = ()) -> Roots | None:
    """The folders that may hold applications; None where the root is one project. `chosen`: the folders that the
    person named, which then count alone. Raises Usage for one that is not there."""
    if chosen:
        for folder in chosen:
            if folder != "." and folder not in source.folders:
                raise Usage(
                    f"--app {folder}: there is no such folder", hint="Name a folder by its path in the project."
                )
        if chosen == (".",):
            return None
        roots = tuple(_root(source, folder) for folder in chosen)
        return Roots(_name(source), roots, (Evidence(".", None, "you named them"),))
    if root_decides(source):
        return None
    members = uv_members(source)
    folders = members or _folders(source)
    if not folders or (not members and len(folders) == 1 and _one_below(source, folders[0])):
        return None
    roots = tuple(_root(source, folder) for folder in folders)
    return Roots(_name(source), roots, _linked(source, roots, members))


def root_decides(source: Source) -> bool:
    """Whether the root itself says what runs in production: then it is one project."""
    if any(source.has(name) for name in DECIDING):
        return True
    from dockgen.detect.managers.conda import FILES

    if any(source.has(name) for name in FILES):
        return True
    from dockgen.detect.managers.pip import production_file, requirement_files

    file = production_file(source)
    if file is not None and file in requirement_files(source):
        return True
    data = _toml(source, "pyproject.toml")
    poetry = table_at(data, "tool", "poetry")
    if strings_at(data, "project", "dependencies") or "dependencies" in strings_at(data, "project", "dynamic"):
        return True
    if table_at(poetry, "dependencies").keys() - {"python"} or table_at(data, "tool", "pixi"):
        return True
    return bool(table_at(data, "project") or poetry) and not (uv_members(source) or _folders(source))


def _one_below(source: Source, folder: str) -> bool:
    """Whether a single requirements.txt below the root is the project's own, as pip's reader takes it."""
    from dockgen.detect.managers.pip import production_file

    return production_file(source) == f"{folder}/requirements.txt" and not source.has(f"{folder}/pyproject.toml")


def uv_members(source: Source) -> tuple[str, ...]:
    """The members of the root's uv workspace, () where it has none."""
    data = _toml(source, "pyproject.toml")
    if not table_at(data, "tool", "uv", "workspace"):
        return ()
    from dockgen.detect.managers.uv import workspace_members

    return workspace_members(source, data)


def _folders(source: Source) -> tuple[str, ...]:
    """Folders below the root with a manifest of production code, the outermost ones."""
    found: list[str] = []
    for path in source.near(DEPTH):
        folder, name = posixpath.split(path)
        if folder and name in MANIFESTS and in_production(f"{folder}/x.py") and _declares(source, path):
            found.append(folder)
    outermost: list[str] = []
    for folder in sorted(set(found), key=lambda f: (f.count("/"), f)):
        if not any(folder.startswith(f"{other}/") for other in outermost) and source.under(folder, ".py"):
            outermost.append(folder)
    return tuple(sorted(outermost[:MANY]))


def _declares(source: Source, path: str) -> bool:
    """Whether a manifest describes a project, and not only a tool's settings."""
    if not path.endswith(".toml"):
        return not path.endswith("setup.cfg") or "[metadata]" in (source.text(path) or "")
    data = _toml(source, path)
    return bool(table_at(data, "project") or table_at(data, "tool", "poetry") or path.endswith("pixi.toml"))


def _root(source: Source, folder: str) -> Root:
    shared, outside = closure(source, folder)
    workspace = folder in uv_members(source) and source.has("uv.lock")
    context = "." if shared or workspace else folder
    manifest = next((f"{folder}/{name}" for name in MANIFESTS if source.has(f"{folder}/{name}")), folder)
    return Root(folder, shared, context, outside, (Evidence(manifest, 1, "a manifest of its own"),))


# ---- what an application needs of its neighbours --------------------------------------------------


def closure(source: Source, folder: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(folders and files elsewhere in the tree, paths that leave the tree) that a folder's production needs."""
    names = _member_names(source)
    found: set[str] = set()
    outside: set[str] = set()
    queue = [folder]
    seen: set[str] = set()
    while queue and len(seen) < 200:
        here = queue.pop()
        seen.add(here)
        for path in needs(source, here, names):
            place = posixpath.normpath(posixpath.join(here, path)) if path.startswith(".") else path
            if place.startswith(".."):
                outside.add(place)
            elif folder == "." or place == folder or place.startswith(f"{folder}/"):
                continue  # its own
            elif not source.has(place) and place not in source.folders:
                continue
            else:
                found.add(place)
                if place not in seen and place in source.folders:
                    queue.append(place)
    return tuple(sorted(found)), tuple(sorted(outside))


def needs(source: Source, folder: str, members: Mapping[str, str]) -> Iterator[str]:
    """Paths that the manifests of a folder name: relative to it ("../lib"), or members of the workspace from the
    root. What only developers install is left out."""
    prefix = "" if folder == "." else f"{folder}/"
    data = _toml(source, f"{prefix}pyproject.toml")
    project = strings_at(data, "project", "dependencies")
    names = {normal(re.split(r"[\s\[<>=!~;@(]", text, maxsplit=1)[0]): text for text in project}
    for name, text in names.items():
        match = IN_URL.search(text)
        if match:
            yield f"./{match.group(1).rstrip('/')}"
        elif name in members and members[name] != folder:
            yield members[name]
    for name, value in table_at(data, "tool", "uv", "sources").items():
        for one in value if isinstance(value, list) else [value]:
            path = string_at(one, "path")
            if path is not None and normal(name) in names:
                yield _dotted(path)
    tables = [table_at(data, "tool", "poetry", "dependencies"), table_at(data, "tool", "pixi", "pypi-dependencies"),
              table_at(_toml(source, f"{prefix}Pipfile"), "packages")]  # fmt: skip
    for table in tables:
        for value in table.values():
            for one in value if isinstance(value, list) else [value]:
                path = string_at(one, "path")
                if path is not None and not path.startswith("/"):
                    yield _dotted(path)
    yield from _required(source, prefix)


def _dotted(path: str) -> str:
    path = path.replace("\\", "/").rstrip("/")
    return path if path.startswith(".") else f"./{path}"


def _required(source: Source, prefix: str) -> Iterator[str]:
    """Folders and files outside of the folder that its requirements.txt names."""
    for name in ("requirements.txt", "requirements.in", "requirements/base.txt", "requirements/prod.txt"):
        text = source.text(f"{prefix}{name}") if source.has(f"{prefix}{name}") else None
        for line in (text or "").splitlines()[:2000]:
            line = line.strip()
            local, include = LOCAL.match(line), INCLUDE.match(line)
            if local and local.group(1).startswith("../"):
                yield local.group(1).rstrip("/")
            elif include and "://" not in line:
                path = posixpath.normpath(posixpath.join(posixpath.dirname(name), include.group(1)))
                if path.startswith("../"):
                    yield path


def _member_names(source: Source) -> dict[str, str]:
    """Distribution name -> folder, of the workspace's members."""
    return {
        normal(string_at(_toml(source, f"{m}/pyproject.toml"), "project", "name") or posixpath.basename(m)): m
        for m in uv_members(source)
    }


def outside(source: Source) -> Ambiguity | None:
    """The question of a project that needs folders outside of it: a build sees its context alone."""
    _, missing = closure(source, ".")
    evidence: tuple[Evidence, ...] = ()
    if missing:
        up = max(path.split("/").count("..") for path in missing)
        evidence = (Evidence("pyproject.toml" if source.has("pyproject.toml") else "requirements.txt", None, "a path"),)
        what = f"{' and '.join(missing[:4])} {'lies' if len(missing) == 1 else 'lie'} outside of this folder"
    else:
        name, line = _of_a_workspace(source)
        if not name:
            return None
        up = next((n for n in range(1, DEPTH + 2) if (source.root / ("../" * n) / "uv.lock").is_file()), 0)
        if not up:
            return None
        what = f"{name} is a member of the uv workspace around this folder"
        evidence = (Evidence("pyproject.toml", line, "workspace = true"),)
    parts = source.root.parts
    folder = "/".join(parts[len(parts) - up :])
    root = "/".join([".."] * up)
    why = f"{what}, and a build sees nothing outside of its context: run dockgen on the folder that holds both"
    return Ambiguity("app", why, (), evidence, f"dockgen init {root} --app {shlex.quote(folder)}")


def _of_a_workspace(source: Source) -> tuple[str, int | None]:
    """The dependency that only a workspace around the project can hold, with its line."""
    data = _toml(source, "pyproject.toml")
    if table_at(data, "tool", "uv", "workspace") or source.has("uv.lock"):
        return "", None
    for name, value in table_at(data, "tool", "uv", "sources").items():
        if any(at(one, "workspace") is True for one in (value if isinstance(value, list) else [value])):
            return name, source.line_of("pyproject.toml", name)
    return "", None


# ---- what says that they are one system -----------------------------------------------------------


def _linked(source: Source, roots: tuple[Root, ...], members: tuple[str, ...]) -> tuple[Evidence, ...]:
    folders = [root.folder for root in roots]
    if members:
        return (Evidence("pyproject.toml", source.line_of("pyproject.toml", "tool.uv.workspace"), "a uv workspace"),)
    if len(roots) == 1:
        return roots[0].evidence
    for root in roots:
        if root.shared and len({s for r in roots for s in r.shared}) > 0:
            return (Evidence(root.evidence[0].file, 1, f"it depends on {root.shared[0]}, beside it"),)
    built = [(file, folder) for file, folder in _built(source) if folder in folders]
    if len({folder for _, folder in built}) > 1:
        return (Evidence(built[0][0], None, f"it builds {' and '.join(sorted({f for _, f in built})[:4])}"),)
    parents = {f.split("/")[-2] for f in folders if "/" in f}
    if parents & FOLDERS:
        parent = sorted(parents & FOLDERS)[0]
        return (Evidence(parent, None, f"their folder is called {parent}"),)
    shared = {place for root in roots for place in root.shared}
    own = [f for f in folders if f not in shared]
    roles = [f for f in own if set(re.split(r"[-_ ]", posixpath.basename(f).lower())) & ROLES]
    if len(roles) > 1 and 2 * len(roles) >= len(own):  # one example in ten is called after such a part, too
        return (Evidence(roles[0], None, f"{' and '.join(roles[:4])} are names of parts"),)
    return ()


def _built(source: Source) -> Iterator[tuple[str, str]]:
    """(compose file, folder) of what the project's own compose file builds."""
    import yaml

    for path in COMPOSE:
        text = source.text(path) if source.has(path) else None
        try:
            document = yaml.safe_load((text or "")[:YAML_LIMIT])
        except (yaml.YAMLError, ValueError, RecursionError):
            continue
        for service in table_at(document, "services").values():
            build = at(service, "build")
            context = build if isinstance(build, str) else string_at(build, "context") or "."
            file = string_at(build, "dockerfile") or ""
            if build is None:
                continue
            folder = posixpath.normpath(posixpath.join(context, posixpath.dirname(file)))
            yield path, folder


def _name(source: Source) -> str:
    data = _toml(source, "pyproject.toml")
    declared = string_at(data, "project", "name") or string_at(data, "tool", "poetry", "name")
    text = declared or source.root.name
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-") or "app"


def _toml(source: Source, path: str) -> dict[str, Any]:
    """A manifest that may decide nothing: one that is broken is told when it is read for its application."""
    try:
        return source.toml(path) or {}
    except DockgenError:
        return {}


__all__ = ["Roots", "closure", "find_roots", "outside", "uv_members"]
