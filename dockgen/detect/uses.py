"""What becomes of the value that a read gives: where the program uses it later, and whether that can do without.

A read that is kept first (`TOKEN = os.getenv("TOKEN")`, `self.url = ...`, `Config(url=os.getenv("URL"))`, an option of
argparse whose default it is) shows its need elsewhere: in an `if not TOKEN: raise`, in `TOKEN + "/path"`, in an address.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockgen.detect.absence import NAMESPACES, exits, fails_on_none
from dockgen.detect.chosen import by_choice
from dockgen.detect.names import Module, assigned, keyword, text_of
from dockgen.detect.unset import skipped

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SETTING = re.compile(r"[A-Z][A-Z0-9_]{2,}")
ADDRESSED = re.compile(r"^[a-z][a-z0-9+]*://")
AUTHORIZED = re.compile(r"(Bearer|Token|Basic|Bot|ApiKey|token) $")
"""What a header says before the secret."""

CLIENTS = frozenset({"requests", "httpx", "urllib", "aiohttp", "websockets", "websocket", "urllib3"})
HARMLESS = frozenset(
    {"print", "len", "bool", "isinstance", "str", "repr", "getattr", "hasattr", "setattr", "any", "all", "dict", "Field",
     "debug", "info", "warning", "warn", "error", "critical", "exception", "log", "get", "setdefault", "append", "pop",
     "exists", "isfile", "isdir", "add_argument", "Option", "option", "compare_digest"}
)  # fmt: skip
"""Calls that take None."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a read is kept: under which `name`, and as what: "name", "local", "class", "self", "option", "field", "entry"."""

    name: str
    kind: str
    owner: str = ""  # the class, the object that holds the field, or the key of the entry
    scope: ast.AST | None = None


def need_of(module: Module, call: ast.AST, modules: tuple[Module, ...], *, empty: bool = False) -> str:
    """What the program does with the value later, where nothing gives it one: "fails" where it ends or breaks,
    "passed" where it is handed to another function or put into a header or an address, "" where neither shows or the
    code asks for it first. With `empty` it is the text "", which breaks nothing by itself."""
    if _only_host(module, call):
        return "fails"
    kept = _kept(module, call, modules)
    uses = [(module, call)] if kept is None else [*_uses(module, kept, modules)]
    found = {_need(where, use, empty, where is module, modules) for where, use in uses}
    if "ends" in found:
        return "fails"
    if "asked" in found or empty:
        return ""
    return next((what for what in ("fails", "passed") if what in found), "")


def _only_host(module: Module, call: ast.AST) -> bool:
    """Whether it is the whole of Django's list of hosts: ALLOWED_HOSTS = [os.getenv("HOST")] allows none without."""
    hosts = module.parents.get(id(call))
    statement = module.parents.get(id(hosts)) if isinstance(hosts, (ast.List, ast.Tuple)) else None
    pair = assigned(statement) if statement is not None else None
    return pair is not None and pair[0] == "ALLOWED_HOSTS" and pair[1] is hosts and len(getattr(hosts, "elts", ())) == 1


HOLDERS = frozenset({"dict", "SimpleNamespace", "Namespace", "Box", "Munch", "DotMap", "EasyDict", "AttrDict", "Dict"})
"""What only holds values under names."""


