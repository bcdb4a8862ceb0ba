"""What the program touches besides Python: programs it starts, files it writes, files it reads."""

from __future__ import annotations

import ast
import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator

from dockgen.detect.names import (
    Module,
    argument,
    assigned,
    is_development_settings,
    is_helper,
    keyword,
    modules,
    text_of,
)
from dockgen.detect.ports import assigned_value
from dockgen.facts import Dependency, Django, Evidence, Fact
from dockgen.knowledge import table
from dockgen.source import Source

STARTERS = frozenset(
    {"subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen",
     "subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen", "asyncio.create_subprocess_exec",
     "asyncio.create_subprocess_shell", "shutil.which", "distutils.spawn.find_executable", "anyio.run_process",
     "anyio.open_process", "trio.run_process", "pexpect.spawn"}
)  # fmt: skip
STARTER_PREFIXES = ("os.exec", "os.spawn", "os.posix_spawn")
EVERYWHERE = frozenset(
    {"python", "python3", "sh", "bash", "echo", "ls", "cat", "cp", "mv", "rm", "mkdir", "pwd", "true", "false", "env",
     "cd", "export", "clear", "cls", "dir", "start", "open", "explorer", "cmd", "powershell", "test", "which", "where",
     "touch", "chmod", "sleep", "kill", "date", "grep", "sed", "awk", "tar", "gzip", "find", "sort", "head", "tail",
     "uname", "hostname", "pip", "pip3", "sudo", "xdg-open", "osascript", "pbcopy", "id", "nohup", "set", "exec", "if"}
)  # fmt: skip
"""In every image of Python, or never in a container."""


def detect_calls(source: Source) -> tuple[Fact[str], ...]:
    """Programs that the code starts by a literal name, without those that every image has."""
    found: dict[str, list[Evidence]] = {}
    program = modules(source)
    for module in program:
        if is_helper(module.path):
            continue
        for name, place in _plumbum(module):
            if name not in EVERYWHERE and not _done_without(program, module, place, name):
                where = Evidence(module.path, getattr(place, "lineno", 1), f"plumbum starts {name}")
                found.setdefault(name, []).append(where)
        pairs = [pair for node in module.of(ast.Assign, ast.AnnAssign) if (pair := assigned(node))]
        # Of several values the one that is written out: what a function returns was a list there.
        lists = dict(sorted(pairs, key=lambda pair: isinstance(pair[1], (ast.List, ast.Tuple))))
        for node in module.of(ast.Call):
            if not isinstance(node, ast.Call):
                continue
            dotted = module.resolve(node.func)
            inner = next((name for call, name in INSIDE.items() if f".{call}" in dotted), "")
            if inner:
                where = Evidence(module.path, node.lineno, f"{dotted} starts {inner}")
                found.setdefault(inner, []).append(where)
            if dotted not in STARTERS and not dotted.startswith(STARTER_PREFIXES):
                continue
            given = argument(node, 0, "args", "cmd", "command", "file", "program")
            if isinstance(given, ast.Name) and given.id in lists:
                given = lists[given.id]
            given = _by_default(module, given)
            shell = dotted in ("os.system", "os.popen", "asyncio.create_subprocess_shell") or "get" in dotted
            shell = shell or text_of(keyword(node, "shell")) == "true"
            name = _program(module, given, shell or not dotted.startswith(("subprocess", "asyncio")))
            if name == "git" and shell and keyword(node, "cwd") is None and _of_checkout(module, given):
                continue
            if name and name not in EVERYWHERE and not _done_without(program, module, node, name):
                found.setdefault(name, []).append(Evidence(module.path, node.lineno, f"{dotted} starts {name}"))
    return tuple(Fact(name, tuple(evidence[:PLACES])) for name, evidence in sorted(found.items()))


def _by_default(module: Module, given: ast.expr | None) -> ast.expr | None:
    """What a program is by default, where a variable may say another: `tool = os.getenv("TOOL", "pdftohtml")`."""
    made = assigned_value(module, given.id) if isinstance(given, ast.Name) else given
    if isinstance(made, ast.Call) and module.resolve(made.func) in ("os.getenv", "os.environ.get"):
        return argument(made, 1, "default") or given
    return given


