"""Routes that answer whether the process is alive, with the prefixes of the routers that they are on.

An application, router or blueprint is known by the call that makes it; names are followed to that call.
What is not literal on the way from the application to the route drops the route.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockgen.detect.inference import SERVED, inference
from dockgen.detect.modules import view
from dockgen.detect.names import Module, argument, in_production, is_development_settings, keyword
from dockgen.facts import Application, Evidence, HealthRoute
from dockgen.source import Source

PATH = re.compile(
    r"(/[\w.~-]+)*/(_?health(z|check|_check|-check)?|livez|liveness|readyz|readiness|heartbeat)/?"
    r"|(/(api|v\d+(\.\d+)*|_?health(z|check|_check|-check)?|internal|system|monitoring|utils))*"
    r"/(live|ready|alive|up|ping|_?status)/?"
    r"|/_stcore/health"
)
"""What projects call the route by convention; words that name much else too only below telling prefixes."""

AUTHENTICATION = re.compile(
    r"login|auth(?!or)|jwt|current_?(active_?)?(super_?)?user|permission|api_?key|token|security|superuser|admin"
    r"|credentials|^guards$",
    re.IGNORECASE,
)
OPEN = re.compile(r"allow_?any|not_required|no_auth|anonymous|skip|exempt|optional|public", re.IGNORECASE)

ROUTERS = frozenset({"APIRouter", "Router", "Blueprint", "APIBlueprint", "RouteTableDef", "Api"})
"""Classes that hold routes for an application to include."""

DECORATORS = frozenset({"get", "route", "api_route"})
ADDERS = frozenset({"add_api_route", "add_url_rule", "add_route", "add_get", "add_resource", "add_view"})
INCLUDERS = frozenset({"include_router", "register_blueprint", "blueprint", "mount", "add_subapp"})
ROUTES = frozenset({"Route", "APIRoute", "get", "view", "route", "url", "URLSpec", "Rule"})
"""Calls that make an entry of a list of routes."""

LISTS = ("routes", "route_handlers", "handlers")
ANY = 0
"""The application that a function got as an argument: the only one there is."""

BOTTLE = -1
"""Bottle's default application."""

DEPTH = 12
LIMIT = 5000
"""How many routers are walked through from the applications; more is a cycle."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class _Edge:
    """A router that another one includes. `prefix`: in front of the router's own, or instead of it."""

    child: int
    prefix: str
    instead: bool


def detect_health(source: Source, applications: tuple[Application, ...]) -> tuple[HealthRoute, ...]:
    """Literal GET routes for health checks that need no login, the best for a check of liveness first."""
    found = _Routes(source)
    for module in found.view.modules:
        if in_production(module.path):
            found.scan(module)
    routes = {(r.path, r.application): r for r in (*found.django(applications), *found.served(applications))}
    return tuple(sorted(routes.values(), key=_order))


def _order(route: HealthRoute) -> tuple[bool, int, int, str, str]:
    last = route.path.rstrip("/").rpartition("/")[2]
    best = ("livez", "healthz", "health")
    rank = best.index(last) if last in best else len(best)
    return last.startswith("read"), rank, len(route.path), route.path, route.application


