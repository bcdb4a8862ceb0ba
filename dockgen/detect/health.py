"""Routes that answer whether the process is alive, with the prefixes of the routers that they are on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from dockgen.detect.frameworks.cherrypy_tree import tree_routes
from dockgen.detect.middleware_health import answered_paths
from dockgen.detect.names import Module, modules
from dockgen.detect.pages import page
from dockgen.detect.probes import declared_health
from dockgen.detect.routes import Route, Routes
from dockgen.detect.urlconf import Urlconf
from dockgen.errors import DockgenError
from dockgen.facts import Application, Evidence, HealthRoute
from dockgen.source import Source

PATH = re.compile(
    r"(/[\w.~-]+)*/(_?health(z|check|_check|-check)?|livez|liveness|readyz|readiness|_*(lb)?heartbeat(__)?)/?"
    r"|(/(api|v\d+(\.\d+)*|_?health(z|check|_check|-check)?|internal|system|monitoring|utils|control|common|core|ops|actuator|management|meta|public))*"
    r"/(live|ready|alive|up|ok|ping|_?status)/?"
    r"|/_stcore/health"
)
"""What projects call the route by convention; words that name much else too only below telling prefixes."""


VERSION = re.compile(r"/v(\d{1,4})(?=[/.])")


def detect_health(
    source: Source, applications: tuple[Application, ...], migrated: bool = False
) -> tuple[HealthRoute, ...]:
    """Literal GET routes for health checks that need no login, the best for a check of liveness first; for an
    application without one, and without a page at /, the first ordinary page that answers; and what the project's own
    checks ask for.

    `migrated`: the project makes its tables before it serves, so that pages which read them answer.
    """
    found = Routes(source)
    django = next((a for a in applications if a.framework == "django" and not a.test), None)
    entry = django.entry if django else ""
    urls = list(Urlconf(found, found.of_router).routes())
    before = list(_before_routes(modules(source), applications))
    health = list(_health(urls, "django", entry))
    if not (before and django):
        health = health or page(found, urls, "django", entry, migrated)
    health += before
    health += _health(tree_routes(found), "cherrypy", "")
    for application, framework, routes in found.served(applications):
        entry = application.entry if application is not None else ""
        own = list(_health(routes, framework, entry))
        health += (
            own
            if own or any(r.framework == framework for r in before)
            else page(found, routes, framework, entry, migrated)
        )
    health += declared_health(source)
    health += _streamlit(source)
    return tuple(sorted({(r.path, r.application): r for r in health}.values(), key=_order))


def _before_routes(code: tuple[Module, ...], applications: tuple[Application, ...]) -> Iterator[HealthRoute]:
    """What a middleware answers, where the project has one application that it can belong to."""
    own = [a for a in applications if not a.test]
    if len({(a.framework, a.entry) for a in own}) != 1 and not any(a.framework == "django" for a in own):
        return
    one = next((a for a in own if a.framework == "django"), own[0])
    for path, module, line in answered_paths(code):
        if PATH.fullmatch(path):
            evidence = Evidence(module.path, line, f"a middleware answers {path}")
            yield HealthRoute(path, one.framework, one.entry, (evidence,))


STREAMLIT = ".streamlit/config.toml"


def _streamlit(source: Source) -> Iterator[HealthRoute]:
    """Streamlit's own route where its configuration moves all routes below a path (docs.streamlit.io,
    "config.toml", server.baseUrlPath)."""
    try:
        server = (source.toml(STREAMLIT) or {}).get("server")
    except DockgenError:
        return
    base = server.get("baseUrlPath") if isinstance(server, dict) else None
    if isinstance(base, str) and re.fullmatch(r"[\w.~/-]+", base) and base.strip("/"):
        evidence = Evidence(STREAMLIT, source.line_of(STREAMLIT, "baseUrlPath"), "its baseUrlPath")
        yield HealthRoute(f"/{base.strip('/')}/_stcore/health", "streamlit", "", (evidence,))


def _health(routes: list[Route], framework: str, entry: str) -> Iterator[HealthRoute]:
    for route in routes:
        if route.health or (PATH.fullmatch(route.path) and not _by_chance(route)):
            evidence = Evidence(route.module.path, route.line, f"GET {route.path}")
            yield HealthRoute(route.path, framework, entry, (evidence,))


def _by_chance(route: Route) -> bool:
    """Whether the handler answers by a draw: it shows checks at work and is none."""
    if route.handler is None:
        return False
    module, handler = route.handler
    return any(
        isinstance(node, ast.Call) and module.resolve(node.func).split(".")[0] in ("random", "secrets")
        for node in ast.walk(handler)
    )


def _order(route: HealthRoute) -> tuple[bool, bool, int, int, str, int, str]:
    last = route.path.rstrip("/").rpartition("/")[2]
    best = ("livez", "healthz", "health", "__lbheartbeat__")
    rank = best.index(last) if last in best else len(best)
    newest = -max(map(int, VERSION.findall(route.path)), default=0)  # of one route under several versions
    bare = VERSION.sub("/v", route.path)
    return route.page, last.startswith("read"), rank, len(route.path), bare, newest, route.application
