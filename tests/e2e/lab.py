"""The container engine and dockgen as the tests see them: two command lines, with timeouts and clean-up.

Nothing here knows dockgen's inside. DOCKER_HOST comes from the environment. Every name is unique to the
process, so that several runs can share an engine; what was made is removed even when a test fails.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")
"""How the generated compose.yaml runs a container, as flags of docker run."""


class LabError(AssertionError):
    """A build, a container or a wait did not end as asked; the message carries the last lines."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended. `code` 124: it ran out of time and was stopped."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def text(self) -> str:
        """Standard output, then standard error."""
        return self.out + self.err

    def last(self, lines: int = 12) -> str:
        """The last lines that say something."""
        return "\n".join([line for line in self.text.splitlines() if line.strip()][-lines:])


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build: its title, as BuildKit prints it, and whether the cache had it."""

    title: str
    cached: bool

    @property
    def stage(self) -> str:
        """The stage's name, "" for steps of BuildKit itself."""
        found = re.match(r"\[(\S+)\s+\d+/\d+\]", self.title)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Build:
    """A finished build: `image` is its id."""

    tag: str
    image: str
    log: str
    steps: tuple[Step, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's digest and, once read, what it holds: path → bytes."""

    digest: str
    files: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of the files' content."""
        return sum(self.files.values())


def command(*words: str, timeout: float = 60, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Result:
    """Runs a command to its end; never raises for its outcome."""
    start = time.monotonic()
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            timeout=timeout,
            cwd=cwd,
            env=None if env is None else {**os.environ, **env},
            stdin=subprocess.DEVNULL,
        )
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as error:
        code, out, err = 124, error.stdout or b"", (error.stderr or b"") + f"\nno end after {timeout:.0f} s".encode()
    except FileNotFoundError:
        code, out, err = 127, b"", f"{words[0]}: not found".encode()
    return Result(code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), time.monotonic() - start)


def docker(*words: str, timeout: float = 60, cwd: Path | None = None, check: bool = False) -> Result:
    """docker WORDS; with `check`, anything but exit code 0 raises LabError."""
    result = command("docker", *words, timeout=timeout, cwd=cwd)
    if check and result.code:
        raise LabError(f"docker {' '.join(words)}: exit code {result.code}\n{result.last()}")
    return result


def available() -> bool:
    """Whether an engine answers."""
    return bool(shutil.which("docker")) and docker("version", "--format={{.Server.Version}}", timeout=20).code == 0


def has_image(name: str) -> bool:
    """Whether the engine has this image locally."""
    return docker("image", "inspect", "--format={{.Id}}", name, timeout=20).code == 0


def unique(prefix: str) -> str:
    """A name that nothing else uses, of the letters that images, containers and projects may have."""
    safe = re.sub(r"[^a-z0-9]+", "-", prefix.lower()).strip("-")[:30] or "x"
    return f"dockgen-{safe}-{uuid.uuid4().hex[:8]}"


