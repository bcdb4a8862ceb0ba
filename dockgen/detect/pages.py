"""An ordinary page that answers, for applications without a route for health checks.

Where / answers with a page nothing else is needed. Else the first page that a check can ask for: a literal path,
no login, no redirect, nothing changed by asking. Pages that read no database come first, because they answer
while it is away.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from dockgen.detect.modules import View
from dockgen.detect.names import Module, keyword
from dockgen.detect.ports import assigned_value
from dockgen.detect.routes import Route
from dockgen.detect.services import ORMS
from dockgen.detect.urlconf import own_view
from dockgen.detect.values import Definition, Function, Values
from dockgen.facts import Evidence, HealthRoute
from dockgen.knowledge import table

NOT_ASKED = re.compile(
    r"(?i)(^|[/_-])(logout|signout|sign-out|delete|remove|unsubscribe|confirm\w*|unconfirmed|verify|activate|reset\w*|callback"
    r"|webhooks?|hooks?|oauth\w*|error\w*|40[0-9]|50[0-9]|shutdown|stop|kill|restart|reload|run|start|send\w*|sync|admin|debug|test"
    r"|tasks?|cron|clear|flush|gc|clean\w*|purge|backup|restore|refresh|rebuild|reindex|update|upgrade|install|migrate|trigger|export|download|upload|stream|events?|ws|sse|static|media|assets|metrics|docs|redoc"
    r"|openapi\w*|swagger\w*|schema|__debug__|rss|feed|me|profile|account|settings|random|redirect)(?=$|[./_-])"
    r"|\.(ico|txt|xml|json|js|css|png|svg|webmanifest)$"
)
"""Paths that change something, fail on purpose, need what a check does not have, or are no page."""

REDIRECTS = frozenset(
    {"redirect", "RedirectResponse", "HttpResponseRedirect", "HttpResponsePermanentRedirect", "RedirectView", "HTTPFound",
     "HTTPSeeOther", "HTTPTemporaryRedirect", "HTTPMovedPermanently", "HTTPPermanentRedirect", "seeother", "Redirect", "abort",
     "authorize_redirect"}
)  # fmt: skip

LOGGED_IN = re.compile(r"(is_)?(logged_?in|authenticated|user_logged_in)")
"""Names of what is true for somebody who logged in: flask-login's and Django's is_authenticated, and usual own ones."""

TELLING = re.compile(
    r"(?i)/([\w.-]+/)*(_?version|_?info|about|hello|hello-world|home|index|login|signin|sign-in)(\.html)?/?"
)
"""Pages that any deployment answers the same: asked before others."""

DATABASE = re.compile(
    r"objects|execute(many)?|executescript|scalars?|scalar_one\w*|cursor|fetch(one|all|many|row|val)?|query|queryset|session|"
    r"commit|(get_?|make_?)?(db|database|conn|connection|session|uow|repo|repository)(_session|_conn\w*|_repo\w*)?|"
    r"(async_?)?session(maker|_?local)?|select|find_one|aggregate|\w*(service|repository|repo|dao|storage|store)",
    re.IGNORECASE,
)
"""Names by which handlers reach a database, or what stands before one."""

GENERIC = ("ListView", "DetailView", "CreateView", "UpdateView", "ArchiveIndexView")
"""Class-based views of Django that read or write a model."""

NO_PAGES = ("fastapi", "connexion", "apiflask")
"""Frameworks whose own pages (/docs, /ui) answer without one of the project's."""

TYPED = ("litestar", "blacksheep", "robyn", "python-fasthtml")
"""Frameworks that take a handler's parameters from the query, and answer 400 where one is not given."""

PLAIN_TYPES = frozenset({"str", "int", "float", "bool", "UUID", "date", "datetime", "Decimal"})

CALLS = 3
"""How many calls a handler is followed through to a database."""


