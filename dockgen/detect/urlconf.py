"""The routes of Django's ROOT_URLCONF, with what it includes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from dockgen.detect.login import guarded, needs_login
from dockgen.detect.modules import View
from dockgen.detect.names import Module, argument, in_production, is_development_settings, keyword
from dockgen.detect.ports import assigned_value
from dockgen.detect.routes import Route
from dockgen.detect.values import DEPTH, Values

LIBRARIES = {
    "health_check.urls": ("", True),
    "watchman.urls": ("ping/", True),
    "django_alive.urls": ("alive/", True),
    "django_healthchecks.urls": ("", True),
    "wagtail.admin.urls": ("login/", False),
    "wagtail.wagtailadmin.urls": ("login/", False),
}
"""URLconfs of libraries: the path below, and whether it is for health checks (the docs of django-health-check,
django-watchman, django-alive, django-healthchecks) or a page for logging in (Wagtail's docs, "Configuring Django")."""

ADMIN = "django.contrib.admin.site.urls"
"""Django's own admin: no page of the program, nor is its page for logging in."""

MIDDLEWARE = {
    "dockerflow.django.middleware.DockerflowMiddleware": "/__lbheartbeat__",
    "lb_health_check.middleware.AliveCheck": "ALIVENESS_URL",
}
"""Middleware that answers health checks: the path, or the setting that names it (the docs of python-dockerflow,
django-lb-health-check)."""

PAGES = frozenset({"LoginView", "login", "TemplateView"})
"""Views of Django itself that answer with a page."""


class Urlconf:
    """Reads URL configurations with what their names hold."""

    def __init__(self, values: Values, routers: Callable[[Module, ast.expr], list[Route]] = lambda *_: []):
        """`routers`: gives the routes of a router that a URLconf includes as `api.urls`."""
        self.view = values.view
        self.routers = routers
        self.language = ""
        self.text = values.text
        self.defined = values.defined

    def routes(self) -> Iterator[Route]:
        """The GET routes of production's ROOT_URLCONF that ask for no login."""
        settings = [m for m in self.view.modules if in_production(m.path) and "ROOT_URLCONF" in m.constants]
        for module in sorted(settings, key=lambda m: is_development_settings(m.path)):
            name = self.view.find(module, module.constants["ROOT_URLCONF"])
            root = self.view.module(name.path) if name is not None and name.path and not name.dotted else None
            if root is not None:
                self.language = next(
                    (m.constants["LANGUAGE_CODE"] for m in (module, *settings) if "LANGUAGE_CODE" in m.constants),
                    "en-us",
                )
                yield from self._middleware(module)
                yield from self._urls(root, "/", DEPTH)
                return

    def _middleware(self, settings: Module) -> Iterator[Route]:
        """What middleware of the settings, or of those that they build on, answers before any view."""
        for module in (settings, *(m for m in self.view.modules if in_production(m.path))):
            for node in module.of(ast.Assign, ast.AugAssign):
                target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
                if isinstance(target, ast.Name) and target.id == "MIDDLEWARE":
                    for part in module.inside(getattr(node, "value", node)):
                        said = MIDDLEWARE.get(str(part.value)) if isinstance(part, ast.Constant) else None
                        path = said if not said or said.startswith("/") else module.constants.get(said)
                        if path:
                            yield Route("/" + path.lstrip("/"), module, getattr(part, "lineno", 1), health=True)

    def _urls(self, module: Module, prefix: str, depth: int) -> Iterator[Route]:
        for value in self._patterns(module, "urlpatterns"):
            yield from self._urlpatterns(module, value, prefix, depth)

    def _patterns(self, module: Module, name: str) -> Iterator[ast.expr]:
        """What a module's top level assigns or adds to a list, not what it does under a condition."""
        for statement in module.tree.body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                    yield statement.value

    def _urlpatterns(self, module: Module, node: ast.expr, prefix: str, depth: int) -> Iterator[Route]:
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
            if made == "i18n_patterns":  # docs.djangoproject.com, topics/i18n/translation
                bare = keyword(node, "prefix_default_language")
                inside_ = prefix if isinstance(bare, ast.Constant) and not bare.value else f"{prefix}{self.language}/"
                for element in node.args:
                    yield from self._urlpatterns(module, element, inside_, depth - 1)
                return
            path = self.text(module, argument(node, 0, "route", "regex"))
            target = argument(node, 1, "view")
            if made not in ("path", "re_path", "url") or path is None or target is None:
                return
            fixed = path if made == "path" else literal(path)
            if fixed is None or "<" in fixed:
                return
            whole = prefix + fixed
            if isinstance(target, ast.Attribute) and target.attr == "urls":
                if module.resolve(target) != ADMIN and not self._admin(module, target.value):
                    for route in self.routers(module, target.value):
                        yield replace(route, path=whole.rstrip("/") + "/" + route.path.lstrip("/"))
                return
            if isinstance(target, ast.Call) and module.resolve(target.func).rpartition(".")[2] == "include":
                yield from self._included(module, target, whole, node.lineno, depth - 1)
            else:
                handler = self.defined(module, target)
                wrapped = isinstance(target, ast.Call) and (guarded(target.func) or guarded(*target.args))
                wrapped = wrapped and not own_view(self.view, module, target)
                if not wrapped and not needs_login(handler[1] if handler else None, None):
                    yield Route(whole, module, node.lineno, handler, target=target)

    def _included(self, module: Module, call: ast.Call, prefix: str, line: int, depth: int) -> Iterator[Route]:
        given = argument(call, 0, "arg")
        if isinstance(given, ast.Tuple) and given.elts:
            given = given.elts[0]
        text = self.text(module, given)
        named = text or (module.resolve(given) if given is not None else "")
        if named in LIBRARIES:
            below, health = LIBRARIES[named]
            yield Route(prefix + below, module, line, health=health, login=not health)
        elif named == "django.contrib.auth.urls":
            if any(path.endswith("registration/login.html") for path in self.view.source.named("login.html")):
                yield Route(f"{prefix}login/", module, line, login=True)
        elif named == ADMIN:  # the form before Django 2
            return
        elif text is not None:
            name = self.view.find(module, text)
            inside = self.view.module(name.path) if name is not None and name.path and not name.dotted else None
            if inside is not None:
                yield from self._urls(inside, prefix, depth)
        elif given is not None:
            yield from self._urlpatterns(module, given, prefix, depth)

    def _admin(self, module: Module, node: ast.expr) -> bool:
        """Whether an expression is an AdminSite of the project's own."""
        name = self.view.lookup(module, node)
        inside = self.view.module(name.path) if name is not None and name.path else None
        made = assigned_value(inside, name.dotted) if name is not None and inside is not None else None
        if inside is None or not isinstance(made, ast.Call):
            return False
        own = self.defined(inside, made.func)
        bases = own[1].bases if own is not None and isinstance(own[1], ast.ClassDef) else [made.func]
        return any((own[0] if own else inside).resolve(base).rpartition(".")[2] == "AdminSite" for base in bases)


def own_view(imports: View, module: Module, target: ast.AST | None) -> bool:
    """Whether an expression is Django's own view of a page, which needs no login."""
    while isinstance(target, ast.Call) or (isinstance(target, ast.Attribute) and target.attr == "as_view"):
        target = target.func if isinstance(target, ast.Call) else target.value
    name = imports.lookup(module, target) if target is not None else None
    dotted = name.dotted if name is not None and name.path is None else ""
    return dotted.startswith("django.") and dotted.rpartition(".")[2] in PAGES


def literal(pattern: str) -> str | None:
    """The path that a regular expression matches, None for more than one."""
    text = pattern.removeprefix("^").replace("/?$", "$").removesuffix("$")
    if text in (".*", "(?:.*)", "(.*)"):
        return ""  # it takes all, / among them
    text = re.sub(r"\\([-/.])", r"\1", text)
    return text if re.fullmatch(r"[\w./~-]*", text) else None
