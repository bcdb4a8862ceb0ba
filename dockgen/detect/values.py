"""What names in a project's code were assigned: the call that made an object, the text of a constant."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from dockgen.detect.modules import View
from dockgen.detect.names import Module, argument, assigned, keyword
from dockgen.detect.typed import field_default

DEPTH = 12
"""How many assignments a name is followed through; more is a cycle."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = (ast.FunctionDef, ast.AsyncFunctionDef)

DECORATORS = frozenset({"get", "route", "api_route", "custom_route"})
"""Methods of routers that decorate a handler."""


SETTING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
"""What settings and environment variables are called."""


class Values:
    """What the names of a tree hold. `held` tells the calls that a name is followed to, before others."""

    def __init__(self, imports: View, held: Callable[[Module, ast.Call], bool]):
        self.view = imports
        self._held = held
        self._bound: dict[str, dict[tuple[int, str], list[ast.expr]]] = {}
        self._definitions: dict[str, dict[str, Definition]] = {}
        self._origins: dict[int, tuple[Module, ast.expr] | None] = {}

    def bound(self, module: Module) -> dict[tuple[int, str], list[ast.expr]]:
        """(function's or class's id, name) -> what is assigned to it; 0 is the top level, [] a parameter."""
        if module.path not in self._bound:
            found = self._bound[module.path] = {}
            for node in module.of(*Function, ast.Lambda, ast.Assign, ast.AnnAssign):
                if isinstance(node, (*Function, ast.Lambda)):
                    given = node.args
                    for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs):
                        found.setdefault((id(node), arg.arg), [])
                    positional = [*given.posonlyargs, *given.args]
                    defaults = [*zip(reversed(positional), reversed(given.defaults), strict=False)]
                    defaults += [
                        (a, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d is not None
                    ]
                    for arg, default in defaults:
                        if isinstance(default, ast.Constant) and isinstance(default.value, str):
                            found[(id(node), arg.arg)] = [default]
                targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else []
                if isinstance(node, ast.AnnAssign):
                    targets = [node.target]
                if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                    continue
                for target in targets:
                    if isinstance(target, ast.Tuple) and target.elts and isinstance(node.value, ast.Call):
                        target = target.elts[0]  # app, rt = fast_app()
                    if isinstance(target, ast.Name):
                        found.setdefault((id(self._within(module, node, Function)), target.id), []).append(node.value)
                    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                        owner = self._within(module, node, (ast.ClassDef,)) if target.value.id == "self" else None
                        if owner is not None:
                            found.setdefault((id(owner), f"self.{target.attr}"), []).append(node.value)
            none = id(None)
            for (scope, name), values in list(found.items()):
                if scope == none:
                    found[(0, name)] = values
        return self._bound[module.path]

    @staticmethod
    def _within(module: Module, node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> ast.AST | None:
        """The innermost function (class) whose body holds the node; decorators and defaults lie outside."""
        for child, parent in module.ancestors(node):
            if isinstance(parent, kinds) and isinstance(child, ast.stmt):
                return parent
        return None

    def _local(self, module: Module, name: ast.Name) -> list[ast.expr] | None:
        """What the functions around a name assign to it, [] for a parameter, None where it is not theirs."""
        for child, parent in module.ancestors(name):
            if isinstance(parent, Function) and isinstance(child, ast.stmt):
                values = self.bound(module).get((id(parent), name.id))
                if values is not None:
                    return values
        return None

    def definition(self, module: Module, name: str) -> Definition | None:
        """The function or class of this name, wherever in the module it is."""
        if module.path not in self._definitions:
            definitions = module.of(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            self._definitions[module.path] = {
                n.name: n for n in reversed(definitions) if isinstance(n, (*Function, ast.ClassDef))
            }
        return self._definitions[module.path].get(name)

    def defined(self, module: Module, node: ast.AST | None) -> tuple[Module, Definition] | None:
        """The project's function or class that an expression names, through `X()` and `X.as_view()`."""
        while isinstance(node, ast.Call) or (isinstance(node, ast.Attribute) and node.attr == "as_view"):
            node = node.func if isinstance(node, ast.Call) else node.value
        if node is None:
            return None
        name = self.view.lookup(module, node)
        inside = self.view.module(name.path) if name is not None and name.path else None
        if name is None or inside is None:
            here = self.definition(module, node.id) if isinstance(node, ast.Name) else None
            return (module, here) if here is not None else None
        made = self.definition(inside, name.dotted)
        return (inside, made) if made is not None else None

    def origin(self, module: Module, node: ast.expr, depth: int = DEPTH) -> tuple[Module, ast.expr] | None:
        """The expression that a name was assigned or a factory returned; a parameter is left as it is."""
        if depth <= 0:
            return None
        if id(node) not in self._origins:
            self._origins[id(node)] = None  # for names that are assigned each other
            self._origins[id(node)] = self._origin(module, node, depth - 1)
        return self._origins[id(node)]

    def _origin(self, module: Module, node: ast.expr, depth: int) -> tuple[Module, ast.expr] | None:
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return self.origin(module, node.value, depth)
        values: list[ast.expr] | None = None
        if isinstance(node, ast.Call):
            made = self.defined(module, node.func)
            if made is None or not isinstance(made[1], Function):
                return module, node
            module, function = made
            values = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
        elif isinstance(node, ast.Name):
            values = self._local(module, node)
            if values == []:
                return module, node
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                owner = self._within(module, node, (ast.ClassDef,))
                values = self.bound(module).get((id(owner), f"self.{node.attr}"))
        else:
            return module, node
        if values is None:
            name = self.view.lookup(module, node)
            inside = self.view.module(name.path) if name is not None and name.path else None
            if name is not None and inside is not None:
                module, values = inside, self.bound(inside).get((0, name.dotted))
        if values is None and isinstance(node, ast.Attribute) and node.attr == "router":  # aiohttp's app.router
            return self.origin(module, node.value, depth)
        origins = [o for o in (self.origin(module, value, depth) for value in values or ()) if o is not None]
        held = [o for o in origins if isinstance(o[1], ast.Call) and self._held(o[0], o[1])]
        held = held or [o for o in origins if isinstance(o[1], (ast.List, ast.Tuple))]
        return held[0] if held else origins[-1] if origins else None

    def text(self, module: Module, node: ast.AST | None, depth: int = DEPTH) -> str | None:
        """A literal string, through constants, f-strings and the defaults of settings classes."""
        if depth <= 0 or node is None:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.FormattedValue):
            return self.text(module, node.value, depth - 1) if node.conversion == -1 and not node.format_spec else None
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node.left, node.right]
            texts = [self.text(module, part, depth - 1) for part in parts]
            return None if None in texts else "".join(t for t in texts if t is not None)
        if isinstance(node, ast.Call) and module.resolve(node.func) in ("pydantic.Field", "pydantic.fields.Field"):
            return self.text(module, argument(node, 0, "default"), depth - 1)
        if isinstance(node, ast.Call):
            named = module.resolve(node.func)
            if named in ("typing.cast", "str") and node.args:
                return self.text(module, node.args[-1], depth - 1)
            position = {"getattr": 2, "os.getenv": 1, "os.environ.get": 1}.get(named)
            if position is None and SETTING.fullmatch(module.string(argument(node, 0)) or ""):
                position = 1  # config("API_PREFIX", default="/api"), env.str("API_PREFIX", "/api")
            return self.text(module, argument(node, position, "default"), depth - 1) if position else None
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        values = self._local(module, node) if isinstance(node, ast.Name) else None
        if values is None:
            if isinstance(node, ast.Attribute):
                owner = self.origin(module, node.value)
                made = self.defined(*owner) if owner is not None else self.defined(module, node.value)
                if made is not None and isinstance(made[1], ast.ClassDef):
                    said = self.attribute(made[0], made[1], node.attr, depth - 1)
                    return said if said is not None else self._default(module, node, depth - 1)
                if owner is not None and isinstance(owner[1], ast.Name):  # a parameter
                    return self._default(module, node, depth - 1)
            name = self.view.lookup(module, node)
            inside = self.view.module(name.path) if name is not None and name.path else None
            if name is None or inside is None or (0, name.dotted) not in self.bound(inside):
                return self._default(module, node, depth - 1) if isinstance(node, ast.Attribute) else None
            module, values = inside, self.bound(inside).get((0, name.dotted), [])
        if len(values) > 1 and not self._only_first_always(module, values):
            return None
        return self.text(module, values[0], depth - 1) if values else None

    @staticmethod
    def _only_first_always(module: Module, values: list[ast.expr]) -> bool:
        """Whether all but the first of a name's assignments stand under a condition: `prefix = ""`, then
        `if x: prefix = "a/"`. The first holds with nothing set."""
        conditional = [any(isinstance(parent, ast.If) for _, parent in module.ancestors(value)) for value in values]
        return not conditional[0] and all(conditional[1:])

    def _default(self, module: Module, node: ast.Attribute, depth: int) -> str | None:
        """The default of a settings object's field, by its class, or of the one option of this name."""
        held = field_default(module, node, self.view.modules)
        text = self.text(*held, depth - 1) if held is not None else None
        if text is not None:
            return text
        if held is None and SETTING.fullmatch(node.attr):
            said = [
                (one, pair[1])
                for one in self.view.modules
                for owner in one.of(ast.ClassDef)
                for statement in owner.body
                if (pair := assigned(statement)) and pair[0] == node.attr
            ]  # the settings' class is chosen when the program runs, and one of them has the name
            if len(said) == 1:
                return self.text(*said[0], depth - 1)
        defined = [
            (one, argument(call, 1, "default"))
            for one in self.view.modules
            for call in one.of(ast.Call)
            if isinstance(call, ast.Call)
            and one.resolve(call.func).rpartition(".")[2] == "define"
            and call.args
            and one.string(call.args[0]) == node.attr
        ]  # tornado.options.define("name", default), and libraries after it
        if len(defined) == 1:
            return self.text(*defined[0], depth - 1)
        wanted = f"--{node.attr.replace('_', '-')}"
        found = [
            (one, call)
            for one in self.view.modules
            for call in one.of(ast.Call)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "add_argument"
            and any(isinstance(a, ast.Constant) and a.value == wanted for a in call.args)
        ]
        return self.text(found[0][0], keyword(found[0][1], "default"), depth - 1) if len(found) == 1 else None

    def attribute(self, module: Module, owner: ast.ClassDef, name: str, depth: int) -> str | None:
        """The literal default of a class's attribute, its own or that of a base."""
        for statement in owner.body:
            targets: list[ast.expr] = statement.targets if isinstance(statement, ast.Assign) else []
            if isinstance(statement, ast.AnnAssign):
                targets = [statement.target]
            if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                return self.text(module, getattr(statement, "value", None), depth)
        for base in owner.bases if depth > 0 else ():
            made = self.defined(module, base)
            if made is not None and isinstance(made[1], ast.ClassDef):
                return self.attribute(made[0], made[1], name, depth - 1)
        return None