def free_port() -> int:
    """A TCP port of this machine that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


# ---- dockgen

ROOT = Path(__file__).resolve().parents[2]


def dockgen(*words: str, timeout: float = 60, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Result:
    """python -m dockgen WORDS, from this checkout, with the interpreter of the tests."""
    path = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", **(env or {})}
    return command(sys.executable, "-m", "dockgen", *words, timeout=timeout, cwd=cwd, env=path)


def init(folder: Path, *flags: str) -> Result:
    """dockgen init as the lab needs it: no question, no `# syntax` line (that asks a registry)."""
    return dockgen("init", str(folder), "--yes", "--no-syntax-line", *flags)


def explained(folder: Path) -> dict[str, Any]:
    """What `dockgen explain --json` prints. Raises LabError."""
    result = dockgen("explain", str(folder), "--json", "--no-syntax-line")
    if result.code:
        raise LabError(f"dockgen explain: exit code {result.code}\n{result.last()}")
    record = json.loads(result.out)
    assert isinstance(record, dict)
    return record


def missing_images(dockerfile: str) -> tuple[str, ...]:
    """Images that this Dockerfile starts from and this engine has not."""
    arguments: dict[str, str] = dict(re.findall(r"(?m)^ARG (\w+)=(\S+)$", dockerfile))
    stages = set(re.findall(r"(?mi)^FROM .* AS (\S+)", dockerfile)) | {"scratch"}
    named = re.findall(r"(?mi)^FROM (?:--\S+ )*(\S+)", dockerfile)
    named += re.findall(r"--from=([^\s,]+)", dockerfile) + re.findall(r"mount=\S*?\bfrom=([^\s,]+)", dockerfile)
    missing = []
    for name in dict.fromkeys(named):
        for key, value in arguments.items():
            name = name.replace("${" + key + "}", value).replace("$" + key, value)
        if name not in stages and not name.isdigit() and not has_image(name):
            missing.append(name)
    return tuple(missing)


# ---- build


def build(
    folder: Path, tag: str, *, target: str | None = None, timeout: float = 900, arguments: Sequence[str] = ()
) -> Build:
    """Builds a folder. Raises LabError with the end of the log."""
    words = ["build", "--progress=plain", f"--tag={tag}", *arguments]
    if target:
        words.append(f"--target={target}")
    result = docker(*words, str(folder), timeout=timeout)
    if result.code:
        raise LabError(f"the build of {folder.name} failed\n{result.last(25)}")
    image = docker("image", "inspect", "--format={{.Id}}", tag, check=True).out.strip()
    return Build(tag, image, result.text, tuple(steps(result.text)), result.seconds)


def steps(log: str) -> Iterator[Step]:
    """The steps of a plain build log, in the order of their appearance."""
    titles: dict[str, str] = {}
    cached: set[str] = set()
    for line in log.splitlines():
        found = re.match(r"#(\d+) (.*)", line)
        if not found:
            continue
        number, text = found[1], found[2]
        if number not in titles and text.startswith("["):
            titles[number] = text
        elif text == "CACHED":
            cached.add(number)
    for number, title in titles.items():
        yield Step(title, number in cached)


def set_apart(dockerfile: str) -> str:
    """The Dockerfile with copies between stages that no other build has made, by an --exclude of a name that is nowhere.

    BuildKit knows such a copy by its content without times. Where the same content lies there twice (a build with
    --no-cache beside this one), of two builds each may get the other layer, and both say CACHED."""
    return re.sub(r"(?m)^COPY (?=.*--from=)", f"COPY --exclude={uuid.uuid4().hex} ", dockerfile)


def layer_digests(image: str) -> tuple[str, ...]:
    """The image's layers from the base up, by the digest of their uncompressed content."""
    return tuple(json.loads(docker("image", "inspect", "--format={{json .RootFS.Layers}}", image, check=True).out))


def layers(image: str, only: Sequence[str] | None = None) -> tuple[Layer, ...]:
    """The layers with their files, read from `docker save`; `only` names the digests to read."""
    digests = layer_digests(image)
    wanted = set(digests if only is None else only)
    with tempfile.TemporaryFile() as saved:
        process = subprocess.run(["docker", "save", image], stdout=saved, stderr=subprocess.PIPE, timeout=300)
        if process.returncode:
            raise LabError(f"docker save {image}: {process.stderr.decode(errors='replace')}")
        saved.seek(0)
        with tarfile.open(fileobj=saved) as tar:
            listing = tar.extractfile("manifest.json")
            assert listing is not None
            names = json.load(listing)[0]["Layers"]
            return tuple(
                Layer(digest, _files(tar, name) if digest in wanted else {})
                for digest, name in zip(digests, names, strict=True)
            )


def _files(tar: tarfile.TarFile, name: str) -> dict[str, int]:
    content = tar.extractfile(name)
    assert content is not None
    with tarfile.open(fileobj=content) as layer:
        return {member.name: member.size for member in layer if member.isfile()}


def changed_layers(before: str, after: str) -> tuple[Layer, ...]:
    """The layers of `after` that `before` has not, with their files."""
    known = set(layer_digests(before))
    new = [digest for digest in layer_digests(after) if digest not in known]
    return tuple(layer for layer in layers(after, new) if layer.digest in new) if new else ()


def history(image: str) -> str:
    """Every instruction the image was made by, in full."""
    return docker("history", "--no-trunc", "--format={{.CreatedBy}}", image, check=True).out


def size(image: str) -> int:
    """Bytes of the image."""
    return int(docker("image", "inspect", "--format={{.Size}}", image, check=True).out)


# ---- run


