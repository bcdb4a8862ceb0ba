"""Writes tests/decide/debian_packages.json: which of the table's packages a Debian release has, and what each brings.

    python tests/e2e/write_debian_table.py

Reads apt's lists in a container of each release (the slim image that the generated files start from); nothing is
installed. What comes with a package are its Depends and Pre-Depends, of alternatives the first, as apt takes them.
tests/decide/test_system_packages.py holds the table of system packages against it: every name exists, and no row
names a helper that another of its packages brings anyway.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import tomli

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "dockgen" / "knowledge" / "system_packages.toml"
RESULT = ROOT / "tests" / "decide" / "debian_packages.json"
IMAGES = {"trixie": "python:3.13-slim", "bookworm": "python:3.11-slim-bookworm"}

ASK = """\
apt-get update -qq
apt-cache dumpavail | grep -E '^(Package|Pre-Depends|Depends|Provides): '
dpkg-query --show --showformat 'Installed: ${Package}\n'
"""


def packages(text: str) -> tuple[dict[str, list[str]], set[str]]:
    """What each package depends on directly, virtual names taken for their first provider; and what is there."""
    depends: dict[str, list[str]] = {}
    provides: dict[str, str] = {}
    there: set[str] = set()
    name = ""
    for line in text.splitlines():
        key, _, value = line.partition(": ")
        if key == "Package":
            name = value
            depends.setdefault(name, [])
        elif key == "Installed":
            there.add(value)
        else:
            words = [re.split(r"[ :(|]", part.strip())[0] for part in value.split(",")]
            if key == "Provides":
                for word in words:
                    provides.setdefault(word, name)
            else:
                depends[name] += words
    return {n: [d if d in depends else provides.get(d, d) for d in wanted] for n, wanted in depends.items()}, there


def brought(name: str, depends: dict[str, list[str]], there: set[str]) -> set[str]:
    """All that comes with a package."""
    found: set[str] = set()
    queue = [name]
    while queue:
        for other in depends.get(queue.pop(), ()):
            if other not in found and other not in there:
                found.add(other)
                queue.append(other)
    return found - {name}


def named(value: Any, suite: str) -> set[str]:
    """Every Debian package that the table names for this suite."""
    found: set[str] = set()
    for row in value.values():
        if not isinstance(row, dict) or "wheel" not in row:
            continue
        renamed = row.get("bookworm", {}) if suite == "bookworm" else {}
        lists = [row.get(key, ()) for key in ("build", "runtime_built", "runtime")]
        for key in ("build_since", "runtime_before", "runtime_since", "extras_runtime"):
            lists += row.get(key, {}).values()
        found |= {renamed.get(name, name) for some in lists for name in some}
    programs = value["program_names"].get(suite, {})
    found |= {programs.get(name, name) for some in value["programs"].values() for name in some}
    return found


def main() -> int:
    table = tomli.loads(TABLE.read_text("utf-8"))
    result: dict[str, dict[str, list[str] | None]] = {}
    for suite, image in IMAGES.items():
        wanted = named(table, suite)
        done = subprocess.run(
            ("docker", "run", "--rm", image, "sh", "-c", ASK), capture_output=True, text=True, check=True
        )
        depends, there = packages(done.stdout)
        result[suite] = {
            name: sorted(brought(name, depends, there) & wanted) if name in depends or name in there else None
            for name in wanted
        }
    RESULT.write_text(json.dumps(result, indent=0, sort_keys=True) + "\n", "utf-8")
    for suite, known in result.items():
        print(suite, "does not have", " ".join(n for n, b in known.items() if b is None) or "nothing that is missing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
