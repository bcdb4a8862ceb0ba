"""Which import packages a build of the root project includes, a build back end at a time.

Each back end finds packages by its own rules; a back end that finds none fails the build, and then
the project is no package to install. Sources: setuptools' package discovery, hatchling's wheel
builder, poetry-core's module include, flit's and uv's module rules in their documentation.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass

from dockgen.detect.managers.common import at, inside, string_at, strings_at, table_at, tables_at
from dockgen.detect.managers.metadata import Metadata
from dockgen.source import Source

NOT_PACKAGES = frozenset(
    [
        "ci",
        "bin",
        "debian",
        "doc",
        "docs",
        "documentation",
        "manpages",
        "news",
        "newsfragments",
        "changelog",
        "test",
        "tests",
        "unit_test",
        "unit_tests",
        "example",
        "examples",
        "scripts",
        "tools",
        "util",
        "utils",
        "python",
        "build",
        "benchmark",
        "benchmarks",
        "exercise",
        "exercises",
        "htmlcov",
        "tasks",
        "fabfile",
        "site_scons",
        "bench",
        "dist",
        "node_modules",
        "venv",
        "env",
    ]
)
"""Top-level folders that setuptools' flat layout never takes (setuptools/discovery.py)."""

NOT_MODULES = frozenset(
    [
        "setup",
        "conftest",
        "test",
        "tests",
        "example",
        "examples",
        "build",
        "toxfile",
        "noxfile",
        "pavement",
        "dodo",
        "tasks",
        "fabfile",
        "conanfile",
        "manage",
        "benchmark",
        "benchmarks",
        "exercise",
        "exercises",
    ]
)
"""Top-level modules that setuptools' flat layout never takes (setuptools/discovery.py; manage is dockgen's)."""


@dataclass(frozen=True, slots=True)
class Found:
    """`packages`: top-level import names. `why`: where they were found, or why there are none."""

    packages: tuple[str, ...]
    why: str


def find_packages(source: Source, metadata: Metadata) -> Found:
    """The import packages of the root project under its build back end."""
    backend = (metadata.backend or "").split(":")[0]
    if backend.startswith("hatchling"):
        return _hatch(source, metadata)
    if backend.startswith("poetry"):
        return _poetry(source, metadata)
    if backend.startswith(("flit_core", "flit_scm", "flit")):
        name = string_at(metadata.tool("flit"), "module", "name") or string_at(
            metadata.tool("flit"), "metadata", "module"
        )
        return _module(source, name or metadata.distribution.replace("-", "_"), ("", "src"), "flit's module")
    if backend.startswith("pdm"):
        return _pdm(source, metadata)
    if backend == "uv_build":
        return _uv(source, metadata)
    if backend.startswith("setuptools"):
        return _setuptools(source, metadata)
    guess = _module(
        source, metadata.distribution.replace("-", "_"), ("", "src", "python", "lib"), f"{backend} builds the project"
    )
    if guess.packages:
        return guess
    return Found((metadata.distribution.replace("-", "_"),), f"{backend} builds the project")


def is_package(source: Source, path: str) -> bool:
    """Whether a folder has Python files of its own or in a package below it."""
    return path in source.folders and bool(source.under(path, ".py") or source.under(path, ".pyi"))


def _module(source: Source, name: str, roots: tuple[str, ...], why: str) -> Found:
    """A package or module of this name in one of the roots; names compare without case, - is _."""
    if not name:
        return Found((), "the project has no name")
    path = name.replace(".", "/")
    for root in roots:
        base = f"{root}/" if root else ""
        if is_package(source, base + path) or source.has(f"{base}{path}.py"):
            return Found((name.split(".")[0],), f"{why}: {base}{path}")
        for entry in _children(source, root):
            if entry.lower() == path.lower() and is_package(source, base + entry):
                return Found((entry,), f"{why}: {base}{entry}")
    tried = " or ".join(f"{root}/{path}" if root else path for root in roots[:2])
    return Found((), f"the build would look for {tried}, which is not there")


def _children(source: Source, root: str) -> list[str]:
    prefix = f"{root}/" if root else ""
    return sorted(f[len(prefix) :] for f in source.folders if f.startswith(prefix) and "/" not in f[len(prefix) :])


