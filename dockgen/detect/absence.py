"""What the program does without a variable: whether a missing one is caught, replaced, or the end."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator

from dockgen.detect.names import Module, argument, assigned, keyword, text_of
from dockgen.detect.reads import keys_of
from dockgen.knowledge import table

FAILS_ON_NONE = frozenset(
    [
        "create_engine",
        "create_async_engine",
        "create_pool",
        "from_url",
        "parse",
        "run",
        "login",
        "int",
        "float",
        "loads",
        "literal_eval",
        "b64decode",
        "Fernet",
        "urlparse",
        "urlsplit",
        "send_message",
    ]
)
"""Calls that cannot take None: what they are given must be there."""


def fails_on_none(module: Module, call: ast.Call) -> bool:
    """Whether the call cannot take None. To log in to a mail server is one feature: the program starts without."""
    names = {module.resolve(call.func).rpartition(".")[2], _attribute(call)}
    if "login" in names and any(origin.partition(".")[0] in MAILERS for origin in module.imports.values()):
        return False
    return bool(names & FAILS_ON_NONE) or module.resolve(call.func) in OPENS_FILE


OPENS_FILE = frozenset({"sqlite3.connect", "aiosqlite.connect", "logging.FileHandler", "open", "pathlib.Path"})


MAILERS = frozenset({"smtplib", "aiosmtplib", "imaplib", "imapclient"})


def caught(module: Module, node: ast.AST) -> bool:
    """Whether a missing variable is caught here, and the program goes on."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.Try) and any(child is statement for statement in parent.body):
            for handler in parent.handlers:
                if _catches(module, handler) and not exits(module, handler.body):
                    return True
        if isinstance(parent, (ast.With, ast.AsyncWith)):
            for item in parent.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and module.resolve(call.func).endswith("suppress"):
                    return True
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return False
    return False


def _catches(module: Module, handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    caught = {module.resolve(t).rpartition(".")[2] for t in types}
    return bool(
        caught
        & {"KeyError", "LookupError", "Exception", "BaseException", "ImproperlyConfigured", "EnvError",
           "EnvValidationError", "UndefinedValueError", "ValueError", "TypeError"}
    )  # fmt: skip


ANSWERS = frozenset({"HTTPException", "HTTPError", "NotFound", "BadRequest", "Unauthorized", "Forbidden", "PermissionDenied",
                     "Http404", "HTTPNotFound", "HTTPForbidden", "HTTPUnauthorized", "HTTPBadRequest", "ServiceUnavailable"})  # fmt: skip
"""Errors that end a request, not the program."""


def exits(module: Module, body: list[ast.stmt]) -> bool:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Raise):
                error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                if module.resolve(error).rpartition(".")[2] not in ANSWERS:
                    return True
            if isinstance(node, ast.Call) and module.resolve(node.func).endswith("parser.error"):
                return True  # argparse ends there
            if isinstance(node, ast.Call) and module.resolve(node.func) in ("sys.exit", "exit", "quit", "os._exit"):
                code = node.args[0] if node.args else None  # exit() and exit(0) are an orderly end
                if code is not None and not (isinstance(code, ast.Constant) and code.value in (0, None)):
                    return True
    return False


def guarded(module: Module, node: ast.AST, name: str) -> bool:
    """Whether an enclosing condition asks for this variable first."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, (ast.If, ast.IfExp)):
            condition: ast.expr = parent.test
        elif isinstance(parent, ast.BoolOp):
            condition = parent.values[0]
        else:
            continue
        if child is not condition and any(isinstance(n, ast.Constant) and n.value == name for n in ast.walk(condition)):
            return True
    return False


def or_default(module: Module, call: ast.Call) -> str | None:
    """The text after `or` ("" where it is computed), None where there is none."""
    parent = module.parents.get(id(call))
    if isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or) and parent.values[-1] is not call:
        return text_of(parent.values[-1]) or ""
    return None


NAMESPACES = frozenset({"args", "opts", "options", "ns", "namespace", "arguments", "parsed", "cli_args"})
"""What programs call the options of the command line."""


def of_command_line(module: Module, node: ast.AST) -> bool:
    """Whether it is an option of the command line that is None unless given: `args.database_url`."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.value.id not in NAMESPACES:
        return False
    wanted = {f"--{node.attr.replace('_', '-')}", f"--{node.attr}", node.attr}
    found = [c for c in module.calls("add_argument") if wanted & {text_of(a) for a in c.args}]
    return bool(found) and all(_no_default(call) for call in found)


