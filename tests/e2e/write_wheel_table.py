"""Writes dockgen/knowledge/wheels.toml: since which release a compiled distribution has a wheel for each Python.

The index that pip is set to is asked, one list of files a distribution (dockgen/index.py): the versions that install
from a wheel on Debian 13 (x86_64). Run it again when a Python is released:

    python tests/e2e/write_wheel_table.py            # every name of the table
    python tests/e2e/write_wheel_table.py NAME ...   # these names are added
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable
from pathlib import Path

import tomli
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dockgen.detect.wheels import wheel_fits
from dockgen.index import File, ask, settings
from dockgen.resolve import for_python

TABLE = Path(__file__).resolve().parents[2] / "dockgen/knowledge/wheels.toml"

HEAD = """\
# The first release of a compiled distribution since which every one has a wheel for CPython on Linux (x86_64,
# Debian 13), by Python version; "" where no release has one. What is not listed has wheels of any Python.
# Written by tests/e2e/write_wheel_table.py; not by hand.
asked = {day}

[first]
"""

LAST = """
[last]
# The newest release that still says that it is for a Python, where a newer release does not.
"""


def versions(files: Iterable[File], python: str) -> set[Version]:
    """The final releases with a wheel for this Python."""
    found = set()
    for file in files:
        if not wheel_fits(file.name, python) or not for_python(file, python):
            continue
        try:
            version = parse_wheel_filename(file.name)[1]
        except (InvalidWheelFilename, InvalidVersion):
            continue
        if not version.is_prerelease:
            found.add(version)
    return found


def newest_for(files: Iterable[File], python: str) -> Version | None:
    """The newest final release that says that it is for this Python."""
    found = []
    for file in files:
        try:
            name = file.name
            version = (parse_wheel_filename if name.endswith(".whl") else parse_sdist_filename)(name)[1]
        except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
            continue
        if not version.is_prerelease and for_python(file, python):
            found.append(version)
    return max(found, default=None)


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
    files = ask(names, settings())
    found = {(name, python): versions(files[name], python) for name in names for python in pythons}
    lines = []
    for name in names:
        every = sorted(set().union(*(found[name, python] for python in pythons)), reverse=True)
        cells = ", ".join(f'"{python}" = "{since(found[name, python], every)}"' for python in pythons)
        lines.append(f"{name} = {{ {cells} }}\n")
    lines.append(LAST)
    every_python = [v for v, row in releases.items() if row["state"] != "unproved"]
    for name in names:
        newest = {python: newest_for(files[name], python) for python in every_python}
        top = max((v for v in newest.values() if v is not None), default=None)
        ended = ", ".join(f'"{p}" = "{v}"' for p, v in newest.items() if v is not None and v != top)
        lines.append(f"{name} = {{ {ended} }}\n" if ended else "")
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    TABLE.write_text(HEAD.format(day=day) + "".join(lines), "utf-8")


if __name__ == "__main__":
    main()
