"""Images by digest: which ones a plan names, and the plan with the digests in their places.

A digest holds the very bytes; the tag beside it is for people and for Renovate and Dependabot. With a digest the
version is no ARG any more: BuildKit would take the digest and leave the ARG without effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dockgen.plan import Plan


def images(plan: Plan) -> tuple[str, ...]:
    """Every public image that the files of this plan name, by its tag, in their order. A name that already has a
    digest is not among them."""
    named = [plan.syntax, _resolved(plan, plan.base.reference), _resolved(plan, plan.base.run)]
    named.append(plan.frontend.image if plan.frontend else "")
    named.append(plan.install.uv_image if plan.install else "")
    if plan.compose and "compose.yaml" in plan.files:
        named += [service.image for service in plan.compose.services]
    return tuple(name for name in dict.fromkeys(named) if name and "@" not in name)


def with_digests(plan: Plan, digests: Mapping[str, str]) -> Plan:
    """The plan with each image that has a digest held by it."""

    def held(name: str) -> str:
        return f"{name}@{digests[name]}" if name in digests else name

    def base(name: str) -> str:
        resolved = _resolved(plan, name)
        return held(resolved) if resolved in digests else name

    frontend, install, compose = plan.frontend, plan.install, plan.compose
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
        install=replace(install, uv_image=held(install.uv_image)) if install else None,
        targets=tuple(replace(target, uv_image=held(target.uv_image)) for target in plan.targets),
        compose=(
            replace(compose, services=tuple(replace(s, image=held(s.image)) for s in compose.services))
            if compose
            else None
        ),
    )


def _resolved(plan: Plan, name: str) -> str:
    return name.replace("${PYTHON_VERSION}", plan.base.python)
