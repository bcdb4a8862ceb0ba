"""Which wheels of a lock file fit the image: no build machine is asked, the target's tags are computed.

Tags: https://packaging.python.org/specifications/platform-compatibility-tags/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

from dockgen.facts import Dependency

GLIBC = 41
"""Minor version of glibc 2 in Debian 13 (trixie), which the slim images are made of."""

MUSL = 2
"""Minor version of musl 1 in Alpine."""


@lru_cache(maxsize=64)
def target_tags(python: str, arch: str, libc: str, free_threaded: bool = False, glibc: int = GLIBC) -> frozenset[str]:
    """Every wheel tag that pip accepts for this Python on this platform ("cp313-cp313-manylinux_2_17_x86_64")."""
    from packaging.tags import compatible_tags, cpython_tags

    major, minor = (int(part) for part in python.split(".")[:2])
    if libc == "musl":
        platforms = [f"musllinux_1_{n}_{arch}" for n in range(MUSL, -1, -1)]
    else:
        lowest = 5 if arch in ("x86_64", "i686") else 17
        platforms = [f"manylinux_2_{n}_{arch}" for n in range(glibc, lowest - 1, -1)] + [f"manylinux2014_{arch}"]
        if lowest == 5:
            platforms += [f"manylinux2010_{arch}", f"manylinux1_{arch}"]
    platforms.append(f"linux_{arch}")
    # CPython up to 3.7 had the flag m in its ABI (PEP 425, dropped in 3.8)
    abi = f"cp{major}{minor}" + ("t" if free_threaded else "m" if (major, minor) < (3, 8) else "")
    tags = list(cpython_tags((major, minor), [abi], platforms))
    tags += compatible_tags((major, minor), f"cp{major}{minor}", platforms)
    return frozenset(str(tag) for tag in tags)


@lru_cache(maxsize=8192)
def wheel_tags(filename: str) -> frozenset[str]:
    """The tags in a wheel's file name, compressed sets taken apart; none where it is no wheel's name."""
    match = re.fullmatch(r"[^-]+-[^-]+(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl", filename)
    if match is None:
        return frozenset()
    parts = [group.lower().split(".") for group in match.groups()]
    if len(parts[0]) * len(parts[1]) * len(parts[2]) > 1000:
        return frozenset()
    return frozenset("-".join(tag) for tag in product(*parts))


def wheel_fits(
    filename: str,
    python: str = "3.13",
    arch: str = "x86_64",
    libc: str = "glibc",
    free_threaded: bool = False,
    glibc: int = GLIBC,
) -> bool:
    """Whether pip would install this wheel. `libc`: "glibc" or "musl"; `python`: "3.13" or "3.13.2"."""
    minor = ".".join(python.split(".")[:2])
    return not wheel_tags(filename).isdisjoint(target_tags(minor, arch, libc, free_threaded, glibc))


def is_compiled(dependency: Dependency) -> bool:
    """Whether some wheel that the lock lists is for one platform: the distribution holds compiled code."""
    return any(any(not tag.endswith("-any") for tag in wheel_tags(wheel)) for wheel in dependency.wheels or ())


def without_wheel(
    dependencies: Iterable[Dependency], python: str, arch: str = "x86_64", libc: str = "glibc", glibc: int = GLIBC
) -> tuple[Dependency, ...]:
    """Locked production dependencies whose lock lists their files, and no wheel among them fits: they
    are built from their sdist. `wheels == ()` means that there is an sdist alone, perhaps of pure
    Python; a dependency whose files nobody lists is not among them."""
    from dockgen.detect.managers.common import on_linux

    minor = ".".join(python.split(".")[:2])
    return tuple(
        d
        for d in dependencies
        if not d.group
        and d.source == "index"
        and d.wheels is not None
        and not any(wheel_fits(wheel, minor, arch, libc, glibc=glibc) for wheel in d.wheels)
        and on_linux(d.marker, (minor,))
    )