class _Routes:
    """The routers of a tree, what they include and the routes on them."""

    def __init__(self, source: Source):
        self.view = view(source)
        self.inferred = inference(source)
        self.holders: dict[int, tuple[str, ast.Call | None, str]] = {}  # prefix, call, framework ("" for a router)
        self.edges: dict[int, list[_Edge]] = {}
        self.routes: dict[int, list[tuple[str, Module, int]]] = {}
        self._bound: dict[str, dict[tuple[int, str], list[ast.expr]]] = {}
        self._definitions: dict[str, dict[str, Definition]] = {}
        self._origins: dict[int, tuple[Module, ast.expr] | None] = {}
        self._made_up: list[ast.expr] = []  # kept: an id must not be given to another node

    # What names stand for.

    def bound(self, module: Module) -> dict[tuple[int, str], list[ast.expr]]:
        """(function's or class's id, name) -> what is assigned to it; 0 is the top level, [] a parameter."""
        if module.path not in self._bound:
            found = self._bound[module.path] = {}
            for node in module.nodes:
                if isinstance(node, (*Function, ast.Lambda)):
                    given = node.args
                    for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs):
                        found.setdefault((id(node), arg.arg), [])
                targets: list[ast.expr] = node.targets if isinstance(node, ast.Assign) else []
                if isinstance(node, ast.AnnAssign):
                    targets = [node.target]
                if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                    continue
                for target in targets:
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
            self._definitions[module.path] = {
                n.name: n for n in reversed(module.nodes) if isinstance(n, (*Function, ast.ClassDef))
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
        held = [o for o in origins if isinstance(o[1], ast.Call) and self._kind(o[0], o[1]) is not None]
        return held[0] if held else origins[-1] if origins else None

    def _kind(self, module: Module, call: ast.Call) -> str | None:
        """The framework of the application that a call makes, "" for a router, None for what is neither."""
        kind = self.inferred.value(module, call, {})
        if kind is not None and kind.interface in SERVED:
            return kind.framework
        name = self.view.lookup(module, call.func)
        last = name.dotted.rpartition(".")[2] if name is not None and name.path is None else ""
        return "" if last in ROUTERS else None

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
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return None
        values = self._local(module, node) if isinstance(node, ast.Name) else None
        if values is None:
            if isinstance(node, ast.Attribute):
                owner = self.origin(module, node.value)
                made = self.defined(*owner) if owner is not None else self.defined(module, node.value)
                if made is not None and isinstance(made[1], ast.ClassDef):
                    return self._attribute(made[0], made[1], node.attr, depth - 1)
            name = self.view.lookup(module, node)
            inside = self.view.module(name.path) if name is not None and name.path else None
            if name is None or inside is None:
                return None
            module, values = inside, self.bound(inside).get((0, name.dotted), [])
        return self.text(module, values[0], depth - 1) if len(values) == 1 else None

    def _attribute(self, module: Module, owner: ast.ClassDef, name: str, depth: int) -> str | None:
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
                return self._attribute(made[0], made[1], name, depth - 1)
        return None

    # Routers and what is on them.

    def holder(self, module: Module, node: ast.expr | None) -> int | None:
        """The application or router that an expression is."""
        origin = self.origin(module, node) if node is not None else None
        if origin is None:
            return None
        inside, made = origin
        if isinstance(made, ast.Name):
            return ANY
        if not isinstance(made, ast.Call):
            return None
        if id(made) not in self.holders:
            framework = self._kind(inside, made)
            if framework is None or not in_production(inside.path):
                return None
            prefix = self._prefix(inside, made, "prefix", "url_prefix", "path")
            if prefix is None or _guarded(keyword(made, "dependencies", "guards", "decorators")):
                return None
            self.holders[id(made)] = (prefix, made, framework)
            for given in made.keywords:
                if given.arg in LISTS:
                    self.entries(inside, given.value, id(made), "")
            first = self.origin(inside, made.args[0]) if made.args else None
            if first is not None and isinstance(first[1], (ast.List, ast.BinOp)):
                self.entries(*first, id(made), "")
            owner = argument(made, 0, "app") if made.args or made.keywords else None
            parent = self.holder(inside, owner) if framework == "" and isinstance(owner, ast.Name) else None
            if parent is not None and parent != id(made):  # flask-restful's Api(app)
                self._include(parent, id(made), "")
        return id(made)

    def _prefix(self, module: Module, call: ast.Call, *names: str) -> str | None:
        """A literal prefix, "" where there is none, None where it is not literal."""
        given = keyword(call, *names)
        if given is None or (isinstance(given, ast.Constant) and given.value is None):
            return None if any(k.arg is None for k in call.keywords) else ""
        return self.text(module, given)

    def _include(self, parent: int, child: int, prefix: str, instead: bool = False) -> None:
        self.edges.setdefault(parent, []).append(_Edge(child, prefix, instead))

    def scan(self, module: Module) -> None:
        """Notes the routes and routers that a module makes."""
        for node in module.nodes:
            if isinstance(node, (*Function, ast.ClassDef)):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call):
                        self._decorated(module, node, decorator)
            elif isinstance(node, ast.Call):
                self._called(module, node)

    def _decorated(self, module: Module, node: Definition, call: ast.Call) -> None:
        owner: int | None = None
        if module.resolve(call.func) in ("bottle.route", "bottle.get"):
            owner = BOTTLE
        elif isinstance(call.func, ast.Attribute) and call.func.attr in DECORATORS:
            owner = self.holder(module, call.func.value)
        if owner is not None:
            self._route(module, call, owner, "", argument(call, 0, "path", "rule", "uri"), (module, node))

    def _called(self, module: Module, call: ast.Call) -> None:
        attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if not isinstance(call.func, ast.Attribute) or attribute not in {*ADDERS, *INCLUDERS, "add_routes", "init_app"}:
            last = getattr(call.func, "id", attribute)
            if last[:1].isupper() and (keyword(call, *LISTS) or last in ("Application", "Api")):
                self.holder(module, call)
            return
        if attribute == "init_app":
            child = self.holder(module, call.func.value)
            parent = self.holder(module, call.args[0]) if call.args and child else None
            if parent is not None and child is not None and parent != child:
                self._include(parent, child, "")
            return
        owner = self.holder(module, call.func.value)
        if owner is None or any(isinstance(a, ast.Starred) for a in call.args):
            return
        if attribute == "add_routes":
            if call.args:
                self.entries(module, call.args[0], owner, "")
        elif attribute in INCLUDERS:
            below = attribute in ("mount", "add_subapp")
            child = self.holder(module, argument(call, 1 if below else 0, "app", "router", "blueprint", "subapp"))
            given = keyword(call, "prefix", "url_prefix", "path")
            prefix = self._prefix(module, call, "prefix", "url_prefix", "path")
            if below and given is None and call.args:
                prefix = self.text(module, call.args[0])
            guarded = _guarded(keyword(call, "dependencies"))
            if child is not None and prefix is not None and not guarded:
                instead = attribute in ("register_blueprint", "blueprint") and bool(prefix)
                self._include(owner, child, prefix.rstrip("/") if below else prefix, instead)
        else:
            self._added(module, call, owner, attribute)

    def _added(self, module: Module, call: ast.Call, owner: int, attribute: str) -> None:
        """add_route(path, handler), add_route("GET", path, handler), add_route(handler, path) and the like."""
        given = [*call.args[:3], *(k.value for k in call.keywords if k.arg in ("path", "rule", "uri", "uri_template"))]
        texts = [(a, self.text(module, a)) for a in given]
        path = next((a for a, text in texts if text is not None and text.startswith("/")), None)
        if any(text is not None and text.isupper() and text != "GET" for _, text in texts[:1]):
            return
        handlers = [*(a for a in call.args if a is not path), keyword(call, "view_func", "endpoint", "handler")]
        handler = next((h for h in handlers if isinstance(h, (ast.Name, ast.Attribute, ast.Call))), None)
        self._route(module, call, owner, "", path, self.defined(module, handler), handler)

    def _route(
        self,
        module: Module,
        call: ast.Call,
        owner: int,
        prefix: str,
        path: ast.AST | None,
        handler: tuple[Module, Definition] | None,
        wrapped: ast.AST | None = None,
    ) -> None:
        methods = keyword(call, "methods", "method", "http_method")
        if methods is not None:
            words = [n.value for n in ast.walk(methods) if isinstance(n, ast.Constant)]
            if not any(isinstance(w, str) and w.upper() == "GET" for w in words):
                return
        for given in path.elts if isinstance(path, (ast.List, ast.Tuple)) else [path]:
            text = self.text(module, given)
            if text is None or _guarded(keyword(call, "dependencies", "guards")):
                continue
            if _needs_login(handler[1] if handler else None, call) or (
                isinstance(wrapped, ast.Call) and handler is not None and _guarded(wrapped.func, *wrapped.args)
            ):
                continue
            self.routes.setdefault(owner, []).append((prefix + text, module, call.lineno))

    def entries(self, module: Module, node: ast.expr, owner: int, prefix: str, depth: int = DEPTH) -> None:
        """The routes of a list: Route(...), Mount(...), web.get(...), (path, handler), decorated functions, routers."""
        if depth <= 0:
            return
        if isinstance(node, ast.Starred):
            return self.entries(module, node.value, owner, prefix, depth - 1)
        if isinstance(node, ast.BinOp):
            self.entries(module, node.left, owner, prefix, depth - 1)
            return self.entries(module, node.right, owner, prefix, depth - 1)
        if (
            isinstance(node, ast.Tuple)
            and len(node.elts) >= 2
            and isinstance(node.elts[0], (ast.Constant, ast.JoinedStr))
        ):
            made = ast.copy_location(ast.Call(ast.Name("url"), list(node.elts), []), node)
            return self._route(module, made, owner, prefix, node.elts[0], self.defined(module, node.elts[1]))
        if isinstance(node, (ast.List, ast.Tuple)):
            for element in node.elts:
                self.entries(module, element, owner, prefix, depth - 1)
            return None
        if isinstance(node, (ast.Name, ast.Attribute)):
            handler = self.defined(module, node)
            if handler is not None:
                return self._handler(*handler, owner, prefix)
            origin = self.origin(module, node)
            if origin is None or isinstance(origin[1], (ast.Name, ast.Attribute)):
                return None
            module, node = origin
            if not isinstance(node, ast.Call):
                return self.entries(module, node, owner, prefix, depth - 1)
        if not isinstance(node, ast.Call):
            return None
        child = self.holder(module, node)
        if child is not None:
            return self._include(owner, child, prefix)
        last = module.resolve(node.func).rpartition(".")[2]
        if last == "Mount":
            inner = self.text(module, argument(node, 0, "path"))
            below = argument(node, 1, "app", "routes")
            if inner is not None and below is not None and not keyword(node, "middleware"):
                self._mount(module, below, owner, prefix + inner.rstrip("/"), depth - 1)
        elif last in ROUTES:
            given = argument(node, 1, "endpoint", "handler")
            self._route(module, node, owner, prefix, argument(node, 0, "path"), self.defined(module, given), given)
        return None

    def _mount(self, module: Module, node: ast.expr, owner: int, prefix: str, depth: int) -> None:
        child = self.holder(module, node)
        if child is not None:
            self._include(owner, child, prefix)
        else:
            self.entries(module, node, owner, prefix, depth)

    def _handler(self, module: Module, node: Definition, owner: int, prefix: str) -> None:
        """Litestar: a function decorated by `@get(path)`, or a controller that holds such."""
        if isinstance(node, ast.ClassDef):
            if _guarded(*(s for s in node.body if isinstance(s, (ast.Assign, ast.AnnAssign)))):
                return
            inner = self._attribute(module, node, "path", DEPTH)
            for statement in node.body if inner is not None else ():
                if isinstance(statement, Function):
                    self._handler(module, statement, owner, _join(prefix, inner or ""))
            return
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and module.resolve(decorator.func) in (
                "litestar.get",
                "litestar.handlers.get",
            ):
                self._route(module, decorator, owner, prefix, argument(decorator, 0, "path"), (module, node))

    # From the applications down.

    def served(self, applications: tuple[Application, ...]) -> Iterator[HealthRoute]:
        """The health routes of every application that no other one includes."""
        entries: dict[int, Application] = {}
        for application in applications:
            module = self.view.module(application.file)
            if module is None or application.test:
                continue
            name: ast.expr = ast.Name(application.object)
            made = self._made(module, ast.Call(name, [], []) if application.factory else name)
            if made is not None:
                entries.setdefault(made, application)
        included = {edge.child for edges in self.edges.values() for edge in edges}
        roots = [key for key, held in self.holders.items() if held[2] and key not in included]
        if BOTTLE in self.routes and not roots:
            self.holders[BOTTLE] = ("", None, "bottle")
            roots.append(BOTTLE)
        for root in roots:
            served = entries.get(root) or (applications[0] if len(applications) == 1 == len(roots) else None)
            if served is None and applications and len(roots) > 1:
                continue
            entry = served.entry if served is not None else ""
            starts = [root, ANY] if len(roots) == 1 else [root]
            for path, module, line in self._below(starts):
                yield HealthRoute(path, self.holders[root][2], entry, (Evidence(module.path, line, f"GET {path}"),))

    def _made(self, module: Module, node: ast.expr) -> int | None:
        self._made_up.append(node)
        return self.holder(module, node)

    def _below(self, starts: list[int]) -> Iterator[tuple[str, Module, int]]:
        waiting = [(key, self.holders[key][0] if key in self.holders else "") for key in starts]
        left = LIMIT
        while waiting and left > 0:
            left -= 1
            key, prefix = waiting.pop()
            for path, module, line in self.routes.get(key, ()):
                whole = _join(prefix, path)
                if PATH.fullmatch(whole):
                    yield whole, module, line
            for edge in self.edges.get(key, ()):
                own = "" if edge.instead or edge.child not in self.holders else self.holders[edge.child][0]
                if len(prefix) < 200:
                    waiting.append((edge.child, _join(_join(prefix, edge.prefix), own)))

    # Django.

    def django(self, applications: tuple[Application, ...]) -> Iterator[HealthRoute]:
        """The health routes of the ROOT_URLCONF, with what it includes."""
        settings = [m for m in self.view.modules if in_production(m.path) and "ROOT_URLCONF" in m.constants]
        for module in sorted(settings, key=lambda m: is_development_settings(m.path)):
            name = self.view.find(module, module.constants["ROOT_URLCONF"])
            root = self.view.module(name.path) if name is not None and name.path and not name.dotted else None
            if root is not None:
                entry = next((a.entry for a in applications if a.framework == "django" and not a.test), "")
                for path, inside, line in self._urls(root, "/", DEPTH):
                    yield HealthRoute(path, "django", entry, (Evidence(inside.path, line, f"GET {path}"),))
                return

    def _urls(self, module: Module, prefix: str, depth: int) -> Iterator[tuple[str, Module, int]]:
        for value in self._patterns(module, "urlpatterns"):
            yield from self._urlpatterns(module, value, prefix, depth)

    def _patterns(self, module: Module, name: str) -> Iterator[ast.expr]:
        """What a module's top level assigns or adds to a list, not what it does under a condition."""
        for statement in module.tree.body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                    yield statement.value

    def _urlpatterns(
        self, module: Module, node: ast.expr, prefix: str, depth: int
    ) -> Iterator[tuple[str, Module, int]]:
        if depth <= 0:
            return
        if isinstance(node, ast.BinOp):
            for side in (node.left, node.right):
                yield from self._urlpatterns(module, side, prefix, depth - 1)
        elif isinstance(node, (ast.List, ast.Tuple)):
            for element in node.elts:
                yield from self._urlpatterns(module, element, prefix, depth - 1)
        elif isinstance(node, ast.Starred):
            yield from self._urlpatterns(module, node.value, prefix, depth - 1)
        elif isinstance(node, (ast.Name, ast.Attribute)):
            name = self.view.lookup(module, node)
            inside = self.view.module(name.path) if name is not None and name.path else None
            if name is not None and inside is not None:
                for value in self._patterns(inside, name.dotted or "urlpatterns"):
                    yield from self._urlpatterns(inside, value, prefix, depth - 1)
        elif isinstance(node, ast.Call):
            made = module.resolve(node.func).rpartition(".")[2]
            path = self.text(module, argument(node, 0, "route", "regex"))
            target = argument(node, 1, "view")
            if made not in ("path", "re_path", "url") or path is None or target is None:
                return
            literal = path if made == "path" else _literal(path)
            if literal is None or "<" in literal:
                return
            whole = prefix + literal
            if isinstance(target, ast.Call) and module.resolve(target.func).rpartition(".")[2] == "include":
                yield from self._included(module, target, whole, node.lineno, depth - 1)
            elif PATH.fullmatch(whole):
                handler = self.defined(module, target)
                wrapped = isinstance(target, ast.Call) and (_guarded(target.func) or _guarded(*target.args))
                if not wrapped and not _needs_login(handler[1] if handler else None, None):
                    yield whole, module, node.lineno

    def _included(
        self, module: Module, call: ast.Call, prefix: str, line: int, depth: int
    ) -> Iterator[tuple[str, Module, int]]:
        given = argument(call, 0, "arg")
        if isinstance(given, ast.Tuple) and given.elts:
            given = given.elts[0]
        text = self.text(module, given)
        if text == "health_check.urls":
            yield prefix, module, line
        elif text is not None:
            name = self.view.find(module, text)
            inside = self.view.module(name.path) if name is not None and name.path and not name.dotted else None
            if inside is not None:
                yield from self._urls(inside, prefix, depth)
        elif given is not None:
            yield from self._urlpatterns(module, given, prefix, depth)


