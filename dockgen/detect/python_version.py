"""Every place that says something about the Python version, with its line.

Pins come in the order of their weight: .python-version (uv, pyenv, most platforms), mise's lock and
files, .tool-versions, Pipfile, runtime.txt, a conda environment.
"""

from __future__ import annotations

import re
from typing import Any

from dockgen.detect.managers.common import MINORS, at, string_at, strings_at, tables_at, toml_line
from dockgen.detect.managers.poetry import python_range
from dockgen.detect.managers.setup_py import ini_line, read_setup
from dockgen.errors import BrokenManifest, DockgenError
from dockgen.facts import OWN_IMAGE, Evidence, PythonConstraint, Warning
from dockgen.source import Source

PYPROJECT = "pyproject.toml"
WORKFLOWS = 40
"""How many CI files and Dockerfiles are looked into."""


class _Found:
    def __init__(self, source: Source):
        self.source = source
        self.constraints: list[PythonConstraint] = []
        self.warnings: list[Warning] = []

    def range(self, text: str | None, file: str, line: int | None, why: str) -> None:
        if not text or not text.strip():
            return
        specifier = _specifier(text)
        if specifier is None:
            self.warnings.append(
                Warning(
                    f"{text.strip()[:60]!r} is no range of versions; it was passed over", (Evidence(file, line, why),)
                )
            )
        elif specifier:
            self.constraints.append(PythonConstraint("range", specifier, Evidence(file, line, why)))

    def word(self, text: str, file: str, line: int | None, why: str) -> bool:
        """A word that a person wrote where a version belongs. True when it was understood."""
        evidence = Evidence(file, line, why)
        text = text.strip().strip("'\"")
        if re.fullmatch(r"(latest|stable|3(\.x)?|lts|system:latest)", text):
            self.constraints.append(PythonConstraint("latest", text, evidence))
            return True
        match = re.fullmatch(
            r"(?:python|cpython|py|prefix:|python-)?[-@:=]?v?(3\.\d{1,2})(\.\d{1,3})?((?:a|b|rc)\d+|-dev)?(\+freethreaded|t)?(?:[-+].*)?",
            text,
            re.IGNORECASE,
        )
        if match:
            self.constraints.append(PythonConstraint("pin", match.group(1) + (match.group(2) or ""), evidence))
            if match.group(4):
                self.warnings.append(
                    Warning(
                        "asks for free-threaded Python, of which there is no official image: the ordinary one is used",
                        (evidence,),
                    )
                )
            return True
        wild = re.fullmatch(r"(3\.\d{1,2})\.[x*]", text)
        if wild:
            self.constraints.append(PythonConstraint("pin", wild.group(1), evidence))
            return True
        other = re.fullmatch(
            r"(pypy|graalpy|graalpython|miniconda|miniforge|mambaforge|anaconda|jython|micropython|stackless|pyston|cinder|nogil)[a-z]*-?v?(\d+\.\d+)?.*",
            text,
            re.IGNORECASE,
        )
        if other:
            name = other.group(1).lower()
            version = other.group(2)
            if version and version.startswith("3.") and name in ("pypy", "graalpy", "nogil"):
                self.constraints.append(PythonConstraint("pin", version, evidence))
            self.warnings.append(Warning(f"asks for {text[:40]}: the official CPython image is used", (evidence,)))
            return True
        if re.match(r"[<>=!~^]", text):
            self.range(text, file, line, why)
            return True
        return False

    def hint(self, version: str, file: str, line: int | None, why: str) -> None:
        if version in MINORS:
            self.constraints.append(PythonConstraint("hint", version, Evidence(file, line, why)))


