"""The project tree as dockgen sees it: ignore rules, bounded reads, each file parsed once.

The tree is untrusted. Nothing is imported or run; symbolic links that leave the root are not
followed; what is read is bounded in size.
"""

from __future__ import annotations

import ast
import bisect
import json
import os
import posixpath
import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dockgen.errors import BrokenManifest, NotAProject, TooLarge
from dockgen.syntax import parse

MANIFEST_LIMIT = 32 * 2**20
"""Bytes. The largest uv.lock seen in public repositories is about 6 MB."""

PYTHON_LIMIT = 2 * 2**20
"""Bytes. A Python file above this is generated data, not an application."""

FILE_COUNT_LIMIT = 400_000

PRUNED = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", ".venv", "venv", "env", ".env", "virtualenv", "node_modules", "bower_components",
        "__pycache__", "__pypackages__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
        ".eggs", ".cache", ".idea", ".vscode", ".terraform", "site-packages", ".ipynb_checkpoints", ".pdm-build",
        ".pixi", ".direnv", ".next", ".nuxt", ".svelte-kit", ".turbo", ".parcel-cache",
    }
)  # fmt: skip
"""Folders that are never entered: version control, environments, caches."""


SHARED_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
"""What is read of a shared package beside its code."""


MANIFESTS = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "requirements.txt", "pixi.toml", "environment.yml"}
)


def _is_python(path: str) -> bool:
    """Whether a file is Python, or says what a Python project needs."""
    return path.endswith((".py", ".ipynb")) or path.rpartition("/")[2] in MANIFESTS


