"""How long `dockgen explain` takes beside a bare `python -c pass`.

    python benchmarks/startup.py [--runs 15] [--limit 20] [PROJECT]

Prints both medians in milliseconds and their ratio. Exits 1 when the ratio is above the limit. The
runs alternate, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / "tests" / "projects" / "fastapi-hatch"
LIMIT = 20.0
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""An installed dockgen has its bytecode; this lets the first run write it here."""


def seconds(words: list[str]) -> float:
    """Wall clock of one run. Ends the program when it fails: a failure's time says nothing."""
    start = time.perf_counter()
    done = subprocess.run(words, check=False, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"startup.py: {' '.join(words)} ended with {done.returncode}; nothing was measured")
    return time.perf_counter() - start


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--limit", type=float, default=LIMIT)
    options = parser.parse_args()
    explain = [sys.executable, "-m", "dockgen", "explain", "--json", str(options.project)]
    bare = [sys.executable, "-c", "pass"]
    seconds(explain)  # writes the bytecode caches
    seconds(bare)
    pairs = [(seconds(explain), seconds(bare)) for _ in range(max(options.runs, 1))]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"dockgen explain  {ours * 1000:7.1f} ms   median of {len(pairs)}")
    print(f"python -c pass   {theirs * 1000:7.1f} ms   median of {len(pairs)}")
    print(f"ratio            {ours / theirs:7.1f}      limit {options.limit:g}")
    return 1 if ours / theirs > options.limit else 0


if __name__ == "__main__":
    sys.exit(main())
