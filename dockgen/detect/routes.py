"""The routes of applications that are no Django: routers, blueprints, lists of routes, and what includes what.

An application, router or blueprint is known by the call that makes it; names are followed to that call.
What is not literal on the way from the application to the route drops the route.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dockgen.detect.inference import SERVED, inference, kind_of, kinds
from dockgen.detect.login import guarded, needs_login
from dockgen.detect.modules import view
from dockgen.detect.names import Module, argument, in_production, keyword
from dockgen.detect.values import DECORATORS, DEPTH, Definition, Function, Values
from dockgen.facts import Application
from dockgen.source import Source

ROUTERS = frozenset({"APIRouter", "Router", "Blueprint", "APIBlueprint", "RouteTableDef", "Api"})
"""Classes that hold routes for an application to include."""

ADDERS = frozenset({"add_api_route", "add_url_rule", "add_route", "add_get", "add_resource", "add_view"})
INCLUDERS = frozenset({"include_router", "register_blueprint", "blueprint", "mount", "add_subapp"})
ROUTES = frozenset({"Route", "APIRoute", "get", "view", "route", "url", "URLSpec", "Rule"})
"""Calls that make an entry of a list of routes."""

LISTS = ("routes", "route_handlers", "handlers")
ANY = 0
"""The application that a function got as an argument: the only one there is."""

BOTTLE = -1
"""Bottle's default application."""

LIBRARIES = {
    "dockerflow.fastapi.router": "/__lbheartbeat__",
    "dockerflow.fastapi.dockerflow_router": "/__lbheartbeat__",
    "dockerflow.flask.Dockerflow": "/__lbheartbeat__",
    "dockerflow.sanic.Dockerflow": "/__lbheartbeat__",
}
"""Routers and extensions of libraries, with the route for health checks that they bring (python-dockerflow's docs)."""

LIMIT = 5000
"""How many routers are walked through from the applications; more is a cycle."""


@dataclass(frozen=True, slots=True)
class Route:
    """A GET route that asks for no login. `path`: with every prefix. `handler`: None where it is not seen.
    `target`: the expression that names it. `health`: it comes from a library of health checks."""

    path: str
    module: Module
    line: int
    handler: tuple[Module, Definition] | None = None
    target: ast.AST | None = None
    health: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A router that another one includes. `prefix`: in front of the router's own, or instead of it."""

    child: int
    prefix: str
    instead: bool