@dataclass(frozen=True, slots=True)
class Container:
    """A started container."""

    name: str

    def _inspect(self, form: str) -> str:
        return docker("inspect", f"--format={form}", self.name, check=True).out.strip()

    @property
    def state(self) -> str:
        """created | running | exited | dead ..."""
        return self._inspect("{{.State.Status}}")

    @property
    def health(self) -> str:
        """starting | healthy | unhealthy, "" where the image has no health check."""
        return self._inspect("{{if .State.Health}}{{.State.Health.Status}}{{end}}")

    @property
    def exit_code(self) -> int:
        """The exit code (meaningful once it has exited)."""
        return int(self._inspect("{{.State.ExitCode}}"))

    def logs(self) -> Result:
        """What it has printed so far."""
        return docker("logs", self.name)

    def port(self, inside: int) -> int:
        """The port of this machine that a published port of the container got."""
        answer = docker("port", self.name, str(inside), check=True).out
        return int(answer.splitlines()[0].rsplit(":", 1)[1])

    def execute(self, *words: str, timeout: float = 30) -> Result:
        """docker exec."""
        return docker("exec", self.name, *words, timeout=timeout)

    def identity(self) -> str:
        """The user as the image configures it: uid[:gid] or a name."""
        return self._inspect("{{.Config.User}}")

    def uid(self) -> int:
        """The user id that a process in the container really has."""
        return int(self.execute("id", "-u").out.strip() or -1)

    def stop(self, grace: int = 10) -> tuple[float, int]:
        """Sends the stop signal; seconds until the end, and the exit code."""
        start = time.monotonic()
        docker("stop", f"--time={grace}", self.name, timeout=grace + 20, check=True)
        return time.monotonic() - start, self.exit_code

    def wait(self, timeout: float = 60) -> int:
        """Waits for its end; the exit code. Raises LabError when it does not end."""
        result = docker("wait", self.name, timeout=timeout)
        if result.code:
            raise LabError(f"no end after {timeout:.0f} s; it printed:\n{self.logs().last()}")
        return int(result.out.strip())

    def wait_healthy(self, timeout: float = 60) -> float:
        """Seconds until the health check passes. Raises LabError with the log when it does not."""
        start = time.monotonic()

        def done() -> bool:
            if self.state != "running":
                raise LabError(f"ended with exit code {self.exit_code}; it printed:\n{self.logs().last()}")
            if self.health == "":
                raise LabError("the image has no health check")
            return self.health == "healthy"

        if not poll(done, timeout):
            raise LabError(f"not healthy ({self.health}) after {timeout:.0f} s; it printed:\n{self.logs().last()}")
        return time.monotonic() - start

    def wait_output(self, expected: str, timeout: float = 60) -> str:
        """What it printed, once that holds `expected`. Raises LabError with what it printed instead."""

        def done() -> bool:
            ended = self.state != "running"  # asked first: all output is there when it has ended
            return expected in self.logs().text or ended

        poll(done, timeout)
        text = self.logs().text
        if expected not in text:
            raise LabError(f"did not print {expected!r} but:\n{self.logs().last()}")
        return text


def poll(done: Callable[[], bool], timeout: float, pause: float = 0.3) -> bool:
    """Asks until it is done or the time is over."""
    end = time.monotonic() + timeout
    while True:
        if done():
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(pause)


@contextmanager
def running(
    image: str,
    *words: str,
    env: Mapping[str, str] | None = None,
    publish: int | None = None,
    network: str | None = None,
    hardened: bool = True,
    arguments: Sequence[str] = (),
) -> Iterator[Container]:
    """A container of this image while the block runs; `publish` opens a port on 127.0.0.1."""
    name = unique(image)
    flags = ["run", "--detach", f"--name={name}", "--pull=never"]
    flags += HARDENED if hardened else ()
    flags += [f"--env={key}={value}" for key, value in (env or {}).items()]
    if publish:
        flags.append(f"--publish=127.0.0.1:0:{publish}")
    if network:
        flags.append(f"--network={network}")
    try:
        docker(*flags, *arguments, image, *words, timeout=60, check=True)
        yield Container(name)
    finally:
        docker("rm", "--force", "--volumes", name, timeout=60)


@contextmanager
def private_network(prefix: str = "net") -> Iterator[str]:
    """A network of its own while the block runs."""
    name = unique(prefix)
    docker("network", "create", name, check=True)
    try:
        yield name
    finally:
        docker("network", "rm", name)