def _hatch(source: Source, metadata: Metadata) -> Found:
    build = table_at(metadata.tool("hatch"), "build")
    wheel = table_at(build, "targets", "wheel")
    for options in (wheel, build):
        named = strings_at(options, "packages") or strings_at(options, "only-include")
        if named:
            found = []
            for path in named:
                clean = inside("", path) or ""
                if clean and (is_package(source, clean) or source.has(clean) or source.has(f"{clean}.py")):
                    found.append(re.sub(r"\.py$", "", clean.rstrip("/").split("/")[-1]))
            if found:
                return Found(tuple(sorted(set(found))), "hatch's wheel target names the packages")
            return Found((), f"hatch's wheel target names {', '.join(named[:3])}, which is not there")
        forced = table_at(options, "force-include")
        if forced:
            names = {str(v).strip("/").split("/")[0] for v in forced.values() if isinstance(v, str)}
            return Found(
                tuple(sorted(re.sub(r"\.py$", "", n) for n in names if n)), "hatch's wheel target includes them"
            )
        if strings_at(options, "include"):
            tops = {p.strip("/").split("/")[0] for p in strings_at(options, "include")}
            there = {
                re.sub(r"\.py$", "", t) for t in tops if is_package(source, t) or (t.endswith(".py") and source.has(t))
            }
            if there:
                return Found(tuple(sorted(there)), "hatch's build includes them")
    found_module = _module(source, metadata.distribution.replace("-", "_"), ("", "src"), "hatch's default")
    if found_module.packages:
        return found_module
    name = metadata.distribution.replace("-", "_")
    spaces = [top for top in _children(source, "") if source.has(f"{top}/{name}/__init__.py")]
    if name and len(spaces) == 1:
        return Found((spaces[0],), f"hatch's default: the namespace package {spaces[0]}/{name}")
    return found_module


def _poetry(source: Source, metadata: Metadata) -> Found:
    poetry = table_at(metadata.tool("poetry"))
    if poetry.get("package-mode") is False:
        return Found((), "poetry's package-mode is off")
    named = tables_at(poetry, "packages")
    if named or strings_at(poetry, "packages"):
        found, missing = [], []
        for item in [*named, *({"include": text} for text in strings_at(poetry, "packages"))]:
            include, root = string_at(item, "include") or "", string_at(item, "from") or ""
            base = inside("", root) if root else ""
            first = include.strip("/").split("/")[0]
            top = f"{base}/{first}" if base and base != "." else first
            if any(c in first for c in "*?["):
                found += [
                    c
                    for c in _children(source, base or "")
                    if fnmatch.fnmatch(c, first) and is_package(source, f"{base}/{c}" if base else c)
                ]
            elif is_package(source, top) or source.has(top) or source.has(f"{top}.py"):
                found.append(
                    str(item["to"]).split("/")[0] if isinstance(item.get("to"), str) else re.sub(r"\.py$", "", first)
                )
            else:
                missing.append(top)
        if found and not missing:
            return Found(tuple(sorted(set(found))), "[tool.poetry] packages")
        return Found((), f"[tool.poetry] packages names {', '.join(missing[:3]) or 'nothing'}, which is not there")
    return _module(source, metadata.distribution.replace("-", "_"), ("", "src"), "poetry's default")


def _pdm(source: Source, metadata: Metadata) -> Found:
    build = table_at(metadata.tool("pdm"), "build")
    includes = strings_at(build, "includes")
    if includes:
        tops = sorted(
            {
                re.sub(
                    r"\.py$",
                    "",
                    (i.strip("/").split("/")[1:] or [""])[0] if i.startswith("src/") else i.strip("/").split("/")[0],
                )
                for i in includes
            }
        )
        there = tuple(
            t for t in tops if t and (is_package(source, t) or is_package(source, f"src/{t}") or source.has(f"{t}.py"))
        )
        return Found(
            there, "[tool.pdm.build] includes" if there else "[tool.pdm.build] includes names nothing that is there"
        )
    root = string_at(build, "package-dir")
    if root is None:
        root = "src" if "src" in source.folders else ""
    base = f"{root}/" if root not in ("", ".") else ""
    found = [
        c
        for c in _children(source, base.rstrip("/"))
        if source.has(f"{base}{c}/__init__.py") and not (not base and c in ("tests", "test"))
    ]
    if not found:
        found = [
            f[len(base) : -3]
            for f in source.under(base.rstrip("/"), ".py")
            if "/" not in f[len(base) :] and f[len(base) : -3] not in NOT_MODULES
        ]
        if not base and len(found) > 1:
            found = []
    return Found(tuple(sorted(found)), f"packages in {base or 'the root'}" if found else "pdm's build finds no package")


