"""The honest figure: labelled real repositories, each with `dockgen init --yes` and no other answer.

    python tests/e2e/run_corpus.py TABLE DIR [--only ID] [-j N] [--json FILE] [--keep]

TABLE is a JSON list of labels (id, python.acceptable, env_required, expect ...); DIR holds a tree DIR/<id>/ for
each. The tree is copied without its own Docker files (Dockerfile, compose file, .dockerignore): they are a
person's, and dockgen refuses to overwrite them. Then, as `expect.kind` says:

- http: `docker compose up --detach --build --wait`, and a request for expect.path, which must have a status of
  the list and hold the text `contains`. Where that fails and the label tells what the application
  answers without its services, that is tried and reported as "passed without services".
- listen: the same, then something must accept connections on the port.
- exit: `docker compose run` of the first process (with expect.command in its place, where the label has
  one), compared by exit code and `stdout_contains`.

A variable of env_required is set only where the generated files set none of that name: a URL with the label's own
password would say nothing about the stack that dockgen wrote. A value with spaces is prose and left out.
"Not runnable here": init ended with 0, and the generated Dockerfile starts from an image that this machine lacks.

Exit code 1 when a case failed.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.e2e import lab

OWN = (
    "Dockerfile", "Containerfile", ".dockerignore", "compose.yaml", "compose.yml", "docker-compose.yaml",
    "docker-compose.yml", "test.json",
)  # fmt: skip
GOOD = ("passed", "passed without services", "not runnable here")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one case went: passed | passed without services | wrong answer | not up | build failed | undecided |
    init failed | not runnable here | crashed."""

    id: str
    result: str
    cause: str = ""
    seconds: float = 0
    python: str = ""
    manager: str = ""
    entry: str = ""
    notes: tuple[str, ...] = ()


def copy(label: Mapping[str, Any], source: Path, target: Path) -> None:
    """The tree as its author has it, without the Docker files."""
    lab.copy_tree(source, target, OWN)
    for own in label.get("own_dockerfiles") or ():
        (target / own["path"]).unlink(missing_ok=True)


def run_case(label: Mapping[str, Any], trees: Path, keep: bool) -> Outcome:
    """One case, from the copy to the clean-up."""
    start = time.monotonic()
    outcome = Outcome(label["id"], "crashed")
    with ExitStack() as stack:
        temporary = Path(tempfile.mkdtemp(prefix="dockgen-corpus-"))
        if not keep:
            stack.callback(shutil.rmtree, temporary, ignore_errors=True)
        try:
            outcome = prove(label, trees / label["id"], temporary / label["id"], outcome, stack, keep)
        except lab.LabError as error:
            outcome = replace(outcome, result="crashed", cause=str(error))
    return replace(outcome, seconds=round(time.monotonic() - start, 1))


def prove(
    label: Mapping[str, Any], tree: Path, project: Path, outcome: Outcome, stack: ExitStack, keep: bool
) -> Outcome:
    """init, build, start, ask."""
    copy(label, tree, project)
    made = lab.init(project)
    if made.code:
        result = "undecided" if made.code == 3 else "init failed"
        return replace(outcome, result=result, cause=f"exit {made.code}: {made.last(8)}")
    plan = lab.explained(project)
    outcome = with_choices(outcome, label, plan)
    missing = lab.missing_images((project / "Dockerfile").read_text("utf-8"))
    if missing:
        return replace(outcome, result="not runnable here", cause=f"no image {', '.join(missing)} here")
    if not plan["plan"]["processes"]:
        return replace(outcome, result="wrong answer", cause="the plan has no process to run")
    if not (project / "compose.yaml").exists():
        return prove_image(label, project, outcome, stack)
    image = lab.unique(label["id"])
    stack.callback(lab.remove_image, image)
    override, ports = lab.remapped(project / "compose.yaml", image, environment(label, project))
    compose = stack.enter_context(lab.stack(project, override))
    built = compose.run("build", timeout=1200)
    if built.code:
        return replace(outcome, result="build failed", cause=built.last(20))
    expect = label["expect"]
    process = plan["plan"]["processes"][0]
    if expect["kind"] == "exit":
        words = one_shot(image, expect, process["name"])
        ran = compose.run("run", "--rm", "--no-TTY", *words, timeout=300)
        cause = exit_cause(expect, ran)
        return replace(outcome, result="wrong answer" if cause else "passed", cause=cause)
    up = compose.run("up", "--detach", "--wait", "--wait-timeout=150", timeout=200)
    if up.code:
        return replace(outcome, result="not up", cause=f"{up.last(4)}\n{compose.logs(8)}")
    if expect["kind"] == "listen":
        return listen(compose, process["name"], int(expect["port"]), outcome)
    port = ports.get(process["port"] or 0)
    if port is None:
        return replace(outcome, result="wrong answer", cause=f"no port is published ({process['kind']} process)")
    cause = http_cause(expect, port)
    if not cause:
        return replace(outcome, result="passed")
    without = expect.get("without_services")
    if without and not http_cause({**without, "contains": without.get("contains")}, port):
        return replace(outcome, result="passed without services", cause=cause)
    return replace(outcome, result="wrong answer", cause=f"{cause}\n{compose.logs(8)}")