def _no_default(call: ast.Call) -> bool:
    default = keyword(call, "default")
    given = default is not None and not (isinstance(default, ast.Constant) and default.value is None)
    return not given and not (text_of(keyword(call, "action")) or "").startswith(("store_", "count"))


def fails(module: Module, call: ast.expr, name: str, *, empty: bool = False) -> bool:
    """Whether the program fails when this read gives None, or with `empty` the text "" that it falls back to."""
    parent = module.parents.get(id(call))
    if parent is None or guarded(module, call, name) or caught(module, call):
        return False
    if isinstance(parent, ast.Attribute):
        return not empty  # a method of None
    if isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or) and parent.values[-1] is call:
        # `args.token or os.getenv("TOKEN")`: a container starts the program without options.
        if not all(of_command_line(module, one) for one in parent.values[:-1]):
            return False
        parent = module.parents.get(id(parent))
        if parent is None:
            return False
    if isinstance(parent, ast.Call) and module.resolve(parent.func) == "str" and not empty:
        return True  # the word "None"
    if isinstance(parent, ast.Call) and parent.func is not call and parent.args and parent.args[0] is call:
        return fails_on_none(module, parent)
    if test_fails(module, call):
        return True
    put = parent.targets if isinstance(parent, ast.Assign) and parent.value is call and not empty else []
    if any(_of_environ(module, target) for target in put):
        return True
    pair = assigned(parent)
    if pair is None:
        return False
    if pair[0] == "SECRET_KEY" and "INSTALLED_APPS" in _top_names(module):
        return True  # Django refuses an empty SECRET_KEY
    scope = next(
        (p for _, p in module.ancestors(parent) if isinstance(p, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module))),
        module.tree,
    )
    return any(
        _fails_on(module, node, pair[0])
        and not (isinstance(node, ast.Call) and _asked_before(module, node, pair[0]))
        and not (isinstance(node, ast.Assign) and node.lineno <= call.lineno)  # another value of the name
        for node in _scope_nodes(scope)
    )


def _asked_before(module: Module, node: ast.AST, variable: str) -> bool:
    """Whether an `if` around it, or what stands before it in an `and`, asks for the value first."""
    tests = [p.test for c, p in module.ancestors(node) if isinstance(p, (ast.If, ast.IfExp)) and c is not p.test]
    for child, above in module.ancestors(node):
        if isinstance(above, ast.BoolOp) and isinstance(above.op, ast.And):
            tests += above.values[: next(i for i, one in enumerate(above.values) if one is child)]
        if isinstance(above, ast.stmt):
            break
    return any(isinstance(n, ast.Name) and n.id == variable for test in tests for n in ast.walk(test))


def _scope_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    stack = list(ast.iter_child_nodes(scope))
    while stack:
        node = stack.pop()
        yield node
        stack.extend(ast.iter_child_nodes(node))


def _top_names(module: Module) -> set[str]:
    return {pair[0] for statement in module.tree.body if (pair := assigned(statement))}


def _attribute(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _fails_on(module: Module, node: ast.AST, variable: str) -> bool:
    """`if not variable: raise`, `assert variable`, `create_engine(variable)`."""

    def is_it(test: ast.AST) -> bool:
        return isinstance(test, ast.Name) and test.id == variable

    if isinstance(node, ast.Assert):
        return is_it(node.test) or any(is_it(v) for v in getattr(node.test, "values", []))
    if isinstance(node, ast.If) and exits(module, node.body):
        tests = (
            node.test.values if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or) else [node.test]
        )
        return any(_absent(test, is_it) for test in tests)
    if isinstance(node, ast.Assign) and is_it(node.value):
        return any(_of_environ(module, target) for target in node.targets) and not _asked_before(module, node, variable)
    if isinstance(node, ast.Call) and node.args and is_it(node.args[0]):
        return fails_on_none(module, node)
    return False


def _of_environ(module: Module, target: ast.AST) -> bool:
    """`os.environ["KEY"] = value`, which takes no None."""
    return isinstance(target, ast.Subscript) and module.resolve(target.value) == "os.environ"