def _uv(source: Source, metadata: Metadata) -> Found:
    backend = table_at(metadata.tool("uv"), "build-backend")
    root = string_at(backend, "module-root")
    root = (
        "src"
        if root is None
        else (inside("", root) or "").replace(".", "")
        if root in ("", ".")
        else (inside("", root) or "")
    )
    named = at(backend, "module-name")
    names = (
        [named]
        if isinstance(named, str)
        else [n for n in named if isinstance(n, str)]
        if isinstance(named, list)
        else []
    )
    found: list[str] = []
    why = ""
    for name in names or [metadata.distribution.replace("-", "_")]:
        result = _module(source, name, (root,), "uv's build back end")
        found += result.packages
        why = result.why
        if not result.packages:
            return result
    return Found(tuple(sorted(set(found))), why)


def _setuptools(source: Source, metadata: Metadata) -> Found:
    tool = table_at(metadata.tool("setuptools"))
    setup = metadata.setup
    folders = {k: v for k, v in table_at(tool, "package-dir").items() if isinstance(v, str)} or (
        setup.package_dir if setup else {}
    )
    declared: list[str] | None = strings_at(tool, "packages") if isinstance(tool.get("packages"), list) else None
    find = table_at(tool, "packages", "find") if isinstance(at(tool, "packages", "find"), dict) else None
    modules = strings_at(tool, "py-modules")
    if declared is None and find is None and setup is not None:
        declared = setup.packages
        if setup.find is not None:
            find = dict(setup.find)
    if not modules and setup is not None:
        modules = setup.modules
    if declared is not None or find is not None or modules:
        found: set[str] = set()
        missing: list[str] = []
        for name in declared or ():
            top = name.split(".")[0]
            folder = folders.get(name) or folders.get(top) or "/".join(x for x in (folders.get("", ""), top) if x)
            if is_package(source, inside("", folder) or "?"):
                found.add(top)
            else:
                missing.append(name)
        if missing:
            return Found((), f"setuptools is told to package {', '.join(missing[:3])}, which is not there")
        if find is not None:
            found |= _find(source, find, folders.get("", ""))
        base = folders.get("", "").strip("./")
        for module in modules:
            if source.has(f"{base}/{module}.py" if base else f"{module}.py"):
                found.add(module)
            else:
                return Found((), f"setuptools is told to package the module {module}, which is not there")
        return Found(
            tuple(sorted(found)), "setuptools' packages" if found else "setuptools' find_packages() finds no package"
        )
    if setup is not None and setup.extensions:
        return Found((), "setuptools builds extension modules only")
    src = folders.get("", "src" if is_package(source, "src") else "")
    if src and is_package(source, src):
        names = [c for c in _children(source, src) if is_package(source, f"{src}/{c}") and not c.endswith(".egg-info")]
        names += [f[len(src) + 1 : -3] for f in source.under(src, ".py") if "/" not in f[len(src) + 1 :]]
        names = [n for n in names if n.isidentifier()]
        if names:
            return Found(tuple(sorted(set(names))), f"setuptools finds the {src} layout")
    tops = [
        c
        for c in _children(source, "")
        if c.isidentifier()
        and c not in NOT_PACKAGES
        and not c.startswith(("_", "."))
        and not c.startswith("test_")
        and is_package(source, c)
    ]
    if len(tops) > 1:
        return Found((), f"setuptools refuses several top-level packages ({', '.join(tops[:4])})")
    if tops:
        return Found(tuple(tops), "setuptools finds the flat layout")
    files = [
        f[:-3]
        for f in source.near(0)
        if f.endswith(".py") and f[:-3] not in NOT_MODULES and not f.startswith(("_", "test_"))
    ]
    if len(files) == 1:
        return Found(tuple(files), "setuptools finds one module")
    return Found(
        (), "setuptools refuses several top-level modules" if files else "there is no package for setuptools to find"
    )


def _find(source: Source, options: dict[str, object], base: str) -> set[str]:
    def texts(key: str) -> list[str]:
        value = options.get(key)
        return (
            [value]
            if isinstance(value, str)
            else [v for v in value if isinstance(v, str)]
            if isinstance(value, list)
            else []
        )

    found: set[str] = set()
    for where in texts("where") or [base or "."]:
        root = inside("", where)
        if root is None:
            continue
        root = "" if root == "." else root
        for name in _children(source, root):
            path = f"{root}/{name}" if root else name
            if not name.isidentifier() or not is_package(source, path):
                continue
            regular = source.has(f"{path}/__init__.py") or bool(options.get("namespaces", "namespaces" in options))
            include, exclude = texts("include"), texts("exclude")
            if not regular and not include:
                continue
            if include and not any(fnmatch.fnmatchcase(name, i.split(".")[0]) for i in include):
                continue
            if any(fnmatch.fnmatchcase(name, e) for e in exclude):
                continue
            found.add(name)
    return found
