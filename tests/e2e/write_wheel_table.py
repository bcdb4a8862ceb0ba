"""Writes dockgen/knowledge/wheels.toml: since which release a compiled distribution has a wheel for each Python.

pip is asked (`pip index versions`), with the index that it is set to: the versions that install from a wheel on
Linux (x86_64, glibc 2.28), for each distribution of the table. Run it again when a Python is released:

    python tests/e2e/write_wheel_table.py            # every name of the table
    python tests/e2e/write_wheel_table.py NAME ...   # these names are added
"""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tomli
from packaging.version import Version

TABLE = Path(__file__).resolve().parents[2] / "dockgen/knowledge/wheels.toml"

HEAD = """\
# The first release of a compiled distribution since which every one has a wheel for CPython on Linux (x86_64,
# glibc 2.28), by Python version; "" where no release has one. What is not listed has wheels of any Python.
# Written by tests/e2e/write_wheel_table.py; not by hand.
asked = {day}

[first]
"""

PLATFORMS = (
    "manylinux_2_28_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
    "manylinux2010_x86_64",
    "manylinux1_x86_64",
)


def versions(name: str, python: str) -> set[Version]:
    """The final releases with a wheel for this Python."""
    tag = "cp" + python.replace(".", "")
    words = [
        "uv",
        "tool",
        "run",
        "--from",
        "pip==26.3",
        "pip",
        "index",
        "versions",
        name,
        "--json",
        "--only-binary=:all:",
    ]
    words += [f"--python-version={python}", "--implementation=cp", f"--abi={tag}", "--abi=abi3", "--abi=none"]
    words += [f"--platform={p}" for p in PLATFORMS]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode and "No matching distribution" in done.stderr:
        return set()
    if done.returncode:
        raise SystemExit(f"{name}, Python {python}: {done.stderr.strip()}")
    return {Version(v) for v in json.loads(done.stdout)["versions"]}


def since(has: set[Version], every: list[Version]) -> str:
    """The lowest version of the unbroken run that ends with the newest one that has a wheel; one hole is allowed."""
    lowest = ""
    missed = 0
    for version in every:  # the newest first
        if version in has:
            lowest, missed = str(version), 0
        elif lowest:
            missed += 1
            if missed > 1:
                break
    return lowest


def main() -> None:
    releases = tomli.loads((TABLE.parent / "python_releases.toml").read_text("utf-8"))["release"]
    pythons = [v for v, row in releases.items() if row["state"] != "unproved" and int(v.split(".")[1]) >= 8]
    names = sorted({*(tomli.loads(TABLE.read_text("utf-8"))["first"] if TABLE.exists() else ()), *sys.argv[1:]})
    with ThreadPoolExecutor(4) as pool:
        pairs = [(name, python) for name in names for python in pythons]
        found = dict(zip(pairs, pool.map(lambda pair: versions(*pair), pairs), strict=True))
    lines = []
    for name in names:
        every = sorted(set().union(*(found[name, python] for python in pythons)), reverse=True)
        cells = ", ".join(f'"{python}" = "{since(found[name, python], every)}"' for python in pythons)
        lines.append(f"{name} = {{ {cells} }}\n")
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    TABLE.write_text(HEAD.format(day=day) + "".join(lines), "utf-8")


if __name__ == "__main__":
    main()
