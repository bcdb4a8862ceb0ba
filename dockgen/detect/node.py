"""A node front end: package.json with a build whose output the Python part serves.

Nothing of it is run. Where its build writes is read from the scripts' flags and from literal settings of the
bundler's configuration; what cannot be read so is unknown, and said to be.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockgen.detect.node_scripts import Outputs, chosen_scripts, outputs_of
from dockgen.errors import DockgenError
from dockgen.facts import Dependency, Evidence, NodeFrontend, Warning
from dockgen.knowledge import table
from dockgen.source import Source

ASIDE = frozenset(
    {"tests", "test", "docs", "doc", "examples", "example", "e2e", "cypress", ".github", "website", "site"}
)
"""Folders whose package.json is not the program's."""

SERVED = frozenset({"static", "staticfiles", "templates", "public", "assets", "www", "statics"})
"""Folder names that frameworks serve by convention; what a build writes below them is for the Python part."""

CONFIGURATIONS = ("vite.config.", "webpack.", "rollup.config.", "tailwind.config.", "postcss.config.", "vue.config.")
HARMLESS_LIFECYCLE = re.compile(r"(husky|lefthook|is-ci|true|echo|exit 0|simple-git-hooks|pre-commit)\b")
MEMBERS = 60
"""Packages of a workspace that are read."""

LIMIT = 256 * 1024
"""Bytes of a configuration file or package.json that are read."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package.json that can be read. `folder` is "" for the root."""

    path: str
    folder: str
    data: Mapping[str, Any]
    members: tuple[Mapping[str, Any], ...] = ()

    @property
    def scripts(self) -> dict[str, str]:
        found = self.data.get("scripts")
        return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}

    @property
    def packages(self) -> frozenset[str]:
        """Names of the dependencies, development ones (bundlers are such) and those of a workspace among them."""
        everything = (self.data, *self.members)
        tables = (data.get(key) for data in everything for key in ("dependencies", "devDependencies"))
        return frozenset(name for t in tables if isinstance(t, dict) for name in t)


def detect_node(source: Source, dependencies: Iterable[Dependency]) -> tuple[NodeFrontend | None, tuple[Warning, ...]]:
    """The front end to build in the image; a warning for a build that no Python code serves, or for several."""
    integrated = frozenset(table("node")["tables"]["integrations"]) & {d.name for d in dependencies if not d.group}
    built: list[tuple[NodeFrontend, bool]] = []
    for package in _packages(source):
        scripts = chosen_scripts(package.scripts, package.packages)
        if not scripts:
            continue
        outputs = outputs_of(source, package.folder, package.scripts, scripts)
        served = _served(source, package, outputs, bool(integrated))
        built.append((_frontend(source, package, scripts, outputs, served), bool(served)))
    chosen = [frontend for frontend, served in built if served]
    if len(chosen) > 1:
        names = ", ".join(f.folder for f in chosen)
        message = f"front ends in {names}: only {chosen[0].folder} is built in the image; build the others before"
        return chosen[0], (Warning(message, tuple(f.evidence[0] for f in chosen)),)
    if chosen:
        return chosen[0], ()
    return None, tuple(
        Warning(
            f"{f.folder}/ has a build of its own ({' '.join(f.scripts)}) that no Python code serves: it is not part "
            "of this image"
            if f.folder != "."
            else f"package.json has a build ({' '.join(f.scripts)}) whose output no Python code names: it is not run",
            f.evidence,
        )
        for f, _ in built[:3]
    )


def _packages(source: Source) -> Iterator[Package]:
    """Every package.json near the root that is not below another one's workspace, the nearest first."""
    members: list[str] = []
    for path in source.named("package.json"):
        folder = posixpath.dirname(path)
        if path.count("/") > 3 or ASIDE & set(folder.split("/")) or any(_inside(folder, m) for m in members):
            continue
        data = _json(source, path)
        if data is None:
            continue
        below: list[Mapping[str, Any]] = []
        if data.get("workspaces") or source.has(posixpath.join(folder, "pnpm-workspace.yaml")):
            members.append(folder)
            below = [
                member
                for other in source.named("package.json")[:MEMBERS]
                if _inside(posixpath.dirname(other), folder) and (member := _json(source, other))
            ]
        yield Package(path, folder, data, tuple(below))


def _inside(folder: str, top: str) -> bool:
    return folder != top and (not top or folder.startswith(f"{top}/"))