def page(values: Values, routes: list[Route], framework: str, entry: str, migrated: bool) -> list[HealthRoute]:
    """The page to ask for, [] where / answers, where nothing is known, or where no page is fit."""
    if not framework or framework in NO_PAGES or _behind_login(routes):
        return []
    roots = [route for route in routes if route.path in ("", "/")]
    moved = [to for root in roots if (to := _moved(values, root)) is not None]
    answering = [
        r
        for r in roots
        if not _away(values, r) and (r.handler is not None or own_view(values.view, r.module, r.target))
    ]
    answering = answering or [r for r in roots if not _away(values, r)]
    if any(not _reads(values, r) for r in answering):
        return []
    candidates = [r for r in routes if _fit(r) and not (framework in TYPED and _asks(r))]
    candidates = [
        r
        for r in candidates
        if (r.handler is not None or own_view(values.view, r.module, r.target)) and not _away(values, r)
    ]
    candidates = [r for r in candidates if r.handler is None or not (_refuses(r.handler[1]) or _lists(r.handler[1]))]
    plain = [r for r in candidates if not _reads(values, r)]
    plain.sort(key=lambda r: not TELLING.fullmatch(r.path))
    logins = [r for r in routes if r.login and not answering]
    plain += [r for r in logins if r.target is None][:1] or logins[:1]  # a library's own before Django's admin
    to_root = [r for r in candidates if r.path in moved]
    # Without tables a page that reads them fails for ever, and / itself is as good as any other that does.
    reading = [] if answering else [r for r in candidates if r not in plain]
    chosen = next(iter([*to_root, *plain, *reading]), None)
    if chosen is None:
        return []
    database = chosen not in plain
    why = f"GET {chosen.path}: no health route, and / {'fails without tables' if answering else 'is no page'}"
    why += "; it reads the database" if database and not migrated else ""
    evidence = Evidence(chosen.module.path, chosen.line, why)
    return [HealthRoute(chosen.path, framework, entry, (evidence,), True, database and not migrated)]


def _fit(route: Route) -> bool:
    path = route.path
    return bool(re.fullmatch(r"/[A-Za-z0-9_.~/%@-]*", path)) and path != "/" and not NOT_ASKED.search(path)