def with_choices(outcome: Outcome, label: Mapping[str, Any], record: Mapping[str, Any]) -> Outcome:
    """The outcome with what was chosen, and a note where the label says otherwise."""
    facts = record["facts"]
    python, manager = facts["python"]["value"], facts["package_manager"]["value"]
    entry = facts["entry"]["value"] if facts["entry"] else ""
    notes = []
    if python not in label["python"]["acceptable"]:
        notes.append(f"python {python}, label: {', '.join(label['python']['acceptable'])}")
    if manager != label["package_manager"]:
        notes.append(f"package manager {manager}, label: {label['package_manager']}")
    services = set(label["services"]["required"]) - set(record["plan"]["services"])
    if services:
        notes.append(f"required services that are not in the plan: {', '.join(sorted(services))}")
    return replace(outcome, python=python, manager=manager, entry=entry, notes=tuple(notes))


def environment(label: Mapping[str, Any], project: Path) -> dict[str, str]:
    """The label's variables that the generated files leave unset."""
    import yaml

    given: set[str] = set()
    for service in yaml.safe_load((project / "compose.yaml").read_text("utf-8"))["services"].values():
        values = service.get("environment") or {}
        given |= {str(v).partition("=")[0] for v in values} if isinstance(values, list) else set(values)
    for file in project.glob(".secrets/*.env"):
        for line in file.read_text("utf-8").splitlines():
            name, equals, value = line.partition("=")
            if equals and value.strip() and not name.startswith("#"):
                given.add(name)
    return {k: v for k, v in (label.get("env_required") or {}).items() if k not in given and " " not in v}


def one_shot(image: str, expect: Mapping[str, Any], service: str) -> list[str]:
    """Arguments of `docker compose run`: the service, and the label's command in the place of its own."""
    if not expect.get("command"):
        return [service]
    words = shlex.split(expect["command"].partition("<")[0])
    entry = json.loads(lab.docker("image", "inspect", "--format={{json .Config.Entrypoint}}", image, check=True).out)
    if entry and words[: len(entry)] == entry:
        return [service, *words[len(entry) :]]
    if entry:
        return [f"--entrypoint={words[0]}", service, *words[1:]]
    return [service, *words]


def exit_cause(expect: Mapping[str, Any], ran: lab.Result) -> str:
    """ "" when it ended as expected, else the cause."""
    missing = [text for text in expect.get("stdout_contains", ()) if text not in ran.text]
    if ran.code != expect["code"]:
        return f"exit code {ran.code}, expected {expect['code']}: {ran.last(10)}"
    return f"did not print {missing[0]!r} but: {ran.last(10)}" if missing else ""


def http_cause(expect: Mapping[str, Any], port: int) -> str:
    """ "" when it answered as expected, else the cause. A redirect counts by its own status where that is listed."""
    url = f"http://127.0.0.1:{port}{expect['path']}"
    contains = expect.get("contains") or ""

    def accept(answer: lab.Answer) -> bool:
        return answer.status in expect["status"] and contains in answer.body

    answer = lab.http_until(url, accept, 20)
    if accept(answer) or accept(lab.http(url, follow=False)):
        return ""
    return f"{expect['path']} answered {answer.status} {answer.body[:300]!r}"