class Routes(Values):
    """The routers of a tree, what they include and the routes on them."""

    def __init__(self, source: Source):
        self.inferred = inference(source)
        super().__init__(view(source), lambda module, call: self._kind(module, call) is not None)
        self.holders: dict[int, tuple[str, ast.Call | None, str]] = {}  # prefix, call, framework ("" for a router)
        self.edges: dict[int, list[Edge]] = {}
        self.routes: dict[int, list[Route]] = {}
        self._made_up: list[ast.expr] = []  # kept: an id must not be given to another node
        for module in self.view.modules:
            if in_production(module.path):
                self.scan(module)

    def _kind(self, module: Module, call: ast.Call) -> str | None:
        """The framework of the application that a call makes, "" for a router, None for what is neither."""
        kind = self.inferred.value(module, call, {})
        if kind is None and isinstance(call.func, ast.Attribute):  # config.make_wsgi_app(), of a local variable
            base = self.origin(module, call.func.value)
            if base is not None and isinstance(base[1], ast.Call):
                made = self.view.lookup(base[0], base[1].func)
                kind = kinds().get(f"{made.dotted}.{call.func.attr}") if made is not None and not made.path else None
        if kind is not None and kind.interface in SERVED:
            return kind.framework
        name = self.view.lookup(module, call.func)
        last = name.dotted.rpartition(".")[2] if name is not None and name.path is None else ""
        return "" if last in ROUTERS else None

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
            name = self.view.lookup(inside, made.func) if framework is None else None
            helper = kind_of(name.dotted) if name is not None and name.path is None else None
            if helper is not None and not helper.interface:
                return ANY  # Pyramid's Configurator: what is added to it is on the application that it makes
            if framework is None or not in_production(inside.path):
                return None
            prefix = self._prefix(inside, made, "prefix", "url_prefix", "path")
            if made.args and inside.resolve(made.func) in ("litestar.Router", "litestar.router.Router"):
                prefix = self.text(inside, made.args[0])
            if prefix is None or guarded(keyword(made, "dependencies", "guards", "decorators")):
                return None
            self.holders[id(made)] = (prefix, made, framework)
            for given in made.keywords:
                if given.arg in LISTS:
                    self.entries(inside, given.value, id(made), "")
            first = self.origin(inside, made.args[0]) if made.args else None
            if first is not None and isinstance(first[1], (ast.List, ast.BinOp)):
                self.entries(*first, id(made), "")
            self._of_class(inside, made)
            owner = argument(made, 0, "app") if made.args or made.keywords else None
            parent = self.holder(inside, owner) if framework == "" and isinstance(owner, ast.Name) else None
            if parent is not None and parent != id(made):  # flask-restful's Api(app)
                self._include(parent, id(made), "")
        return id(made)

    def _of_class(self, module: Module, made: ast.Call) -> None:
        """The routes that an application's own class hands to its base: Tornado's usual form."""
        own = self.defined(module, made.func)
        if own is None or not isinstance(own[1], ast.ClassDef):
            return
        for call in ast.walk(own[1]):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
                given = keyword(call, *LISTS)
                for routes in (given,) if given is not None else call.args[:2]:
                    self.entries(own[0], routes, id(made), "")

    def _prefix(self, module: Module, call: ast.Call, *names: str) -> str | None:
        """A literal prefix, "" where there is none, None where it is not literal."""
        given = keyword(call, *names)
        if given is None or (isinstance(given, ast.Constant) and given.value is None):
            return None if any(k.arg is None for k in call.keywords) else ""
        return self.text(module, given)

    def _include(self, parent: int, child: int, prefix: str, instead: bool = False) -> None:
        self.edges.setdefault(parent, []).append(Edge(child, prefix, instead))

    def scan(self, module: Module) -> None:
        """Notes the routes and routers that a module makes."""
        for node in module.of(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Call):
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
        if not isinstance(call.func, ast.Attribute) or attribute not in {
            *ADDERS,
            *INCLUDERS,
            "add_routes",
            "init_app",
            "register",
        }:
            last = getattr(call.func, "id", attribute)
            if module.resolve(call.func) in LIBRARIES and call.args:
                owner = self.holder(module, call.args[0])
                if owner is not None:
                    path = LIBRARIES[module.resolve(call.func)]
                    self.routes.setdefault(owner, []).append(Route(path, module, call.lineno, health=True))
            if last[:1].isupper() and (keyword(call, *LISTS) or last in ("Application", "Api")):
                self.holder(module, call)
            return
        if attribute == "register" and len(call.args) == 1:  # Litestar's routers and applications
            owner = self.holder(module, call.func.value)
            if owner is not None:
                self.entries(module, call.args[0], owner, "")
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
            given = argument(call, 1 if below else 0, "app", "router", "blueprint", "subapp")
            name = self.view.lookup(module, given) if given is not None else None
            if name is not None and name.path is None and name.dotted in LIBRARIES:
                self.routes.setdefault(owner, []).append(
                    Route(LIBRARIES[name.dotted], module, call.lineno, health=True)
                )
                return
            child = self.holder(module, given)
            given = keyword(call, "prefix", "url_prefix", "path")
            prefix = self._prefix(module, call, "prefix", "url_prefix", "path")
            if below and given is None and call.args:
                prefix = self.text(module, call.args[0])
            locked = guarded(keyword(call, "dependencies"))
            if child is not None and prefix is not None and not locked:
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
            if text is None or guarded(keyword(call, "dependencies", "guards")):
                continue
            if needs_login(handler[1] if handler else None, call) or (
                isinstance(wrapped, ast.Call) and handler is not None and guarded(wrapped.func, *wrapped.args)
            ):
                continue
            self.routes.setdefault(owner, []).append(Route(prefix + text, module, call.lineno, handler, wrapped))

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
            if guarded(*(s for s in node.body if isinstance(s, (ast.Assign, ast.AnnAssign)))):
                return
            inner = self.attribute(module, node, "path", DEPTH)
            for statement in node.body if inner is not None else ():
                if isinstance(statement, Function):
                    self._handler(module, statement, owner, join(prefix, inner or ""))
            return
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and module.resolve(decorator.func) in (
                "litestar.get",
                "litestar.handlers.get",
            ):
                held = self.holders.get(owner)
                locked = held is not None and held[1] is not None and guarded(keyword(held[1], "on_app_init"))
                if not locked or keyword(decorator, "exclude_from_auth"):
                    path = argument(decorator, 0, "path") or ast.Constant("")
                    self._route(module, decorator, owner, prefix, path, (module, node))

    # From the applications down.

    def served(self, applications: tuple[Application, ...]) -> Iterator[tuple[Application | None, str, list[Route]]]:
        """(application, framework, its routes) of everything that no other one includes."""
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
            starts = [root, ANY] if len(roots) == 1 else [root]
            yield served, self.holders[root][2], list(self._below(starts))

    def _made(self, module: Module, node: ast.expr) -> int | None:
        self._made_up.append(node)
        return self.holder(module, node)

    def _below(self, starts: list[int]) -> Iterator[Route]:
        waiting = [(key, self.holders[key][0] if key in self.holders else "") for key in starts]
        left = LIMIT
        while waiting and left > 0:
            left -= 1
            key, prefix = waiting.pop()
            for route in self.routes.get(key, ()):
                yield replace(route, path=join(prefix, route.path))
            for edge in self.edges.get(key, ()):
                own = "" if edge.instead or edge.child not in self.holders else self.holders[edge.child][0]
                if len(prefix) < 200:
                    waiting.append((edge.child, join(join(prefix, edge.prefix), own)))


def join(prefix: str, path: str) -> str:
    """A prefix and a path with one slash between them."""
    if not prefix.strip("/"):
        return path if path.startswith("/") or not path else "/" + path
    return "/" + prefix.strip("/") + ("/" + path.lstrip("/") if path else "")
