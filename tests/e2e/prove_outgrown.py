"""Proves each row of dockgen/knowledge/outgrown.toml by installing it.

    python tests/e2e/prove_outgrown.py [--only WORD] --python PATH [--python PATH ...]

PATH is a Python interpreter, the newest first: each is a release that dockgen may choose. A row's proof has to fail
with the newest releases on the first of them, and to work with what the row holds; the newest Python on which it does
is the row's `python` (none: the first). What differs is printed, and the exit code is 1. The index is uv's own setting.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import tomli
from packaging.requirements import Requirement

TABLE = Path(__file__).resolve().parents[2] / "dockgen/knowledge/outgrown.toml"


COMPILED = ("numpy", "onnxruntime", "opencv-python-headless", "pandas", "pillow", "scikit-learn")
"""What an image installs from wheels: a build from source, on a machine with a compiler, would prove nothing."""


def works(python: str, requirements: Sequence[str], proof: str) -> tuple[bool, str]:
    """Whether the proof runs on this Python with these requirements from wheels and pure sources, and what it said."""
    with tempfile.TemporaryDirectory() as folder:
        uv = [str(Path(sys.executable).parent / "uv")]
        subprocess.run([*uv, "venv", "--quiet", "--python", python, folder], check=True)
        there = str(Path(folder) / "bin/python")
        wheels = [word for name in COMPILED for word in ("--only-binary", name)]
        install = subprocess.run(
            [*uv, "pip", "install", "--quiet", "--python", there, *wheels, *requirements],
            capture_output=True,
            text=True,
            check=False,
        )
        if install.returncode:
            return False, "install: " + " ".join(install.stderr.split())[:300]
        done = subprocess.run(
            [there, "-W", "ignore", "-c", proof], capture_output=True, text=True, check=False, cwd=folder, timeout=300
        )
        return done.returncode == 0, " ".join(done.stderr.split())[-200:]


def wrong(row: Mapping[str, Any], pythons: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What the row says otherwise than its proof. `pythons`: (version, path), the newest first."""
    held = list(row["held"])
    old = [f"{row['distribution']}=={row['old']}"] if "old" in row else []
    named = {Requirement(text).name for text in held} or {row["distribution"]}
    newest = [*old, *(name for name in named if not old or name != row["distribution"]), *row.get("with", ())]
    fails_on = row.get("python", pythons[0][0]) if old else pythons[0][0]
    path = next(path for version, path in pythons if version == fails_on)
    if works(path, newest, row["proof"])[0]:
        yield f"works with {' '.join(newest)} on {fails_on}"
    if not held and "python" not in row:
        return
    said = ""
    for version, path in pythons:
        fine, said = works(path, [*old, *(held or newest), *row.get("with", ())], row["proof"])
        if fine:
            if version != row.get("python", pythons[0][0]):
                yield f"the newest Python is {version}, not {row.get('python', pythons[0][0])}"
            return
    yield f"works on no Python: {said}"


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    pythons = [
        (subprocess.run([path, "-c", ask], capture_output=True, text=True, check=True).stdout.strip(), path)
        for path in options.python
    ]
    table = tomli.loads(TABLE.read_text())
    rows = [row for row in (*table["gone"], *table["companions"]) if "proof" in row and options.only in str(row)]
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        for row, found in zip(rows, pool.map(lambda row: list(wrong(row, pythons)), rows), strict=True):
            name = row.get("distribution", "") + " " + " ".join(row["held"])
            print(f"{name.strip():60} {'; '.join(found) or 'proved'}", flush=True)
            bad += bool(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
