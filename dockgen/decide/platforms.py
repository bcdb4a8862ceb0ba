"""Which platforms the Dockerfile builds for without compiling: what the wheels of the lock file say."""

from __future__ import annotations

from dockgen.facts import Dependency
from dockgen.plans import Decision

ARM = "aarch64"


def choose_platforms(
    production: tuple[Dependency, ...], python: str, libc: str, lock: str | None
) -> tuple[Decision, ...]:
    """One decision that names amd64, and arm64 where every compiled dependency has a wheel for it, too; none where
    nothing lists wheels."""
    from dockgen.detect.wheels import is_compiled, without_wheel

    if not any(d.wheels for d in production):
        return ()
    elsewhere = {d.name for d in without_wheel(production, python, libc=libc)}
    lacking = [d for d in without_wheel(production, python, ARM, libc) if is_compiled(d) and d.name not in elsewhere]
    if not lacking:
        why = "no compiled dependency lacks a wheel for one of the two"
        return (Decision("platforms", "linux/amd64 linux/arm64", why),)
    names = ", ".join(f"{d.name} {d.version}" for d in lacking[:3]) + (
        f" and {len(lacking) - 3} more" if lacking[3:] else ""
    )
    verb = "has" if len(lacking) == 1 else "have"
    why = f"{names} {verb} no wheel for arm64 in {lock}: a build for it would have to compile"
    return (Decision("platforms", "linux/amd64", why, "evidence", tuple(e for d in lacking for e in d.evidence[-1:])),)
