"""Proves rows of dockgen/knowledge/system_packages.toml with real builds.

    python tests/e2e/prove_system_packages.py psycopg2 lxml          compiled from the sdist
    python tests/e2e/prove_system_packages.py --wheel opencv-python  the wheel, and `runtime` alone
    python tests/e2e/prove_system_packages.py --write NAME...        also notes `proved` in the row

A row stands when (1) the distribution installs in a python-slim stage that has its `build` packages
and nothing else, (2) the row's `prove` code runs in a second python-slim stage that has its
run-time packages and nothing else, and (3) the same code fails in a stage without them, so that no
package is named in vain. Rows without run-time packages have no (3). Libraries that ldd does not
find are printed.

Needs a Docker engine with python:VERSION-slim and a network; that image's own libraries count as
present, so the official image must be the one (or a stand-in that carries no more than it).
"""

from __future__ import annotations

import argparse
import datetime
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import tomli

TABLE = Path(__file__).resolve().parents[2] / "dockgen" / "knowledge" / "system_packages.toml"

LDD = """\
import pathlib, subprocess
for path in sorted(pathlib.Path("/opt/venv").rglob("*.so*")):
    out = subprocess.run(["ldd", str(path)], capture_output=True, text=True).stdout
    for line in out.splitlines():
        if "not found" in line:
            print("MISSING", path.name, line.split()[0])
"""

DOCKERFILE = """\
FROM python:{python}-slim AS build
{apt_build}
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --quiet --disable-pip-version-check {install}
FROM python:{python}-slim AS control
COPY --from=build /opt/venv /opt/venv
COPY prove.py ldd.py /
ENV PATH=/opt/venv/bin:$PATH
FROM control AS proof
{apt_runtime}
"""


def apt(packages: list[str]) -> str:
    """The RUN line that installs these packages, "" for none."""
    if not packages:
        return ""
    return f"RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends {' '.join(packages)}"


def run(*words: str) -> tuple[int, str]:
    """The command's exit code and everything it printed."""
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE,
        check=False,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stdout


def prove(name: str, row: dict[str, Any], slim: frozenset[str], python: str, wheel: bool) -> str | None:
    """None when the row stands, else what went wrong."""
    if "prove" not in row:
        return "the row has no `prove` code"
    compiled = not wheel and row["wheel"] != "pure"
    build = row.get("build", []) if compiled else []
    runtime = [p for p in row.get("runtime", []) + (row.get("runtime_built", []) if compiled else []) if p not in slim]
    source = f"--no-binary {name} " if compiled and row["wheel"] != "none" else ""
    tag = f"dockgen-prove-{name}"
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        (context / "prove.py").write_text(row["prove"] + "\n", "utf-8")
        (context / "ldd.py").write_text(LDD, "utf-8")
        text = DOCKERFILE.format(
            python=python,
            apt_build=apt(build),
            install=source + " ".join([name, *row.get("prove_with", [])]),
            apt_runtime=apt(runtime),
        )
        (context / "Dockerfile").write_text(text, "utf-8")
        for target in ("proof", "control"):
            code, out = run(
                "docker",
                "build",
                "--target",
                target,
                "--tag",
                f"{tag}:{target}",
                folder,
            )
            if code:
                return f"the build fails:\n{out[-3000:]}"
    try:
        _, missing = run("docker", "run", "--rm", f"{tag}:proof", "python", "/ldd.py")
        print(missing, end="")
        code, out = run("docker", "run", "--rm", f"{tag}:proof", "python", "/prove.py")
        if code:
            return f"the code fails:\n{out[-3000:]}"
        if runtime:
            code, _ = run("docker", "run", "--rm", f"{tag}:control", "python", "/prove.py")
            if code == 0:
                return f"the code runs without {' '.join(runtime)}, too: nothing shows that they are needed"
    finally:
        run("docker", "image", "rm", f"{tag}:proof", f"{tag}:control")
    return None


def note(name: str, value: str) -> None:
    """Writes `proved` into the row of the table, above its `evidence`."""
    text = TABLE.read_text("utf-8")
    row = re.search(rf"(?ms)^\[{re.escape(name)}\]\n.*?(?=^\[|\Z)", text)
    assert row is not None
    lines = [line for line in row[0].splitlines() if not line.startswith("proved = ")]
    at = next(
        (i for i, line in enumerate(lines) if line.startswith("evidence = ")),
        len(lines),
    )
    lines.insert(at, f'proved = "{value}"')
    end = "\n\n" if row[0].endswith("\n\n") else "\n"
    TABLE.write_text(
        text[: row.start()] + "\n".join(lines).rstrip("\n") + end + text[row.end() :],
        "utf-8",
    )


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--wheel", action="store_true", help="install the wheel; proves `runtime` alone")
    parser.add_argument("--write", action="store_true", help="note `proved` in the table")
    parser.add_argument("--python", default="3.13")
    parser.add_argument(
        "--suite",
        default="trixie",
        help="the suite that python:VERSION-slim is made of",
    )
    options = parser.parse_args()
    table = tomli.loads(TABLE.read_text("utf-8"))
    failed = 0
    for name in options.names:
        if "wheel" not in table.get(name, {}):
            parser.error(f"{name} is not in the table")
        row = table[name]
        problem = prove(
            name,
            row,
            frozenset(table["slim"]["packages"]),
            options.python,
            options.wheel,
        )
        print(f"{name}: {problem or 'proved'}", flush=True)
        failed += problem is not None
        if problem is None and options.write:
            how = " wheel" if options.wheel and row["wheel"] not in ("pure", "none") else ""
            note(name, f"{datetime.date.today().isoformat()} {options.suite}{how}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
