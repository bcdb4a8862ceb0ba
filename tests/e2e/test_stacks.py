"""Stacks as a person runs them: one command, and then what a stack has to stand.

Each is initialised with `--yes` and no other answer, linted, brought up, written to and read back through its database,
looked at from outside (hardening, ports, secrets), read from while its database restarts, taken down and up again.

A few always; all with --all-projects or DOCKGEN_ALL_PROJECTS=1.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e import lab
from tests.expectations import PROJECTS, copy_project

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("docker")]

HERE = Path(__file__).parent / "stacks"
PLANTED = "planted-3f1c9a-secret"
"""What a person's own .env holds: it must be nowhere."""
RECOVERY = 60.0
"""Seconds in which an application must answer again once its database does."""


Step = tuple[str, ...]
"""Method, path, body, a text of the answer and its status (200 or 201 where it is left out); or "python" and code for
the first process's container."""


def statuses(step: Step) -> tuple[int, ...]:
    """The statuses that the answer may have."""
    return (int(step[4]),) if len(step) > 4 else (200, 201)


@dataclass(frozen=True, slots=True)
class Case:
    """A stack. `database`: what is restarted. `keeps`: its data outlive `down`."""

    folder: str
    database: str
    write: Step = ("POST", "/items/apple", "", "apple")
    read: Step = ("GET", "/items", "", "apple")
    keeps: bool = True
    always: bool = False