PLACES = 20
"""Of a program that is started in many places as many are kept: which of them is come to is decided later."""

INSIDE = {
    "FFmpegPCMAudio": "ffmpeg",
    "FFmpegOpusAudio": "ffmpeg",
    "FFMpegWriter": "ffmpeg",
    "FFMpegFileWriter": "ffmpeg",
}
"""Classes and functions of libraries that start a program of which their distribution can do without elsewhere: the
voice of discord.py and its kin (discordpy.readthedocs.io, "FFmpegPCMAudio"), matplotlib's films."""

OF_CHECKOUT = frozenset(
    {"pull", "fetch", "describe", "rev-parse", "rev-list", "log", "status", "show", "branch", "remote", "diff", "reset",
     "checkout", "stash", "symbolic-ref", "config"}
)  # fmt: skip
"""What git does with the checkout that it is started in. An image has none, so that a shell comes back with an error
with git or without it; started without a shell, only a missing git raises."""


def _of_checkout(module: Module, given: ast.AST | None) -> bool:
    if isinstance(given, (ast.List, ast.Tuple)):
        words = [module.string(one) or "" for one in given.elts]
    else:
        words = (module.string(given) or "").split()
    return len(words) > 1 and words[1] in OF_CHECKOUT and "clone" not in words


def _plumbum(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """Programs of plumbum: local["git"], from plumbum.cmd import git (plumbum.readthedocs.io, "Local Commands")."""
    if not any(origin.startswith("plumbum") for origin in module.imports.values()):
        return
    for node in module.of(ast.Subscript):
        name = module.string(node.slice) if module.resolve(node.value) == "plumbum.local" else None
        if name:
            yield name, node
    for statement in module.of(ast.ImportFrom):
        if statement.module == "plumbum.cmd":
            for alias in statement.names:
                yield alias.name.replace("_", "-"), statement


MISSING = frozenset({"FileNotFoundError", "OSError", "EnvironmentError", "IOError", "Exception", "BaseException"})
"""What a program that is not there raises, and what catches it."""


DESCRIBING = frozenset(
    {"git", "hg", "svn", "nvidia-smi", "rocm-smi", "docker", "lsb_release", "sysctl", "systemctl", "service", "ip",
     "ifconfig", "arp", "vcgencmd", "system_profiler", "rpm", "dpkg", "free", "lscpu", "hostnamectl", "pip", "conda"}
)  # fmt: skip
"""Programs that are asked what version or machine this is. Where code catches that they are missing, nobody misses
them; who catches a missing ffmpeg mostly tells that it is missing."""


CALLERS = 4
"""How many functions up a question about versions is followed to who catches its failure."""


def _done_without(program: tuple[Module, ...], module: Module, node: ast.AST, name: str) -> bool:
    """Whether the container can do without the program: a question about versions whose failure is caught, here or
    by whoever calls the function that asks; or a command of the person at `flask`."""
    caught, function = _caught(module, node)
    if function is not None and not caught:
        decorators = (d.func if isinstance(d, ast.Call) else d for d in function.decorator_list)
        if any(module.resolve(d).endswith(".cli.command") for d in decorators):
            return True
    if name not in DESCRIBING:
        return False
    for _ in range(CALLERS):
        if caught or function is None:
            return caught
        calls = [
            (other, call)
            for other in program
            for call in other.of(ast.Call)
            if isinstance(call.func, (ast.Name, ast.Attribute))
            and (call.func.id if isinstance(call.func, ast.Name) else call.func.attr) == function.name
        ]
        results = [_caught(other, call) for other, call in calls]
        if results and all(was for was, _ in results):
            return True
        open_ends = {id(f): f for was, f in results if not was}
        if not results or len(open_ends) != 1:
            return False
        function = next(iter(open_ends.values()))
    return False


def _caught(module: Module, node: ast.AST) -> tuple[bool, ast.FunctionDef | ast.AsyncFunctionDef | None]:
    """Whether a missing program is caught around this place, and else the function that the error leaves."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.Try) and child in parent.body:
            for handler in parent.handlers:
                errors = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                catches = handler.type is None or any(module.resolve(e) in MISSING for e in errors)
                ends = any(
                    isinstance(n, ast.Raise) or (isinstance(n, ast.Call) and module.resolve(n.func) in ENDS)
                    for n in ast.walk(handler)
                )
                if catches and not ends:
                    return True, None
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False, parent
    return False, None


ENDS = frozenset({"exit", "quit", "sys.exit", "os._exit"})


def _program(module: Module, given: ast.AST | None, words: bool) -> str:
    if isinstance(given, (ast.List, ast.Tuple)) and given.elts:
        text, words = module.string(given.elts[0]), False
    elif isinstance(given, ast.JoinedStr) and given.values and isinstance(given.values[0], ast.Constant):
        text = str(given.values[0].value)
        if " " not in text:
            return ""
        words = True
    elif isinstance(given, ast.BinOp) and isinstance(given.op, (ast.Add, ast.Mod)):
        left: ast.AST = given.left
        while isinstance(left, ast.BinOp):
            left = left.left
        return _program(module, left, words)
    else:
        text = module.string(given)
    if not text or len(text) > 2000:
        return ""
    if words or " " in text:
        try:
            parts = shlex.split(text)
        except ValueError:
            parts = text.split()
        while parts and ("=" in parts[0] or parts[0] in ("sudo", "exec", "env", "nohup")):
            parts = parts[1:]
        text = parts[0] if parts else ""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", text) or text.endswith((".py", ".sh", ".exe", ".bat")):
        return ""
    return text


# ---- what is written ------------------------------------------------------------------------------

WRITERS = {
    "logging.FileHandler": 0,
    "logging.handlers.RotatingFileHandler": 0,
    "logging.handlers.TimedRotatingFileHandler": 0,
    "logging.handlers.WatchedFileHandler": 0,
    "sqlite3.connect": 0,
    "sqlite3.dbapi2.connect": 0,
    "aiosqlite.connect": 0,
    "shelve.open": 0,
    "tinydb.TinyDB": 0,
    "duckdb.connect": 0,
    "peewee.SqliteDatabase": 0,
    "shutil.copy": 1,
    "shutil.copyfile": 1,
    "shutil.copy2": 1,
    "shutil.move": 1,
    "urllib.request.urlretrieve": 1,
    "cairo.SVGSurface": 0,
    "cairo.PDFSurface": 0,
    "cairo.PSSurface": 0,
}
MAKERS = frozenset({"os.makedirs", "os.mkdir"})
METHODS_FILE = frozenset({"write_text", "write_bytes", "touch"})
SAVERS = frozenset(
    {
        "to_csv",
        "to_excel",
        "to_parquet",
        "to_json",
        "to_pickle",
        "to_html",
        "savefig",
        "save",
        "export",
        "write_html",
        "write_png",
        "write_image",
        "write_pdf",
        "imwrite",
    }
)
ORDINARY = re.compile(r"[\w.@+~=,()/ -]+")
"""Names that a Dockerfile and a compose file can carry."""
SAVED = re.compile(r"[^\s:*?\"<>|]+\.[A-Za-z0-9]{1,8}")
WRITE_MODE = re.compile(r"[rbt]*[wax+][wax+bt]*")


def detect_writes(source: Source, dependencies: Iterable[Dependency], django: Django | None) -> tuple[Fact[str], ...]:
    """Folders below the project that the code writes to; "." for the working directory itself."""
    found: dict[str, list[Evidence]] = {}
    flask = _flask_folder(source, dependencies)

    def note(folder: str | None, evidence: Evidence) -> None:
        if folder is not None:
            found.setdefault(folder, []).append(evidence)

    for module in modules(source):
        if is_helper(module.path):
            continue
        paths = Paths(module, source, flask)
        named = _mentions_sqlite(source, module)
        kinds = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Dict, ast.Call) if named else (ast.Call,)
        for node in module.of(*kinds):
            for folder, why in _written(module, node, paths):
                note(folder, Evidence(module.path, getattr(node, "lineno", None), why))
    if django is not None:
        where = django.evidence[0] if django.evidence else Evidence(django.manage, None, "")
        if django.media_root:
            note(_inside(django.media_root), Evidence(where.file, where.line, "Django's MEDIA_ROOT"))
    writers = table("services")["writers"]
    for dependency in dependencies:
        if dependency.direct and not dependency.group and dependency.name in writers:
            row = writers[dependency.name]
            place = dependency.evidence[0] if dependency.evidence else Evidence(".", None, "")
            note(row["path"], Evidence(place.file, place.line, row["why"]))
    return tuple(Fact(folder, tuple(evidence[:3])) for folder, evidence in sorted(found.items()))


def _inside(path: str) -> str | None:
    """The path normalised, None when it leaves the project."""
    if path.startswith(("/", "~", "\\")) or "://" in path:
        return None
    normal = posixpath.normpath(path or ".")
    if normal.startswith("..") or not ORDINARY.fullmatch(normal) or len(normal) > 200:
        return None
    return normal


class Paths:
    """Puts literal paths of a module together: strings, BASE_DIR / "x", os.path.join, dirname(__file__)."""

    def __init__(self, module: Module, source: Source, flask_folder: str = "instance"):
        self.module = module
        self.source = source
        self.flask_folder = flask_folder
        self.steps = 0  # names can stand for names: an expression of a few lines could grow without end
        self.names: dict[str, ast.expr] = {}
        for node in module.of(ast.Assign, ast.AnnAssign, ast.keyword, ast.Dict):
            pair = assigned(node)
            if pair:
                self.names.setdefault(*pair)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                key = text_of(node.targets[0].slice)  # app.config["UPLOADS"] = ...
                if key and key.isupper():
                    self.names.setdefault(f"[{key}]", node.value)
            elif isinstance(node, ast.Dict):
                for name, value in zip(node.keys, node.values, strict=True):
                    key = text_of(name)
                    if key and key.isupper():
                        self.names.setdefault(f"[{key}]", value)
            elif isinstance(node, ast.keyword) and node.arg and node.arg.isupper():
                self.names.setdefault(f"[{node.arg}]", node.value)

    def of(self, node: ast.AST | None, depth: int = 0) -> str | None:
        """The path, relative to the working directory (the project's root), None where it is not literal."""
        self.steps = self.steps + 1 if depth else 0
        if node is None or depth > 12 or self.steps > 300:
            return None
        folder = posixpath.dirname(self.module.path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.Name):
            if node.id == "__file__":
                return self.module.path
            if node.id in ("BASE_DIR", "ROOT_DIR", "PROJECT_ROOT", "PROJECT_DIR") and node.id not in self.names:
                return "."
            value = self.names.get(node.id)
            return None if value is None else self.of(value, depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            left, right = self.of(node.left, depth + 1), self.of(node.right, depth + 1)
            return None if left is None or right is None else posixpath.join(left, right)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            whole, one = self.of(node.left, depth + 1), self.of(node.right, depth + 1)
            return whole.replace("%s", one) if whole and one and whole.count("%") == 1 else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.of(node.left, depth + 1), self.of(node.right, depth + 1)
            return None if left is None or right is None else left + right
        if isinstance(node, ast.Attribute):
            if node.attr == "parent":
                inner = self.of(node.value, depth + 1)
                return None if inner is None else posixpath.dirname(inner) or "."
            if node.attr == "BASE_DIR":
                return "."
            if node.attr == "root_path":  # Flask: the folder of the module that makes the application
                return folder or "."
            if node.attr == "instance_path":
                return "instance"
            return None
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and self._is_config(node.value):
            value = self.names.get(f"[{text_of(node.slice)}]")
            return None if value is None else self.of(value, depth + 1)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            inner = self.of(node.value.value, depth + 1)
            index = text_of(node.slice)
            if inner is None or index is None or not index.isdigit() or int(index) > 20:
                return None
            for _ in range(int(index) + 1):
                inner = posixpath.dirname(inner) or "."
            return inner
        if isinstance(node, ast.JoinedStr):
            text = ""
            for value in node.values:
                if isinstance(value, ast.Constant):
                    text += value.value if isinstance(value.value, str) else ""
                else:
                    part = self.of(value.value, depth + 1) if isinstance(value, ast.FormattedValue) else None
                    text += part if part is not None else "\1"
            return text
        if isinstance(node, ast.Call):
            return self._call(node, folder, depth)
        return None

    @staticmethod
    def _is_config(node: ast.expr) -> bool:
        return (isinstance(node, ast.Attribute) and node.attr == "config") or (
            isinstance(node, ast.Name) and node.id == "config"
        )

    def _call(self, node: ast.Call, folder: str, depth: int) -> str | None:
        dotted = self.module.resolve(node.func)
        last = dotted.rpartition(".")[2] or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
        if dotted in ("pathlib.Path", "Path", "pathlib.PurePath", "anyio.Path", "str", "os.fspath"):
            parts = [self.of(a, depth + 1) for a in node.args] or ["."]
            return None if None in parts else posixpath.join(*[p for p in parts if p is not None])
        if dotted in ("pathlib.Path.cwd", "Path.cwd", "os.getcwd"):
            return "."
        if last in ("resolve", "absolute", "as_posix", "expanduser") and isinstance(node.func, ast.Attribute):
            return self.of(node.func.value, depth + 1)
        if dotted in ("os.path.join", "posixpath.join"):
            parts = [self.of(a, depth + 1) for a in node.args]
            if not parts or parts[0] is None:
                return None
            known: list[str] = []
            for part in parts:
                known.append(part if part is not None else "\1")
            return posixpath.join(*known)
        if dotted in ("os.path.dirname",) and node.args:
            inner = self.of(node.args[0], depth + 1)
            return None if inner is None else posixpath.dirname(inner) or "."
        if dotted in ("os.path.abspath", "os.path.realpath", "os.path.normpath") and node.args:
            return self.of(node.args[0], depth + 1)
        if last == "format" and isinstance(node.func, ast.Attribute) and len(node.args) == 1 and not node.keywords:
            whole, one = self.of(node.func.value, depth + 1), self.of(node.args[0], depth + 1)
            return whole.replace("{}", one) if whole and one and whole.count("{") == 1 else None
        if last == "joinpath" and isinstance(node.func, ast.Attribute):
            parts = [self.of(node.func.value, depth + 1), *(self.of(a, depth + 1) for a in node.args)]
            return None if None in parts else posixpath.join(*[p for p in parts if p is not None])
        if dotted in ("os.environ.get", "os.getenv") or (last in ("get", "config", "env") and len(node.args) > 1):
            default = argument(node, 1, "default")
            return self.of(default, depth + 1) if default is not None else None
        return None

    def folder_of_file(self, node: ast.AST | None) -> str | None:
        """The folder that a file path lies in."""
        path = self.of(node)
        if not path or path in (":memory:", ".") or "\\" in path:
            return None
        return self.known(posixpath.dirname(path))

    def known(self, path: str) -> str | None:
        """A folder inside the project, cut where a part is not literal."""
        parts = []
        for part in path.split("/"):
            if "\1" in part:
                break
            parts.append(part)
        if path.startswith("\1"):
            return None
        return _inside("/".join(parts))


def _written(module: Module, node: ast.AST, paths: Paths) -> Iterator[tuple[str | None, str]]:
    if isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Dict)) or _url(node):
        path = _sqlite_path(module, node, paths)
        if path:
            yield paths.known(posixpath.dirname(path)), "an SQLite file"
        return
    if not isinstance(node, ast.Call):
        return
    dotted = module.resolve(node.func)
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if dotted in ("open", "io.open", "codecs.open", "aiofiles.open", "builtins.open", "gzip.open"):
        mode = text_of(argument(node, 1, "mode"))
        if mode and WRITE_MODE.fullmatch(mode):
            yield paths.folder_of_file(argument(node, 0, "file")), f"opens a file for writing (mode {mode})"
    elif dotted in WRITERS:
        keyed = argument(node, WRITERS[dotted], "filename", "database", "dst", "path")
        yield paths.folder_of_file(keyed), f"{dotted} writes a file"
    elif dotted == "logging.basicConfig" and keyword(node, "filename") is not None:
        yield paths.folder_of_file(keyword(node, "filename")), "logging.basicConfig writes a file"
    elif dotted in MAKERS:
        path = paths.of(argument(node, 0, "name", "path"))
        folder = paths.known(path) if path else None
        if folder != ".":
            yield folder, f"{dotted} makes a folder"
    elif method == "mkdir" and isinstance(node.func, ast.Attribute):
        path = paths.of(node.func.value)
        folder = paths.known(path) if path else None
        if folder != ".":
            yield folder, "makes a folder"
    elif method in METHODS_FILE and isinstance(node.func, ast.Attribute):
        yield paths.folder_of_file(node.func.value), f"{method} writes a file"
    elif method == "open" and isinstance(node.func, ast.Attribute):
        mode = text_of(argument(node, 0, "mode"))
        if mode and WRITE_MODE.fullmatch(mode):
            yield paths.folder_of_file(node.func.value), f"opens a file for writing (mode {mode})"
    elif method in SAVERS and node.args:
        path = paths.of(node.args[0])
        if path and SAVED.fullmatch(path.replace("\1", "x")):
            yield paths.folder_of_file(node.args[0]), f"{method} writes a file"
    elif (dotted == "flask.Flask" or dotted == "quart.Quart") and any(
        isinstance(n, ast.Attribute) and n.attr in ("instance_path", "open_instance_resource") for n in module.nodes
    ):
        yield "instance", "Flask's instance folder"


SQLITE_ENGINES = (".sqlite3", ".spatialite")
SQLITE_OPENERS = ("sqlite3.connect", "sqlite3.dbapi2.connect", "aiosqlite.connect", "peewee.SqliteDatabase")


def detect_sqlite(source: Source, dependencies: Iterable[Dependency] = ()) -> tuple[Fact[str], ...]:
    """Files that SQLite opens for writing and whose path is literal, relative to the project."""
    found: dict[str, list[Evidence]] = {}
    flask = _flask_folder(source, dependencies)
    for module in modules(source):
        if is_helper(module.path) or is_development_settings(module.path) or not _mentions_sqlite(source, module):
            continue
        paths = Paths(module, source, flask)
        for node in module.of(ast.Constant, ast.JoinedStr, ast.BinOp, ast.Dict, ast.Call):
            file = _sqlite_file(module, node, paths)
            if file:
                found.setdefault(file, []).append(
                    Evidence(module.path, getattr(node, "lineno", None), "an SQLite file")
                )
    return tuple(Fact(file, tuple(evidence[:3])) for file, evidence in sorted(found.items()))


def _mentions_sqlite(source: Source, module: Module) -> bool:
    """Only to save time: a file without the word opens none."""
    return "sqlite" in (source.text(module.path) or "").lower()


def _sqlite_file(module: Module, node: ast.AST, paths: Paths) -> str | None:
    """The SQLite file that an expression names, where its whole path is literal."""
    path = _sqlite_path(module, node, paths)
    return _inside(path) if path and "\1" not in path else None


def _sqlite_path(module: Module, node: ast.AST, paths: Paths) -> str | None:
    """The path in a URL, in Django's DATABASES or in a call, with \\1 for what is not literal."""
    path: str | None = None
    if isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)):
        parent = module.parents.get(id(node))
        if isinstance(parent, (ast.Expr, ast.JoinedStr)) or (isinstance(parent, ast.BinOp) and _url(parent)):
            return None
        text = paths.of(node) if _url(node) else None
        match = (
            re.fullmatch(r"(?:(?:db|sqla)\+)?sqlite(?:\+\w+)?:///(?!/)([^:?]+?)(\?.*)?", text)
            if isinstance(text, str)
            else None
        )
        path = match[1] if match else None
        if path and isinstance(node, ast.Constant) and _flask_sqlalchemy(module, node):
            base = paths.flask_folder
            path = path if path.startswith((f"{base}/", "\1")) else posixpath.join(base, path)
    if path is None and isinstance(node, ast.Dict):
        options = {text_of(key): value for key, value in zip(node.keys, node.values, strict=True) if key is not None}
        engine = options.get("ENGINE")
        engines = [n.value for n in ast.walk(engine) if isinstance(n, ast.Constant)] if engine is not None else []
        if any(isinstance(e, str) and e.endswith(SQLITE_ENGINES) for e in engines):
            path = paths.of(options.get("NAME"))
    elif path is None and isinstance(node, ast.Call) and module.resolve(node.func) in SQLITE_OPENERS:
        path = paths.of(argument(node, 0, "database", "path"))
    return None if not path or path.startswith(("file:", ":memory:")) else path


