"""Images by digest: which ones a plan names, and the plan with the digests in their places.

A digest holds the very bytes; the tag beside it is for people and for Renovate and Dependabot. With a digest the
version is no ARG any more: BuildKit would take the digest and leave the ARG without effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dockgen.plans import Install, Plan, System


def images(plan: Plan | System) -> tuple[str, ...]:
    """Every public image that the files of this plan name, by its tag, in their order. A name that already has a
    digest is not among them."""
    plans = plan.plans if isinstance(plan, System) else (plan,)
    named = [name for one in plans for name in _named(one, "compose.yaml" in plan.files)]
    return tuple(name for name in dict.fromkeys(named) if name and "@" not in name)


def _named(plan: Plan, stack: bool) -> list[str]:
    named = [plan.syntax, _resolved(plan, plan.base.reference), _resolved(plan, plan.base.run)]
    named.append(plan.frontend.image if plan.frontend else "")
    named += [plan.install.image, plan.install.uv_image if _has_uv(plan.install) else ""] if plan.install else []
    named.append(plan.install.lock.image if plan.install and plan.install.lock else "")
    named += [stage.uv_image for stage in plan.stages]
    if plan.front:
        named.append(plan.front.image)
    if plan.gateway:
        named.append(plan.gateway.image)
    if plan.development:
        named += [tool.image for tool in plan.development.tools]
    if plan.compose and stack:
        named += [service.image for service in plan.compose.services]
    return named


def _has_uv(install: Install) -> bool:
    return install.tool == "uv" or "uv" in install.caches


def with_digests(plan: Plan | System, digests: Mapping[str, str]) -> Plan | System:
    """The plan with each image that has a digest held by it."""
    if isinstance(plan, System):
        return replace(plan, plans=tuple(_held(one, digests) for one in plan.plans))
    return _held(plan, digests)


def _held(plan: Plan, digests: Mapping[str, str]) -> Plan:
    def held(name: str) -> str:
        return f"{name}@{digests[name]}" if name in digests else name

    def base(name: str) -> str:
        resolved = _resolved(plan, name)
        return held(resolved) if resolved in digests else name

    frontend, install, compose = plan.frontend, plan.install, plan.compose
    front, gateway, development = plan.front, plan.gateway, plan.development
    return replace(
        plan,
        syntax_image=held(plan.syntax_image),
        base=replace(
            plan.base,
            reference=base(plan.base.reference),
            run=base(plan.base.run),
            resolved=held(plan.base.resolved),
        ),
        frontend=replace(frontend, image=held(frontend.image)) if frontend else None,
        install=(
            replace(
                install,
                uv_image=held(install.uv_image),
                image=held(install.image),
                lock=replace(install.lock, image=held(install.lock.image)) if install.lock else None,
            )
            if install
            else None
        ),
        front=replace(front, image=held(front.image)) if front else None,
        gateway=replace(gateway, image=held(gateway.image)) if gateway else None,
        development=(
            replace(development, tools=tuple(replace(t, image=held(t.image)) for t in development.tools))
            if development
            else None
        ),
        stages=tuple(replace(stage, uv_image=held(stage.uv_image)) for stage in plan.stages),
        compose=(
            replace(compose, services=tuple(replace(s, image=held(s.image)) for s in compose.services))
            if compose
            else None
        ),
    )


def _resolved(plan: Plan, name: str) -> str:
    return name.replace("${PYTHON_VERSION}", plan.base.python)