def listen(compose: lab.Stack, service: str, port: int, outcome: Outcome) -> Outcome:
    """Whether something in the container accepts connections on the port."""
    probe = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2).close()"
    asked = lab.Result(1, "", "", 0)

    def done() -> bool:
        nonlocal asked
        asked = compose.run("exec", "--no-TTY", service, "python", "-c", probe, timeout=20)
        return asked.code == 0

    if lab.poll(done, 30, 1):
        return replace(outcome, result="passed")
    return replace(
        outcome, result="wrong answer", cause=f"nothing listens on {port}: {asked.last(3)}\n{compose.logs(8)}"
    )


def prove_image(label: Mapping[str, Any], project: Path, outcome: Outcome, stack: ExitStack) -> Outcome:
    """The image alone, where no compose.yaml was written."""
    expect = label["expect"]
    tag = lab.unique(label["id"])
    stack.callback(lab.remove_image, tag)
    try:
        lab.build(project, tag)
    except lab.LabError as error:
        return replace(outcome, result="build failed", cause=str(error))
    process = lab.explained(project)["plan"]["processes"][0]
    env = {k: v for k, v in (label.get("env_required") or {}).items() if " " not in v}
    if expect["kind"] == "exit":
        words = one_shot(tag, expect, tag)
        flags = [f"--env={k}={v}" for k, v in env.items()]
        ran = lab.docker("run", "--rm", *lab.HARDENED, *flags, *words, timeout=300)
        cause = exit_cause(expect, ran)
        return replace(outcome, result="wrong answer" if cause else "passed", cause=cause)
    port = int(expect.get("port") or process["port"] or 0)
    with lab.running(tag, env=env, publish=port) as container:
        try:
            container.wait_healthy(120)
        except lab.LabError as error:
            return replace(outcome, result="not up", cause=str(error))
        cause = "" if expect["kind"] == "listen" else http_cause(expect, container.port(port))
        return replace(outcome, result="wrong answer" if cause else "passed", cause=cause)


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("table", type=Path, help="the labels, a JSON list")
    parser.add_argument("dir", type=Path, help="the folder of the trees, one a label's id")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="only ids that hold this")
    parser.add_argument("-j", type=int, default=2, metavar="N", help="cases at a time (2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes there")
    parser.add_argument("--keep", action="store_true", help="keep the copies with the generated files")
    options = parser.parse_args()
    if not lab.available():
        print("no container engine answers (DOCKER_HOST?)", file=sys.stderr)
        return 2
    labels = [
        label
        for label in json.loads(options.table.read_text("utf-8"))
        if (options.dir / label["id"]).is_dir() and (not options.only or any(o in label["id"] for o in options.only))
    ]
    if not labels:
        print(f"no tree of the table lies below {options.dir}", file=sys.stderr)
        return 2

    def run(label: Mapping[str, Any]) -> Outcome:
        try:
            outcome = run_case(label, options.dir, options.keep)
        except Exception as error:  # one case's trouble must not hide the others' outcome
            outcome = Outcome(label["id"], "crashed", f"{type(error).__name__}: {error}")
        lines = [f"{outcome.id:<40} {outcome.result:<24} {outcome.seconds:6.1f} s"]
        lines += [f"      note: {note}" for note in outcome.notes]
        lines += [f"      {line}" for line in outcome.cause.splitlines()]
        print("\n".join(lines), flush=True)
        return outcome

    with ThreadPoolExecutor(options.j) as pool:
        outcomes = list(pool.map(run, labels))
    totals = Counter(outcome.result for outcome in outcomes)
    runnable = len(outcomes) - totals["not runnable here"]
    print(f"\n{len(outcomes)} cases: " + ", ".join(f"{n} {result}" for result, n in totals.most_common()))
    passed = totals["passed"] + totals["passed without services"]
    print(f"of {runnable} that can run here, {passed} build, start and answer as their label says")
    if options.json:
        options.json.write_text(json.dumps([asdict(o) for o in outcomes], indent=1) + "\n", "utf-8")
    return 0 if all(outcome.result in GOOD for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
