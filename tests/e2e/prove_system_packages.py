"""Proves rows of dockgen/knowledge/system_packages.toml with real builds.

    python tests/e2e/prove_system_packages.py psycopg2 lxml          compiled from the sdist
    python tests/e2e/prove_system_packages.py --wheel opencv-python  the wheel, and `runtime` alone
    python tests/e2e/prove_system_packages.py --write NAME...        also notes `proved` in the row
    python tests/e2e/prove_system_packages.py --version 52.5 weasyprint   an older release
    python tests/e2e/prove_system_packages.py --write --unproved     every row that has `prove` code and no proof

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
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import tomli
from packaging.version import Version

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
# A proof is of its day: nothing of an earlier one is taken from the cache.
ENV PROVED_ON={today} PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/venv
{apt_build}
RUN /opt/venv/bin/pip install --quiet {install}
FROM python:{python}-slim AS packages
ENV PROVED_ON={today} PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
{apt_runtime}
FROM packages AS proof
RUN --mount=type=bind,from=build,source=/opt/venv,target=/opt/venv --mount=type=bind,target=/context \\
    python /context/ldd.py; cd /context/proofs; touch /proved; \\
    for proof in *.proof; do python "$proof" || {{ echo "FAILED ${{proof%.proof}}"; rm -f /proved; }}; done; test -e /proved
FROM python:{python}-slim AS control
ENV PROVED_ON={today} PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
RUN --mount=type=bind,from=build,source=/opt/venv,target=/opt/venv --mount=type=bind,target=/context \\
    cd /context/proofs; for proof in *.proof; do if {control} python "$proof"; then exit 1; fi; done; touch /failed
FROM scratch
COPY --from=proof /proved /
COPY --from=control /failed /
"""

GROUP = 12
"""Rows in one build."""

PROBLEMS = {
    "build": "it does not install",
    "packages": "Debian does not have its packages",
    "proof": "the code fails",
    "control": "the code runs without the packages, too: nothing shows that they are needed",
}
"""What it means that a stage fails."""

APT = """\
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \\
    rm -f /etc/apt/apt.conf.d/docker-clean; \\
    test -n "$(find /var/lib/apt/lists -name '*Packages*' -mmin -720)" || apt-get update -qq; \\
    apt-get install -qq -y --no-install-recommends {packages}"""


def apt(packages: list[str]) -> str:
    """The RUN line that installs these packages, "" for none."""
    return APT.format(packages=" ".join(packages)) if packages else ""