def _holds(module: Module, call: ast.Call, modules: tuple[Module, ...]) -> bool:
    """Whether what is called keeps its arguments for the project to use: a class or function of its own, or a plain
    holder. A client of a library uses them itself."""
    name = module.resolve(call.func).rpartition(".")[2]
    return (
        name in HOLDERS
        or (isinstance(call.func, ast.Name) and call.func.id not in module.imports)
        or any(
            getattr(one, "name", "") == name
            for other in modules
            for one in other.of(ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        )
        or any(pair[0] == name for other in modules for n in other.tree.body if (pair := assigned(n)))
    )


def _kept(module: Module, call: ast.AST, modules: tuple[Module, ...]) -> Kept | None:
    """Where the read is kept, None where it is used at once."""
    parent = module.parents.get(id(call))
    pair = assigned(parent) if parent is not None else None
    if parent is not None and pair is not None and pair[1] is call:
        for _, above in module.ancestors(parent):
            if isinstance(above, ast.ClassDef):
                return Kept(pair[0], "class", above.name)
            if isinstance(above, FUNCTIONS):
                return Kept(pair[0], "local", scope=above)
        return Kept(pair[0], "name")
    if isinstance(parent, ast.Assign) and parent.value is call and len(parent.targets) == 1:
        target = parent.targets[0]
        if isinstance(target, ast.Attribute) and module.resolve(target.value) == "self":
            owner = next((p for _, p in module.ancestors(parent) if isinstance(p, ast.ClassDef)), None)
            return Kept(target.attr, "self", scope=owner)
    if isinstance(parent, ast.Dict) and call in parent.values:
        statement = module.parents.get(id(parent))
        held = assigned(statement) if statement is not None else None
        if held is not None and held[1] is parent:
            return Kept(held[0], "entry", text_of(parent.keys[parent.values.index(call)]) or "")
    if isinstance(parent, ast.keyword) and parent.value is call and parent.arg:
        outer = module.parents.get(id(parent))
        if parent.arg == "default" and isinstance(outer, ast.Call) and _last(module, outer) == "add_argument":
            words = [text_of(a) or "" for a in outer.args]
            longest = max(words, key=len, default="").lstrip("-").replace("-", "_")
            name = text_of(keyword(outer, "dest")) or longest
            return Kept(name, "option") if name else None
        statement = module.parents.get(id(outer)) if outer is not None else None
        held = assigned(statement) if statement is not None else None
        if held is not None and held[1] is outer and isinstance(outer, ast.Call) and _holds(module, outer, modules):
            return Kept(parent.arg, "field", held[0])
    return None


def _uses(module: Module, kept: Kept, modules: tuple[Module, ...]) -> Iterator[tuple[Module, ast.AST]]:
    if kept.kind == "local" and kept.scope is not None:
        for node in module.inside(kept.scope):
            if isinstance(node, ast.Name) and node.id == kept.name and isinstance(node.ctx, ast.Load):
                yield module, node
        return
    if kept.kind == "self":
        for node in module.inside(kept.scope) if kept.scope is not None else ():
            own = isinstance(node, ast.Attribute) and node.attr == kept.name and isinstance(node.ctx, ast.Load)
            if own and module.resolve(getattr(node, "value", None)) == "self":
                yield module, node
        return
    if kept.kind == "option":
        for node in module.of(ast.Attribute):
            if node.attr == kept.name and isinstance(node.value, ast.Name) and node.value.id in NAMESPACES:
                yield module, node
        return
    if kept.kind == "entry":
        for node in module.names_of(kept.name):
            parent = module.parents.get(id(node))
            given = isinstance(parent, ast.keyword) and parent.arg is None  # client(**settings)
            taken = isinstance(parent, ast.Subscript) and parent.value is node and text_of(parent.slice) == kept.owner
            if parent is not None and (given or taken):
                yield module, parent
        yield from _of_wrapped(module, kept, modules)
        return
    stem = _stem(module.path)
    for other in modules:
        if kept.kind == "name":
            for name in other.names_of(kept.name):
                origin = other.imports.get(kept.name, "")
                if isinstance(getattr(name, "ctx", None), ast.Load) and (
                    other is module or (origin.endswith(f".{kept.name}") and _from(origin, stem))
                ):
                    yield other, name
        for node in other.of(ast.Attribute):
            if node.attr != kept.name or not isinstance(node.ctx, ast.Load):
                continue
            base = other.resolve(node.value).rpartition(".")[2]
            if (
                (kept.kind == "name" and base == stem)
                or (kept.kind == "field" and base == kept.owner)
                or (kept.kind == "class" and (SETTING.fullmatch(kept.name) or base in (kept.owner, "self", "cls")))
            ):
                yield other, node
        if kept.kind == "class" and SETTING.fullmatch(kept.name):
            yield from ((other, node) for node in _of_config(other, kept.name))


def _of_wrapped(module: Module, kept: Kept, modules: tuple[Module, ...]) -> Iterator[tuple[Module, ast.AST]]:
    """`env = Box(values)`, whose attributes are the entries of the dictionary, here and where `env` is imported."""
    if not kept.owner.isidentifier():
        return
    for node in module.names_of(kept.name):
        call = module.parents.get(id(node))
        statement = module.parents.get(id(call)) if isinstance(call, ast.Call) and call.args == [node] else None
        pair = assigned(statement) if statement is not None else None
        if pair is None or pair[1] is not call:
            continue
        for other in modules:
            for one in other.of(ast.Attribute):
                base = one.value.id if isinstance(one.value, ast.Name) else ""
                same = other is module or other.imports.get(base, "").endswith(f".{pair[0]}")
                if same and one.attr == kept.owner and base == pair[0] and isinstance(one.ctx, ast.Load):
                    yield other, one


def _of_config(module: Module, name: str) -> Iterator[ast.AST]:
    """`app.config["NAME"]`, `app.config.get("NAME")`: the attribute of the class that Flask took its settings from."""
    for node in module.of(ast.Constant):
        if node.value != name:
            continue
        parent = module.parents.get(id(node))
        if isinstance(parent, ast.Subscript) and _last_attribute(parent.value) == "config":
            yield parent
        elif isinstance(parent, ast.Call) and parent.args == [node] and isinstance(parent.func, ast.Attribute):
            config = parent.func.attr == "get" and _last_attribute(parent.func.value) == "config"
            yield from [parent] if config else []


def _last_attribute(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _from(origin: str, stem: str) -> bool:
    return origin.rpartition(".")[0].rpartition(".")[2] in (stem, "")


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[2] if name == "__init__.py" else name.removesuffix(".py")


def _need(module: Module, use: ast.AST, empty: bool, own: bool, modules: tuple[Module, ...]) -> str:
    """What this use says: "ends" (it is asked for, and the program ends without), "asked", "fails", "passed", ""."""
    parent = module.parents.get(id(use))
    if _asked_beside(module, use):
        return "asked"
    condition = _condition(module, use)
    if condition == "ends" and (_guarded_by_itself(module, use) or not (own or _at_start(module, use))):
        return "asked"  # a feature that is not set up says so
    if condition is not None:
        return condition
    if parent is None or skipped(module, use) or by_choice(module, use):
        return "asked" if parent is not None and _guarded_by_itself(module, use) else ""
    if not empty:
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add):
            return "fails"
        if isinstance(parent, ast.Attribute) and parent.value is use:
            return "fails"  # a method of None
        if isinstance(parent, ast.Subscript) and parent.value is use:
            return "fails"
        if isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is use:
            return "fails"
    if isinstance(parent, ast.FormattedValue):
        text = module.parents.get(id(parent))
        if isinstance(text, ast.JoinedStr) and text.values:
            at = text.values.index(parent)
            before = text.values[at - 1] if at else None
            said = before.value if isinstance(before, ast.Constant) and isinstance(before.value, str) else ""
            first = text.values[0]
            start = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
            if ADDRESSED.match(start) or (at == 0 and len(text.values) > 1 and _path(text.values[1])):
                return "passed"
            return "passed" if AUTHORIZED.search(said) else ""
        return ""
    if isinstance(parent, ast.Assign) and parent.value is use and not empty:
        target = parent.targets[0]
        keyed = isinstance(target, ast.Attribute) and target.attr == "secret_key"
        keyed |= isinstance(target, ast.Subscript) and text_of(target.slice) == "SECRET_KEY"
        return "fails" if keyed else ""  # Flask has no sessions without
    if isinstance(use, ast.keyword):
        return "passed"
    argument: ast.AST = parent
    if isinstance(parent, ast.keyword):
        argument = module.parents.get(id(parent)) or parent
    if isinstance(argument, ast.Call) and argument.func is not use:
        last = _last(module, argument)
        is_first = any(one is use for one in argument.args[:1])
        if is_first and not empty and fails_on_none(module, argument):
            return "fails"
        top = module.resolve(argument.func).partition(".")[0]
        url = isinstance(parent, ast.keyword) and parent.arg == "url"
        if top in CLIENTS and (is_first or url):
            return "fails"
        mail = last == "login" and "smtplib" in module.imports.values()
        if mail or last in HARMLESS:
            return ""
        return "asked" if _asks_itself(argument, last, use, modules) else "passed"
    return ""


def _asks_itself(call: ast.Call, name: str, use: ast.AST, modules: tuple[Module, ...]) -> bool:
    """Whether the function of the project's own that is given the value asks whether it is there, or uses it only where
    something else is."""
    for module in modules:
        functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*module.of(ast.FunctionDef)]
        for function in [*functions, *module.of(ast.AsyncFunctionDef)]:
            outer = module.parents.get(id(function))
            maker = function.name == "__init__" and isinstance(outer, ast.ClassDef) and outer.name == name
            if function.name != name and not maker:
                continue
            names = [a.arg for a in (*function.args.posonlyargs, *function.args.args) if a.arg not in ("self", "cls")]
            given = [k.arg for k in call.keywords if k.value is use]
            given += [names[at] for at, one in enumerate(call.args[: len(names)]) if one is use]
            uses = [n for n in module.inside(function) if isinstance(n, ast.Name) and n.id in given]
            asked = [_condition(module, node) == "asked" for node in uses]
            chosen = [by_choice(module, node) for node in uses]
            if any(asked) or (uses and all(chosen)):
                return True
    return False


