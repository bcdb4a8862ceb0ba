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
from dockgen.detect.names import Module, argument, assigned, in_production, is_read, keyword
from dockgen.detect.values import DECORATORS, DEPTH, Definition, Function, Values
from dockgen.facts import Application
from dockgen.source import Source

ROUTERS = frozenset(
    {
        "APIRouter",
        "Router",
        "Blueprint",
        "APIBlueprint",
        "RouteTableDef",
        "Api",
        "Namespace",
        "NinjaAPI",
        "NinjaExtraAPI",
    }
)
"""Classes that hold routes for an application to include."""

ADDERS = frozenset({"add_api_route", "add_url_rule", "add_route", "add_get", "add_resource", "add_view"})
INCLUDERS = frozenset(
    {"include_router", "register_blueprint", "blueprint", "mount", "add_subapp", "add_namespace", "add_router"}
)
ROUTES = frozenset({"Route", "APIRoute", "get", "view", "route", "url", "URLSpec", "Rule"})
"""Calls that make an entry of a list of routes."""

LISTS = ("routes", "route_handlers", "handlers")
VERBS = frozenset({"get", "post", "put", "delete", "patch", "head", "options"})
ANY = 0
"""The application that a function got as an argument: the only one there is."""

UNSEEN = "-"
"""The framework of an application whose making is not seen."""

BOTTLE = -1
"""Bottle's default application."""

NICEGUI = -2
"""NiceGUI's only application (nicegui.io/documentation, "Pages")."""

DEFAULTS = {BOTTLE: "bottle", NICEGUI: "nicegui"}
"""Applications that no call of the project makes."""

OWNERS = {
    "bottle.route": BOTTLE,
    "bottle.get": BOTTLE,
    "nicegui.ui.page": NICEGUI,
    "nicegui.app.get": NICEGUI,
    "blacksheep.get": ANY,
    "blacksheep.route": ANY,
    "blacksheep.server.controllers.get": ANY,
}
"""Decorators of a framework itself: the application whose routes they make."""

LIBRARIES = {
    "dockerflow.fastapi.router": "/__lbheartbeat__",
    "dockerflow.fastapi.dockerflow_router": "/__lbheartbeat__",
    "dockerflow.flask.Dockerflow": "/__lbheartbeat__",
    "dockerflow.sanic.Dockerflow": "/__lbheartbeat__",
    "flask_healthz.Healthz": "/healthz/live",
    "flask_healthz.healthz": "/live",
}
"""Routers and extensions of libraries, with the route for health checks that they bring (the docs of python-dockerflow,
flask-healthz)."""

DOCUMENTED = ("flask_restx.Api", "flask_restplus.Api")
"""Routers with a page of documentation at their root, unless `doc` says where (flask-restx's docs, "Swagger")."""

FLASGGER = "flasgger.Swagger"
"""Its page is at /apidocs/ unless the configuration's `specs_route` says where (flasgger's README)."""

LIMIT = 5000
"""How many routers are walked through from the applications; more is a cycle."""


@dataclass(frozen=True, slots=True)
class Route:
    """A GET route that asks for no login. `path`: with every prefix. `handler`: None where it is not seen.
    `target`: the expression that names it. `health`: it comes from a library of health checks. `login`: it is a
    library's own page for logging in, which needs neither a login nor the database. `page`: a library's page. `exempt`:
    it asks for no login where the application asks for one everywhere."""

    path: str
    module: Module
    line: int
    handler: tuple[Module, Definition] | None = None
    target: ast.AST | None = None
    health: bool = False
    login: bool = False
    page: bool = False
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A router that another one includes. `prefix`: in front of the router's own, or instead of it."""

    child: int
    prefix: str
    instead: bool


LITESTAR = frozenset({"litestar.Router", "litestar.router.Router"})