NOTES = "from app import engine; from sqlalchemy import text; c = engine.__wrapped__().connect(); "
KEPT = NOTES + "c.execute(text(\"insert into notes values ('apple')\")); c.commit()"
FOUND = NOTES + "assert ('apple',) in [tuple(row) for row in c.execute(text('select body from notes'))]"
QUEUE = (
    "import os, redis; r = redis.Redis.from_url(next(v for k, v in os.environ.items() if k.endswith('REDIS_URL'))); "
)
CASES = (
    Case("orders", "postgres", always=True),  # FastAPI, Alembic
    Case("guests", "mariadb"),  # Flask, PyMySQL
    Case("notes", "postgres", ("python", KEPT), ("python", FOUND)),  # Streamlit
    Case("counter", "redis", ("python", "import bot; bot.store.set('kept', 'apple')"),
         ("python", "import bot; assert bot.store.get('kept') == 'apple'")),  # a bot
    Case("mailroom", "postgres", always=True),  # RabbitMQ, a consumer that files into PostgreSQL
    Case("prices", "memcached", keeps=False),  # a cache: its data are nobody's to keep
    Case("django-uv-postgres-celery-redis", "postgres", ("POST", "/lines/", '{"text": "apple tart"}', '"id"'),
         ("GET", "/lines/", "", '"text": "apple tart", "words": 2')),
    Case("django-mysql-pip", "mysql", ("POST", "/books/", '{"title": "apple"}', '"id"'), ("GET", "/books/", "", "apple")),
    Case("flask-factory-poetry-postgres", "postgres", ("POST", "/items/", '{"name": "apple", "shelf": "B4"}', "apple"),
         ("GET", "/items/", "", "apple")),
    # What it computes is computed anew all the time: kept is what is put beside it.
    Case("rq-supervisor-pip", "redis", ("python", QUEUE + "r.set('kept', 'apple')"),
         ("python", QUEUE + "assert r.get('kept') == b'apple'")),
    Case("uv-services", "postgres", ("POST", "/entries/40", "", ""), ("GET", "/summary", "", '"total":40')),
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-projects") or os.environ.get("DOCKGEN_ALL_PROJECTS") == "1"
        chosen = [case for case in CASES if every or case.always]
        metafunc.parametrize("case", chosen, ids=[case.folder for case in chosen])


def test_there_are_enough() -> None:
    assert len(CASES) >= 8
    for case in CASES:
        assert (HERE / case.folder).is_dir() or (PROJECTS / case.folder).is_dir()


def prepare(name: str, target: Path, *flags: str) -> Path:
    """A copy as a person has it, with a .env of their own, and the generated files."""
    if (HERE / name).is_dir():
        folder = target / name
        lab.copy_tree(HERE / name, folder)
    else:
        folder = copy_project(name, target)
    (folder / ".env").write_text(f"SOME_TOKEN={PLANTED}\n")
    made = lab.init(folder, *flags)
    assert made.code == 0, made.text
    return folder


@dataclass(frozen=True, slots=True)
class Up:
    """A running stack. `base`: where the first process answers, or what stands in front of it; `first`: its name."""

    stack: lab.Stack
    base: str
    first: str
    images: tuple[str, ...]

    def start(self) -> None:
        result = self.stack.run("up", "--build", "--detach", "--wait", "--wait-timeout=300", timeout=900)
        assert result.code == 0, f"{result.last(25)}\n{self.stack.logs()}"

    def containers(self) -> dict[str, dict[str, Any]]:
        """Service -> what `docker inspect` says of its container."""
        idents = self.stack.run("ps", "--all", "--quiet").out.split()
        found = json.loads(lab.docker("inspect", *idents, check=True).out)
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def ask(self, request: Step, patience: float = 0) -> lab.Answer:
        method, path, body, text = request[:4]
        answer = lab.Answer(0, "not asked")

        def done() -> bool:
            nonlocal answer
            headers = {"Content-Type": "application/json"} if body else {}
            answer = lab.http(self.base + path, method=method, data=body.encode() or None, headers=headers)
            return answer.status in statuses(request) and text in answer.body

        lab.poll(done, patience)
        return answer

    def python(self, code: str) -> lab.Result:
        return self.stack.run("exec", "--no-TTY", self.first, "python", "-c", code, timeout=60)

    def writes(self, case: Case) -> None:
        self._does(case.write, 0)

    def reads(self, case: Case, patience: float = 30) -> None:
        self._does(case.read, patience)

    def _does(self, step: Step, patience: float) -> None:
        if step[0] != "python":
            answer = self.ask(step, patience)
            good = answer.status in statuses(step) and step[3] in answer.body
            assert good, f"{step}: {answer}\n{self.stack.logs()}"
            return
        last = lab.Result(1, "", "not run", 0)

        def done() -> bool:
            nonlocal last
            last = self.python(step[1])
            return last.code == 0

        assert lab.poll(done, patience), f"{step}: {last.text}\n{self.stack.logs()}"


@contextmanager
def up(folder: Path) -> Iterator[Up]:
    """The stack with its ports moved to free ones (still on the loopback) and its images under names of their own."""
    name = lab.unique(folder.name)
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    override: dict[str, object] = {}
    bases: dict[str, str] = {}
    for service, content in services.items():
        changes: dict[str, object] = {}
        if "build" in content:
            changes["image"] = (
                f"{name}-{service}"
                if isinstance(content["build"], dict) and {"dockerfile", "target"} & set(content["build"])
                else name
            )
        if content.get("ports"):
            port, inside = lab.free_port(), str(content["ports"][0]).rsplit(":", 1)[1]
            bases[service] = f"http://127.0.0.1:{port}"
            changes["ports"] = lab.Replace([f"127.0.0.1:{port}:{inside}"])
        if service == "postgres":
            changes["environment"] = {"LANG": "C.UTF-8"}  # the official image has en_US.utf8; the lab's stand-in none
        if changes:
            override[service] = changes
    built = tuple({str(c["image"]) for c in override.values() if isinstance(c, dict) and "image" in c})
    first = next(iter(services))
    with lab.stack(folder, {"services": override}) as stack:
        one = Up(stack, bases.get(first) or next(iter(bases.values()), ""), first, built)  # or what stands in front
        try:
            one.start()
            yield one
        finally:
            stack.run("down", "--volumes", "--timeout=3", timeout=180)
            lab.remove_image(*built)


def test_stack(case: Case, tmp_path: Path) -> None:
    folder = prepare(case.folder, tmp_path)
    lints(folder)
    with up(folder) as run:
        run.writes(case)
        run.reads(case)
        hardened(run)
        keeps_secrets(run, folder)
        if case.keeps:
            survives_a_restart(run, case)
        down = run.stack.run("down", "--timeout=20", timeout=120)
        assert down.code == 0, down.text
        run.start()
        if case.keeps:
            run.reads(case)
        else:
            run.writes(case)
            run.reads(case)


# ---- what is looked at

DCLINT = """
rules:
  # A reader wants what a service is before how it is bounded, and the applications before what they talk to.
  service-keys-order: 0
  services-alphabetical-order: 0
  # The anchor stands where its aliases follow: after the name, as in compose's own documentation.
  top-level-properties-order: 0
  # What is built has a name, for bake, CI and a registry to know it by; its tag is theirs to choose. That every
  # image which is pulled has one is asked below.
  no-build-and-image: 0
  service-image-require-explicit-tag: 0
  # The quotes of YAML that JSON has too: every value of the file is quoted by one rule.
  require-quotes-in-ports: [1, {quoteType: double}]
"""


def dclint() -> str:
    """dclint, "" where npm is missing; in the mode of CI that is a failure."""
    version = "3.1.0"
    if not shutil.which("npm"):
        if os.environ.get("DOCKGEN_REQUIRE_BUILDS") == "1":
            pytest.fail("DOCKGEN_REQUIRE_BUILDS=1, and there is no npm to get dclint")
        return ""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / f"dockgen-dclint-{version}"
    program = folder / "node_modules/.bin/dclint"
    if not program.exists():
        words = ("npm", "install", "--no-fund", "--no-audit", f"--prefix={folder}", f"dclint@{version}")
        got = lab.command(*words, timeout=300)
        assert got.code == 0, got.last()
    return str(program)


OVERRIDE = """\
  # compose.override.yaml is read on top of compose.yaml, which names the project.
  require-project-name-field: 0
"""


def lints(folder: Path) -> None:
    """`docker compose config` and dclint report nothing: of production alone, and of the development on top of it."""
    ways = {"compose.yaml": ("--file=compose.yaml",)}
    if (folder / "compose.override.yaml").exists():
        ways["compose.override.yaml"] = ("--profile=*",)
    for name, words in ways.items():
        config = lab.docker("compose", *words, "config", "--quiet", cwd=folder)
        assert (config.code, config.text) == (0, ""), name
        services = yaml.load((folder / name).read_text(), Loose)["services"].values()
        pulled = [one["image"] for one in services if "image" in one and "build" not in one]
        assert all(re.search(r":[\w.-]*\d", image) for image in pulled), pulled
        program = dclint()
        if program:
            rules = DCLINT if name == "compose.yaml" else DCLINT + OVERRIDE
            (folder / ".dclintrc.yaml").write_text(rules)
            said = lab.command(program, "--config=.dclintrc.yaml", name, cwd=folder, timeout=60)
            assert said.code == 0 and not said.text.strip(), said.text


class Loose(yaml.SafeLoader):
    """Compose's own tags (`!override`) are of no interest here."""


Loose.add_multi_constructor("!", lambda loader, suffix, node: None)


@pytest.mark.parametrize("folder", [case.folder for case in CASES])
def test_development_lints_too(folder: str, tmp_path: Path) -> None:
    """Both files of each stack, with all profiles: debugger and tools."""
    project = prepare(folder, tmp_path, "--with", "dev")
    assert (project / "compose.override.yaml").exists()
    lints(project)


def test_dclint_reads_the_file(tmp_path: Path) -> None:
    program = dclint()
    if not program:
        pytest.skip("no npm")
    (tmp_path / "compose.yaml").write_text("services:\n  a:\n    image: nginx\n    ports: [80:80]\n")
    (tmp_path / ".dclintrc.yaml").write_text(DCLINT)
    assert lab.command(program, "--config=.dclintrc.yaml", "compose.yaml", cwd=tmp_path, timeout=60).text.strip()


def hardened(run: Up) -> None:
    """What PRACTICES.md asks of the process in its container, of the engine's own word and from within."""
    services = json.loads(run.stack.run("config", "--format=json").out)["services"]
    for name, one in run.containers().items():
        host, own = one["HostConfig"], "build" in services[name]
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert host["CapDrop"] == ["ALL"], name
        hands_over = name in ("mysql", "mariadb")  # their images start as root, and give that up by themselves
        added = [cap.removeprefix("CAP_") for cap in host["CapAdd"] or ()]
        assert added == (["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"] if hands_over else []), name
        front = name == "nginx"  # what stands in front of the application holds little
        least = 2**28 if front else 2**30
        assert host["NanoCpus"] == 1_000_000_000 and host["Memory"] >= least and 0 < host["PidsLimit"] <= 500, name
        assert host["LogConfig"] == {"Type": "local", "Config": {"max-file": "3", "max-size": "10m"}}, name
        assert one["Config"]["StopTimeout"] in (30, 60, 120), name
        assert hands_over or one["Config"]["User"] not in ("", "root", "0"), name
        for published in host["PortBindings"].values():
            assert [p["HostIp"] for p in published] == ["127.0.0.1"], name
        if own:
            assert host["Init"] is True and host["ReadonlyRootfs"] is True, name
            assert f"size={64 if front else 256}m" in host["Tmpfs"]["/tmp"], name
        else:
            assert not host["PortBindings"], name  # nothing of the data is reached from outside
            assert set(one["NetworkSettings"]["Networks"]) == {f"{run.stack.name}_data"}, name
        restarts = "no" if one["State"]["Status"] == "exited" else "unless-stopped"
        assert host["RestartPolicy"]["Name"] == restarts, name
        if one["State"]["Status"] == "running":
            status = run.stack.run("exec", "--no-TTY", name, "cat", "/proc/1/status").out
            assert re.search(r"(?m)^CapEff:\s+0+$", status), f"{name}: {status}"
            assert hands_over or re.search(r"(?m)^CapBnd:\s+0+$", status), f"{name}: {status}"
            assert re.search(r"(?m)^NoNewPrivs:\s+1$", status), name
            assert not re.search(r"(?m)^Uid:\s+0\s", status), name
        if host["ReadonlyRootfs"] and one["State"]["Status"] == "running":
            wrote = run.stack.run("exec", "--no-TTY", "--user=0", name, "sh", "-c", "echo x > /planted")
            assert wrote.code != 0, f"{name}: the root file system can be written to"
    network = json.loads(lab.docker("network", "inspect", f"{run.stack.name}_data", check=True).out)[0]
    assert network["Internal"] is True


def keeps_secrets(run: Up, folder: Path) -> None:
    """No secret in compose.yaml, in the image's configuration or history, or among its files."""
    values = {PLANTED}
    for file in (folder / ".secrets").glob("*") if (folder / ".secrets").is_dir() else ():
        if file.name == ".gitignore":
            continue
        text = file.read_text()
        values |= {m for m in re.findall(r"[A-Za-z0-9_-]{43}", text)}
    said = (folder / "compose.yaml").read_text()
    for image in run.images:
        said += lab.docker("image", "inspect", image, check=True).out + lab.history(image)
        words = [f"--regexp={value}" for value in sorted(values)]
        found = lab.docker(
            "run", "--rm", "--entrypoint=grep", image, "-rsl", "--fixed-strings", *words, "/app", "/opt", "/home", "/root", "/etc",
        )  # fmt: skip
        assert found.out == "", f"a secret lies in {found.out}"
    assert not [value for value in values if value in said]


def survives_a_restart(run: Up, case: Case) -> None:
    """`docker compose restart` of the database while it is asked: the application answers again, by itself."""
    stop = threading.Event()
    statuses: list[int] = []

    def keep_asking() -> None:
        while not stop.is_set():
            if run.base and case.read[0] == "GET":
                statuses.append(lab.http(run.base + case.read[1], timeout=5).status)
            time.sleep(0.2)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        restarted = run.stack.run("restart", case.database, timeout=120)
        assert restarted.code == 0, restarted.text
        run.reads(case, RECOVERY)
    finally:
        stop.set()
        asking.join()
    assert statuses or case.read[0] != "GET"
    settled = lab.poll(lambda: all(_well(one) for one in run.containers().values()), RECOVERY, pause=1)
    assert settled, {name: one["State"] for name, one in run.containers().items() if not _well(one)}


def _well(container: dict[str, Any]) -> bool:
    state = container["State"]
    if state["Status"] == "exited":
        return bool(state["ExitCode"] == 0)
    return bool(state["Status"] == "running" and state.get("Health", {}).get("Status", "healthy") == "healthy")