def _at_start(module: Module, use: ast.AST) -> bool:
    """Whether the line runs when the module is loaded, or in a program's main function."""
    scopes = [p for _, p in module.ancestors(use) if isinstance(p, FUNCTIONS)]
    return all(getattr(scope, "name", "") in ("main", "run", "cli", "create_app") for scope in scopes)


def _path(node: ast.AST) -> bool:
    """Whether a text goes on with the path of an address: "/users", "users/"."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.match(r"[\w-]*/", node.value))


def _last(module: Module, call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return module.resolve(call.func).rpartition(".")[2]


def _condition(module: Module, use: ast.AST) -> str | None:
    """ "ends" or "asked" where the value is a condition or part of one, None where it is not."""
    child = use
    negative = either = False
    for child, above in module.ancestors(use):
        if isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not):
            negative = not negative
            continue
        if isinstance(above, ast.Compare):
            right = above.comparators[0]
            if child is above.left and isinstance(right, ast.Constant) and right.value in (None, ""):
                negative = negative is not isinstance(above.ops[0], (ast.Is, ast.Eq))
                continue
            return "asked"
        if isinstance(above, ast.Call) and module.resolve(above.func) in ("bool", "all", "any"):
            continue
        if isinstance(above, (ast.Tuple, ast.List)):
            outer = module.parents.get(id(above))
            called = outer if isinstance(outer, ast.Call) and above in outer.args else None
            if called is not None and module.resolve(called.func) in ("all", "any"):
                continue
            return None
        if isinstance(above, ast.BoolOp):
            if child is above.values[-1] and not _is_test(module, above):
                return None
            either = either or isinstance(above.op, ast.Or)
            if isinstance(above.op, ast.Or) or not negative:
                continue
            return "asked"  # `not a and not b`: one of them suffices
        if isinstance(above, ast.If) and child is above.test:
            otherwise = [] if any(isinstance(s, ast.If) for s in above.orelse[:1]) else above.orelse
            ends = exits(module, above.body) if negative else not either and exits(module, otherwise)
            return "ends" if ends else "asked"
        if isinstance(above, ast.Assert) and child is above.test:
            return "asked" if negative else "ends"
        if isinstance(above, (ast.IfExp, ast.While)) and child is above.test:
            return "asked"
        if isinstance(above, (ast.comprehension, ast.NamedExpr)):
            return "asked" if child is not getattr(above, "iter", None) else None
        return "asked" if negative or child is not use else None
    return None


def _is_test(module: Module, node: ast.AST) -> bool:
    for child, above in module.ancestors(node):
        if isinstance(above, (ast.UnaryOp, ast.BoolOp)):
            continue
        return isinstance(above, (ast.If, ast.IfExp, ast.While, ast.Assert)) and child is above.test
    return False


def _asked_beside(module: Module, use: ast.AST) -> bool:
    """Whether the same `and` asks for the value first: `SIZE and int(SIZE) > 0`."""
    wanted = ast.dump(use) if isinstance(use, (ast.Name, ast.Attribute)) else ""
    for child, above in module.ancestors(use):
        if isinstance(above, ast.BoolOp) and isinstance(above.op, ast.And) and wanted:
            at = next(i for i, one in enumerate(above.values) if one is child)
            if any(
                isinstance(n, type(use)) and ast.dump(n) == wanted for one in above.values[:at] for n in ast.walk(one)
            ):
                return True
        if isinstance(above, ast.stmt):
            return False
    return False


def _guarded_by_itself(module: Module, use: ast.AST) -> bool:
    """Whether a condition around it asks for the same value."""
    wanted = ast.dump(use) if isinstance(use, (ast.Name, ast.Attribute)) else ""
    tests = [p.test for c, p in module.ancestors(use) if isinstance(p, (ast.If, ast.IfExp)) and c is not p.test]
    return any(isinstance(n, type(use)) and ast.dump(n) == wanted for test in tests for n in ast.walk(test))
