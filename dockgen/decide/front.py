"""Web servers in front: nginx where Django's static files would else be served by nobody, Caddy with `--with gateway`.

Caddy, not Traefik: it needs no access to the engine's socket (which is root on the machine), its configuration is a few
lines that a person can read, and it gets certificates by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dockgen.decide.base import image
from dockgen.decide.reload import serves_django
from dockgen.facts import Evidence, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Compose, Decision, Front, Gateway, Process, Project, Route

CONFIGURATION = "nginx.docker.conf"
GATEWAY = "Caddyfile"
LOCAL = re.compile(r"/?([A-Za-z0-9._~-]+/)+")
"""Paths of URLs that a web server's configuration can carry."""
TRUSTED = ("FORWARDED_ALLOW_IPS", "*")
"""Nobody but the web server reaches the port of what stands behind it: what it says of the client is believed. gunicorn
and uvicorn read this variable, and others do not mind it."""


def choose_front(
    facts: Facts, answers: Mapping[str, Any], project: Project, processes: tuple[Process, ...], compose: Compose | None
) -> tuple[Front | None, tuple[Decision, ...], tuple[Warning, ...]]:
    """nginx in front of a Django project that collects static files which nothing of it serves."""
    django = facts.django
    main = processes[0] if processes else None
    if django is None or main is None or not main.port or not serves_django(facts, main):
        return None, (), ()
    if not django.staticfiles or django.serves_static or compose is None:
        return None, (), ()
    evidence = tuple(e for app in django.apps if app.value == "django.contrib.staticfiles" for e in app.evidence)
    output = next((step.output for step in project.steps if step.output), "")
    url = _local(django.static_url)
    if "gateway" in (answers.get("without") or ()):
        why = "you left it out; nothing of the project serves its static files"
        return None, (Decision("gateway", "none", why, "flag", evidence),), ()
    if not output or not url:
        return None, (), _unserved(facts, evidence)
    why = "nothing of the project serves its static files in production (no whitenoise or the like): nginx does"
    media = _media(facts, compose)
    if media:
        why += ", and the files of MEDIA_ROOT"
    front = Front(
        image(table("tools")["images"]["nginx"], answers.get("registry")), main.port, (url, output), media, why
    )
    return front, (Decision("gateway", "nginx", why, "evidence", (*evidence, *django.evidence)),), ()


def _local(url: str | None) -> str:
    """The path of a URL setting, as Django completes it; "" for one of another host, or that is not known."""
    return "/" + url.lstrip("/") if url and LOCAL.fullmatch(url) else ""


def _media(facts: Facts, compose: Compose) -> tuple[str, str, str] | None:
    """Uploaded files, where their folder is a volume of the stack and their URL is known."""
    django = facts.django
    if django is None or not django.media_root:
        return None
    url = _local(django.media_url)
    inside = f"/app/{django.media_root.strip('/')}"
    volume = next((name for name, path in compose.volumes if path == inside), None)
    return (url, volume, inside) if url and volume else None


def _unserved(facts: Facts, evidence: tuple[Evidence, ...]) -> tuple[Warning, ...]:
    """Static files that nobody can serve: told where people would see it."""
    django = facts.django
    if django is None or not any(app.value == "django.contrib.admin" for app in django.apps):
        return ()
    if django.static_root:
        return ()  # of another host
    text = (
        "nothing serves the static files in production, the admin's CSS among them, and without a STATIC_ROOT in the "
        "project they cannot be collected: set STATIC_ROOT, and a web server in front serves them, or add whitenoise"
    )
    return (Warning(text, evidence[:1]),)


def choose_gateway(
    answers: Mapping[str, Any], processes: tuple[Process, ...], compose: Compose | None, front: Front | None
) -> tuple[Gateway | None, tuple[Decision, ...], tuple[Warning, ...]]:
    """Caddy in front of the web processes, where it is asked for."""
    if "gateway" not in (answers.get("with") or ()) or "gateway" in (answers.get("without") or ()):
        return None, (), ()
    web = [process for process in processes if process.kind == "web" and process.port]
    if compose is None or not web:
        return None, (), (Warning("--with gateway: there is no web process to stand in front of"),)
    if any(process.name == "gateway" for process in processes):
        return None, (), (Warning("--with gateway: the project has a process of that name itself"),)
    routes = tuple(
        Route("" if number == 0 else process.name, "nginx" if front and number == 0 else process.name, process.port)
        for number, process in enumerate(web)
        if process.port
    )
    why = "one address for all, with certificates that renew themselves; each further process by a host name of its own"
    gateway = Gateway(image(table("tools")["images"]["caddy"], answers.get("registry")), routes)
    return gateway, (Decision("gateway", "caddy", why, "flag"),), ()


def trusting(compose: Compose, answers: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The variables of the stack's application behind a web server."""
    if answers.get("trusted_proxy"):
        return compose.environment
    return tuple(sorted({**dict(compose.environment), TRUSTED[0]: TRUSTED[1]}.items()))
