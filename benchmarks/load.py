"""Load on small containers: generated images of a Flask and a FastAPI project, with half a CPU and 256 MB.

Usage: .venv/bin/python benchmarks/load.py [--seconds 60] [PROJECT ...]     (needs a Docker engine, and wrk from Debian)

A project is a folder of tests/projects. Each is loaded by wrk without pause, then by clients that open a connection
a request, and stopped by SIGTERM under these. "lost" counts requests that the server's log has and that no client got
the answer of. "reset" counts connections that the kernel had queued and the server never took, when it closed its socket.
"""

from __future__ import annotations

import argparse
import http.client
import re
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e import lab  # noqa: E402 - the checkout's own helpers

LIMITS = ("--cpus=0.5", "--memory=256m", "--memory-swap=256m")
PROJECTS = {"flask-pip": 8000, "fastapi-hatch": 8000}
"""Projects and the port that each listens on."""


@dataclass(frozen=True)
class Load:
    """What came of a load: `failed` counts refused, cut and wrong answers; latencies as wrk prints them."""

    requests: int
    failed: int
    rate: float
    p50: str
    p99: str


@dataclass(frozen=True)
class Stop:
    """What came of SIGTERM under load, in requests. `refused` and `reset` ones were never accepted."""

    answered: int
    refused: int
    reset: int
    lost: int
    seconds: float
    exit_code: int


def wrk(port: int, seconds: int, connections: int = 16) -> Load:
    """wrk against a port of this machine."""
    url = f"http://127.0.0.1:{port}/"
    done = lab.command("wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", url, timeout=seconds + 30)
    if done.code:
        raise lab.LabError(done.text)
    numbers = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.out)
    failed = sum(map(int, numbers.groups())) if numbers else 0
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", done.out)
    found = {
        name: re.search(pattern, done.out)
        for name, pattern in {"requests": r"(\d+) requests in", "rate": r"Requests/sec:\s+(\S+)", "p50": r"(?m)^\s+50%\s+(\S+)",
                              "p99": r"(?m)^\s+99%\s+(\S+)"}.items()
    }  # fmt: skip
    text = {name: match[1] if match else "0" for name, match in found.items()}
    failed += int(wrong[1]) if wrong else 0
    return Load(int(text["requests"]), failed, float(text["rate"]), text["p50"], text["p99"])


def clients(host: str, port: int, seconds: float, number: int = 16) -> Counter[str]:
    """Clients that each ask again and again, with a new connection a request: answered, wrong, refused, cut."""
    counts: Counter[str] = Counter()
    lock = threading.Lock()
    end = time.monotonic() + seconds

    def ask() -> None:
        while time.monotonic() < end:
            outcome = _ask(host, port)
            with lock:
                counts[outcome] += 1
            if outcome == "refused":
                time.sleep(0.05)

    threads = [threading.Thread(target=ask) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def _ask(host: str, port: int) -> str:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.connect()
    except OSError:
        return "refused"
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        return "answered" if answer.status == 200 else "wrong"
    except (OSError, http.client.HTTPException):
        return "cut"
    finally:
        connection.close()


def stop_under_load(container: lab.Container, port: int, after: float = 4) -> Stop:
    """SIGTERM while the clients ask. They ask the container's own address: the proxy of a published port accepts
    connections that the server never sees."""
    host = lab.docker("inspect", "--format={{.NetworkSettings.IPAddress}}", container.name, check=True).out.strip()
    counts: Counter[str] = Counter()
    before = _logged(container)
    loading = threading.Thread(target=lambda: counts.update(clients(host, port, after + 4)))
    loading.start()
    time.sleep(after)
    seconds, code = container.stop(30)
    loading.join()
    accepted = _logged(container) - before
    lost = max(0, accepted - counts["answered"]) + counts["wrong"]
    return Stop(counts["answered"], counts["refused"], max(0, counts["cut"] - lost), lost, seconds, code)


def _logged(container: lab.Container) -> int:
    """Requests for / in the access log, as gunicorn's JSON and uvicorn's lines have them."""
    return len(re.findall(r'"path": "/",|"GET / HTTP', container.logs().text))


def restarts(container: lab.Container) -> str:
    """Why the load was too much for it, "" where it was not: restarts, memory, a process that is gone."""
    form = "{{.RestartCount}} {{.State.OOMKilled}} {{.State.Status}}"
    state = lab.docker("inspect", f"--format={form}", container.name, check=True).out.strip()
    return "" if state == "0 false running" else state


def memory(container: lab.Container) -> str:
    """What the container uses now, as the engine counts it."""
    return lab.docker("stats", "--no-stream", "--format={{.MemUsage}}", container.name).out.split(" / ")[0].strip()


def measure(project: str, seconds: int) -> tuple[Load, Stop, str, str]:
    """(load, stop, why it failed, memory) of one project, built from what dockgen writes."""
    tag = lab.unique(f"load-{project}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / project
        shutil.copytree(ROOT / "tests" / "projects" / project, copy)
        made = lab.init(copy)
        if made.code:
            raise lab.LabError(made.text)
        lab.build(copy, tag)
    try:
        port = PROJECTS[project]
        with lab.running(tag, publish=port, arguments=LIMITS) as container:
            container.wait_healthy(120)
            load = wrk(container.port(port), seconds)
            why, used = restarts(container), memory(container)
            return load, stop_under_load(container, port), why, used
    finally:
        lab.remove_image(tag)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", nargs="*", default=list(PROJECTS), metavar="PROJECT")
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    bad = 0
    for project in arguments.projects:
        load, stop, why, used = measure(project, arguments.seconds)
        print(
            f"{project}: {load.requests} requests in {arguments.seconds} s ({load.rate:.0f}/s), {load.failed} failed, "
            f"p50 {load.p50}, p99 {load.p99}, {used}, {why or 'no restart'}"
        )
        print(
            f"  SIGTERM under load: ended after {stop.seconds:.1f} s with exit code {stop.exit_code}; "
            f"{stop.answered} answered, {stop.lost} lost, {stop.reset} reset and {stop.refused} refused before they were accepted"
        )
        bad += load.failed + stop.lost + bool(why) + (stop.exit_code not in (0, 143))
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
