"""The build scripts of a package.json: which to run, and where they write."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dockgen.errors import DockgenError
from dockgen.knowledge import table
from dockgen.source import Source

NAMES = ("build", "build:prod", "build:production", "build-prod", "production", "prod", "dist", "compile", "bundle")
"""Scripts that make what production serves, by the names that people give them, the usual first."""

PARTIAL = re.compile(r"(?:build|compile)[:-][\w:-]+|[\w-]+[:-](?:build|prod|production)")
"""A part of the build where there is no whole: build:css and build:js."""

ASIDE = re.compile(
    r"(?i)watch|dev|test|storybook|docs?|lint|clean|start|serve|analy[sz]e|debug|stats|types?|e2e|ssr|server"
)
RUNNERS = ("npm run", "npm run-script", "yarn run", "pnpm run", "bun run", "yarn", "pnpm", "bun")
WRAPPERS = frozenset({"npx", "cross-env", "dotenv", "env", "exec", "bunx", "pnpx", "time", "--"})
WORKSPACE = frozenset({"--workspaces", "-ws", "--workspace", "-w", "workspace", "workspaces", "--filter", "-F", "-r"})
"""Words by which package managers run scripts of other packages of a workspace."""

LIMIT = 256 * 1024
"""Bytes of a bundler's configuration that are read."""

DEPTH = 6
"""Scripts that call scripts: more is a circle."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the scripts write: `paths` below the root, () where a part of it cannot be read. `written`: the same as
    the project spells it. `line`: the line of the first script in package.json."""

    paths: tuple[str, ...]
    written: tuple[str, ...] = ()
    line: int | None = None


def chosen_scripts(scripts: Mapping[str, str], packages: frozenset[str]) -> tuple[str, ...]:
    """The scripts to run for production, () where none calls a bundler that is known."""
    for name in NAMES:
        if name in scripts and _bundles(scripts, name, packages):
            return (name,)
    parts = [n for n in scripts if PARTIAL.fullmatch(n) and not ASIDE.search(n) and _bundles(scripts, n, packages)]
    return tuple(parts[:3]) if len(parts) <= 3 else ()


def _bundles(scripts: Mapping[str, str], name: str, packages: frozenset[str]) -> bool:
    bundlers = table("node")["bundlers"]
    for words in commands(scripts, name):
        if words[0] == "bun":
            if words[1:2] == ["build"]:
                return True
            continue
        # A program that no dependency brings is one that the author has installed for all projects.
        if words[0] in bundlers and packages & set(bundlers[words[0]].get("packages", [words[0]])):
            return True
        # node build.mjs with esbuild's own interface; npm run build --workspaces
        if (words[0] == "node" or _elsewhere(words)) and packages & bundlers.keys():
            return True
    return False


def commands(scripts: Mapping[str, str], name: str, depth: int = 0) -> Iterator[list[str]]:
    """The words of each command that a script comes to, scripts that it runs among them."""
    if depth > DEPTH or name not in scripts or len(scripts[name]) > 2000:
        return
    for part in re.split(r"&&|\|\||[;|&]", scripts[name]):
        try:
            words = shlex.split(part)
        except ValueError:
            words = part.split()
        while words and (words[0] in WRAPPERS or re.match(r"[A-Za-z_]\w*=", words[0])):
            words = words[1:]
        if not words:
            continue
        words[0] = posixpath.basename(words[0]) if "/" in words[0] and not words[0].startswith("@") else words[0]
        called = list(_called(scripts, words))
        if called:
            for other in called:
                yield from commands(scripts, other, depth + 1)
        elif words[0] in ("yarn", "pnpm", "npm", "bun") and len(words) > 1 and words[1] in ("exec", "dlx", "x"):
            yield words[2:] or words
        elif words[0] in ("yarn", "pnpm") and len(words) > 1 and words[1] in table("node")["bundlers"]:
            yield words[1:]
        elif words[0] == "concurrently":
            for text in words[1:]:
                if not text.startswith("-"):
                    yield from commands({**scripts, "\0": text}, "\0", depth + 1)
        else:
            yield words


def _elsewhere(words: list[str]) -> bool:
    """Whether a command runs the scripts of other packages of the workspace."""
    return words[0] in ("turbo", "nx", "lerna") or (
        words[0] in ("npm", "pnpm", "yarn", "bun") and any(word.partition("=")[0] in WORKSPACE for word in words)
    )


def _called(scripts: Mapping[str, str], words: list[str]) -> Iterator[str]:
    """Names of the scripts that a command runs: npm run x, yarn x, run-s a b, npm-run-all build:*."""
    if _elsewhere(words):
        return
    if words[0] in ("run-s", "run-p", "npm-run-all", "npm-run-all2"):
        for word in words[1:]:
            if word.startswith("-"):
                continue
            pattern = re.escape(word).replace(r"\*\*", ".*").replace(r"\*", "[^:]*")
            yield from (name for name in scripts if re.fullmatch(pattern, name))
        return
    text = " ".join(words[:3])
    for runner in RUNNERS:
        if text.startswith(runner + " "):
            name = words[len(runner.split())] if len(words) > len(runner.split()) else ""
            if name in scripts:
                yield name
            return


# ---- where they write -----------------------------------------------------------------------------