class Source:
    """A project folder, read once. `files` are POSIX paths relative to `root`, sorted.

    A view of one application in a larger tree (`Source.view`) has the whole as `outer` and its place there as `folder`.
    """

    def __init__(self, root: Path):
        if not root.exists():
            raise NotAProject("there is no such folder", file=str(root))
        if not root.is_dir():
            raise NotAProject("this is a file; dockgen reads a project folder", file=str(root))
        self.root = root.resolve()
        self.outer: Source | None = None
        self.folder = "."
        self.shared: tuple[str, ...] = ()
        self._text: dict[str, str | None] = {}
        self._toml: dict[str, dict[str, Any]] = {}
        self._ast: dict[str, ast.Module | None] = {}
        self.unreadable: list[
            tuple[str, int | None, str]
        ] = []  # (file, line, why): Python files that could not be read
        self.folders: set[str] = set()
        self.files: tuple[str, ...] = tuple(sorted(self._walk()))
        if not any(_is_python(path) for path in self.files):
            # A .gitignore that hides all of the code (`*`, with the files added by force) does not say what belongs to it.
            whole = sorted(self._walk(ignored=False))
            if any(_is_python(path) and "/" not in path for path in whole):
                self.files = tuple(whole)
        self._known = frozenset(self.files)
        self._named: dict[str, list[str]] = {}
        self._last: dict[str, list[str]] = {}
        self._ending: dict[str, tuple[str, ...]] = {}
        self._near: dict[int, tuple[str, ...]] = {}

    @classmethod
    def view(cls, outer: Source, folder: str, shared: Iterable[str] = ()) -> Source:
        """One application of a tree: the files below `folder`, as if that were the project.

        `shared` are folders and files elsewhere in the tree that it depends on (from the tree's root). They are seen
        under the path that leads there, such as "../../lib/core"; of a folder only its Python files and manifests.
        """
        view = cls.__new__(cls)
        prefix = "" if folder == "." else f"{folder}/"
        view.root = outer.root / folder
        view.outer, view.folder = outer, folder
        view._text, view._toml, view._ast, view.unreadable = {}, {}, {}, []
        files = {path[len(prefix) :] for path in outer._below(prefix)}
        view.folders = {path[len(prefix) :] for path in outer.folders if path.startswith(prefix)}
        places = []
        for place in shared:
            there = posixpath.relpath(place, folder)
            places.append(there)
            if outer.has(place):
                files.add(there)
                continue
            view.folders.add(there)
            view.folders |= {posixpath.relpath(f, folder) for f in outer.folders if f.startswith(f"{place}/")}
            for path in outer._below(f"{place}/"):
                inner = path[len(place) + 1 :]
                if inner.endswith(".py") or inner in SHARED_FILES:
                    files.add(f"{there}/{inner}")
        view.shared = tuple(p for p in places if p in view.folders)
        view.files = tuple(sorted(files))
        view._known = frozenset(view.files)
        view._named, view._last, view._ending, view._near = {}, {}, {}, {}
        return view

    def _below(self, prefix: str) -> tuple[str, ...]:
        """The files whose path starts so, by halving: a tree of many applications is asked once for each."""
        start = bisect.bisect_left(self.files, prefix)
        return (
            self.files[start : bisect.bisect_left(self.files, prefix + "\U0010ffff", start)] if prefix else self.files
        )

    def real(self, path: str) -> str:
        """A path of this view as the whole tree calls it."""
        return posixpath.normpath(posixpath.join(self.folder, path)) if self.outer is not None else path

    def inside(self, folder: str, path: str) -> str | None:
        """`path`, read relative to `folder`, as a path of this project; None when it leaves what can be seen."""
        path = path.replace("\\", "/")
        if path.startswith(("/", "~")) or re.match(r"[A-Za-z]:/", path):
            return None
        joined = posixpath.normpath(posixpath.join(folder, path))
        if joined != ".." and not joined.startswith("../"):
            return joined
        return joined if joined in self._known or joined in self.folders else None

    def _walk(self, *, ignored: bool = True) -> list[str]:
        """`ignored`: whether the .gitignore of the root counts."""
        found: list[str] = []
        root = str(self.root)
        stack: list[tuple[str, tuple[tuple[str, Any], ...]]] = [("", ())]
        while stack:
            folder, specs = stack.pop()
            try:
                entries = list(os.scandir(os.path.join(root, folder) if folder else root))
            except OSError as error:
                if not folder:
                    raise NotAProject(f"cannot be read: {error.strerror}", file=root) from error
                continue
            names = {entry.name for entry in entries}
            if folder:
                if "pyvenv.cfg" in names:
                    continue  # a virtual environment, whatever its name
                self.folders.add(folder)
            if (
                ".gitignore" in names
                and (folder or ignored)
                and os.path.isfile(os.path.join(root, folder, ".gitignore"))
            ):
                spec = self._gitignore(f"{folder}/.gitignore" if folder else ".gitignore")
                if spec is not None:
                    specs = (*specs, (folder, spec))
            for entry in entries:
                name = entry.name
                if not name.isprintable():  # no text (surrogates), or control characters: nothing names such a file
                    continue
                path = f"{folder}/{name}" if folder else name
                try:
                    if entry.is_symlink():
                        target = os.path.realpath(os.path.join(root, path))
                        if not target.startswith(root + os.sep) or os.path.isdir(target):
                            continue
                    elif entry.is_dir(follow_symlinks=False):
                        kept = name not in PRUNED and not name.endswith(".egg-info")
                        if kept and not _ignored(specs, path + "/", name + "/"):
                            stack.append((path, specs))
                        continue
                    if entry.is_file() and not _ignored(specs, path, name):
                        found.append(path)
                except (OSError, ValueError):
                    continue
            if len(found) > FILE_COUNT_LIMIT:
                raise TooLarge(
                    f"the folder holds more than {FILE_COUNT_LIMIT} files",
                    file=root,
                    hint="Name the project's own folder.",
                )
        return found

    def _gitignore(self, path: str) -> Any:
        try:
            text = (self.root / path).read_text("utf-8", "replace")[:1_000_000]
        except OSError:
            return None
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if not lines:
            return None
        from pathspec import GitIgnoreSpec

        try:
            spec = GitIgnoreSpec.from_lines(lines)
        except Exception:  # a pattern that git itself would pass over
            return None
        # One expression says for most paths that no pattern fits: several times as fast as one after the other. What
        # fits in any folder is looked for in the name alone: folders above that fit are not entered.
        of_names: list[str] = []
        of_paths: list[str] = []
        for pattern in spec.patterns:
            text = re.sub(r"\(\?P<\w+>", "(?:", pattern.regex.pattern) if pattern.regex is not None else ""
            rest = text.removeprefix(ANYWHERE)
            inner = rest.removesuffix("(?:/)").removesuffix("(?:(?:/)|$)").replace("[^/]", "")
            if text:
                (of_names if rest != text and "/" not in inner else of_paths).append(f"(?:{rest})")
        return spec, _either(of_names), _either(of_paths)

    def hide(self, paths: Iterable[str]) -> None:
        """Takes files out of view: what dockgen wrote itself is no evidence."""
        hidden = self._known & frozenset(paths)
        if hidden:
            self._known -= hidden
            self.files = tuple(path for path in self.files if path in self._known)
            self._named, self._last, self._ending, self._near = {}, {}, {}, {}

    def has(self, path: str) -> bool:
        """Whether this file is part of the project (ignored files are not)."""
        return path in self._known

    def under(self, folder: str, suffix: str = "") -> tuple[str, ...]:
        """Files below a folder ("" for all), by ending."""
        if not folder:
            return self.ending(suffix) if suffix else self.files
        below = self._below(f"{folder}/")
        return tuple(f for f in below if f.endswith(suffix)) if suffix else below

    def ending(self, *suffixes: str) -> tuple[str, ...]:
        """Files of the whole tree by their ending (".py"), sorted. Looked for once."""
        if not self._last:  # by what follows the last dot: one pass for all, in place of one for each
            found: dict[str, list[str]] = {}
            for path in self.files:
                found.setdefault(path.rpartition(".")[2], []).append(path)
            self._last = found
        for suffix in suffixes:
            if suffix not in self._ending:
                dot, last = suffix.rpartition(".")[1:]
                among = self._last.get(last, ()) if dot else self.files
                self._ending[suffix] = tuple([f for f in among if f.endswith(suffix)])
        if len(suffixes) == 1:
            return self._ending[suffixes[0]]
        return tuple(sorted({f for suffix in suffixes for f in self._ending[suffix]}))

    def near(self, depth: int) -> tuple[str, ...]:
        """Files with at most this many folders above them, sorted."""
        if depth not in self._near:
            nearest = min((known for known in self._near if known > depth), default=None)
            among = self.files if nearest is None else self._near[nearest]
            self._near[depth] = tuple([path for path in among if path.count("/") <= depth])
        return self._near[depth]

    def named(self, *names: str) -> tuple[str, ...]:
        """Every file of one of these base names, the ones nearest to the root first."""
        if not self._named:
            found: dict[str, list[str]] = {}
            for path in self.files:
                found.setdefault(path.rpartition("/")[2], []).append(path)
            self._named = found
        paths = [path for name in dict.fromkeys(names) for path in self._named.get(name, ())]
        return tuple(sorted(paths, key=lambda f: (f.count("/"), f)))

    def text(self, path: str, limit: int = MANIFEST_LIMIT) -> str | None:
        """The file as text, or None when the project has no such file.

        A byte order mark is obeyed (UTF-8, UTF-16), other bytes that are not UTF-8 are replaced.
        Raises TooLarge above `limit` bytes.
        """
        if path not in self._known:
            return None
        if self.outer is not None:
            return self.outer.text(self.real(path), limit)
        if path not in self._text:
            full = self.root / path
            try:
                size = full.stat().st_size
                if size > limit:
                    raise TooLarge(f"has {size:,} bytes; dockgen reads at most {limit:,}", file=path)
                data = full.read_bytes()[: limit + 1]
            except OSError as error:
                raise BrokenManifest(f"cannot be read: {error.strerror}", file=path) from error
            self._text[path] = decode(data)
        return self._text[path]

    def encoding(self, path: str) -> str:
        """ "UTF-16" (with a byte order mark), "UTF-16LE" (without), "" for what pip reads as it is."""
        try:
            with open(self.root / path, "rb") as file:
                data = file.read(200)
        except OSError:
            return ""
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "UTF-16"
        return "UTF-16LE" if _unmarked(data) else ""

    def toml(self, path: str) -> dict[str, Any] | None:
        """The parsed TOML file, None when there is none. Raises BrokenManifest with the line."""
        if path not in self._known:
            return None
        if self.outer is not None:
            return self.outer.toml(self.real(path))
        if path not in self._toml:
            import tomli

            try:
                self._toml[path] = tomli.loads(self.text(path) or "")
            except tomli.TOMLDecodeError as error:
                raise BrokenManifest(f"is not valid TOML: {error.msg}", file=path, line=error.lineno) from error
            except RecursionError as error:
                raise BrokenManifest("is nested too deeply", file=path) from error
        return self._toml[path]

    def json(self, path: str) -> Any:
        """The parsed JSON file, None when there is none. Raises BrokenManifest with the line."""
        text = self.text(path)
        if text is None:
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise BrokenManifest(f"is not valid JSON: {error.msg}", file=path, line=error.lineno) from error
        except RecursionError as error:
            raise BrokenManifest("is nested too deeply", file=path) from error

    def tree(self, path: str) -> ast.Module | None:
        """The syntax tree of a Python file, or None when it cannot be parsed (kept in `unreadable`)."""
        if path not in self._ast:
            self._ast[path] = None
            if self.outer is not None and path in self._known:
                real = self.real(path)
                self._ast[path] = self.outer.tree(real)  # what two applications share is parsed once
                self.unreadable += [(path, line, why) for file, line, why in self.outer.unreadable if file == real]
            elif path in self._known:
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        self._ast[path] = parse(self.text(path, PYTHON_LIMIT) or "")
                except SyntaxError as error:
                    self.unreadable.append((path, error.lineno, f"is not Python 3 ({error.msg})"))
                except (ValueError, RecursionError, MemoryError) as error:
                    self.unreadable.append((path, None, f"cannot be parsed: {error}"))
                except (TooLarge, BrokenManifest) as error:
                    self.unreadable.append((path, None, error.message))
        return self._ast[path]

    def line_of(self, path: str, needle: str, *, pattern: bool = False) -> int | None:
        """The first line (from 1) that holds this text (or matches this regular expression)."""
        text = self.text(path)
        if text is None:
            return None
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(needle, line) if pattern else needle in line:
                return number
        return None