def _json(source: Source, path: str) -> dict[str, Any] | None:
    """What is no JSON object is no front end that dockgen could build; npm would refuse it too."""
    try:
        text = source.text(path, LIMIT)
        data = json.loads(text or "")
    except (DockgenError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


# ---- who serves it --------------------------------------------------------------------------------


def _served(source: Source, package: Package, outputs: Outputs, integrated: bool) -> tuple[Evidence, ...]:
    """Places that say that the Python part serves what this build writes."""
    for output in outputs.paths:
        if SERVED & set(output.split("/")) and output.split("/")[0] not in ("node_modules",):
            if package.folder == "" or not _inside(output, package.folder) or _in_package(source, output):
                return (Evidence(package.path, outputs.line, f"the build writes {output}, a folder that is served"),)
        elif _in_package(source, output):
            return (Evidence(package.path, outputs.line, f"the build writes {output}, inside a Python package"),)
    named = _named_in_python(source, package.folder, outputs.paths)
    if named:
        return named
    if integrated:
        return (Evidence(package.path, outputs.line, "a Python dependency serves what bundlers write"),)
    if not outputs.paths and (package.folder == "" or _in_package(source, package.folder)):
        return (Evidence(package.path, outputs.line, "a build beside the Python code"),)
    return ()


def _in_package(source: Source, path: str) -> bool:
    """Whether a folder lies inside an import package."""
    while path:
        path = posixpath.dirname(path)
        if path and source.has(f"{path}/__init__.py"):
            return True
    return False


def _named_in_python(source: Source, folder: str, outputs: tuple[str, ...]) -> tuple[Evidence, ...]:
    """Python code that names one of the outputs, or the front end's own folder where they are not known."""
    import ast

    from dockgen.detect.files import Paths
    from dockgen.detect.names import is_helper, modules

    wanted = set(outputs) or ({folder} if folder else set())
    words = {w.rsplit("/", 1)[-1] for w in wanted}
    if not wanted:
        return ()
    for module in modules(source):
        text = source.text(module.path) or ""
        if is_helper(module.path) or not any(word in text for word in words):
            continue
        paths = Paths(module, source)
        here = posixpath.dirname(module.path)
        for node in module.nodes:
            if not isinstance(node, (ast.Constant, ast.BinOp, ast.Call)):
                continue
            value = paths.of(node)
            if not value or len(value) > 300:
                continue
            for where in (value, posixpath.join(here, value)):
                where = posixpath.normpath(where).removeprefix("./")
                if where in wanted or any(_inside(where, w) for w in wanted):
                    return (Evidence(module.path, getattr(node, "lineno", None), f"names {where}, which it builds"),)
    return ()


# ---- how it is built ------------------------------------------------------------------------------


def _frontend(
    source: Source, package: Package, scripts: tuple[str, ...], outputs: Outputs, served: tuple[Evidence, ...]
) -> NodeFrontend:
    lock, manager, version = _manager(source, package)
    text = {
        path: _text(source, path)
        for path in source.under(package.folder)
        if posixpath.dirname(path) == package.folder and posixpath.basename(path).startswith(CONFIGURATIONS)
    }
    reads_python = any(re.search(r"[./*{,]py\b", content) for content in text.values())
    commands = " ".join(package.scripts[name] for name in scripts)
    outside = bool(package.folder) and (reads_python or any("../" in _without(t, outputs) for t in text.values()))
    outside = outside or (bool(package.folder) and "../" in commands and not outputs.paths)
    lifecycle = any(
        package.scripts.get(name) and not HARMLESS_LIFECYCLE.match(package.scripts[name])
        for name in ("preinstall", "install", "postinstall", "prepare")
    )
    evidence = Evidence(package.path, outputs.line, f"{'; '.join(package.scripts[name] for name in scripts)}"[:200])
    return NodeFrontend(
        folder=package.folder or ".",
        manager=manager,
        manager_version=version,
        lock_file=lock,
        files=_files(source, package, lock),
        scripts=scripts,
        outputs=outputs.paths,
        mixed=tuple(path for path in outputs.paths if source.under(path)),
        outside=outside,
        reads_python=reads_python,
        lifecycle=lifecycle,
        native=_native(source, lock),
        versions=tuple(_versions(source, package)),
        evidence=(evidence, *served),
        loose_peers=_loose_peers(source, lock),
        md4=_md4(source, package),
    )


def _without(text: str, outputs: Outputs) -> str:
    for written in outputs.written:
        text = text.replace(written, "")
    return text


def _text(source: Source, path: str) -> str:
    try:
        return source.text(path, LIMIT) or ""
    except DockgenError:
        return ""


def _manager(source: Source, package: Package) -> tuple[str | None, str, str | None]:
    """(lock file, package manager, its version): packageManager of package.json settles which of several counts."""
    declared = package.data.get("packageManager")
    match = re.match(r"(npm|yarn|pnpm|bun)@(\d+(?:\.\d+){0,2})", declared) if isinstance(declared, str) else None
    locks = {
        name: manager
        for name, manager in table("node")["managers"].items()
        if source.has(posixpath.join(package.folder, name))
    }
    wanted = match[1] if match else next(iter(locks.values()), "npm")
    lock = next((name for name, manager in locks.items() if manager == wanted), None)
    version = match[2] if match else None
    path = posixpath.join(package.folder, lock) if lock else None
    if wanted == "yarn" and ((version and not version.startswith("1.")) or "__metadata:" in _text(source, path or "")):
        wanted = "berry"
    if wanted == "pnpm" and not version and path:
        # The lock file's own format says which pnpm wrote it (pnpm.io, lockfileVersion): 6 is pnpm 8, 9 is pnpm 9 and 10.
        format_ = re.match(r"lockfileVersion:\s*'?(\d+)", (source.text(path) or "")[:400])
        version = {"5": "7", "6": "8", "9": "10"}.get(format_[1]) if format_ else None
    return path, wanted, version


def _files(source: Source, package: Package, lock: str | None) -> tuple[str, ...]:
    """What installing reads: manifests, lock file, settings of the package manager, members of the workspace."""
    beside = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml", ".pnpmfile.cjs")
    found = [package.path, *([lock] if lock else [])]
    found += [p for name in beside if source.has(p := posixpath.join(package.folder, name))]
    if package.data.get("workspaces") or "pnpm-workspace.yaml" in {posixpath.basename(f) for f in found}:
        found += [p for p in source.named("package.json") if _inside(posixpath.dirname(p), package.folder)][:MEMBERS]
    for folder in ("patches", ".yarn/patches", ".yarn/releases", ".yarn/plugins"):
        path = posixpath.join(package.folder, folder)
        if path in source.folders:
            found.append(path)
    return tuple(dict.fromkeys(found))


def _native(source: Source, lock: str | None) -> bool:
    """Whether installing compiles with node-gyp or clones with git: the slim image has neither."""
    text = (source.text(lock) or "") if lock and not lock.endswith(".lockb") else ""
    names = "|".join(map(re.escape, table("node")["tables"]["native"]))
    entries = rf"""node_modules/(?:{names})": \{{|^"?(?:{names})@|^ +'?/?(?:{names})[@/]\d"""
    return bool(re.search(rf"""{entries}|["' @]git(?:\+ssh|\+https|\+file)?://""", text, re.MULTILINE))


def _loose_peers(source: Source, lock: str | None) -> bool:
    """Whether the lock file is of npm 6 or older, which installed no peer dependencies: it has none of them, and npm 7
    and later refuse it (docs.npmjs.com, "package-lock.json", lockfileVersion)."""
    head = _text(source, lock)[:2000] if lock and posixpath.basename(lock) == "package-lock.json" else ""
    return bool(re.search(r'"lockfileVersion":\s*1\b', head))


MD4 = {
    "webpack": 5,
    "react-scripts": 5,
    "@vue/cli-service": 5,
    "@symfony/webpack-encore": 1,
    "laravel-mix": 6,
    "nuxt": 3,
}
"""What bundles by webpack 4, before these releases: it hashes by MD4, which Node 17 and later leave out
(nodejs.org, "Node.js 17", OpenSSL 3.0; webpack/webpack#14532)."""


def _md4(source: Source, package: Package) -> Evidence | None:
    for group in ("dependencies", "devDependencies"):
        named = package.data.get(group)
        for name, first in MD4.items():
            version = named.get(name) if isinstance(named, dict) else None
            match = re.match(r"[\^~]?v?(\d+)(\.|$)", version) if isinstance(version, str) else None
            if match and int(match[1]) < first:
                line = source.line_of(package.path, f'"{name}"')
                return Evidence(package.path, line, f"{name} {version} bundles by webpack 4")
    return None


def _versions(source: Source, package: Package) -> Iterator[tuple[str, Evidence]]:
    """What the project says of Node's version: a version file, volta, engines."""
    for name in (".nvmrc", ".node-version"):
        for folder in dict.fromkeys((package.folder, "")):
            path = posixpath.join(folder, name)
            if source.has(path):
                text = _text(source, path).strip().removeprefix("v")
                if re.fullmatch(r"\d+(\.\d+){0,2}", text):
                    yield text, Evidence(path, 1, f"{name} names Node {text}")
    for key, inner in (("volta", "node"), ("engines", "node")):
        group = package.data.get(key)
        value = group.get(inner) if isinstance(group, dict) else None
        if isinstance(value, str) and len(value) < 100:
            line = source.line_of(package.path, f'"{key}"')
            yield value, Evidence(package.path, line, f"{key} asks for Node {value}")