def build(folder: str) -> tuple[int, str]:
    """The exit code of `docker build`, and everything it printed. No image is kept."""
    done = subprocess.run(
        ("docker", "build", "--progress=plain", "--output=type=cacheonly", folder),
        stdout=subprocess.PIPE,
        check=False,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stdout


def at_run_time(row: dict[str, Any], compiled: bool, version: str | None) -> list[str]:
    """The row's packages for the last stage, at this version (None: the newest)."""
    wanted = [*row.get("runtime", ()), *(row.get("runtime_built", ()) if compiled else ())]
    for bound, names in row.get("runtime_since", {}).items():
        wanted += names if version is None or Version(version) >= Version(bound) else ()
    for bound, names in row.get("runtime_before", {}).items():
        wanted += names if version is not None and Version(version) < Version(bound) else ()
    return wanted


def to_build(row: dict[str, Any], version: str | None) -> list[str]:
    """The row's packages for the stage that compiles."""
    wanted = list(row.get("build", ()))
    for bound, names in row.get("build_since", {}).items():
        wanted += names if version is None or Version(version) >= Version(bound) else ()
    return wanted


def prove(
    rows: dict[str, dict[str, Any]], slim: frozenset[str], python: str, wheel: bool, version: str | None = None
) -> dict[str, str]:
    """What went wrong, by row; {} when all stand. Several rows are proved at once where they name the same packages."""
    found: dict[str, str] = {name: "the row has no `prove` code" for name, row in rows.items() if "prove" not in row}
    rows = {name: row for name, row in rows.items() if name not in found}
    if not rows:
        return found
    words: list[str] = []
    for name, row in rows.items():
        at = version or row.get("prove_version")
        compiled = not wheel and row["wheel"] != "pure"
        packages = to_build(row, at) if compiled else []
        runtime = [p for p in at_run_time(row, compiled, at) if p not in slim]
        words += ["--no-binary", name] if compiled and row["wheel"] != "none" else []
        words += [f"{name}=={at}" if at else name, *row.get("prove_with", ())]
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        (context / "proofs").mkdir()
        for name, row in rows.items():
            (context / "proofs" / f"{name}.proof").write_text(row["prove"] + "\n", "utf-8")
        (context / "ldd.py").write_text(LDD, "utf-8")
        text = DOCKERFILE.format(
            python=python,
            today=datetime.date.today().isoformat(),
            apt_build=apt(packages),
            install=" ".join(shlex.quote(word) for word in words),
            apt_runtime=apt(runtime),
            control="" if runtime else "false &&",  # nothing to do without
        )
        (context / "Dockerfile").write_text(text, "utf-8")
        code, out = build(folder)
    print("".join(f"  {line}\n" for line in sorted(set(re.findall(r"MISSING .*", out)))), end="")
    if not code:
        return found
    stage = re.search(r"(?m)^ > \[(\w+)", out)
    problem = f"{PROBLEMS.get(stage[1] if stage else '', 'the build fails')}:\n{out[-3000:]}"
    failed = set(re.findall(r"(?m)FAILED (\S+)$", out)) & set(rows) or set(rows)
    return found | dict.fromkeys(failed, problem)


def together(names: list[str], table: dict[str, Any], wheel: bool) -> list[list[str]]:
    """The names in groups that one build proves: those that are compiled with the same packages and link nothing."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        row = table[name]
        alone = wheel or row["wheel"] == "pure" or at_run_time(row, True, None) or "prove" not in row
        groups.setdefault((name,) if alone else ("", *to_build(row, None)), []).append(name)
    return [group[at : at + GROUP] for group in groups.values() for at in range(0, len(group), GROUP)]


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
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--unproved", action="store_true", help="every row that has `prove` and no `proved`")
    parser.add_argument("--wheel", action="store_true", help="install the wheel; proves `runtime` alone")
    parser.add_argument("--write", action="store_true", help="note `proved` in the table")
    parser.add_argument("--version", help="prove the row for this release; nothing is noted")
    parser.add_argument("--python", default="3.13")
    parser.add_argument(
        "--suite",
        default="trixie",
        help="the suite that python:VERSION-slim is made of",
    )
    options = parser.parse_args()
    table = tomli.loads(TABLE.read_text("utf-8"))
    names = options.names
    if options.unproved:
        names = [name for name, row in table.items() if "prove" in row and "proved" not in row]
    failed = 0
    for name in names:
        if "wheel" not in table.get(name, {}):
            parser.error(f"{name} is not in the table")
    slim = frozenset(table["slim"]["packages"])
    for group in together(names, table, options.wheel):
        problems = prove({n: table[n] for n in group}, slim, options.python, options.wheel, options.version)
        if len(group) > 1 and any(not p.startswith(PROBLEMS["proof"]) for p in problems.values()):
            problems = {}  # one that does not install hides the others
            for name in group:
                problems |= prove({name: table[name]}, slim, options.python, options.wheel, options.version)
        for name in group:
            print(f"{name}: {problems.get(name, 'proved')}", flush=True)
            failed += name in problems
            if name not in problems and options.write and not options.version:
                how = " wheel" if options.wheel and table[name]["wheel"] not in ("pure", "none") else ""
                note(name, f"{datetime.date.today().isoformat()} {options.suite}{how}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