def decode(data: bytes) -> str:
    """Text of a manifest: UTF-16 and UTF-8 by their byte order mark, else UTF-8 with replacement.

    PowerShell's `pip freeze > requirements.txt` writes UTF-16; some of it has no mark, and then
    every second byte is zero.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[:3] == b"\xef\xbb\xbf":
        return data[3:].decode("utf-8", "replace")
    if _unmarked(data):
        return data.decode("utf-16-le", "replace")
    return data.decode("utf-8", "replace")


def _unmarked(data: bytes) -> bool:
    """Whether every second byte is zero: UTF-16 of Latin letters, without a mark."""
    return len(data) >= 4 and data[1:200:2].count(0) > len(data[1:200:2]) * 0.9


ANYWHERE = "^(?:.+/)?"
"""How pathspec begins the expression of a pattern that fits in any folder."""


def _either(expressions: list[str]) -> re.Pattern[str] | None:
    """One expression for all of them, None for none."""
    return re.compile("|".join(expressions)) if expressions else None


def _ignored(specs: tuple[tuple[str, Any], ...], path: str, name: str) -> bool:
    for folder, (spec, of_names, of_paths) in reversed(specs):
        relative = path[len(folder) + 1 :] if folder else path
        if not ((of_names and of_names.match(name)) or (of_paths and of_paths.match(relative))):
            continue
        if name.endswith("/"):
            # The last pattern that fits decides; pathspec itself lets `*` win over `!*/` after it.
            for pattern in reversed(spec.patterns):
                if pattern.include is not None and pattern.match_file(relative) is not None:
                    return bool(pattern.include)
            continue
        result = spec.check_file(relative)
        if result.include is not None:
            return bool(result.include)
    return False
