"""setup.py and setup.cfg, read and never run: what is written there literally."""

from __future__ import annotations

import ast
import configparser
import re
from dataclasses import dataclass, field

from dockgen.detect.managers.common import normal
from dockgen.facts import ConsoleScript, Evidence
from dockgen.source import Source


@dataclass(slots=True)
class Setup:
    """The literal keywords of setup() and the options of setup.cfg, with their lines."""

    files: tuple[str, ...] = ()
    name: str | None = None
    name_evidence: Evidence | None = None
    requires_python: str | None = None
    requires_python_evidence: Evidence | None = None
    requires: list[tuple[str, Evidence]] = field(default_factory=list)
    extras: dict[str, list[tuple[str, Evidence]]] = field(default_factory=dict)
    computed: bool = False  # dependencies are there but not literal
    requirement_files: list[str] = field(default_factory=list)
    scripts: list[ConsoleScript] = field(default_factory=list)
    packages: list[str] | None = None
    find: dict[str, list[str]] | None = None  # where, include, exclude of find_packages()
    modules: list[str] = field(default_factory=list)
    package_dir: dict[str, str] = field(default_factory=dict)
    extensions: bool = False
    dynamic_version: str | None = None
    classifiers: list[tuple[str, Evidence]] = field(default_factory=list)

    @property
    def distribution(self) -> bool:
        """It describes a distribution, and is not only a place for tools' settings."""
        return bool(
            self.name
            or self.requires
            or self.packages is not None
            or self.find is not None
            or self.modules
            or self.computed
        )


def read_setup(source: Source) -> Setup | None:
    """setup.py and setup.cfg of the root, merged; None when neither describes a distribution."""
    setup = Setup()
    python = _read_py(source, setup)
    config = _read_cfg(source, setup)
    setup.files = tuple(name for name, there in (("setup.py", python), ("setup.cfg", config)) if there)
    return setup if setup.files else None


# ---- setup.cfg ----------------------------------------------------------------------------------


def _read_cfg(source: Source, setup: Setup) -> bool:
    text = source.text("setup.cfg")
    if text is None:
        return False
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError):
        return False
    if not parser.has_section("metadata") and not parser.has_section("options"):
        return False

    def value(section: str, *keys: str) -> str:
        for key in keys:
            for spelled in (key, key.replace("_", "-")):
                if parser.has_option(section, spelled):
                    return parser.get(section, spelled) or ""
        return ""

    def evidence(section: str, key: str, why: str, item: str | None = None) -> Evidence:
        return Evidence("setup.cfg", ini_line(text, section, key, item), why)

    if value("metadata", "name") and not setup.name:
        setup.name = value("metadata", "name").strip()
        setup.name_evidence = evidence("metadata", "name", "setup.cfg names the project")
    python = value("options", "python_requires").strip()
    if python and not setup.requires_python:
        setup.requires_python = python
        setup.requires_python_evidence = evidence("options", "python_requires", "setup.cfg's python_requires")
    requires = value("options", "install_requires")
    if requires.strip().startswith("file:"):
        setup.computed = True
        setup.requirement_files += _names(requires.strip()[5:])
    else:
        for item in _lines(requires):
            setup.requires.append((item, evidence("options", "install_requires", "setup.cfg's install_requires", item)))
    if parser.has_section("options.extras_require"):
        for extra in parser.options("options.extras_require"):
            items = _lines(parser.get("options.extras_require", extra) or "")
            setup.extras.setdefault(extra, []).extend(
                (i, evidence("options.extras_require", extra, f"extra {extra}", i)) for i in items
            )
    if parser.has_section("options.entry_points"):
        for item in _lines(value("options.entry_points", "console_scripts")):
            script = _script(item, evidence("options.entry_points", "console_scripts", "console script", item))
            if script:
                setup.scripts.append(script)
    packages = value("options", "packages").strip()
    if packages.startswith(("find:", "find_namespace:")) and setup.find is None and setup.packages is None:
        section = "options.packages.find"
        setup.find = (
            {k: _names(value(section, k)) for k in ("where", "include", "exclude")}
            if parser.has_section(section)
            else {}
        )
    elif packages and setup.packages is None and setup.find is None:
        setup.packages = _names(packages)
    setup.modules += [m for m in _names(value("options", "py_modules")) if m not in setup.modules]
    for item in _lines(value("options", "package_dir")):
        key, _, folder = item.partition("=")
        setup.package_dir.setdefault(key.strip(), folder.strip())
    if not setup.dynamic_version and re.search(r"\bpbr\b", value("options", "setup_requires")):
        setup.dynamic_version = "pbr"
    for item in _lines(value("metadata", "classifiers", "classifier")):
        setup.classifiers.append((item, evidence("metadata", "classifiers", "classifier", item)))
    return True


