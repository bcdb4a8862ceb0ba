"""Run folders of railpack's form: each carries a test.json with the output or HTTP answer of a real build.

    python tests/e2e/run_examples.py DIR [DIR ...]

A folder is copied, `dockgen init --yes --no-syntax-line` writes its files, the image is built and run
beside the services of the folder's docker-compose.yml. An exact patch release of Python in an expected
text is compared by its minor version: images move with patch releases. Exit 1 when a case failed.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any


def run(*words: str, cwd: Path | None = None, timeout: int = 900) -> subprocess.CompletedProcess[str]:
    """A command with its output as text; standard error joins standard output."""
    try:
        return subprocess.run(
            words, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        out = error.stdout or b""
        return subprocess.CompletedProcess(
            words, 124, out.decode("utf-8", "replace") if isinstance(out, bytes) else out
        )


def relaxed_json(text: str) -> Any:
    """JSON with // comments and trailing commas, as the examples write it."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", text))


def minor(text: str) -> str:
    """ "Python version: 3.11.11" as "Python version: 3.11."."""
    return re.sub(r"((?:Python version: |Python )3\.\d+\.)\d+", r"\1", text)


def example(folder: Path, keep: bool) -> tuple[str, str]:
    """(result, cause) of one folder."""
    name = "ex" + uuid.uuid4().hex[:8]
    copy = Path(tempfile.mkdtemp()) / re.sub(r"[^a-z0-9-]", "-", folder.name.lower())
    shutil.copytree(folder, copy)
    cases = relaxed_json((copy / "test.json").read_text())
    services = copy / "docker-compose.yml"
    if services.exists():
        shutil.move(services, copy.parent / "services.yml")
    (copy / "test.json").unlink()
    try:
        made = run(sys.executable, "-m", "dockgen", "init", str(copy), "--yes", "--no-syntax-line")
        if made.returncode:
            return f"exit {made.returncode}", made.stdout.strip()[-400:]
        version = re.search(r"^ARG PYTHON_VERSION=(\S+)", (copy / "Dockerfile").read_text(), re.MULTILINE)
        if version and run("docker", "image", "inspect", f"python:{version.group(1)}-slim").returncode:
            return "not runnable here", f"no image of Python {version.group(1)}"
        built = run("docker", "build", "--tag", name, str(copy))
        if built.returncode:
            return "build failed", built.stdout.strip()[-800:]
        run("docker", "network", "create", name)
        stack = copy.parent / "services.yml"
        if stack.exists():
            text = stack.read_text() + f"\nnetworks: {{default: {{name: {name}, external: true}}}}\n"
            stack.write_text(text)
            up = run("docker", "compose", "-p", name, "-f", str(stack), "up", "--wait", "--detach")
            if up.returncode:
                return "services failed", up.stdout[-400:]
        for number, case in enumerate(cases):
            if case.get("platform"):
                continue
            cause = one(name, f"{name}-{number}", case)
            if cause:
                return "failed", cause
        return "passed", ""
    finally:
        if not keep:
            ids = run("docker", "ps", "-aq", "--filter", f"network={name}").stdout.split()
            if ids:
                run("docker", "rm", "-fv", *ids)
            run("docker", "network", "rm", name)
            run("docker", "rmi", "-f", name)
            shutil.rmtree(copy.parent, ignore_errors=True)


def one(image: str, container: str, case: dict[str, Any]) -> str:
    """ "" when the case holds, else why not."""
    check = case.get("httpCheck")
    variables = {**case.get("envs", {})}
    words = [word for key, value in variables.items() for word in ("--env", f"{key}={value}")]
    run("docker", "run", "--detach", "--name", container, "--network", image, "--publish-all", *words, image)
    expected = case.get("expectedOutput", [])
    expected = [expected] if isinstance(expected, str) else expected
    end = time.monotonic() + 60
    answer = ""
    while time.monotonic() < end:
        logs = run("docker", "logs", container).stdout
        done = all(minor(text) in minor(logs) for text in expected)
        if check:
            answer = get(container, check)
            done = done and answer == ""
        if done:
            return ""
        state = run("docker", "inspect", "--format", "{{.State.Running}}", container).stdout.strip()
        if state != "true":
            logs = run("docker", "logs", container).stdout
            if not check and all(minor(text) in minor(logs) for text in expected):
                return ""
            return f"ended; expected {expected or check}, saw: {logs.strip()[-600:]}"
        time.sleep(0.3)
    return f"{answer} expected {expected}; logs: {run('docker', 'logs', container).stdout.strip()[-600:]}"


def get(container: str, check: dict[str, Any]) -> str:
    """ "" when the route answers as expected, else what it did."""
    mapped = run("docker", "port", container).stdout
    match = re.search(r"-> 0\.0\.0\.0:(\d+)", mapped)
    if not match:
        return "no port is exposed"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{match.group(1)}{check['path']}", timeout=5) as response:
            status, body = response.status, response.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read().decode("utf-8", "replace")
    except OSError as error:
        return str(error)
    if status != check["expected"]:
        return f"status {status}: {body[:200]}"
    wanted = check.get("expectedOutput", "")
    return "" if wanted in body else f"body lacks {wanted!r}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="an example, or a folder of examples")
    parser.add_argument("--keep", action="store_true", help="keep containers, images and copies")
    arguments = parser.parse_args()
    folders = [f for d in arguments.folders for f in ([d] if (d / "test.json").exists() else sorted(d.iterdir()))]
    results: dict[str, int] = {}
    for folder in folders:
        if not (folder / "test.json").exists():
            continue
        start = time.monotonic()
        result, cause = example(folder, arguments.keep)
        results[result] = results.get(result, 0) + 1
        print(f"{folder.name:40} {result:18} {time.monotonic() - start:6.1f} s  {cause}", flush=True)
    print(", ".join(f"{count} {result}" for result, count in sorted(results.items())))
    return 1 if set(results) - {"passed", "not runnable here"} else 0


if __name__ == "__main__":
    sys.exit(main())
