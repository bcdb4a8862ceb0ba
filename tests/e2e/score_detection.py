"""How right `dockgen explain --json` is on labelled repositories, a field at a time.

    python tests/e2e/score_detection.py TABLE DIR [TABLE DIR ...] [--only ID] [-j N] [--quiet] [--peers]

Several pairs are scored as one. `--peers` puts what railpack's and nixpacks' rules say (peers.py) beside.

TABLE is a JSON list of labels as run_corpus.py takes them; DIR holds a tree DIR/<id>/ for each. Nothing is built.
Prints every miss, then precision (of what was said, how much is right) and recall (of what is right, how
much was said), values of all repositories pooled. A field with one value counts as a set of one.

What counts as equal: names in their normal form (discord.py is discord-py); an entry without what a label adds in
brackets and without the call of a factory, or one that the label accepts beside its own, or names in those brackets as
the same in another form (`app (python -m app; object app:app)`: a module is none of the contract's forms of an entry, a
file and an object are); the files that a label's pattern stands for; a python that the label
accepts; services that the label calls optional are neither asked for nor wrong.

Exit code 1 where dockgen ended with a traceback.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.e2e import lab
from tests.e2e.peers import PEERS

SAME_MANAGER = {"pip-tools": "pip", "flit": "pip", "setuptools": "pip", "pep723": "script"}
"""Labels' words for what the contract calls otherwise: the tool that writes the lock is not who installs it."""
SAME_FRAMEWORK = {"fasthtml": "python-fasthtml", "grpc": "grpcio"}


def one(value: Any) -> frozenset[str]:
    return frozenset() if value in (None, "", "none") else frozenset({str(value)})


def entries(text: Any) -> frozenset[str]:
    """The entry of a label: without what it says in brackets behind it, and a factory without its call."""
    if not text:
        return frozenset()
    return one(re.sub(r"\s+\(.*\)$", "", str(text)).removesuffix("()"))


def in_brackets(text: Any) -> frozenset[str]:
    """Files and objects that a label names in brackets behind its entry."""
    match = re.search(r"\s\((.*)\)$", str(text or ""))
    words = re.split(r"[\s;,]+", match[1]) if match else []
    return frozenset(w for w in words if re.fullmatch(r"[\w./-]+\.py|[\w.]+:\w+", w))


def matches(entry: str, pattern: str) -> bool:
    """Whether each of the files of an entry lies where the pattern (docs/**/*.py) says."""
    expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return all(re.fullmatch(expression, file) for file in entry.split(" "))


def frameworks(names: Iterable[str]) -> frozenset[str]:
    return frozenset(SAME_FRAMEWORK.get(n, n) for n in map(canonicalize_name, names))


def value(facts: Mapping[str, Any], key: str) -> Any:
    return facts[key]["value"] if facts.get(key) else None