def outputs_of(source: Source, folder: str, scripts: Mapping[str, str], chosen: tuple[str, ...]) -> Outputs:
    """The folders (of files: theirs) that these scripts fill, relative to the root."""
    path = posixpath.join(folder, "package.json")
    line = source.line_of(path, rf'"{re.escape(chosen[0])}"\s*:', pattern=True)
    knowledge = table("node")
    found: list[tuple[str, str]] = []
    for name in chosen:
        for words in commands(scripts, name):
            if words[0] in knowledge["tables"]["harmless"] or words[:2] == ["tsc", "--noEmit"] or words == ["tsc"]:
                continue
            here = _written_by(source, folder, words)
            if not here:
                return Outputs((), (), line)
            found += here
    paths = []
    for where, _ in found:
        normal = posixpath.normpath(posixpath.join(folder, where))
        if normal.startswith(("..", "/")) or normal == "." or not re.fullmatch(r"[\w.@+~/-]+", normal):
            return Outputs((), (), line)
        paths.append(normal)
    return Outputs(tuple(dict.fromkeys(paths)), tuple(text for _, text in found), line)


def _written_by(source: Source, folder: str, words: list[str]) -> list[tuple[str, str]]:
    """(folder relative to package.json's, as it is spelt) of one command; [] where that cannot be read."""
    bundler = table("node")["bundlers"].get(words[0])
    if bundler is None:
        return []
    for index, word in enumerate(words[1:], 1):
        flag, _, value = word.partition("=")
        if flag in bundler["flags"]:
            value = value or (words[index + 1] if index + 1 < len(words) else "")
            # A name with an ending is a file; the folder that it lies in is the output.
            return [(_folder(value), value)] if value else []
    if words[0] in ("sass", "lessc"):
        return _style_output(words)
    if words[0] == "ng":
        return _angular_output(source, folder)
    starts = tuple(table("node")["configured"].get(words[0], ()))
    for path in source.under(folder):
        if starts and posixpath.dirname(path) == folder and posixpath.basename(path).startswith(starts):
            try:
                text = source.text(path, LIMIT) or ""
            except DockgenError:
                return []
            configured = _configured(text, words[0])
            if configured is None:
                return []
            if configured:
                return configured
    return [(bundler["output"], bundler["output"])] if bundler["output"] else []


def _folder(path: str) -> str:
    return posixpath.dirname(path) or "." if "." in posixpath.basename(path)[1:] else path


def _angular_output(source: Source, folder: str) -> list[tuple[str, str]]:
    """outputPath of the one project in angular.json (angular.dev, workspace configuration)."""
    try:
        data = source.json(posixpath.join(folder, "angular.json"))
    except DockgenError:
        return []
    projects = data.get("projects") if isinstance(data, dict) else None
    if not isinstance(projects, dict) or len(projects) != 1:
        return []
    build: Any = next(iter(projects.values()))
    for key in ("architect", "build"):
        build = build.get(key) if isinstance(build, dict) else None
    if not isinstance(build, dict):
        return []
    configurations = build.get("configurations")
    chosen = configurations.get(build.get("defaultConfiguration")) if isinstance(configurations, dict) else None
    options = [o for o in (chosen, build.get("options")) if isinstance(o, dict)]
    build = next((o["outputPath"] for o in options if o.get("outputPath")), None)
    base = build.get("base") if isinstance(build, dict) else build
    return [(base, base)] if isinstance(base, str) and base else []


def _style_output(words: list[str]) -> list[tuple[str, str]]:
    """sass in:out, sass in out."""
    given = [w for w in words[1:] if not w.startswith("-")]
    pairs = [w.partition(":")[2] for w in given if ":" in w]
    if pairs:
        return [(_folder(p), p) for p in pairs]
    return [(_folder(given[1]), given[1])] if len(given) == 2 else []


_TEXT = r"""(?:"([^"\\\n]*)"|'([^'\\\n]*)'|`([^`\\$\n]*)`)"""
_SETTING = {
    "vite": r"\boutDir",
    "astro": r"\boutDir",
    "webpack": r"\bpath",
    "webpack-cli": r"\bpath",
    "rspack": r"\bpath",
    "rollup": r"\b(?:dir|file)",
    "vue-cli-service": r"\boutputDir",
    "rsbuild": r"\b(?:root)",
}
"""The key of each bundler's configuration that says where it writes, from their documentation."""


def _configured(text: str, bundler: str) -> list[tuple[str, str]] | None:
    """Output folders of a configuration: [] where it says none, None where it says one that is not literal."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"(^|\s)//[^\n]*", r"\1", text)
    root = re.search(rf"\broot\s*:\s*{_TEXT}", text) if bundler == "vite" else None
    base = next(g for g in root.groups() if g is not None) if root else ""
    if bundler == "vite" and not root and re.search(r"\broot\s*:", text):
        return None
    found: list[tuple[str, str]] = []
    for match in re.finditer(rf"{_SETTING[bundler]}\s*:\s*([^\n]*(?:\n[^\n]*){{0,4}})", text):
        value = _literal(match[1])
        if value is None:
            return None
        where, written = value
        found.append((posixpath.join(base, _folder(where) if bundler == "rollup" else where), written))
    if not found and base:
        return [(posixpath.join(base, "dist"), base)]
    return found


def _literal(expression: str) -> tuple[str, str] | None:
    """The path that a JavaScript expression gives, and its text, where it is made of literals alone."""
    expression = expression.strip()
    plain = re.match(_TEXT + r"\s*[,}\n)]", expression + "\n")
    if plain:
        value = next(g for g in plain.groups() if g is not None)
        return value, value
    call = re.match(r"(?:path\.)?(?:resolve|join)\(([^()]*)\)", expression)
    if call is None:
        return None
    parts: list[str] = []
    for part in call[1].split(","):
        part = part.strip()
        text = re.fullmatch(_TEXT, part)
        if text:
            parts.append(next(g for g in text.groups() if g is not None).lstrip("/") or ".")
        elif part in ("__dirname", "import.meta.dirname", "dirname") and not parts:
            continue
        elif part:
            return None
    return (posixpath.join(*parts), parts[-1]) if parts else None