def _url(node: ast.AST) -> bool:
    """Whether an expression is a text that begins with SQLite's scheme: a constant, an f-string, a sum, .format()."""
    for _ in range(20):
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
            node = node.left
        elif isinstance(node, ast.JoinedStr) and node.values:
            node = node.values[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            node = node.func.value
        else:
            break
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(SQLITE_SCHEMES)


SQLITE_SCHEMES = ("sqlite", "db+sqlite", "sqla+sqlite")
"""SQLAlchemy's scheme, and how Celery writes it for its results and its broker (docs.celeryq.dev, "result_backend")."""


def _flask_sqlalchemy(module: Module, node: ast.AST) -> bool:
    """Whether Flask-SQLAlchemy reads this URL: it takes a relative file from a folder of its own."""
    if any(name.split(".")[0] == "flask_sqlalchemy" for name in module.imports.values()):
        return True
    name = "SQLALCHEMY_DATABASE_URI"
    for child, parent in module.ancestors(node):
        if isinstance(parent, (ast.Assign, ast.AnnAssign)):
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            return any(
                (isinstance(t, ast.Name) and t.id == name)
                or (isinstance(t, ast.Attribute) and t.attr == name)
                or (isinstance(t, ast.Subscript) and text_of(t.slice) == name)
                for t in targets
            )
        if isinstance(parent, ast.keyword):
            return parent.arg == name
        if isinstance(parent, ast.Dict):
            return any(v is child and text_of(k) == name for k, v in zip(parent.keys, parent.values, strict=True))
    return False


def _flask_folder(source: Source, dependencies: Iterable[Dependency]) -> str:
    """Where Flask-SQLAlchemy looks for a relative SQLite file: the instance folder since 3.0, before that the folder
    of the module that makes the application (flask-sqlalchemy.palletsprojects.com, changes of 3.0)."""
    from packaging.version import InvalidVersion, Version

    pinned = next((d.version for d in dependencies if d.name == "flask-sqlalchemy" and d.version), None)
    try:
        if pinned is None or Version(pinned) >= Version("3"):
            return "instance"
    except InvalidVersion:
        return "instance"
    for module in modules(source):
        for node in module.of(ast.Call):
            if isinstance(node, ast.Call) and module.resolve(node.func) == "flask.Flask":
                return posixpath.dirname(module.path)
    return ""


# ---- what is read ---------------------------------------------------------------------------------


def detect_reads(source: Source, packages: Iterable[str]) -> tuple[Fact[str], ...]:
    """Files and folders outside the import packages that a string in the code names; the packages' own code is the
    first evidence."""
    top = {package.split(".")[0] for package in packages}
    found: dict[str, list[Evidence]] = {}
    for module in modules(source):
        for node in module.of(ast.Constant):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            text = node.value
            if (
                not text
                or len(text) > 200
                or any(c in text for c in "\n\0 ")
                or isinstance(module.parents.get(id(node)), ast.Expr)
            ):
                continue
            path = _inside(text)
            if path in (None, "."):
                continue
            assert path is not None
            first = path.split("/")[0]
            if first in top or first.startswith(".env") or first == ".git" or path.endswith(".py"):
                continue
            if source.has(path):
                found.setdefault(path, []).append(Evidence(module.path, node.lineno, f"names {path}"))
            elif path in source.folders and (path == first or "/" in text):
                a_word = "/" not in text and any(f.endswith(".py") for f in source.under(path))
                if a_word and not _opened(module, node):
                    continue
                found.setdefault(path, []).append(Evidence(module.path, node.lineno, f"names the folder {path}"))
    for evidence in found.values():
        evidence.sort(key=lambda e: top.isdisjoint(e.file.removesuffix(".py").split("/")))
    return tuple(Fact(path, tuple(evidence[:3])) for path, evidence in sorted(found.items()))


def _opened(module: Module, node: ast.AST) -> bool:
    """Whether the string is part of a path, and not just a word that is a folder's name too."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Div):
            return True
        if isinstance(parent, ast.Call) and child is not parent.func:
            name = module.resolve(parent.func).rpartition(".")[2]
            return name in ("Path", "join", "open", "listdir", "walk", "glob", "StaticFiles", "Jinja2Templates",
                            "FileSystemLoader", "FileSystemBytecodeCache", "send_from_directory", "static")  # fmt: skip
        if isinstance(parent, ast.stmt):
            return False
    return False