def python_constraints(source: Source) -> tuple[tuple[PythonConstraint, ...], tuple[Warning, ...]]:
    """Every constraint: pins by weight, ranges, hints. Raises BrokenManifest for a broken file that decides."""
    found = _Found(source)
    _python_version(source, found)
    _mise(source, found)
    _tool_versions(source, found)
    _pipfile(source, found)
    _hatch(source, found)
    _runtime(source, found)
    _conda(source, found)
    _pixi(source, found)
    _ranges(source, found)
    _hints(source, found)
    order = {"pin": 0, "latest": 1, "range": 2, "hint": 3}
    unique = dict.fromkeys(found.constraints)
    return tuple(sorted(unique, key=lambda c: order[c.kind])), tuple(found.warnings)


def _specifier(text: str) -> str | None:
    """A range as PEP 440 text: Poetry's carets and conda's and npm's spellings among them. None for what is none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    text = text.strip().strip("'\"")
    if text in ("*", ""):
        return ""
    for candidate in (text, python_range(text)):
        try:
            return str(SpecifierSet(candidate)) and candidate.replace(" ", "")
        except (InvalidSpecifier, ValueError):
            continue
    return None


# ---- pins ---------------------------------------------------------------------------------------


def _plain_lines(text: str) -> list[tuple[int, str]]:
    found = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text)[:500], 1):
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        if line:
            found.append((number, line))
    return found


def _python_version(source: Source, found: _Found) -> None:
    """.python-version: one version a line (pyenv allows several, the first is the default)."""
    for path in (".python-version", ".python-versions"):
        text = source.text(path)
        if text is None:
            continue
        lines = _plain_lines(text)
        understood = False
        for number, line in lines:
            if re.match(r"[<>=!~^]", line):
                found.range(line, path, number, "the version to run")
                understood = True
                break
            for word in re.split(r"[\s:]+", line):
                # several versions: tools run the first, the others are for tests
                if word and found.word(word, path, number, "the version to run"):
                    understood = True
                    break
            if understood:
                break
        if lines and not understood:
            evidence = Evidence(path, lines[0][0], "the version to run")
            found.warnings.append(
                Warning(
                    f"{lines[0][1][:40]!r} names a virtual environment or an unknown version; it was passed over",
                    (evidence,),
                )
            )
        if understood:
            return


def _mise(source: Source, found: _Found) -> None:
    for path in ("mise.lock", ".mise.lock"):
        data = _toml(source, path, found)
        for entry in [*tables_at(data, "tools", "python"), at(data, "tools", "python")]:
            version = string_at(entry, "version")
            if version and re.fullmatch(r"3\.\d+(\.\d+)?", version):
                line = source.line_of(path, f'version = "{version}"')
                found.constraints.append(PythonConstraint("pin", version, Evidence(path, line, "mise's lock file")))
                break
    for path in (
        "mise.toml",
        ".mise.toml",
        "mise/config.toml",
        ".mise/config.toml",
        ".config/mise.toml",
        ".config/mise/config.toml",
    ):
        data = _toml(source, path, found)
        value = at(data, "tools", "python")
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, dict):
            value = value.get("version")
        line = toml_line(source, path, "tools", "python")
        if isinstance(value, (str, int, float)) and not found.word(str(value), path, line, "mise's version"):
            found.warnings.append(
                Warning(
                    f"{str(value)[:40]!r} is no version of Python; it was passed over",
                    (Evidence(path, line, "mise's version"),),
                )
            )
        if at(data, "env", "PYTHON_BUILD_FREE_THREADING") not in (None, 0, "0", False):
            where = Evidence(
                path, toml_line(source, path, "env", "PYTHON_BUILD_FREE_THREADING"), "a free-threaded build"
            )
            found.warnings.append(
                Warning(
                    "asks for free-threaded Python, of which there is no official image: the ordinary one is used",
                    (where,),
                )
            )


def _toml(source: Source, path: str, found: _Found) -> dict[str, Any]:
    """A file that may decide nothing else: broken, it is a warning."""
    try:
        return source.toml(path) or {}
    except BrokenManifest as error:
        found.warnings.append(
            Warning(f"{path} {error.message}; it was passed over", (Evidence(path, error.line, "broken"),))
        )
        return {}


def _tool_versions(source: Source, found: _Found) -> None:
    """.tool-versions of asdf: `python 3.12.1 3.11.4`, the first is the default."""
    text = source.text(".tool-versions")
    for number, line in _plain_lines(text or ""):
        words = line.split()
        if words[0] == "python" and len(words) > 1:
            if not found.word(words[1], ".tool-versions", number, "asdf's version"):
                where = Evidence(".tool-versions", number, "asdf's version")
                found.warnings.append(
                    Warning(f"{words[1][:40]!r} is no version of Python; it was passed over", (where,))
                )
            return


def _runtime(source: Source, found: _Found) -> None:
    for path in ("runtime.txt",):
        for number, line in _plain_lines(source.text(path) or "")[:1]:
            if not found.word(line, path, number, "the platform's runtime"):
                where = Evidence(path, number, "the platform's runtime")
                if line.lower().startswith("python-2"):
                    found.warnings.append(
                        Warning("asks for Python 2, which dockgen does not build for; it was passed over", (where,))
                    )
                elif line.lower().startswith("python"):
                    found.warnings.append(
                        Warning(f"{line[:40]!r} is no version of Python; it was passed over", (where,))
                    )


def _pipfile(source: Source, found: _Found) -> None:
    data = source.toml("Pipfile") or {}
    for key in ("python_full_version", "python_version"):
        value = string_at(data, "requires", key)
        if value and value.strip() != "*":
            line = toml_line(source, "Pipfile", "requires", key)
            if not found.word(value, "Pipfile", line, "Pipfile's requires"):
                found.warnings.append(
                    Warning(
                        f"{value[:40]!r} is no version of Python; it was passed over",
                        (Evidence("Pipfile", line, "Pipfile's requires"),),
                    )
                )
    if source.has("Pipfile.lock"):
        lock = source.json("Pipfile.lock")
        for key in ("python_full_version", "python_version"):
            value = string_at(lock, "_meta", "requires", key)
            if value and value.strip() != "*":
                found.word(
                    value, "Pipfile.lock", source.line_of("Pipfile.lock", f'"{key}":'), "the Python that was locked for"
                )


def _hatch(source: Source, found: _Found) -> None:
    from dockgen.detect.managers.hatch import environment_python

    named = environment_python(source, source.toml(PYPROJECT) or {})
    if named is not None:
        found.word(*named, "the Python of hatch's environment")


def _conda(source: Source, found: _Found) -> None:
    from dockgen.detect.managers.conda import FILES, load

    # What `anaconda-project run` makes stands beside the environment that Binder makes, and is the one that serves.
    paths = [path for path in FILES if source.has(path)][:1]
    paths += [path for path in ("anaconda-project.yml", "anaconda-project.yaml") if source.has(path)][:1]
    for path in paths:
        try:
            data = load(source, path)
        except BrokenManifest as error:
            found.warnings.append(
                Warning(f"{path} {error.message}; it was passed over", (Evidence(path, error.line, "broken"),))
            )
            continue
        items = None
        if isinstance(data, dict):
            items = data.get("dependencies") or (data.get("packages") if path.startswith("anaconda-") else None)
        for item in items if isinstance(items, list) else ():
            match = (
                re.fullmatch(r"(?:[\w/.-]+::)?python\s*(?:\[version=)?\s*(.*?)\]?", item.strip())
                if isinstance(item, str)
                else None
            )
            if match and match.group(1):
                text = match.group(1)
                line = source.line_of(path, item)
                exact = re.fullmatch(r"={1,2}\s*(3\.\d+(?:\.\d+)?)(?:\.\*)?(?:=.*)?", text)
                if exact:
                    found.constraints.append(
                        PythonConstraint("pin", exact.group(1), Evidence(path, line, "the environment's Python"))
                    )
                else:
                    found.range(text, path, line, "the environment's Python")


def _pixi(source: Source, found: _Found) -> None:
    """python among pixi's conda packages: one minor version is a pin, all else a range."""
    from dockgen.detect.managers.conda import conda_specifier
    from dockgen.detect.managers.pixi import environment_tables

    manifests: tuple[tuple[str, tuple[str, ...]], ...] = (("pixi.toml", ()), (PYPROJECT, ("tool", "pixi")))
    _pixi_lock(source, found, manifests)
    for path, keys in (
        (file, keys) for file, top in manifests for keys in environment_tables(_toml(source, file, found), top)
    ):
        value = at(_toml(source, path, found), *keys, "dependencies", "python")
        if isinstance(value, dict):
            value = value.get("version")
        if not isinstance(value, str):
            continue
        line = toml_line(source, path, *keys, "dependencies", "python")
        text = conda_specifier(value if re.match(r"[<>=!~]", value.strip()) else f"={value.strip()}")
        exact = re.fullmatch(r"==(3\.\d+(?:\.\d+)?)(?:\.\*)?", text)
        if exact:
            found.constraints.append(PythonConstraint("pin", exact.group(1), Evidence(path, line, "pixi's Python")))
        else:
            found.range(text, path, line, "pixi's Python")