def _absent(test: ast.AST, is_it: Callable[[ast.AST], bool]) -> bool:
    """`not x`, `x is None`, `x == ""`, `x not in ["true", "false"]`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return is_it(test.operand)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Is, ast.Eq)):
        right = test.comparators[0]
        return is_it(test.left) and isinstance(right, ast.Constant) and right.value in (None, "")
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.NotIn):
        allowed = getattr(test.comparators[0], "elts", [])
        literal = [item.value for item in allowed if isinstance(item, ast.Constant)]
        return is_it(test.left) and bool(allowed) and len(literal) == len(allowed) and not {None, ""} & {*literal}
    return False


def test_fails(module: Module, node: ast.AST) -> bool:
    """The read itself is the condition: `if not os.getenv("X"): raise`, `if "X" not in os.environ: exit()`."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.keyword) and parent.arg == "required":
            # parser.add_argument("--x", required=not os.getenv("X")): nobody gives options in a container
            return isinstance(node, ast.Compare) or _absent(child, lambda n: n is node)
        if isinstance(parent, ast.If) and child is parent.test:
            if isinstance(node, ast.Call) and module.resolve(node.func) in ("any", "all"):
                return exits(module, parent.body)
            if isinstance(child, ast.BoolOp):
                parts = child.values
                held = any(
                    one is node or _absent(one, lambda n: n is node) for one in parts if isinstance(one, ast.expr)
                )
                return held and exits(module, parent.body)
            if isinstance(node, ast.Compare):
                return exits(module, parent.body)
            return _absent(parent.test, lambda n: n is node) and exits(module, parent.body)
        if isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or):
            continue  # any of them that is missing is the end
        if isinstance(parent, ast.comprehension) and any(child is one for one in parent.ifs):
            return _listed(module, node, child)
        if isinstance(parent, ast.Assert):
            return child is parent.test
        if not isinstance(parent, (ast.UnaryOp, ast.Compare)):
            return False
    return False


def _listed(module: Module, node: ast.AST, condition: ast.AST) -> bool:
    """`missing = [n for n in NAMES if not os.getenv(n)]` with an `if missing:` that ends the program."""
    if not isinstance(node, ast.Compare) and not _absent(condition, lambda n: n is node):
        return False
    statement = next((p for _, p in module.ancestors(node) if isinstance(p, ast.stmt)), None)
    pair = assigned(statement) if statement is not None else None
    if isinstance(statement, ast.If):
        return exits(module, statement.body)
    return pair is not None and any(
        isinstance(other, ast.If) and exits(module, other.body) and _names(other.test) == {pair[0]}
        for other in module.of(ast.If)
    )


def _names(test: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(test) if isinstance(n, ast.Name) and n.id not in ("len", "bool")}


def is_placeholder(text: str | None) -> bool:
    """Whether a text only says what belongs there: "YOUR API KEY GOES HERE", "<token>", "changeme"."""
    return bool(text and PLACEHOLDER.search(text))


PLACEHOLDER = re.compile(
    r"(?i)^<.*>$|\byour\b.*\b(key|token|secret|password|id)\b|^your[-_ ]|goes[-_ ]here|[-_ ]here$|^(insert|enter|put|replace|add)[-_ ]"
    r"|^change[-_ ]?(me|this)$|^x{4,}$|^(todo|fixme|placeholder)$"
)


def replaced_by_placeholder(module: Module, call: ast.Call) -> bool:
    """`if key is None: key = "YOUR KEY GOES HERE"`: what the code does without is no more than a note for the reader."""
    parent = module.parents.get(id(call))
    pair = assigned(parent) if parent is not None else None
    if pair is None:
        return False
    for node in module.of(ast.If):
        if _absent(node.test, lambda n: isinstance(n, ast.Name) and n.id == pair[0]) and node.body:
            given = [s.value for s in node.body if isinstance(s, ast.Assign)]
            if len(given) == len(node.body) and all(is_placeholder(text_of(one)) for one in given):
                return True
    return False


def is_asked(module: Module, call: ast.expr) -> bool:
    """Whether the code asks if the variable is there: the read, or the one name that it is given, is a condition."""
    parent = module.parents.get(id(call))
    if parent is None:
        return False
    pair = assigned(parent)
    uses: list[ast.AST] = [call]
    if pair is not None and pair[1] is call:
        uses = [*module.names_of(pair[0])]
    for use in uses:
        child: ast.AST = use
        for child, above in module.ancestors(use):
            if isinstance(above, (ast.If, ast.IfExp, ast.While)):
                # As the other of two (`given if given else os.getenv("X")`) it is one of several sources.
                if child is above.test or (isinstance(above, ast.IfExp) and use is call):
                    return True
                break
            if isinstance(above, ast.BoolOp):
                if use is call and isinstance(above.op, ast.Or) and child is not above.values[0]:
                    return True
                continue
            if isinstance(above, ast.Compare):
                of_none = any(isinstance(c, ast.Constant) and c.value is None for c in above.comparators)
                # os.getenv("ENV") == "production": without it the answer is no.
                of_word = use is call and isinstance(above.ops[0], (ast.Eq, ast.In)) and child is above.left
                if not of_none and not of_word:
                    break
                continue
            if not isinstance(above, (ast.UnaryOp, ast.NamedExpr)):
                break
    return False