def _asks(route: Route) -> bool:
    """Whether a handler has a parameter that the query must give."""
    handler = route.handler[1] if route.handler is not None else None
    if not isinstance(handler, Function):
        return False
    given = handler.args
    positional = [*given.posonlyargs, *given.args]
    bare = positional[: len(positional) - len(given.defaults)]
    bare += [a for a, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    return any(isinstance(a.annotation, ast.Name) and a.annotation.id in PLAIN_TYPES for a in bare)


QUERY = frozenset({"args", "query", "query_params", "GET", "params", "query_args", "rel_url"})
"""Attributes of requests that hold what stands behind the question mark."""


def _refuses(handler: Definition) -> bool:
    """Whether a handler raises where the query lacks something: `if not request.args.get("q"): raise InvalidUsage`."""

    def asks(node: ast.AST) -> bool:
        return any(isinstance(n, ast.Attribute) and n.attr in QUERY for n in ast.walk(node))

    given = {
        t.id
        for n in ast.walk(handler)
        if isinstance(n, ast.Assign) and asks(n.value)
        for t in n.targets
        if isinstance(t, ast.Name)
    }
    return any(
        isinstance(n, ast.If)
        and any(isinstance(s, ast.Raise) for s in n.body)
        and (asks(n.test) or any(isinstance(p, ast.Name) and p.id in given for p in ast.walk(n.test)))
        for n in ast.walk(handler)
    )


def _behind_login(routes: list[Route]) -> bool:
    """Whether an application is given middleware or guards of the project's own that are called after a login
    (basic_auth, AuthGuard), in a list or appended to one: they answer before any page does."""
    for module in {id(r.module): r.module for r in routes}.values():
        for call in module.of(ast.Call):
            held = keyword(call, "middleware", "guards") if isinstance(call, ast.Call) else None
            parts = list(ast.walk(held)) if held is not None else []
            if isinstance(held, ast.Name):
                made = assigned_value(module, held.id)
                parts += list(ast.walk(made)) if made is not None else []
                appended = (n for n in module.of(ast.Call) if isinstance(n, ast.Call) and n.args)
                parts += [
                    part
                    for n in appended
                    if isinstance(n.func, ast.Attribute) and n.func.attr == "append" and _named(n.func.value) == held.id
                    for part in ast.walk(n.args[0])
                ]
            if any(LOGIN.search(_named(part)) for part in parts):
                return True
    return False


LOGIN = re.compile(
    r"(?i)(basic|token|jwt|api_?key|bearer|require)\w*auth|auth\w*(guard|required)|auth_(middleware|factory)"
)
"""Names of what asks for a login; Starlette's AuthenticationMiddleware, which lets all pass, is none."""


def _lists(handler: Definition) -> bool:
    """Whether a handler is Django REST framework's view of all rows of a table: too much to ask for every few seconds."""
    return isinstance(handler, ast.ClassDef) and any(LISTING.fullmatch(_named(base)) for base in handler.bases)


LISTING = re.compile(r"List\w*APIView|\w*ViewSet")
"""Generic views of Django REST framework that answer GET with a list (its "Generic views" and "ViewSets")."""


def _bodies(handler: Definition | None) -> list[ast.AST]:
    """What runs on GET: a function, or a class's method for it."""
    if handler is None:
        return []
    if isinstance(handler, ast.ClassDef):
        methods = [s for s in handler.body if isinstance(s, Function) and s.name in ("get", "on_get", "get_queryset")]
        fields = [s for s in handler.body if isinstance(s, (ast.Assign, ast.AnnAssign))]
        return [*methods, *fields, *handler.bases]
    return [handler]


def _away(values: Values, route: Route) -> bool:
    """Whether GET is answered by a redirect, or by an error, other than after a form was sent."""
    if route.target is not None and any(_named(n) in REDIRECTS for n in ast.walk(route.target)):
        return True
    if route.handler is None:
        return False
    module, handler = route.handler
    for body in _bodies(handler):
        for node in ast.walk(body):
            sent = _named(node) in REDIRECTS and not _after_form(module, node, handler)
            if sent and not _logged_in(module, node, handler):
                return True
    return False


def _logged_in(module: Module, node: ast.AST, handler: ast.AST) -> bool:
    """Whether a node stands under `if current_user.is_authenticated` or its like: nobody who only asks gets there."""
    for child, parent in module.ancestors(node):
        if parent is handler:
            break
        if isinstance(parent, ast.If) and child in parent.body:
            tests = parent.test.values if isinstance(parent.test, ast.BoolOp) else [parent.test]
            if any(not isinstance(t, ast.UnaryOp) and LOGGED_IN.fullmatch(_named(_called(t))) for t in tests):
                return True
            session = [t for t in tests if isinstance(t, ast.Compare) and isinstance(t.ops[0], ast.In)]
            if any(_named(t.comparators[0]) == "session" for t in session if isinstance(t, ast.Compare)):
                return True
    return False


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _after_form(module: Module, node: ast.AST, handler: ast.AST) -> bool:
    """Whether a node stands under `if request.method == "POST"`, `if form.validate...()` or `if request.args.get("x")`:
    it is not come to by asking for the bare path."""
    asked = _from_query(handler)
    for child, parent in module.ancestors(node):
        if parent is handler:
            break
        if isinstance(parent, ast.If) and child in parent.body:
            words = {_named(n) for n in ast.walk(parent.test)} | {
                n.value for n in ast.walk(parent.test) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            }
            if {"POST", "validate_on_submit", "is_valid", "validate", "is_post"} & words:
                return True
            if isinstance(parent.test, ast.Name) and parent.test.id in asked:
                return True
            if _of_query(parent.test):
                return True
    return False


def _of_query(node: ast.AST) -> bool:
    """`request.args.get("x")` and its like, without a default that counts as given."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "get":
        return False
    bare = len(node.args) < 2 or (isinstance(node.args[1], ast.Constant) and not node.args[1].value)
    return isinstance(node.func.value, ast.Attribute) and node.func.value.attr in QUERY and bare


def _from_query(handler: ast.AST) -> set[str]:
    """Names that a handler gives what stands behind the question mark."""
    return {
        t.id
        for n in ast.walk(handler)
        if isinstance(n, ast.Assign) and _of_query(n.value)
        for t in n.targets
        if isinstance(t, ast.Name)
    }


def _named(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _moved(values: Values, route: Route) -> str | None:
    """The literal path that a redirect leads to."""
    module = route.module
    nodes: list[ast.AST] = [route.target] if route.target is not None else []
    if route.handler is not None:
        module = route.handler[0]
        nodes += [n for body in _bodies(route.handler[1]) for n in ast.walk(body)]
    for node in nodes:
        for call in ast.walk(node) if node is route.target else (node,):
            if isinstance(call, ast.Call) and (_named(call.func) in REDIRECTS or _named(call.func) == "as_view"):
                given = [*call.args, *(k.value for k in call.keywords if k.arg in ("url", "location", "path"))]
                text = next((t for a in given if (t := values.text(module, a)) is not None), None)
                if text is not None and text.startswith("/"):
                    return text
    return None


def _reads(values: Values, route: Route) -> bool:
    """Whether answering reaches a database, in the handler or in what it calls of the project."""
    if route.handler is None or not _keeps(values.view):
        return False
    module, handler = route.handler
    if isinstance(handler, ast.ClassDef) and any(_named(b) in GENERIC for b in handler.bases):
        return True
    return any(_reaches(values, module, body, CALLS) for body in _bodies(handler))


@lru_cache(maxsize=4)
def _keeps(tree: View) -> bool:
    """Whether the project imports anything that speaks to a database, SQLite among them: what is called a store is
    something else without."""
    known = {root for row in table("services")["services"].values() for root in row["imports"]}
    known |= {name.replace("-", "_") for name in ORMS} | {"sqlite3", "aiosqlite", "libsql", "duckdb", "tinydb"}
    known |= {
        "tortoise",
        "fasthtml",
        "mongoengine",
        "beanie",
        "odmantic",
        "pynamodb",
        "neomodel",
        "rethinkdb",
        "supabase",
        "firebase_admin",
        "boto3",
        "edgedb",
        "fastlite",
    }
    return any(origin.partition(".")[0] in known for module in tree.modules for origin in module.imports.values())


def _reaches(values: Values, module: Module, body: ast.AST, depth: int) -> bool:
    called: list[ast.AST] = []
    decorators = {id(n) for d in getattr(body, "decorator_list", ()) for n in ast.walk(d)}
    for node in ast.walk(body):
        if id(node) in decorators:
            continue
        name = node.arg if isinstance(node, ast.arg) else _named(node)
        hit = bool(name and DATABASE.fullmatch(name) and not _browser(module, node))
        call = isinstance(node, ast.Call) and depth > 0
        if not (hit or call) or _after_form(module, node, body):
            continue
        if hit:
            return True
        if isinstance(node, ast.Call):
            called.append(node.func)
    for function in called:
        made = values.defined(module, function)
        inner = made is not None and isinstance(made[1], Function) and made[1] is not body
        if made is not None and inner and _reaches(values, made[0], made[1], depth - 1):
            return True
    return False


def _browser(module: Module, node: ast.AST) -> bool:
    """Whether `session` or `query` is the browser's: flask.session, request.session, request.query, the parameter
    `session` of FastHTML's handlers."""
    session = _named(node) == "session" or (isinstance(node, ast.arg) and node.arg == "session")
    if session and any(origin.split(".")[0] == "fasthtml" for origin in module.imports.values()):
        return True
    if isinstance(node, ast.Attribute):
        return _named(node.value) in ("request", "req", "self")
    return isinstance(node, ast.Name) and module.imports.get(node.id, "").split(".")[0] in ("flask", "quart", "bottle")
