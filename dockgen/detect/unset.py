"""What code comes to where no environment variable is set: which conditions hold, and which lines run."""

from __future__ import annotations

import ast
import re

from dockgen.detect.absence import exits
from dockgen.detect.names import Module, argument, assigned, keyword
from dockgen.detect.variables import is_platform

UNKNOWN: object = object()
"""What cannot be told by reading."""

DEPTH = 8
READS = ("os.getenv", "os.environ.get", "os.environ.pop")
TEXT_METHODS = frozenset({"lower", "upper", "strip", "casefold", "capitalize", "title"})
ENDS = (ast.Return, ast.Continue, ast.Break)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def skipped(module: Module, node: ast.AST) -> bool:
    """Whether this does not run where no variable is set: an `if` around it, or one before it that returns, asks for
    a variable that is not there. A condition that cannot be told counts as one that may hold."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, (ast.If, ast.IfExp)) and child is not parent.test:
            result = value_of(module, parent.test)
            body = parent.body if isinstance(parent.body, list) else [parent.body]
            inside = any(child is statement for statement in body)
            if result is not UNKNOWN and bool(result) is not inside:
                return True
        elif isinstance(parent, ast.BoolOp) and child is not parent.values[0]:
            before = parent.values[: next(i for i, v in enumerate(parent.values) if v is child)]
            decided = value_of(module, ast.BoolOp(parent.op, before) if len(before) > 1 else before[0])
            if decided is not UNKNOWN and bool(decided) is isinstance(parent.op, ast.Or) and not _ends(module, parent):
                return True
        if isinstance(child, ast.stmt) and _ended_before(module, child, parent):
            return True
    return False


def _ends(module: Module, test: ast.AST) -> bool:
    """Whether it is the condition by which the program ends: `if not A or not B: raise` asks for both in the end."""
    above = module.parents.get(id(test))
    return isinstance(above, ast.If) and above.test is test and exits(module, above.body)


def _ended_before(module: Module, statement: ast.stmt, parent: ast.AST) -> bool:
    for body in (getattr(parent, "body", None), getattr(parent, "orelse", None)):
        if not isinstance(body, list) or not any(statement is other for other in body):
            continue
        for other in body:
            if other is statement:
                return False
            if isinstance(other, ast.If) and other.body and isinstance(other.body[-1], ENDS):
                result = value_of(module, other.test)
                if result is not UNKNOWN and result:
                    return True
    return False


def value_of(module: Module, node: ast.AST | None, depth: int = 0) -> object:
    """What the expression is where nothing is set, UNKNOWN where reading does not tell."""
    if depth > DEPTH:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        items = [value_of(module, item, depth + 1) for item in node.elts]
        return UNKNOWN if any(item is UNKNOWN for item in items) else tuple(items)
    if isinstance(node, ast.Name):
        bound = _bindings(module).get(node.id)
        return value_of(module, bound, depth + 1) if bound is not None else UNKNOWN
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = value_of(module, node.operand, depth + 1)
        return UNKNOWN if inner is UNKNOWN else not inner
    if isinstance(node, ast.BoolOp):
        return _bool_op(module, node, depth)
    if isinstance(node, ast.IfExp):
        test = value_of(module, node.test, depth + 1)
        return UNKNOWN if test is UNKNOWN else value_of(module, node.body if test else node.orelse, depth + 1)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compare(module, node, depth)
    if isinstance(node, ast.Call):
        return _call(module, node, depth)
    return UNKNOWN


def _bool_op(module: Module, node: ast.BoolOp, depth: int) -> object:
    stops = isinstance(node.op, ast.Or)
    values = [value_of(module, one, depth + 1) for one in node.values]
    for one in values:
        if one is not UNKNOWN and bool(one) is stops and (stops is False or values.index(one) == 0):
            return one
    if stops and any(one is not UNKNOWN and one for one in values):
        return True  # one of them holds, whatever the others are
    return UNKNOWN if any(one is UNKNOWN for one in values) else values[-1]


def _compare(module: Module, node: ast.Compare, depth: int) -> object:
    operator, right = node.ops[0], node.comparators[0]
    if isinstance(operator, (ast.In, ast.NotIn)) and module.resolve(right) in ("os.environ", "os.environ.keys"):
        name = module.string(node.left)
        return UNKNOWN if name is None or is_platform(name) else isinstance(operator, ast.NotIn)
    a, b = value_of(module, node.left, depth + 1), value_of(module, right, depth + 1)
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if isinstance(operator, (ast.Eq, ast.Is)):
        return a == b
    if isinstance(operator, (ast.NotEq, ast.IsNot)):
        return a != b
    if isinstance(operator, (ast.In, ast.NotIn)) and isinstance(b, (tuple, str)):
        try:
            return (a in b) is isinstance(operator, ast.In)
        except TypeError:
            return UNKNOWN
    return UNKNOWN


def _call(module: Module, node: ast.Call, depth: int) -> object:
    dotted = module.resolve(node.func)
    first = node.args[0] if node.args else keyword(node, "key")
    name = module.string(first)
    if dotted in READS:
        if name is None or is_platform(name):
            return UNKNOWN
        given = argument(node, 1, "default")
        return None if given is None else value_of(module, given, depth + 1)
    typed = isinstance(node.func, ast.Attribute) and node.func.attr in ("bool", "str", "int")
    default = argument(node, 1, "default") if typed else keyword(node, "default")
    if default is not None and name is not None and re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
        return value_of(module, default, depth + 1)  # django-environ, environs, decouple and their kin
    if isinstance(node.func, ast.Attribute) and node.func.attr in TEXT_METHODS and not node.args:
        inner = value_of(module, node.func.value, depth + 1)
        return getattr(inner, node.func.attr)() if isinstance(inner, str) else UNKNOWN
    if dotted in ("bool", "int", "str", "strtobool", "distutils.util.strtobool") and len(node.args) == 1:
        inner = value_of(module, node.args[0], depth + 1)
        if inner is UNKNOWN:
            return UNKNOWN
        if dotted == "bool":
            return bool(inner)
        if dotted == "str":
            return str(inner)
        text = str(inner).strip().lower()
        if dotted == "int":
            return int(text) if re.fullmatch(r"-?\d{1,9}", text) else UNKNOWN
        return text in ("y", "yes", "t", "true", "on", "1")
    return UNKNOWN


def _bindings(module: Module) -> dict[str, ast.expr]:
    """Names that one assignment in the whole file gives a value, and nothing else."""
    found = module.bindings
    if found is None:
        found, several = {}, set(module.imports)
        for node in module.nodes:
            pair = assigned(node)
            if pair is not None:
                if pair[0] in found:
                    several.add(pair[0])
                found[pair[0]] = pair[1]
            elif isinstance(node, ast.arg):
                several.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
                parent = module.parents.get(id(node))
                if parent is None or assigned(parent) is None:
                    several.add(node.id)
        found = {name: value for name, value in found.items() if name not in several}
        module.bindings = found
    return found
