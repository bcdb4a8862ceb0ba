"""Runs folders of the form that railpack's examples have, with `dockgen init --yes` and no other answer.

    python tests/e2e/run_examples.py DIR... [--only NAME] [--keep] [--json FILE] [-j N]

Each folder holds a project and a test.json: a list of cases, each with what a real build must show.
A case may say `expectedOutput` (a text, or a list of texts, each of which must be in the container's
output), `httpCheck` (path, expected, internalPort, expectedOutput), `envs`, `stderrAllowed`,
`platform`, `shouldFail` and `justBuild`. Services of a docker-compose.yml beside it are started first,
on a network of the case's own, under their own names.

What is different from where the examples come from, and why:
- an exact patch release of Python ("3.11.11") is compared by its minor version: an image moves with
  the patch releases, and only the minor version is the project's choice.
- variables named RAILPACK_* and MISE_* steer another tool; a case that has them says so when it fails.
- for an httpCheck, PORT is set to its internalPort, as the platform the examples come from does. Where
  the process listens elsewhere all the same, the port of `dockgen explain --json` is asked.
- a case for a `platform` is left out: it is about another machine's emulation.
- where this machine lacks an image that the files name, the files are checked (init ends with 0, `docker
  build --check` finds nothing) and the case is reported as "not runnable here".

Exit code 1 when a case failed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.e2e import lab

OUTSIDE = ("test.json", "docker-compose.yml")
"""Files of a folder that serve its test and are no part of the project."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one case went: passed | failed | undecided | init failed | build failed | not runnable here | left out."""

    case: str
    result: str
    seconds: float
    cause: str = ""

    @property
    def bad(self) -> bool:
        """Whether it counts as a failure."""
        return self.result in ("failed", "undecided", "init failed", "build failed")


def loads(text: str) -> Any:
    """JSON with comments and trailing commas; what looks like either inside of a text stays."""
    comment = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
    trailing = re.compile(r'("(?:\\.|[^"\\])*")|,(\s*[\]}])', re.DOTALL)
    plain = comment.sub(lambda found: found[1] or "", text)
    return json.loads(trailing.sub(lambda found: found[1] or found[2], plain))


def shows(output: str, expected: str) -> bool:
    """Whether the output holds the text; a patch release after the word Python stands for any of its minor."""
    pattern = re.sub(r"(Python\D{0,12}3\\\.\d+)\\\.\d+", r"\1\\.\\d+", re.escape(expected))
    return expected in output or re.search(pattern, output) is not None


def texts(value: Any) -> list[str]:
    """A text or a list of texts, as a list."""
    return [] if value is None else [value] if isinstance(value, str) else [str(v) for v in value]


@contextmanager
def services(folder: Path) -> Iterator[str]:
    """The network on which the services of docker-compose.yml run, all healthy."""
    file = folder / "docker-compose.yml"
    with ExitStack() as stack:
        network = stack.enter_context(lab.private_network(folder.name))
        if file.exists():
            temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            override = temporary / "override.yaml"
            override.write_text(json.dumps({"networks": {"default": {"name": network, "external": True}}}))
            project = lab.Stack(temporary, lab.unique(folder.name), (file, override))
            stack.callback(project.run, "down", "--volumes", "--timeout=2")
            up = project.run("up", "--detach", "--wait", "--wait-timeout=120", timeout=150)
            if up.code:
                raise lab.LabError(f"the services did not come up: {up.last(6)}")
        yield network


def run_folder(folder: Path, keep: bool) -> list[Outcome]:
    """Every case of one folder: init and build once, run once a case."""
    start = time.monotonic()
    cases = loads((folder / "test.json").read_text("utf-8"))

    def all_of(result: str, cause: str) -> list[Outcome]:
        seconds = time.monotonic() - start
        return [Outcome(f"{folder.name}#{number}", result, seconds, cause) for number in range(len(cases))]

    with ExitStack() as stack:
        temporary = Path(tempfile.mkdtemp(prefix="dockgen-example-"))
        if not keep:
            stack.callback(shutil.rmtree, temporary, ignore_errors=True)
        project = temporary / folder.name
        lab.copy_tree(folder, project, OUTSIDE)
        made = lab.init(project)
        if made.code:
            return all_of("undecided" if made.code == 3 else "init failed", f"exit {made.code}: {made.last(8)}")
        missing = lab.missing_images((project / "Dockerfile").read_text("utf-8"))
        if missing:
            stand_ins = [f"--build-context={name}=docker-image://python:3.13-slim" for name in missing]
            check = lab.docker("buildx", "build", "--check", *stand_ins, str(project), timeout=60)
            if check.code:
                return all_of("failed", f"docker build --check: {check.last(6)}")
            return all_of("not runnable here", f"no image {', '.join(missing)} here; the files pass their check")
        tag = lab.unique(folder.name)
        if not keep:
            stack.callback(lab.remove_image, tag)
        try:
            lab.build(project, tag)
        except lab.LabError as error:
            return all_of("build failed", str(error))
        outcomes = []
        for number, case in enumerate(cases):
            begun = time.monotonic() if number else start
            result, cause = run_case(folder, project, tag, case)
            outcomes.append(Outcome(f"{folder.name}#{number}", result, time.monotonic() - begun, cause))
        if keep:
            print(f"{folder.name}: kept {project} and image {tag}", file=sys.stderr)
        return outcomes