def _join(prefix: str, path: str) -> str:
    """A prefix and a path with one slash between them."""
    if not prefix.strip("/"):
        return path if path.startswith("/") or not path else "/" + path
    return "/" + prefix.strip("/") + ("/" + path.lstrip("/") if path else "")


def _literal(pattern: str) -> str | None:
    """The path that a regular expression matches, None for more than one."""
    text = pattern.removeprefix("^").replace("/?$", "$").removesuffix("$")
    text = re.sub(r"\\([-/.])", r"\1", text)
    return text if re.fullmatch(r"[\w./~-]*", text) else None


def _guarded(*nodes: ast.AST | None) -> bool:
    """Whether a name in these expressions speaks of authentication."""
    names: list[str] = []
    for node in nodes:
        for part in ast.walk(node) if node is not None else ():
            name = part.id if isinstance(part, ast.Name) else part.attr if isinstance(part, ast.Attribute) else ""
            names.append(name)
    return any(AUTHENTICATION.search(n) for n in names) and not any(OPEN.search(n) for n in names)


def _needs_login(node: Definition | None, route: ast.Call | None) -> bool:
    """Whether a handler's decorators, parameters or class ask for a login, or whether it answers no GET."""
    if node is None:
        return False
    if any(_guarded(d) for d in node.decorator_list if d is not route and not _is_route(d)):
        return True
    if isinstance(node, ast.ClassDef):
        methods = {s.name.removeprefix("on_") for s in node.body if isinstance(s, Function)}
        held = [s for s in node.body if isinstance(s, (ast.Assign, ast.AnnAssign))]
        get = next((s for s in node.body if isinstance(s, Function) and s.name in ("get", "on_get")), None)
        answers = "get" in methods or not methods & {"post", "put", "patch", "delete"}
        return _guarded(*node.bases) or any(map(_guarded, held)) or not answers or _needs_login(get, None)
    given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    parts = [*(a.annotation for a in given), *node.args.defaults, *node.args.kw_defaults]
    return any(_guarded(part) for part in parts)


def _is_route(node: ast.expr) -> bool:
    """Whether a decorator is another route of the same handler: its router's name says nothing of this one."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DECORATORS