def ini_line(text: str, section: str, key: str, item: str | None = None) -> int | None:
    """The line of a key in a section of an INI file, or of a text among its value's lines."""
    current, found = "", None
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\[([^\]]+)\]", line)
        if header:
            current = header.group(1).strip()
            continue
        if current != section:
            continue
        if found is None and re.match(re.escape(key).replace("_", "[_-]") + r"\s*[=:]", line, re.IGNORECASE):
            found = number
            if item is None:
                return number
        if found is not None and item is not None and item in line:
            return number
    return found


def _lines(text: str) -> list[str]:
    found = []
    for line in text.splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        if line:
            found.append(line)
    return found


def _names(text: str) -> list[str]:
    return [item.strip() for item in re.split(r"[,\n]", text) if item.strip()]


def _script(text: str, evidence: Evidence) -> ConsoleScript | None:
    match = re.fullmatch(r"\s*([^\s=]+)\s*=\s*([\w.]+(?::[\w.]+)?)\s*(?:\[.*\])?\s*", text)
    return ConsoleScript(match.group(1), match.group(2), evidence) if match else None


# ---- setup.py -----------------------------------------------------------------------------------


def _read_py(source: Source, setup: Setup) -> bool:
    tree = source.tree("setup.py")
    if tree is None:
        return False
    call = _setup_call(tree)
    if call is None:
        return False
    names = _constants(tree)
    keywords: dict[str, ast.expr] = {k.arg: k.value for k in call.keywords if k.arg}
    for keyword in call.keywords:  # setup(**config) with a literal config
        if keyword.arg is None:
            value = _resolve(keyword.value, names)
            if isinstance(value, ast.Dict):
                for key, item in zip(value.keys, value.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        keywords.setdefault(key.value, item)

    def evidence(node: ast.expr, why: str) -> Evidence:
        return Evidence("setup.py", node.lineno, why)

    def text(key: str) -> str | None:
        node = _resolve(keywords[key], names) if key in keywords else None
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    setup.name = text("name")
    if setup.name:
        setup.name_evidence = evidence(keywords["name"], "setup.py names the project")
    setup.requires_python = text("python_requires")
    if setup.requires_python:
        setup.requires_python_evidence = evidence(keywords["python_requires"], "setup.py's python_requires")
    if "install_requires" in keywords:
        node = _resolve(keywords["install_requires"], names)
        items = _strings(node, names)
        if items is None:
            setup.computed = True
            setup.requirement_files += _opened(tree)
        for text_, where in items or ():
            setup.requires += [(line, evidence(where, "setup.py's install_requires")) for line in _lines(text_)]
    extras = _resolve(keywords["extras_require"], names) if "extras_require" in keywords else None
    if isinstance(extras, ast.Dict):
        for key, value in zip(extras.keys, extras.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                items = _strings(_resolve(value, names), names) or []
                setup.extras[key.value] = [(item, evidence(where, f"extra {key.value}")) for item, where in items]
    points = _resolve(keywords["entry_points"], names) if "entry_points" in keywords else None
    if isinstance(points, ast.Dict):
        for key, value in zip(points.keys, points.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "console_scripts":
                for text_, where in _strings(_resolve(value, names), names) or ():
                    for line in _lines(text_):
                        script = _script(line, evidence(where, "console script"))
                        if script:
                            setup.scripts.append(script)
    elif isinstance(points, ast.Constant) and isinstance(points.value, str):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(points.value)
            lines = parser.items("console_scripts")
        except (configparser.Error, ValueError):
            lines = []
        for name, target in lines:
            script = _script(f"{name} = {target}", evidence(points, "console script"))
            if script:
                setup.scripts.append(script)
    _packages(setup, keywords, names)
    setup.extensions = bool({"ext_modules", "cffi_modules", "rust_extensions"} & keywords.keys())
    if "use_scm_version" in keywords:
        setup.dynamic_version = "setuptools-scm"
    elif "setuptools_git_versioning" in keywords:
        setup.dynamic_version = "setuptools-git-versioning"
    elif "pbr" in keywords:
        setup.dynamic_version = "pbr"
    classifiers = _strings(keywords.get("classifiers"), names) or ()
    setup.classifiers += [(item, evidence(where, "classifier")) for item, where in classifiers]
    return True


def _packages(setup: Setup, keywords: dict[str, ast.expr], names: dict[str, ast.expr]) -> None:
    node = _resolve(keywords["packages"], names) if "packages" in keywords else None
    if isinstance(node, ast.Call) and _called(node) in ("find_packages", "find_namespace_packages", "find"):
        found: dict[str, list[str]] = {}
        for position, argument in enumerate(node.args[:3]):
            found[("where", "exclude", "include")[position]] = _flat(argument, names)
        for keyword in node.keywords:
            if keyword.arg in ("where", "include", "exclude"):
                found[keyword.arg] = _flat(keyword.value, names)
        setup.find = found
    elif node is not None:
        items = _strings(node, names)
        if items is not None:
            setup.packages = [item for item, _ in items]
    if "py_modules" in keywords:
        setup.modules = _flat(keywords["py_modules"], names)
    folders = _resolve(keywords["package_dir"], names) if "package_dir" in keywords else None
    if isinstance(folders, ast.Dict):
        for key, value in zip(folders.keys, folders.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                setup.package_dir[str(key.value)] = str(value.value)


def _called(node: ast.Call) -> str:
    return (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )


def _setup_call(tree: ast.Module) -> ast.Call | None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) == "setup":
            return node
    return None


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Module-level names that are assigned once, as a first approximation of their value."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = node.value
    return found


def _resolve(node: ast.expr, names: dict[str, ast.expr], depth: int = 0) -> ast.expr:
    while isinstance(node, ast.Name) and node.id in names and depth < 10:
        node, depth = names[node.id], depth + 1
    return node


def _strings(node: ast.expr | None, names: dict[str, ast.expr], depth: int = 0) -> list[tuple[str, ast.expr]] | None:
    """The literal strings of a list, tuple, set, sum of them, or one string; None when it is computed."""
    if node is None or depth > 10:
        return None
    node = _resolve(node, names)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [(node.value, node)]
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        found: list[tuple[str, ast.expr]] = []
        for item in node.elts:
            inner = _strings(item.value if isinstance(item, ast.Starred) else item, names, depth + 1)
            if inner is None:
                return None
            found += inner
        return found
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _strings(node.left, names, depth + 1), _strings(node.right, names, depth + 1)
        return None if left is None or right is None else left + right
    text = _formatted(node, names)
    return None if text is None else [(text, node)]


def _formatted(node: ast.expr, names: dict[str, ast.expr]) -> str | None:
    """The text of "{0}-api".format(NAME) and f"{NAME}-api" where each part is a plain placeholder of a literal name."""

    def literal(part: ast.expr) -> str | None:
        part = _resolve(part, names)
        return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None

    if isinstance(node, ast.JoinedStr):
        parts = [
            literal(p.value) if isinstance(p, ast.FormattedValue) and p.format_spec is None else literal(p)
            for p in node.values
        ]
        return None if None in parts else "".join(p for p in parts if p is not None)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"):
        return None
    text, given = literal(node.func.value), [literal(a) for a in node.args]
    named = {k.arg: literal(k.value) for k in node.keywords}
    if text is None:
        return None
    automatic = iter(range(len(given)))
    parts = []
    for piece in re.split(r"(\{\w*\})", text):
        if not re.fullmatch(r"\{\w*\}", piece):
            parts.append(None if "{" in piece or "}" in piece else piece)
            continue
        key = piece[1:-1] or str(next(automatic, len(given)))
        parts.append((given[int(key)] if int(key) < len(given) else None) if key.isdigit() else named.get(key))
    return None if None in parts else "".join(p for p in parts if p is not None)


def _flat(node: ast.expr, names: dict[str, ast.expr]) -> list[str]:
    return [item for item, _ in _strings(node, names) or ()]


def _opened(tree: ast.Module) -> list[str]:
    """Requirement files that setup.py names in a string: what a computed install_requires reads."""
    found = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[\w./-]*requirements?[\w./-]*\.(txt|in)", node.value)
        ):
            found.append(node.value)
    return sorted(set(found))


def backend_of_setup(setup: Setup | None) -> str | None:
    """The back end that pip uses for a setup.py without a build-system table (PEP 517)."""
    return "setuptools.build_meta:__legacy__" if setup and "setup.py" in setup.files else None


def names_of(items: list[tuple[str, Evidence]]) -> set[str]:
    """Normal names of requirement texts."""
    return {normal(m.group()) for text, _ in items if (m := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", text))}
