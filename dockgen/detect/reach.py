"""Which module of the project leads to which: by imports, by dotted names in strings, and by folders that are loaded.

Generous on purpose. What a program can come to is what its variables are asked of; a way that is not there costs less
than one that is missed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import lru_cache

from dockgen.detect.modules import View, view
from dockgen.detect.names import MODULES, Module, code_files
from dockgen.facts import Leads
from dockgen.source import Source

DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_][\w.]*)?")
FOLDER = re.compile(r"\.{0,2}/?[A-Za-z_][\w/.-]*[./]?")
LOADERS = frozenset(
    {"import_module", "__import__", "load_extension", "load_extensions", "iter_modules", "walk_packages", "find_modules",
     "import_string", "autodiscover_tasks", "autodiscover", "autodiscover_modules", "run_module", "run_path", "exec_module",
     "spec_from_file_location", "exec", "scan", "SourceFileLoader", "load_module", "walk_extensions", "load_entry_point",
     "entry_points", "AutoImport", "auto_import"}
)  # fmt: skip
"""Calls that load modules by names which only running can tell."""


@lru_cache(maxsize=4)
def detect_leads(source: Source) -> tuple[Leads, ...]:
    """For each module that was read the modules it leads to. Of a project that was read in part the ways between the
    modules of one top folder are not known: each leads to all."""
    partly = len(code_files(source)) > MODULES
    tree = view(source)
    paths = [module.path for module in tree.modules]
    names = _by_name(paths)
    folders: dict[str, list[str]] = {}
    for path in paths:
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    tops: dict[str, set[str]] = {}
    for path in paths:
        tops.setdefault(path.partition("/")[0], set()).add(path)
    found = []
    for module in tree.modules:
        targets = _targets(tree, module, names, folders)
        if partly:
            targets |= tops[module.path.partition("/")[0]]
        found.append(Leads(module.path, tuple(sorted(targets - {module.path}))))
    return tuple(found)


@lru_cache(maxsize=4)
def led_from(source: Source) -> Mapping[str, frozenset[str]]:
    """detect_leads the other way round: for each module those that lead to it."""
    back: dict[str, set[str]] = {}
    for one in detect_leads(source):
        for target in one.files:
            back.setdefault(target, set()).add(one.file)
    return {target: frozenset(files) for target, files in back.items()}


def _by_name(paths: list[str]) -> dict[str, tuple[str, ...]]:
    """Every dotted name by which a file can be called, seen from any of the folders above it."""
    found: dict[str, list[str]] = {}
    for path in paths:
        parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
        for start in range(len(parts)):
            found.setdefault(".".join(parts[start:]), []).append(path)
    return {name: tuple(held) for name, held in found.items()}


def _targets(tree: View, module: Module, names: dict[str, tuple[str, ...]], folders: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()

    def add(path: str) -> None:
        found.add(path)
        folder = path.rpartition("/")[0]
        while folder:  # packages around it are imported first
            if f"{folder}/__init__.py" in folders.get(folder, ()):
                found.add(f"{folder}/__init__.py")
            folder = folder.rpartition("/")[0]

    origins = {*module.imports.values(), *tree.stars(module)}
    for statement in module.of(ast.ImportFrom):
        origins.add("." * statement.level + (statement.module or ""))
    for bare in module.of(ast.Import):  # `import shop.tasks` binds `shop`, and runs both
        origins |= {alias.name for alias in bare.names}
    for origin in origins:
        located = tree.locate(module, origin)
        if located is not None:
            add(located[0].path)
        elif not origin.startswith("."):  # installed from a folder of the tree: a workspace's member, a `src` below
            home = module.path.rpartition("/")[0]
            beside = [f"{home}/{origin.replace('.', '/')}"] if home else []  # a script's own folder is on sys.path
            beside += [f"{home}/{origin.partition('.')[0]}"] if home else []
            for path in (*_installed(origin, names), *(f"{one}.py" for one in beside)):
                if path in folders.get(path.rpartition("/")[0], ()):
                    add(path)
    loads = False
    for node in module.of(ast.Constant, ast.Call):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            for path in _named(node.value, names, folders, module.path):
                add(path)
            for path in _in_folder(module, node, node.value, folders):
                add(path)
        elif isinstance(node, ast.Call):
            last = module.resolve(node.func).rpartition(".")[2]
            if not last and isinstance(node.func, ast.Attribute):
                last = node.func.attr
            loads |= last in LOADERS
    if loads:
        home = module.path.rpartition("/")[0]
        found |= {path for path in tree_paths(folders) if not home or path.startswith(f"{home}/")}
    return found


def _installed(origin: str, names: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Files that an import means where their folder is installed: "pg.database" of packages/storage/src/pg."""
    parts = origin.split(".")
    for length in range(len(parts), 0, -1):
        held = names.get(".".join(parts[:length]), ())
        if held and (length > 1 or any(path.endswith(f"src/{parts[0]}/__init__.py") for path in held)):
            return held
    return ()


def tree_paths(folders: dict[str, list[str]]) -> list[str]:
    return [path for held in folders.values() for path in held]


def _named(text: str, names: dict[str, tuple[str, ...]], folders: dict[str, list[str]], own: str) -> tuple[str, ...]:
    """Files that a string names: "shop.urls", "shop.main:app", an application "shop", a folder "cogs" or "./plugins"."""
    found: list[str] = []
    if DOTTED.fullmatch(text):
        parts = text.partition(":")[0].split(".")
        for length in range(len(parts), 0, -1):
            held = names.get(".".join(parts[:length]), ())
            if held and (length == len(parts) or "." in text):
                for path in held:
                    if length > 1 or path.count("/") <= 1 or path.endswith("/__init__.py"):
                        found.append(path)
                    if path.endswith("/__init__.py"):
                        found += folders.get(path.rpartition("/")[0], ())
                break
    if text.endswith(".py"):
        home = own.rpartition("/")[0]
        for path in (text.removeprefix("./"), f"{home}/{text.removeprefix('./')}"):
            if path in folders.get(path.rpartition("/")[0], ()):
                found.append(path)
    return tuple(found)


LISTS = frozenset(
    {"listdir", "scandir", "walk", "glob", "iglob", "rglob", "iterdir", "Path", "join", "joinpath", *LOADERS}
)
"""Calls that are given a folder."""


def _in_folder(module: Module, node: ast.AST, text: str, folders: dict[str, list[str]]) -> tuple[str, ...]:
    """The files of a folder that a string names: "./cogs", "cogs." before what is put behind it, os.listdir("cogs")."""
    wanted = text.strip("./").replace(".", "/")
    if not wanted or not FOLDER.fullmatch(text):
        return ()
    home = module.path.rpartition("/")[0]
    found = [
        p for folder in dict.fromkeys((wanted, f"{home}/{wanted}" if home else wanted)) for p in folders.get(folder, ())
    ]
    if found and not text.startswith("./") and not text.endswith((".", "/")):
        call = next((p for _, p in module.ancestors(node) if isinstance(p, (ast.Call, ast.stmt))), None)
        last = module.resolve(call.func).rpartition(".")[2] if isinstance(call, ast.Call) else ""
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            last = call.func.attr
        return tuple(found) if last in LISTS else ()
    return tuple(found)