class Routes(Values):
    """The routers of a tree, what they include and the routes on them."""

    def __init__(self, source: Source):
        self.inferred = inference(source)
        super().__init__(view(source), lambda module, call: self._kind(module, call) is not None)
        self.holders: dict[int, tuple[str, ast.Call | None, str]] = {}  # prefix, call, framework ("" for a router)
        self.edges: dict[int, list[Edge]] = {}
        self.routes: dict[int, list[Route]] = {}
        self._following: set[int] = set()  # functions whose parameters are being looked up
        self.hidden = False  # whether an application puts all of its routes below a path that cannot be read
        self.unseen: dict[int, str] = {}  # application that includes routers out of sight -> their prefix
        self._made_up: list[ast.expr] = []  # kept: an id must not be given to another node
        for module in self.view.modules:
            if is_read(module.path):
                self.scan(module)
                self._listed(module)

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
        group = name is not None and name.path is None and name.dotted.endswith("Blueprint.group")
        if last in ROUTERS or group:
            return ""
        return "" if self._own_router(module, call) else None

    def _own_router(self, module: Module, call: ast.Call) -> bool:
        """Whether a call makes a router of a class of the project that is Litestar's Router."""
        own = self.defined(module, call.func)
        bases = own[1].bases if own is not None and isinstance(own[1], ast.ClassDef) else []
        return own is not None and any(own[0].resolve(base) in LITESTAR for base in bases)

    # Routers and what is on them.

    def holder(self, module: Module, node: ast.expr | None) -> int | None:
        """The application or router that an expression is."""
        origin = self.origin(module, node) if node is not None else None
        if origin is None:
            return None
        inside, made = origin
        if isinstance(made, ast.Name):
            return self._given(inside, made)
        if not isinstance(made, ast.Call):
            return None
        if id(made) not in self.holders:
            framework = self._kind(inside, made)
            name = self.view.lookup(inside, made.func) if framework is None else None
            helper = kind_of(name.dotted) if name is not None and name.path is None else None
            if helper is not None and not helper.interface:
                return ANY  # Pyramid's Configurator: what is added to it is on the application that it makes
            if framework is None or not is_read(inside.path):
                return None
            prefix = self._prefix(inside, made, "prefix", "url_prefix", "path")
            if prefix is None and framework and keyword(made, "prefix", "url_prefix", "path") is None:
                prefix = ""  # FastAPI(**options): what an application gets so is no prefix of its routes
            if made.args and (inside.resolve(made.func) in LITESTAR or self._own_router(inside, made)):
                prefix = self.text(inside, made.args[0])
            if prefix is None or guarded(keyword(made, "dependencies", "guards", "decorators")):
                self.hidden = self.hidden or (prefix is None and bool(framework))
                return None
            self.holders[id(made)] = (prefix, made, framework)
            if inside.resolve(made.func) in DOCUMENTED:
                doc = keyword(made, "doc")
                path = "/" if doc is None else self.text(inside, doc)
                if path is not None:
                    self.routes.setdefault(id(made), []).append(Route(path, inside, made.lineno, page=True))
            if isinstance(made.func, ast.Attribute) and made.func.attr == "group":  # Sanic's Blueprint.group(a, b)
                for part in made.args:
                    child = self.holder(inside, part)
                    if child is not None:
                        self._include(id(made), child, "")
                return id(made)
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

    def _given(self, module: Module, name: ast.Name) -> int:
        """The router that a function's parameter is, by the one call of the function; ANY where that cannot be seen."""
        function = next((p for _, p in module.ancestors(name) if isinstance(p, Function)), None)
        names = [a.arg for a in function.args.args] if isinstance(function, Function) else []
        if not isinstance(function, Function) or name.id not in names or id(function) in self._following:
            return ANY
        calls = [
            (one, call)
            for one in self.view.modules
            for call in one.calls(function.name)
            if is_read(one.path) and self.defined(one, call.func) == (module, function)
        ]
        given = argument(calls[0][1], names.index(name.id), name.id) if len(calls) == 1 else None
        if given is None:
            return ANY
        self._following.add(id(function))
        held = self.holder(calls[0][0], given)
        self._following.discard(id(function))
        return ANY if held is None else held

    def _of_class(self, module: Module, made: ast.Call) -> None:
        """The routes that an application's own class hands to its base: Tornado's usual form."""
        own = self.defined(module, made.func)
        if own is None or not isinstance(own[1], ast.ClassDef):
            return
        for call in ast.walk(own[1]):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "update":
                given = keyword(call, *LISTS)  # kwargs.update(handlers=handlers), for **kwargs of the base
                if given is not None:
                    self.entries(own[0], given, id(made), "")
            elif isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
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
                    elif isinstance(decorator, ast.Name) and isinstance(node, Function):
                        self._by_name(module, node, decorator)
            elif isinstance(node, ast.Call):
                self._called(module, node)

    def _listed(self, module: Module) -> None:
        """Tornado's convention for large applications: `get_handlers()` of each module gives (path, handler) pairs."""
        for node in module.tree.body:
            if isinstance(node, Function) and node.name in ("get_handlers", "get_routes"):
                returns = [n for n in ast.walk(node) if isinstance(n, ast.Return)]
                for returned in returns if len(returns) == 1 else ():  # an empty list under a condition: it may be off
                    if isinstance(returned.value, (ast.List, ast.Tuple)):
                        for pair in returned.value.elts:
                            if isinstance(pair, ast.Tuple) and len(pair.elts) >= 2:
                                made = self._made_url(pair)
                                self._route(module, made, ANY, "", pair.elts[0], self.defined(module, pair.elts[1]))

    @staticmethod
    def _made_url(pair: ast.Tuple) -> ast.Call:
        return ast.copy_location(ast.Call(ast.Name("url"), list(pair.elts), []), pair)

    def _decorated(self, module: Module, node: Definition, call: ast.Call) -> None:
        owner = OWNERS.get(module.resolve(call.func))
        if owner is not None and module.resolve(call.func).startswith("blacksheep.") and not call.args:
            return
        if owner is None and isinstance(call.func, ast.Attribute) and call.func.attr in DECORATORS:
            owner = self.holder(module, call.func.value)
        elif owner is None and isinstance(call.func, ast.Name):
            owner = self._route_function(module, call.func)
            if owner is not None and getattr(node, "name", "") in VERBS - {"get"}:
                return  # FastHTML: a function that is called as a method answers that one alone
        if owner is not None:
            self._route(module, call, owner, "", argument(call, 0, "path", "rule", "uri"), (module, node))

    def _by_name(self, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef, decorator: ast.Name) -> None:
        """FastHTML's bare `@rt`: the function's name is the path, `index` is /."""
        owner = self._route_function(module, decorator)
        if owner is not None and node.name not in VERBS:
            path = "/" if node.name == "index" else f"/{node.name}"
            if not needs_login(node, None):
                self.routes.setdefault(owner, []).append(Route(path, module, node.lineno, (module, node)))

    def _route_function(self, module: Module, name: ast.Name) -> int | None:
        """The application whose route() a name stands for: `app, rt = fast_app()`, `rt = app.route`."""
        for node in module.of(ast.Assign):
            for target in node.targets if isinstance(node, ast.Assign) else ():
                if isinstance(target, ast.Name) and target.id == name.id and isinstance(node.value, ast.Attribute):
                    return self.holder(module, node.value.value) if node.value.attr in DECORATORS else None
                second = target.elts[1] if isinstance(target, ast.Tuple) and len(target.elts) > 1 else None
                if isinstance(second, ast.Name) and second.id == name.id and isinstance(node.value, ast.Call):
                    return self.holder(module, node.value) if self._kind(module, node.value) else None
        return None

    def _called(self, module: Module, call: ast.Call) -> None:
        attribute = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if not isinstance(call.func, ast.Attribute) or attribute not in {
            *ADDERS,
            *INCLUDERS,
            "add_routes",
            "init_app",
            "register",
            "add_static_route",
        }:
            last = getattr(call.func, "id", attribute)
            if module.resolve(call.func) in LIBRARIES and call.args:
                owner = self.holder(module, call.args[0])
                if owner is not None:
                    path = LIBRARIES[module.resolve(call.func)]
                    self.routes.setdefault(owner, []).append(Route(path, module, call.lineno, health=True))
            elif module.resolve(call.func) == FLASGGER and (call.args or call.keywords):
                self._flasgger(module, call)
            if last[:1].isupper() and (
                keyword(call, *LISTS) or last in ("Application", "Api") or self._own_application(module, call)
            ):
                self.holder(module, call)
            elif attribute in ("append", "extend") and isinstance(call.func, ast.Attribute) and call.args:
                held = call.func.value  # Litestar's on_app_init: app_config.route_handlers.extend([...])
                if isinstance(held, ast.Attribute) and held.attr == "route_handlers":
                    self.entries(module, call.args[0], ANY, "")
            elif attribute == "route" and isinstance(call.func, ast.Attribute) and len(call.args) > 2:
                owner = self.holder(module, call.func.value)  # Bottle's app.route(path, "GET", handler)
                if owner is not None:
                    self._added(module, call, owner, attribute)
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
        if attribute == "add_static_route":  # Falcon's; without a file to fall back to a folder is 404
            files_at = self.text(module, argument(call, 0, "prefix"))
            if files_at is not None and keyword(call, "fallback_filename") is not None:
                self.routes.setdefault(owner, []).append(Route(files_at, module, call.lineno, page=True))
        elif attribute == "add_routes":
            if call.args:
                self.entries(module, call.args[0], owner, "")
        elif attribute in INCLUDERS:
            below = attribute in ("mount", "add_subapp")
            given = argument(call, 1 if below else 0, "app", "router", "blueprint", "subapp")
            name = self.view.lookup(module, given) if given is not None else None
            if name is not None and name.path is None and name.dotted in LIBRARIES:
                before = self._prefix(module, call, "prefix", "url_prefix") or ""
                path = join(before, LIBRARIES[name.dotted])
                self.routes.setdefault(owner, []).append(Route(path, module, call.lineno, health=True))
                return
            if attribute == "add_router" and len(call.args) > 1:  # django-ninja's add_router(prefix, router)
                given = call.args[1]
            self._files(module, given, owner, self.text(module, call.args[0]) if below and call.args else None, call)
            child = self.holder(module, given)
            routers = given
            given = keyword(call, "prefix", "url_prefix", "path")
            prefix = self._prefix(module, call, "prefix", "url_prefix", "path")
            if (below or attribute == "add_router") and given is None and call.args:
                prefix = self.text(module, call.args[0])
            if attribute == "add_namespace":
                prefix = self._namespace(module, call, routers)
            locked = guarded(keyword(call, "dependencies"))
            if child is None and prefix is not None and not locked:
                parts = self._looped(module, call, routers)
                for part in parts or ():
                    child = self.holder(module, part)
                    if child is not None:
                        self._include(owner, child, prefix)
                if parts is not None and not parts and not below:
                    self.unseen[owner] = prefix
                return
            if child is not None and prefix is not None and not locked:
                instead = attribute in ("register_blueprint", "blueprint") and bool(prefix)
                self._include(owner, child, prefix.rstrip("/") if below else prefix, instead)
        else:
            self._added(module, call, owner, attribute)

    def _namespace(self, module: Module, call: ast.Call, given: ast.expr | None) -> str | None:
        """Where flask-restx puts a namespace: the path of the call, of the namespace, or its name."""
        if keyword(call, "path") is not None or len(call.args) > 1:
            return self.text(module, argument(call, 1, "path"))
        origin = self.origin(module, given) if given is not None else None
        if origin is None or not isinstance(origin[1], ast.Call):
            return None
        if keyword(origin[1], "path") is not None:
            return ""  # it is the router's own prefix
        name = self.text(origin[0], argument(origin[1], 0, "name"))
        return f"/{name}" if name else None

    def _flasgger(self, module: Module, call: ast.Call) -> None:
        owner = self.holder(module, argument(call, 0, "app"))
        given = keyword(call, "config")
        origin = self.origin(module, given) if given is not None else None
        path: str | None = "/apidocs/"
        if origin is not None and isinstance(origin[1], ast.Dict):
            said = [
                self.text(origin[0], v)
                for k, v in zip(origin[1].keys, origin[1].values, strict=True)
                if origin[0].string(k) == "specs_route"
            ]
            path = said[0] if said else path
        if owner is not None and path is not None:
            self.routes.setdefault(owner, []).append(Route(path, module, call.lineno, page=True))

    def of_router(self, module: Module, node: ast.expr) -> list[Route]:
        """The routes of the one router that an expression is: django-ninja's, which a URLconf includes."""
        key = self.holder(module, node)
        return list(self._below([key])) if key is not None else []

    def _looped(self, module: Module, call: ast.Call, given: ast.expr | None) -> list[ast.expr] | None:
        """What a loop's variable stands for: `for router in routers: app.include_router(router)`; [] where that cannot
        be seen, None where it is no loop's variable."""
        for _, parent in module.ancestors(call):
            if isinstance(parent, ast.For) and isinstance(parent.target, ast.Name) and isinstance(given, ast.Name):
                if parent.target.id != given.id:
                    return None
                origin = self.origin(module, parent.iter)
                if origin is None or not isinstance(origin[1], (ast.List, ast.Tuple)):
                    return []
                found = [self.origin(origin[0], element) for element in origin[1].elts]
                return [made[1] for made in found if made is not None]
            if isinstance(parent, Function):
                return None
        return None

    def _own_application(self, module: Module, call: ast.Call) -> bool:
        """Whether a call makes an application of a class of the project."""
        own = self.defined(module, call.func)
        return own is not None and isinstance(own[1], ast.ClassDef) and bool(self._kind(module, call))

    def _added(self, module: Module, call: ast.Call, owner: int, attribute: str) -> None:
        """add_route(path, handler), add_route("GET", path, handler), add_route(handler, path) and the like."""
        given = [*call.args[:3], *(k.value for k in call.keywords if k.arg in ("path", "rule", "uri", "uri_template"))]
        texts = [(a, self.text(module, a)) for a in given]
        path = next((a for a, text in texts if text is not None and text.startswith("/")), None)
        if any(text is not None and text.isupper() and text != "GET" for _, text in texts[:1]):
            return
        handlers = [*(a for a in call.args if a is not path), keyword(call, "view_func", "endpoint", "handler")]
        handler = next((h for h in handlers if isinstance(h, (ast.Name, ast.Attribute, ast.Call))), None)
        found = self.defined(module, handler)
        if found is None and isinstance(handler, ast.Name):  # images = Images(store); app.add_route("/images", images)
            origin = self.origin(module, handler)
            found = self.defined(*origin) if origin is not None and isinstance(origin[1], ast.Call) else None
        self._route(module, call, owner, "", path, found, handler)

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
            if text.endswith(("$", "/?")):  # Tornado's patterns
                text = text.removesuffix("$").removesuffix("/?") or "/"
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
            return self._route(
                module, self._made_url(node), owner, prefix, node.elts[0], self.defined(module, node.elts[1])
            )
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

    def _files(self, module: Module, node: ast.expr | None, owner: int, prefix: str | None, call: ast.Call) -> None:
        """The page that Starlette's StaticFiles(html=True) answers with: index.html (starlette.dev, "Static Files")."""
        html = keyword(node, "html") if isinstance(node, ast.Call) else None
        files = isinstance(node, ast.Call) and module.resolve(node.func).rpartition(".")[2] == "StaticFiles"
        if files and prefix is not None and isinstance(html, ast.Constant) and html.value is True:
            self.routes.setdefault(owner, []).append(Route(prefix or "/", module, call.lineno, page=True))

    def _mount(self, module: Module, node: ast.expr, owner: int, prefix: str, depth: int) -> None:
        self._files(module, node, owner, prefix, node) if isinstance(node, ast.Call) else None
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
            said = any((pair := assigned(s)) is not None and pair[0] == "path" for s in node.body)
            inner = self.attribute(module, node, "path", DEPTH) if said else ""
            for statement in node.body if inner is not None else ():
                if isinstance(statement, Function):
                    self._handler(module, statement, owner, join(prefix, inner or ""))
            return
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and module.resolve(decorator.func) in (
                "litestar.get",
                "litestar.handlers.get",
            ):
                path = argument(decorator, 0, "path") or ast.Constant("")
                before = len(self.routes.get(owner, ()))
                self._route(module, decorator, owner, prefix, path, (module, node))
                if keyword(decorator, "exclude_from_auth"):
                    added = self.routes.get(owner, [])
                    added[before:] = [replace(route, exempt=True) for route in added[before:]]

    # From the applications down.

    def served(self, applications: tuple[Application, ...]) -> Iterator[tuple[Application | None, str, list[Route]]]:
        """(application, framework, its routes) of everything that no other one includes."""
        entries: dict[int, list[Application]] = {}  # several modules may hold what one factory makes
        for application in applications:
            module = self.view.module(application.file)
            if module is None or application.test:
                continue
            name: ast.expr = ast.Name(application.object)
            made = self._made(module, ast.Call(name, [], []) if application.factory else name)
            if made is not None:
                entries.setdefault(made, []).append(application)
        included = {edge.child for edges in self.edges.values() for edge in edges}
        roots = [key for key, held in self.holders.items() if held[2] and key not in included]
        for key, framework in DEFAULTS.items():
            if key in self.routes and not roots:
                self.holders[key] = ("", None, framework)
                roots.append(key)
        filled = [key for key in roots if self.routes.get(key) or self.edges.get(key)]
        roots = filled if len(filled) == 1 else roots  # one that only stands before another has none of its own
        if not roots and ANY in self.routes and not self.hidden:
            roots.append(ANY)
            self.holders[ANY] = ("", None, UNSEEN)
        if len(roots) == 1:
            self._registered(roots[0], included)
        if len(self.unseen) == 1:
            owner, prefix = next(iter(self.unseen.items()))
            self._orphans(owner, prefix, included)
        for root in roots:
            served: list[Application | None] = [*entries.get(root, ())]
            if not served:
                served.append(applications[0] if len(applications) == 1 == len(roots) else None)
            if served == [None] and applications and len(roots) > 1:
                continue
            starts = (
                [root, *((ANY,) if root != ANY else ()), *(key for key in DEFAULTS if key != root)]
                if len(roots) == 1
                else [root]
            )
            _, maker, framework = self.holders[root]
            routes = list(self._below(starts))
            if framework == "litestar" and maker is not None and guarded(keyword(maker, "on_app_init")):
                routes = [route for route in routes if route.exempt]  # a login of the whole application
            for one in served:
                yield one, "" if framework == UNSEEN else framework, routes

    def _registered(self, root: int, included: set[int]) -> None:
        """Litestar's plugins and on_app_init put routers on the application out of sight: those that nothing includes."""
        made = self.holders[root][1]
        if self.holders[root][2] != "litestar" or made is None or keyword(made, "on_app_init", "plugins") is None:
            return
        if guarded(keyword(made, "on_app_init")):
            return
        self._orphans(root, "", included)
        if not self.routes.get(root) and not self.edges.get(root):
            self._controllers(root)

    def _controllers(self, root: int) -> None:
        """Litestar's controllers, where a plugin finds them by itself."""
        for module in self.view.modules if not self.routes.get(ANY) else ():
            for node in module.of(ast.ClassDef) if in_production(module.path) else ():
                bases = {module.resolve(base) for base in node.bases}
                if bases & {"litestar.Controller", "litestar.controller.Controller"}:
                    self._handler(module, node, root, "")

    def _orphans(self, root: int, prefix: str, included: set[int]) -> None:
        for key, (_, _, framework) in list(self.holders.items()):
            if framework == "" and key not in included and key != root:
                self._include(root, key, prefix)

    def _made(self, module: Module, node: ast.expr) -> int | None:
        self._made_up.append(node)
        return self.holder(module, node)

    def _below(self, starts: list[int]) -> Iterator[Route]:
        first = self.holders[starts[0]][0] if starts and starts[0] in self.holders else ""
        waiting = [(key, self.holders[key][0] if key in self.holders else first) for key in starts]
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