def asked_attributes(module: Module) -> Iterator[str]:
    """Attributes whose truth (or None) a condition asks for, where the program then goes on."""
    for node in module.of(ast.If, ast.IfExp, ast.BoolOp):
        if isinstance(node, ast.BoolOp):
            tests = list(node.values[:-1])
        elif isinstance(node, ast.If) and exits(module, node.body):
            continue
        else:
            tests = [node.test] if isinstance(node, (ast.If, ast.IfExp)) else []
        while tests:
            test = tests.pop()
            if isinstance(test, ast.BoolOp):
                tests += test.values
            elif isinstance(test, ast.UnaryOp):
                tests.append(test.operand)
            elif isinstance(test, ast.Compare) and any(
                isinstance(c, ast.Constant) and c.value in (None, "") for c in test.comparators
            ):
                tests.append(test.left)
            elif isinstance(test, ast.Call) and module.resolve(test.func) == "getattr" and len(test.args) > 1:
                name = text_of(test.args[1])
                if name:
                    yield name
            elif isinstance(test, ast.Attribute):
                yield test.attr


def set_by_code(module: Module) -> Iterator[str]:
    """Variables that the program sets for itself."""
    for node in module.of(ast.Subscript, ast.Call):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            if module.resolve(node.value) == "os.environ":
                yield from keys_of(module, node.slice)
        elif isinstance(node, ast.Call) and module.resolve(node.func) in ("os.environ.setdefault", "os.putenv"):
            yield from keys_of(module, argument(node, 0))


def platform_guards(module: Module) -> set[int]:
    """Bodies of `if` that only run on a hosting platform (Heroku's DYNO and its kin)."""
    hosts = set(table("services")["variables"]["hosts"])

    def names_host(node: ast.AST, flags: set[str]) -> bool:
        if isinstance(node, ast.BoolOp):
            return any(names_host(value, flags) for value in node.values) and isinstance(node.op, ast.And)
        if isinstance(node, ast.UnaryOp):
            return False
        if isinstance(node, ast.Name):
            return node.id in flags
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.NotIn, ast.Is, ast.NotEq)):
            return False
        return any(isinstance(n, ast.Constant) and n.value in hosts for n in ast.walk(node))

    flags: set[str] = set()
    for statement in module.tree.body:
        pair = assigned(statement)
        if pair and names_host(pair[1], flags):
            flags.add(pair[0])
    guarded: set[int] = set()
    for node in module.of(ast.If, ast.IfExp):
        if not isinstance(node, (ast.If, ast.IfExp)):
            continue
        there = names_host(node.test, flags)
        if not there and not _denied(node.test, lambda n: names_host(n, flags)):
            continue
        branch: list[ast.stmt] | ast.expr = node.body if there else node.orelse
        for part in branch if isinstance(branch, list) else [branch]:
            guarded |= {id(inner) for inner in ast.walk(part)}
    return guarded


def _denied(test: ast.AST, names_host: Callable[[ast.AST], bool]) -> bool:
    """`not test`, and `"DYNO" not in os.environ`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return names_host(test.operand)
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.NotIn)
        and names_host(test.left)
        and "environ" in ast.dump(test.comparators[0])
    )


def platform_modules(found: Iterable[Module]) -> frozenset[str]:
    """Files that only a hosting platform's branch names: "shop.production" if "WEBSITE_HOSTNAME" in os.environ else
    "shop.settings"."""
    found = tuple(found)
    there: set[str] = set()
    here: set[str] = set()
    for module in found:
        guarded = platform_guards(module)
        here |= {origin for origin in module.imports.values() if guarded or "." in origin}
        for node in module.of(ast.Constant) if guarded else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
                (there if id(node) in guarded else here).add(node.value)
    ends = {f"{name.replace('.', '/')}{end}" for name in there - here for end in (".py", "/__init__.py")}
    return frozenset(m.path for m in found if any(m.path == end or m.path.endswith(f"/{end}") for end in ends))


DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