def names(found: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(str(item["value"]) for item in found)


def compare(label: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Field -> (what dockgen said, what is right)."""
    facts, plan = said["facts"], said["plan"]
    main = plan["processes"][0] if plan["processes"] else {}
    python = value(facts, "python")
    manager = SAME_MANAGER.get(label["package_manager"], label["package_manager"])
    optional = frozenset(label["services"]["optional"])
    runtime, build = facts["system_packages"]["runtime"], facts["system_packages"]["build"]
    minor = ".".join((python or "").split(".")[:2])  # a patch release where the project allows no other
    accepted = bool({python, minor} & set(label["python"]["acceptable"]))
    entry = entries(value(facts, "entry"))
    same_entry = entry & (frozenset(label["entry"].get("acceptable", ())) | in_brackets(label["entry"]["value"]))
    if "*" in str(label["entry"]["value"]) and entry and all(matches(e, label["entry"]["value"]) for e in entry):
        same_entry = entry
    return {
        "package_manager": (one(value(facts, "package_manager")), one(manager)),
        "lock_file": (one(value(facts, "lock_file")), one(label["lock_file"])),
        "python": (one(python), one(python if accepted else label["python"]["choose"])),
        "frameworks": (frameworks(names(facts["frameworks"])), frameworks(label["frameworks"])),
        "entry": (entry, same_entry or entries(label["entry"]["value"])),
        "kind": (one(main.get("kind")), one(label["kind"])),
        "port": (one(main.get("port")), one(label["port"])),
        "health_path": (one(main.get("health_path")), one(label["health_path"])),
        "services": (
            (frozenset(plan["services"]) | {s["value"] for s in facts.get("services", ()) if s.get("vendor")})
            - optional,
            frozenset(label["services"]["required"]),
        ),
        "env_required": (
            frozenset(v["name"] for v in facts["env"] if v["required"]),
            frozenset(label["env_required"]),
        ),
        "runtime packages": (names(runtime), frozenset(label["system_packages"]["run"])),
        "build packages": (names(build) - {"libc6-dev"}, frozenset(label["system_packages"]["build"]) - {"libc6-dev"}),
    }


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", nargs="+", metavar="TABLE DIR", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--quiet", action="store_true", help="the figures alone")
    parser.add_argument("--peers", action="store_true", help="the rules of railpack and nixpacks beside dockgen's")
    options = parser.parse_args()
    if len(options.pairs) % 2:
        parser.error("each TABLE needs its DIR")
    rows: list[tuple[Mapping[str, Any], Path]] = []
    for table, trees in zip(options.pairs[::2], options.pairs[1::2], strict=True):
        rows += [(row, trees / row["id"]) for row in json.loads(table.read_text())]
    rows = [row for row in rows if not options.only or row[0]["id"] in options.only]
    there = [row for row in rows if row[1].is_dir()]
    with ThreadPoolExecutor(options.j) as pool:
        results = list(pool.map(lambda row: lab.dockgen("explain", str(row[1]), "--json"), there))
    counts = {name: Counts() for name in ("dockgen", *(PEERS if options.peers else ()))}
    crashed = 0
    for (label, tree), result in zip(there, results, strict=True):
        if result.code:
            crashed += "Traceback" in result.err
            print(f"{label['id']}: exit {result.code}: {result.last()}")
            continue
        for field, (said, wanted) in compare(label, json.loads(result.out)).items():
            counts["dockgen"].add(field, said, wanted)
            if said != wanted and not options.quiet:
                print(f"{label['id']:34} {field:17} said {_list(said)}, label {_list(wanted)}")
        for name in counts.keys() & PEERS.keys():
            for field, (said, wanted) in compare(label, PEERS[name](tree)).items():
                counts[name].add(field, said, wanted)
    print(f"\n{len(there)} of {len(rows)} repositories are there (precision / recall)\n")
    print(f"{'field':17}" + "".join(f"  {name:^13}" for name in counts))
    for field in counts["dockgen"].right:
        print(f"{field:17}" + "".join(f"  {one.ratios(field):13}" for one in counts.values()))
    return 1 if crashed else 0


class Counts:
    """Values that were said and right, said and wrong, and not said, a field at a time."""

    def __init__(self) -> None:
        self.right: dict[str, int] = defaultdict(int)
        self.wrong: dict[str, int] = defaultdict(int)
        self.missed: dict[str, int] = defaultdict(int)

    def add(self, field: str, said: frozenset[str], wanted: frozenset[str]) -> None:
        self.right[field] += len(said & wanted)
        self.wrong[field] += len(said - wanted)
        self.missed[field] += len(wanted - said)

    def ratios(self, field: str) -> str:
        """ "precision / recall"."""
        right = self.right[field]
        return f"{_ratio(right, right + self.wrong[field])} / {_ratio(right, right + self.missed[field])}"


def _list(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or "nothing"


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "    -"


if __name__ == "__main__":
    sys.exit(main())
