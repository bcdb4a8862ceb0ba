"""Which settings module a Django project starts with in production: where its own deployment says so by
DJANGO_SETTINGS_MODULE (docs.djangoproject.com, "Designating the settings"), that module, whatever wsgi.py falls back to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from dockgen.detect.commands import COMPOSE, PRODUCTION
from dockgen.detect.dockerfiles import final_stage, find_dockerfile
from dockgen.detect.names import Module
from dockgen.detect.serverfiles import DEVELOPMENT, UWSGI
from dockgen.detect.unset import value_of
from dockgen.errors import DockgenError
from dockgen.facts import OTHER_SETTINGS, DeclaredCommand, Evidence
from dockgen.source import Source

VARIABLE = "DJANGO_SETTINGS_MODULE"
SETTINGS = re.compile(rf"""{VARIABLE}["']\s*[,\]]\s*=?\s*["']([\w.]+)["']""")
"""os.environ.setdefault("DJANGO_SETTINGS_MODULE", "x") and os.environ["DJANGO_SETTINGS_MODULE"] = "x"."""
FIXED = re.compile(rf"""environ\s*\[\s*["']{VARIABLE}["']\s*\]\s*=[^=]""")
"""An assignment that no variable of the environment changes."""
GIVEN = re.compile(rf"""{VARIABLE}["']?[\s:=,{{]*(?:["']?value["']?\s*[:=]\s*)?["']?([A-Za-z_][\w.]*)""")
"""`DJANGO_SETTINGS_MODULE=x` of shells, .env, ini and lists, `DJANGO_SETTINGS_MODULE: x` of YAML and TOML, and the pair of
a name and a value of Kubernetes, Render and ECS."""
MANIFESTS = (
    "Procfile", "fly.toml", "render.yaml", "app.yaml", "app.json", "heroku.yml", "railway.toml", "railway.json",
    "railpack.json", "nixpacks.toml",
)  # fmt: skip
"""Files by which platforms start the program in production."""
LIMIT = 200_000


def named_settings(source: Source, path: str) -> str | None:
    """The settings module that manage.py, wsgi.py or asgi.py falls back to; None where it names none that can be read."""
    text = source.text(path) if source.has(path) else None
    if not text or VARIABLE not in text:
        return None
    match = SETTINGS.search(text)
    if match:
        return match[1]
    tree = source.tree(path)
    module = Module(path, tree) if tree is not None else None
    for call in module.calls("setdefault") if module else ():
        if module and len(call.args) == 2 and module.string(call.args[0]) == VARIABLE:
            said = value_of(module, call.args[1])
            return said if isinstance(said, str) and re.fullmatch(r"[\w.]+", said) else None
    return None


def is_fixed(source: Source, path: str) -> bool:
    """Whether the file assigns the settings module, so that the environment cannot change it."""
    return bool(FIXED.search(source.text(path) or "")) if source.has(path) else False


def deployed_settings(source: Source, prefix: str, commands: Iterable[DeclaredCommand]) -> tuple[str, Evidence] | None:
    """The settings module that the project's own files of production set, and where. `prefix`: the folder of manage.py
    with its slash. None where no file names one, or where two that weigh the same name different ones.

    Only what is there counts: a module that imports another which the tree lacks is made on the author's machine.
    """
    for several in (_dockerfile(source), _texts(source), _commands(commands)):
        found = {
            dotted: evidence
            for dotted, evidence in several
            if dotted.rpartition(".")[2] not in OTHER_SETTINGS and _is_whole(source, prefix, dotted)
        }
        if found:
            return next(iter(found.items())) if len(found) == 1 else None
    return None


def _dockerfile(source: Source) -> Iterator[tuple[str, Evidence]]:
    path = find_dockerfile(source)
    stage = final_stage(source, path) if path else None
    if path and stage and VARIABLE in stage.variables:
        yield stage.variables[VARIABLE], _evidence(source, path, stage.variables[VARIABLE])


def _texts(source: Source) -> Iterator[tuple[str, Evidence]]:
    """Compose files, manifests of platforms, Kubernetes' and uWSGI's files."""
    paths = [path for path in (*PRODUCTION, *COMPOSE, *MANIFESTS) if source.has(path)]
    paths += [p for p in source.near(1) if "prod" in p and re.search(r"compose[\w.-]*\.ya?ml$", p) and p not in paths]
    paths += [p for p in source.ending(".ini", ".yml", ".yaml") if UWSGI.fullmatch(p) and not DEVELOPMENT.search(p)]
    for path in source.ending(".yml", ".yaml"):
        folders = path.split("/")[:-1]
        if {"k8s", "kubernetes", "helm", "charts", "manifests"} & {*folders} and not DEVELOPMENT.search(path):
            paths.append(path)
    for path in dict.fromkeys(paths):
        try:
            text = (source.text(path) or "")[:LIMIT]
        except DockgenError:
            continue
        for match in GIVEN.finditer(text):
            yield match[1], _evidence(source, path, match[1])


def _commands(commands: Iterable[DeclaredCommand]) -> Iterator[tuple[str, Evidence]]:
    """`gunicorn --env DJANGO_SETTINGS_MODULE=x`, `DJANGO_SETTINGS_MODULE=x daphne`, `daphne` behind `export`."""
    for command in commands:
        match = GIVEN.search(command.text) if command.process == "web" else None
        if match:
            yield match[1], command.evidence


def _evidence(source: Source, path: str, dotted: str) -> Evidence:
    return Evidence(path, source.line_of(path, dotted), "names the settings of production")


def _is_whole(source: Source, prefix: str, dotted: str) -> bool:
    """Whether the module is in the tree with every module of the project that it imports by a relative name."""
    base = prefix + dotted.replace(".", "/")
    path = next((p for p in (f"{base}.py", f"{base}/__init__.py") if source.has(p)), None)
    tree = source.tree(path) if path else None
    if path is None or tree is None:
        return False
    for statement in tree.body:  # one in a try or an if is asked for, not needed
        if not isinstance(statement, ast.ImportFrom) or not statement.level or not statement.module:
            continue
        folders = path.split("/")[: -statement.level]
        place = "/".join([*folders, *statement.module.split(".")])
        if not source.has(f"{place}.py") and not source.has(f"{place}/__init__.py"):
            return False
    return True
