"""Real repositories that need services, as stacks: up, write, read back, a restart of the database, down and up.

    python tests/e2e/run_stacks.py TABLE DIR [DIR ...] [--only ID] [--json FILE]

TABLE is a JSON list (id, repo, commit, subdir, database, write, read, and where needed `flags` for init and
`environment`: what only a person knows, put into the env file below .secrets/ as that person would). A DIR holds a tree
DIR/<id>/ for each, without git's own folder. The tree is copied without its own Docker files, initialised, and asked
as tests/e2e/test_stacks.py asks: [method, path, body, text of the answer], or ["python", code] in the first process's
container. Exit code 1 when a case failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.e2e import lab
from tests.e2e.run_corpus import OWN
from tests.e2e.test_stacks import RECOVERY, Case, Up, hardened, keeps_secrets, survives_a_restart, up


def run_case(row: Mapping[str, Any], tree: Path) -> dict[str, float]:
    """Seconds of each step. Raises AssertionError with what went wrong."""
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="dockgen-stack-") as temporary:
        project = Path(temporary) / row["id"]
        lab.copy_tree(tree, project, OWN)
        made = lab.init(project, *row.get("flags", ()))
        assert made.code == 0, f"init: exit code {made.code}\n{made.last()}"
        if row.get("environment"):
            file = project / ".secrets/app.env"
            lines = "".join(f"{name}={value}\n" for name, value in row["environment"].items())
            file.write_text((file.read_text("utf-8") if file.exists() else "") + lines, "utf-8")
        missing = lab.missing_images((project / "Dockerfile").read_text("utf-8"))
        assert not missing, f"no image {', '.join(missing)} here"
        case = Case(row["id"], row["database"], tuple(row["write"]), tuple(row["read"]))
        clock = time.monotonic()

        def lap(step: str) -> None:
            nonlocal clock
            now = time.monotonic()
            seconds[step] = round(now - clock, 1)
            clock = now

        with up(project) as run:
            lap("up")
            run.writes(case)
            run.reads(case)
            lap("write and read")
            hardened(run)
            keeps_secrets(run, project)
            lap("looked at")
            survives_a_restart(run, case)
            lap("restart")
            down_and_up(run, case)
            lap("down and up")
    return seconds


def down_and_up(run: Up, case: Case) -> None:
    """The data are there again."""
    down = run.stack.run("down", "--timeout=20", timeout=120)
    assert down.code == 0, down.text
    run.start()
    run.reads(case, RECOVERY)


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("table", type=Path, help="the rows, a JSON list")
    parser.add_argument("dirs", type=Path, nargs="+", metavar="DIR", help="folders of the trees, one an id")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="only ids that hold this")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes there")
    options = parser.parse_args()
    outcomes = []
    for row in json.loads(options.table.read_text("utf-8")):
        if options.only and not any(part in row["id"] for part in options.only):
            continue
        tree = next((d / row["id"] for d in options.dirs if (d / row["id"]).is_dir()), None)
        if tree is None:
            print(f"{row['id']:<28} no tree", flush=True)
            continue
        try:
            seconds = run_case(row, tree)
            print(f"{row['id']:<28} passed  " + ", ".join(f"{k} {v} s" for k, v in seconds.items()), flush=True)
            outcomes.append({"id": row["id"], "passed": True, "seconds": seconds})
        except AssertionError as error:
            print(f"{row['id']:<28} FAILED\n{error}", flush=True)
            outcomes.append({"id": row["id"], "passed": False, "cause": str(error)[:2000]})
    passed = sum(bool(outcome["passed"]) for outcome in outcomes)
    print(f"\n{passed} of {len(outcomes)} passed")
    if options.json:
        options.json.write_text(json.dumps(outcomes, indent=1) + "\n", "utf-8")
    return 0 if outcomes and passed == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