def run_case(folder: Path, project: Path, tag: str, case: dict[str, Any]) -> tuple[str, str]:
    """(result, cause) of one case of a built image."""
    if case.get("platform"):
        return "left out", f"platform {case['platform']}"
    if case.get("justBuild"):
        return "passed", ""
    steered = sorted(name for name in case.get("envs", {}) if name.startswith(("RAILPACK_", "MISE_")))
    try:
        with services(folder) as network:
            cause = http_case(project, tag, case, network) if "httpCheck" in case else output_case(tag, case, network)
    except lab.LabError as error:
        cause = str(error)
    if cause and steered:
        cause += f"\n(steers another tool: {', '.join(steered)})"
    return ("failed", cause) if cause else ("passed", "")


def output_case(tag: str, case: dict[str, Any], network: str) -> str:
    """Why the container's output is not what was expected, "" when it is."""
    expected = texts(case.get("expectedOutput"))
    with lab.running(tag, env=case.get("envs"), network=network, hardened=False) as container:

        def done() -> bool:
            ended = container.state != "running"  # asked first: all output is there when it has ended
            return ended or (bool(expected) and all(shows(container.logs().text, text) for text in expected))

        lab.poll(done, 60)
        output = container.logs()
        missing = [text for text in expected if not shows(output.text, text)]
        if missing:
            return f"did not print {missing[0]!r} but:\n{output.last(10)}"
        if container.state != "running" and bool(container.exit_code) != bool(case.get("shouldFail")):
            return f"ended with exit code {container.exit_code}:\n{output.last(10)}"
    return ""


def http_case(project: Path, tag: str, case: dict[str, Any], network: str) -> str:
    """Why the answer is not what was expected, "" when it is."""
    check = case["httpCheck"]
    status, wanted = int(check.get("expected", 200)), int(check["internalPort"])
    planned = [p["port"] for p in lab.explained(project)["plan"]["processes"] if p["port"]][:1]
    ports = list(dict.fromkeys([wanted, *planned]))
    env = {"PORT": str(wanted), **case.get("envs", {})}
    flags = [f"--publish=127.0.0.1:0:{port}" for port in ports]
    with lab.running(tag, env=env, network=network, hardened=False, arguments=flags) as container:
        answer = lab.Answer(0, "not asked")

        def done() -> bool:
            nonlocal answer
            for port in ports:
                if container.state != "running":
                    return True
                answer = lab.http(f"http://127.0.0.1:{container.port(port)}{check['path']}")
                if answer.status == status:
                    return True
            return False

        lab.poll(done, 45)
        if container.state != "running":
            return f"ended with exit code {container.exit_code}:\n{container.logs().last(10)}"
        if answer.status != status:
            return f"answered {answer.status} {answer.body[:300]!r}; it printed:\n{container.logs().last(10)}"
        missing = [text for text in texts(check.get("expectedOutput")) if text not in answer.body]
        return f"the answer lacks {missing[0]!r}: {answer.body[:300]!r}" if missing else ""


def folders(roots: list[Path], only: list[str]) -> list[Path]:
    """The folders with a test.json: those named, else those one below."""
    found: list[Path] = []
    for root in roots:
        found += [root] if (root / "test.json").is_file() else sorted(p.parent for p in root.glob("*/test.json"))
    return [folder for folder in found if not only or any(name in folder.name for name in only)]


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", nargs="+", type=Path, help="a folder with test.json, or a folder of such folders")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only folders whose name has this")
    parser.add_argument("--keep", action="store_true", help="keep the copies and images, and say where they are")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes there")
    parser.add_argument("-j", type=int, default=1, metavar="N", help="folders at a time")
    options = parser.parse_args()
    if not lab.available():
        print("no container engine answers (DOCKER_HOST?)", file=sys.stderr)
        return 2
    chosen = folders(options.dir, options.only)
    if not chosen:
        print("no folder with a test.json", file=sys.stderr)
        return 2

    def run(folder: Path) -> list[Outcome]:
        try:
            outcomes = run_folder(folder, options.keep)
        except Exception as error:  # one folder's trouble must not hide the others' outcome
            outcomes = [Outcome(folder.name, "failed", 0, f"{type(error).__name__}: {error}")]
        for outcome in outcomes:
            lines = [f"{outcome.case:<44} {outcome.result:<18} {outcome.seconds:6.1f} s"]
            print("\n      ".join([*lines, *outcome.cause.splitlines()]), flush=True)
        return outcomes

    with ThreadPoolExecutor(options.j) as pool:
        by_folder = list(pool.map(run, chosen))
    every = [outcome for outcomes in by_folder for outcome in outcomes]
    counts = Counter(outcome.result for outcome in every).most_common()
    print(f"\n{len(chosen)} folders, {len(every)} cases: " + ", ".join(f"{n} {result}" for result, n in counts))
    ran = [o for o in by_folder if any(x.result not in ("not runnable here", "left out") for x in o)]
    good = [outcomes for outcomes in ran if not any(outcome.bad for outcome in outcomes)]
    print(f"of {len(ran)} folders that can run here, {len(good)} passed every case")
    if options.json:
        options.json.write_text(json.dumps([asdict(o) for o in every], indent=1) + "\n", "utf-8")
    return 1 if any(outcome.bad for outcome in every) else 0


if __name__ == "__main__":
    sys.exit(main())