def _pixi_lock(source: Source, found: _Found, manifests: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    """The Python of pixi.lock: a conda package as the others, and what they are built for."""
    from dockgen.detect.managers.pixi import chosen_environment, locked_part

    text = source.text("pixi.lock") if source.has("pixi.lock") else None
    for path, keys in manifests if text else ():
        data = _toml(source, path, found)
        if not (data if path == "pixi.toml" else at(data, *keys)):
            continue
        part = locked_part(text or "", chosen_environment(data, keys))
        locked = sorted({m[1] for m in PIXI_PYTHON.finditer(part)})
        if len(locked) == 1:
            line = source.line_of("pixi.lock", f"python-{locked[0]}.")
            found.constraints.append(
                PythonConstraint("pin", locked[0], Evidence("pixi.lock", line, "pixi's locked Python"))
            )
        return


PIXI_PYTHON = re.compile(r"/linux-(?:64|aarch64)/python-(3\.\d+)\.\d")


# ---- ranges -------------------------------------------------------------------------------------


def _ranges(source: Source, found: _Found) -> None:
    data = source.toml(PYPROJECT) or {}
    requires = at(data, "project", "requires-python")
    if isinstance(requires, str):
        found.range(requires, PYPROJECT, toml_line(source, PYPROJECT, "project", "requires-python"), "requires-python")
    poetry = at(data, "tool", "poetry", "dependencies", "python")
    if isinstance(poetry, dict):
        poetry = poetry.get("version")
    if isinstance(poetry, str):
        found.range(
            poetry,
            PYPROJECT,
            toml_line(source, PYPROJECT, "tool", "poetry", "dependencies", "python"),
            "Poetry's python",
        )
    flit = string_at(data, "tool", "flit", "metadata", "requires-python")
    found.range(
        flit,
        PYPROJECT,
        toml_line(source, PYPROJECT, "tool", "flit", "metadata", "requires-python"),
        "flit's requires-python",
    )
    setup = read_setup(source)
    if setup and setup.requires_python and setup.requires_python_evidence and not isinstance(requires, str):
        evidence = setup.requires_python_evidence
        found.range(setup.requires_python, evidence.file, evidence.line, evidence.why)
    if source.has("uv.lock"):
        locked = string_at(source.toml("uv.lock"), "requires-python")
        if locked != requires:
            found.range(locked, "uv.lock", source.line_of("uv.lock", "requires-python"), "the lock file's range")
    if source.has("pdm.lock"):
        lock = source.toml("pdm.lock")
        for target in tables_at(lock, "metadata", "targets"):
            text = string_at(target, "requires_python")
            if text and text != requires:
                found.range(text, "pdm.lock", source.line_of("pdm.lock", "requires_python"), "the lock file's range")
                break
    _pylock(source, found, requires if isinstance(requires, str) else None)
    if not source.has(PYPROJECT) and not (setup and setup.distribution):
        from dockgen.detect.managers.script import scripts

        if not any(source.has(f) for f in ("requirements.txt", "Pipfile")):
            for path, metadata, _ in scripts(source):
                found.range(
                    string_at(metadata, "requires-python"),
                    path,
                    source.line_of(path, "requires-python"),
                    "inline script metadata",
                )


def _pylock(source: Source, found: _Found, requires: str | None) -> None:
    """What a PEP 751 lock was made for, where it is the lock that counts."""
    from dockgen.detect.managers.pylock import choose_pylock, lock_range

    if any(source.has(f) for f in ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")):
        return
    path, _ = choose_pylock(source)
    lock = source.toml(path) if path else None
    if not path or not lock:
        return
    text = string_at(lock, "requires-python")
    if text and text != requires:
        found.range(text, path, source.line_of(path, "requires-python"), "the lock file's range")
    found.range(lock_range(lock), path, source.line_of(path, "environments"), "the lock file's environments")


# ---- hints --------------------------------------------------------------------------------------


def _hints(source: Source, found: _Found) -> None:
    data = source.toml(PYPROJECT) or {}
    for keys in (("project", "classifiers"), ("tool", "poetry", "classifiers")):
        for item in strings_at(data, *keys):
            match = re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", item.strip())
            if match:
                found.hint(match.group(1), PYPROJECT, toml_line(source, PYPROJECT, *keys, item=item), "classifier")
    setup = read_setup(source)
    for item, evidence in setup.classifiers if setup else ():
        match = re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", item.strip())
        if match:
            found.hint(match.group(1), evidence.file, evidence.line, "classifier")
    _tox(source, found)
    _workflows(source, found)
    _dockerfiles(source, found)
    _compiled(source, found)
    _readme(source, found)


README = ("README.md", "README.rst", "README.txt", "README")
NEED = re.compile(
    r"\b(needs?|requires?|required|requirements?|must|recommend\w*|supports?|supported|compatible|only)\b",
    re.IGNORECASE,
)
BETWEEN = re.compile(
    r"3\.(\d{1,2})(?:\.\d+)?\s*(?:<=|≤|<)\s*`?python`?(?:[_ ]?version)?\s*(<=|≤|<)\s*3\.(\d{1,2})\b"
    r"|\bpython[^\n.]{0,30}?\b3\.(\d{1,2})(?:\.x)?\s*(?:-|–|~|to|through)\s*(?:python\s*)?3\.(\d{1,2})\b(?!\.\d*\d)",
    re.IGNORECASE,
)
"""A range of Python versions with both ends, as people write it."""


def _readme(source: Source, found: _Found) -> None:
    """The range that the readme says is needed: only one with both ends, on a line that speaks of a need."""
    path = next((name for name in README if source.has(name)), None)
    for number, line in enumerate((_text(source, path) or "").split("\n")[:1000] if path else (), 1):
        if len(line) > 1000 or not NEED.search(line):
            continue
        match = BETWEEN.search(line)
        if match is None:
            continue
        low, high = int(match[1] or match[4]), int(match[3] or match[5])
        end = high if match[2] == "<" else high + 1
        if low < high:
            stated = PythonConstraint("hint", f">=3.{low},<3.{end}", Evidence(path or "", number, "the readme's range"))
            found.constraints.append(stated)
            return


def _tox(source: Source, found: _Found) -> None:
    text = _text(source, "tox.ini")
    if text is None:
        return
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
        environments = parser.get("tox", "envlist", fallback="") or parser.get("tox", "env_list", fallback="")
    except (configparser.Error, ValueError):
        return
    line = ini_line(text, "tox", "envlist") or ini_line(text, "tox", "env_list")
    for minors in re.findall(r"py(?:3\{([\d,\s]+)\}|\{([\d,\s]+)\}|3(\d{1,2}))", environments):
        for minor in re.findall(r"\d+", ",".join(m for m in minors if m)):
            minor = minor[1:] if minors[1] and minor.startswith("3") else minor
            found.hint(f"3.{minor}", "tox.ini", line, "tox's environments")


def _workflows(source: Source, found: _Found) -> None:
    """python-version of GitHub's workflows and image names of GitLab's: the lines where they stand."""
    paths = [f for f in source.under(".github/workflows") if f.endswith((".yml", ".yaml"))][:WORKFLOWS]
    for path in paths:
        text = _text(source, path)
        block = -1
        for number, line in enumerate((text or "").split("\n"), 1):
            line = re.sub(r"(^|\s)#.*", "", line)
            match = re.match(r"(\s*)(?:- )?[\"']?python[-_]?versions?[\"']?\s*:\s*(.*)$", line, re.IGNORECASE)
            if match:
                block = len(match.group(1)) if not match.group(2).strip() else -1
                for version in re.findall(r"(?<![\d.])3\.\d{1,2}(?!\d)", match.group(2)):
                    found.hint(version, path, number, "CI runs it")
                continue
            item = re.match(r"(\s*)-\s+[\"']?(3\.\d{1,2})(?:\.\d+)?[\"']?\s*$", line)
            if block >= 0 and item and len(item.group(1)) >= block:
                found.hint(item.group(2), path, number, "CI runs it")
            elif line.strip() and not item:
                block = -1
    text = _text(source, ".gitlab-ci.yml")
    for number, line in enumerate((text or "").split("\n"), 1):
        match = re.match(r"\s*image:\s*[\"']?(?:[\w./-]+/)?python:(3\.\d+)", line)
        if match:
            found.hint(match.group(1), ".gitlab-ci.yml", number, "CI runs it")


DOCKERFILE = re.compile(r"(.*[.-])?(Dockerfile|Containerfile)([.-].*)?", re.IGNORECASE)


def _dockerfiles(source: Source, found: _Found) -> None:
    paths = [f for f in source.near(2) if DOCKERFILE.fullmatch(f.rpartition("/")[2])]
    for path in paths[:WORKFLOWS]:
        text = _text(source, path)
        arguments: dict[str, str] = {}
        for number, line in enumerate((text or "").split("\n"), 1):
            default = re.match(r"\s*ARG\s+(\w+)=[\"']?([\w./:-]+)", line, re.IGNORECASE)
            if default:
                arguments[default.group(1)] = default.group(2)
            match = re.match(r"\s*FROM\s+(?:--\S+\s+)*[\"']?(\S+?)[\"']?(?:\s|$)", line, re.IGNORECASE)
            if match:
                image = re.sub(
                    r"\$\{?(\w+)(?::-[^}]*)?\}?", lambda m, known=arguments: known.get(m.group(1), ""), match.group(1)
                )
                version = re.search(r"(?:^|/)(?:python|pypy|bitnami/python):v?(3\.\d+)(?!\d)", image) or re.search(
                    r"python-?(3\.\d+)(?!\d)", image
                )
                if version:
                    found.hint(version.group(1), path, number, OWN_IMAGE)


def _compiled(source: Source, found: _Found) -> None:
    """The Python that pip-compile or uv resolved a requirements file for, in its header."""
    from dockgen.detect.managers.pip import production_file

    path = production_file(source)
    if path is None:
        return
    for number, line in enumerate((source.text(path) or "").split("\n")[:12], 1):
        match = re.match(r"#.*(?:with [Pp]ython (3\.\d+)|--python-version[= ](3\.\d+))(?!\d)", line)
        if match:
            found.hint(match.group(1) or match.group(2), path, number, "the requirements were resolved for it")


def _text(source: Source, path: str) -> str | None:
    """A file that decides nothing by itself: what cannot be read is passed over."""
    try:
        return source.text(path, 1_000_000)
    except DockgenError:
        return None