def remove_image(*names: str) -> None:
    """Takes the tags away; the build cache stays."""
    if names:
        docker("image", "rm", "--force", *names, timeout=120)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `status` 0 when there was none, `body` then says why."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def http(url: str, *, timeout: float = 10, data: bytes | None = None, method: str | None = None,
         headers: Mapping[str, str] | None = None, follow: bool = True) -> Answer:  # fmt: skip
    """One request, straight (no proxy of this machine is asked)."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if not follow:
        handlers.append(_NoRedirect())
    request = urllib.request.Request(url, data=data, method=method, headers=dict(headers or {}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as answer:
            return Answer(answer.status, answer.read(5_000_000).decode("utf-8", "replace"), dict(answer.headers))
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read(5_000_000).decode("utf-8", "replace"), dict(error.headers))
    except (OSError, ValueError, urllib.error.URLError) as error:
        return Answer(0, f"{type(error).__name__}: {error}")
    except Exception as error:  # http.client's own, for an answer that is no HTTP
        return Answer(0, f"{type(error).__name__}: {error}")


def http_until(url: str, accept: Callable[[Answer], bool], timeout: float = 30) -> Answer:
    """Asks until the answer is accepted; the last answer when it never is."""
    last = Answer(0, "not asked")

    def done() -> bool:
        nonlocal last
        last = http(url)
        return accept(last)

    poll(done, timeout)
    return last


# ---- compose


@dataclass(frozen=True, slots=True)
class Stack:
    """A compose project of a unique name in a folder."""

    folder: Path
    name: str
    files: tuple[Path, ...] = ()

    def run(self, *words: str, timeout: float = 120) -> Result:
        """docker compose WORDS."""
        flags = [f"--file={file}" for file in self.files]
        return docker(
            "compose", f"--project-name={self.name}", f"--project-directory={self.folder}", "--progress=plain",
            *flags, *words, timeout=timeout, cwd=self.folder,
        )  # fmt: skip

    def logs(self, lines: int = 15) -> str:
        """The last lines of every container."""
        return self.run("logs", "--no-color", f"--tail={lines}").text


@contextmanager
def stack(folder: Path, override: Mapping[str, object] | None = None) -> Iterator[Stack]:
    """A compose project while the block runs, with an override file written beside (as JSON, which is YAML).

    Everything it made (containers, volumes, networks, images it built) is removed at the end.
    """
    name = unique(folder.name)
    with tempfile.TemporaryDirectory() as temporary:
        files = [folder / "compose.yaml"]
        if override:
            extra = Path(temporary) / "override.yaml"
            extra.write_text(override_text(override))
            files.append(extra)
        project = Stack(folder, name, tuple(files))
        try:
            yield project
        finally:
            project.run("--profile=*", "down", "--volumes", "--remove-orphans", "--timeout=3", timeout=180)


class Replace(list[object]):
    """A list that replaces the one of the first file instead of being added to it (compose's !override)."""


def remapped(
    compose: Path, image: str, environment: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], dict[int, int]]:
    """An override for a compose.yaml: every published port on a free one, the built image under a name of its own.

    `environment` is given to every service that is built. Returns the override and {container port: port here}.
    """
    import yaml

    services = yaml.safe_load(compose.read_text("utf-8"))["services"]
    override: dict[str, Any] = {}
    ports: dict[int, int] = {}
    for name, service in services.items():
        changes: dict[str, Any] = {}
        if "build" in service and isinstance(service["build"], dict) and "target" in service["build"]:
            changes["image"] = f"{image}-{name}"  # another image of the same Dockerfile: built when the stack starts
        elif "build" in service:
            changes["image"] = image
            if environment:
                changes["environment"] = dict(environment)
        if service.get("ports"):
            inside = [
                int(str(p["target"] if isinstance(p, dict) else p).split("/")[0].rsplit(":", 1)[-1])
                for p in service["ports"]
            ]
            ports.update({port: free_port() for port in inside})
            changes["ports"] = Replace(f"127.0.0.1:{ports[port]}:{port}" for port in inside)
        if changes:
            override[name] = changes
    return {"services": override}, ports


def override_text(value: object, indent: int = 0) -> str:
    """YAML of plain mappings, JSON for all else."""
    lines = []
    pad = "  " * indent
    assert isinstance(value, Mapping)
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            lines.append(f"{pad}{json.dumps(key)}:\n{override_text(inner, indent + 1)}")
        elif isinstance(inner, Replace):
            lines.append(f"{pad}{json.dumps(key)}: !override {json.dumps(inner)}\n")
        else:
            lines.append(f"{pad}{json.dumps(key)}: {json.dumps(inner)}\n")
    return "".join(lines)


def copy_tree(source: Path, target: Path, ignore: Sequence[str] = ()) -> None:
    """Copies a project (links as links), leaving out names of this list at the top."""

    def skip(folder: str, names: list[str]) -> set[str]:
        left_out = {".git", "__pycache__", ".venv"} & set(names)
        return left_out | (set(ignore) & set(names) if Path(folder) == source else set())

    shutil.copytree(source, target, symlinks=True, ignore=skip)
    for path in (target, *target.rglob("*")):  # a corpus may be checked out read-only
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o700 if path.is_dir() else 0o600))
