"""Images: what dockgen writes beside what a person writes first, what the project ships, and the limit.

Usage: .venv/bin/python benchmarks/images.py [--trees DIR] [--only NAME] [--once] [--json FILE]     (needs a Docker engine)

Each project is copied and built several ways in one run, and a table in Markdown is printed:

- ours: `dockgen init --yes`;
- naive: one stage, `FROM python:X`, `COPY . .`, pip install (uv, where it has a lock file of uv's), the same command.
  A machine without the official image gets a stand-in for its packages (`--full`, see FULL);
- own: the project's Dockerfile, where it has one whose images are here. Where it names a Python that is not, SAME
  says which one is taken in its place;
- limit: what the image cannot be smaller than: its base, the files of the distributions that the project requires
  (with their bytecode), the Debian packages that they want at run time, and the project's files of the build context.

Sizes are bytes of the layers' content. A cold build has no layer and no cache mount. The edit appends a line to the
module that runs; the new dependency is `six` (no dependency of its own). "changed" counts the bytes of files in layers
that the image before the edit has not. A start is from `docker run` to the first answer below 500; memory is the
engine's figure after 20 requests more. DIR holds real repositories by their id in the tables of tests/e2e.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import expectations  # noqa: E402 - the checkout's own helpers
from tests.e2e import lab  # noqa: E402

FULL = (
    "ca-certificates curl gnupg netbase sq wget tzdata git mercurial openssh-client subversion procps autoconf automake "
    "bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick libbz2-dev libc6-dev libcurl4-openssl-dev "
    "libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev libjpeg-dev libkrb5-dev liblzma-dev "
    "libmagickcore-dev libmagickwand-dev libmaxminddb-dev libncurses5-dev libncursesw5-dev libpng-dev libpq-dev "
    "libreadline-dev libsqlite3-dev libssl-dev libtool libwebp-dev libxml2-dev libxslt-dev libyaml-dev make patch unzip "
    "xz-utils zlib1g-dev libbluetooth-dev tk-dev uuid-dev"
)
"""Debian packages of the official python:X above python:X-slim (buildpack-deps' and python's own Dockerfiles)."""

ALLOWANCE = 64_000
"""Bytes above the project's own files that an edit may add in layers (issue 4)."""

REQUEST_COUNT = 20


@dataclass(frozen=True)
class Case:
    """A project. `tree`: its id among the fetched ones, "" for one of tests/projects. `own`: its own Dockerfile."""

    name: str
    tree: str = ""
    own: str = ""
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    own_port: int = 0


CASES = (
    Case("flask-pip"),
    Case("fastapi-uv"),
    Case("heroku-getting-started", "heroku-getting-started"),
    Case("lithium", "lithium", "Dockerfile"),
    Case("uv-docker-example", "uv-docker-example", "Dockerfile"),
    Case(
        "mozilla-jbi",
        "mozilla-jbi",
        "Dockerfile",
        path="/__lbheartbeat__",
        environment=dict.fromkeys(("BUGZILLA_API_KEY", "JBI_API_KEY", "JIRA_API_KEY", "JIRA_USERNAME"), "x")
        | {"DL_QUEUE_DSN": "file:///tmp/queue"},
    ),
    Case("render-fastapi", "render-fastapi"),
    Case("gcp-sample-python", "gcp-sample-python"),
    Case("aiohttp-chat", "aiohttp-chat"),
    Case("nba-dash", "nba-dash", "dockerfile"),
    Case("whoogle", "whoogle", "Dockerfile"),
    Case("flask-pipenv"),
    Case("pillow-lxml-opencv-pip"),
    Case("streamlit-hello", "streamlit-hello"),
)


@dataclass
class Figures:
    """What one image came to; None where it was not measured. Bytes and seconds."""

    size: int | None = None
    cold: float | None = None
    edit: float | None = None
    dependency: float | None = None
    changed: int | None = None
    start: float | None = None
    memory: str = ""
    note: str = ""


@dataclass
class Row:
    """A project's figures. `own_files`: bytes of the project's files in the build context."""

    name: str
    limit: int = 0
    own_files: int = 0
    images: dict[str, Figures] = field(default_factory=dict)


# ---- the ways


def naive(record: Mapping[str, Any], project: Path, server: str, full: str) -> str:
    """The Dockerfile that a person writes first, with the same command (and the server that it needs)."""
    manager = record["facts"]["package_manager"]["value"]
    requirements = [name for name in ("requirements.txt", "requirements/base.txt") if (project / name).exists()]
    lock = (record["facts"].get("lock_file") or {}).get("value") or ""
    if manager == "uv" and lock == "uv.lock":
        install = "pip install uv && uv sync --frozen --no-dev && .venv/bin/python -V"
        path = 'ENV PATH="/app/.venv/bin:$PATH"\n'
    elif manager == "pipenv":
        install, path = "pip install pipenv && pipenv requirements > /tmp/r.txt && pip install -r /tmp/r.txt", ""
    elif requirements:
        install, path = f"pip install -r {requirements[0]}", ""
    else:
        install, path = "pip install .", ""
    extra = (f"RUN uv pip install {server}\n" if path else f"RUN pip install {server}\n") if server else ""
    command = json.dumps(record["plan"]["processes"][0]["command"])
    return f"FROM {full}\nWORKDIR /app\nCOPY . .\nRUN {install}\n{path}{extra}CMD {command}\n"


def stood_in(dockerfile: str) -> tuple[dict[str, str], str]:
    """Images that the Dockerfile names and this engine has not, with the one taken instead; "" when one has none."""
    taken: dict[str, str] = {}
    for name in lab.missing_images(dockerfile):
        found = re.search(r"python:?(\d\.\d+)", name)
        debian = "alpine" not in name and found is not None
        if not debian or found is None:
            return {}, name
        near = found[1] if lab.has_image(f"python:{found[1]}-slim") else "3.13"
        taken[name] = f"{'uv-' if 'uv:' in name else ''}python:{near}-slim"
    return taken, ""


def with_uv(version: str) -> str:
    """A stand-in for uv's image with Python: the slim image and uv's program."""
    name = f"dockgen-bench-uv-{version}"
    text = f"FROM {version}\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /uvx /usr/local/bin/\n"
    return local(name, text)


def local(tag: str, text: str) -> str:
    """An image of this Dockerfile, built where it is not there yet."""
    if not lab.has_image(tag):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "Dockerfile").write_text(text)
            lab.build(Path(folder), tag, timeout=1800)
    return tag


def full_image(version: str) -> str:
    """A stand-in for the official python:VERSION, which has a compiler and headers above the slim one."""
    install = (
        "--mount=type=cache,target=/var/cache/apt,sharing=locked rm -f /etc/apt/apt.conf.d/docker-clean "
        f"&& apt-get update && apt-get -o Acquire::Retries=9 install -y --no-install-recommends {FULL} "
        "&& rm -rf /var/lib/apt/lists/*"
    )
    return local(f"dockgen-bench-python:{version}", f"FROM python:{version}-slim\nRUN {install}\n")


# ---- measuring


def cold(text: str, run: str) -> str:
    """The Dockerfile with cache mounts that nobody else has used, and steps that nobody has run: an argument is part of
    what a command is known by (a cache mount's id is not), an exclusion of what a copy is."""
    text = re.sub(r"type=cache,target=([^\s,]+)", rf"type=cache,id={run}-\1,target=\1", text)
    return lab.set_apart(re.sub(r"(?mi)^(FROM .*)$", rf"\1\nARG DOCKGEN_BENCHMARK={run}", text))


ATTEMPTS = 3
"""How often an edit is tried on an engine that throws its cache away meanwhile."""


def build(folder: Path, dockerfile: str, tag: str, arguments: Sequence[str]) -> lab.Build:
    return lab.build(folder, tag, timeout=1800, arguments=(f"--file={folder / dockerfile}", *arguments))


def build_all(
    folder: Path, dockerfile: str, tag: str, edited: Path, arguments: Sequence[str], once: bool = False
) -> Figures:
    """Cold, and without `once` after an edit (taken back) and after one dependency more (taken back)."""
    figures = Figures()
    figures.cold = build(folder, dockerfile, tag, ("--no-cache", *arguments)).seconds
    figures.size = lab.size(tag)
    if once:
        return figures
    text = edited.read_text("utf-8")
    try:
        for attempt in range(ATTEMPTS):
            edited.write_text(f"{text}\n# edited {attempt}\n", "utf-8")
            after = build(folder, dockerfile, f"{tag}:edit", arguments)
            figures.edit = after.seconds
            figures.changed = sum(layer.size for layer in lab.changed_layers(tag, f"{tag}:edit"))
            if dockerfile != "Dockerfile" or all(step.cached for step in after.steps if step.stage == "dependencies"):
                break
            print(f"  {folder.name}: the engine has lost a step of the build before", file=sys.stderr)
            edited.write_text(text, "utf-8")
            build(folder, dockerfile, tag, arguments)
    finally:
        edited.write_text(text, "utf-8")
    undo = one_more(folder)
    if undo is not None:
        try:
            figures.dependency = build(folder, dockerfile, f"{tag}:dependency", arguments).seconds
        finally:
            undo()
    return figures


def one_more(folder: Path) -> Any:
    """Adds a dependency to the manifest (and its lock file); what takes it back, None where that cannot be done here."""
    lock, requirements = folder / "uv.lock", folder / "requirements.txt"
    if lock.exists():
        texts = {path: path.read_bytes() for path in (lock, folder / "pyproject.toml")}
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        done = lab.command(uv or "uv", "add", "--no-sync", "six", cwd=folder, timeout=120)
        if done.code:
            print(f"  uv add: {done.last(2)}", file=sys.stderr)
            return None
    elif requirements.exists() and "--hash" not in requirements.read_text("utf-8"):
        texts = {requirements: requirements.read_bytes()}
        requirements.write_text(requirements.read_text("utf-8").rstrip() + "\nsix==1.17.0\n", "utf-8")
    else:
        return None

    def undo() -> None:
        for path, data in texts.items():
            path.write_bytes(data)

    return undo


INSTALLED = r"""
import importlib.metadata as metadata, json, os, re
found = {}
for d in metadata.distributions():
    name = re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower()
    size, seen = 0, set()
    for file in d.files or ():
        path = os.path.realpath(d.locate_file(file))
        both = [path]
        if path.endswith(".py"):
            folder, base = os.path.split(path)
            cached = os.path.join(folder, "__pycache__")
            tag = "." + __import__("sys").implementation.cache_tag + ".pyc"
            both.append(os.path.join(cached, base[:-3] + tag))
        for one in both:
            if one not in seen and os.path.isfile(one):
                seen.add(one)
                size += os.path.getsize(one)
    required = [re.match(r"[A-Za-z0-9._-]+", r)[0] for r in d.requires or () if "extra ==" not in r]
    where = str(d.locate_file(""))
    found[name] = [d.version, size, [re.sub(r"[-_.]+", "-", r).lower() for r in required], where]
print(json.dumps(found))
"""


def installed(tag: str) -> dict[str, list[Any]]:
    """The distributions that the image's Python sees: name → version, bytes, names it requires, folder."""
    done = lab.docker("run", "--rm", "--entrypoint=python", tag, "-c", INSTALLED, timeout=120, check=True)
    found = json.loads(done.out)
    assert isinstance(found, dict)
    return found


def debian(tag: str) -> dict[str, int]:
    """Debian packages of the image, and the bytes that each says it takes."""
    form = "-f=${Package} ${Installed-Size}\n"
    done = lab.docker("run", "--rm", "--entrypoint=dpkg-query", tag, "-W", form, timeout=60)
    return {name: int(size or 0) * 1024 for name, _, size in (line.partition(" ") for line in done.out.splitlines())}


TOOLS = frozenset({"pip", "setuptools", "wheel", "uv"})


def limit(tag: str, base: str, own_files: int) -> int:
    """The bytes that the image needs."""
    found = installed(tag)
    wanted = {name for _, _, requires, _ in found.values() for name in requires}
    of_base = "/usr/local/lib"
    distributions: int = sum(
        size
        for name, (_, size, _, where) in found.items()
        if not where.startswith(of_base) and (name not in TOOLS or name in wanted)
    )
    before = debian(base)
    packages = sum(size for name, size in debian(tag).items() if name not in before)
    return lab.size(base) + distributions + packages + own_files


def context_size(folder: Path) -> int:
    """Bytes of the project's files that the generated .dockerignore lets into the build."""
    with tempfile.TemporaryDirectory() as temporary:
        target = Path(temporary) / "context"
        dockerfile = Path(temporary) / "Dockerfile"
        dockerfile.write_text("FROM scratch\nCOPY . /\n")
        shutil.copy(folder / ".dockerignore", f"{dockerfile}.dockerignore")
        lab.docker("build", f"--output={target}", f"--file={dockerfile}", str(folder), timeout=300, check=True)
        return sum(path.lstat().st_size for path in target.rglob("*") if not path.is_dir())


def asked(container: lab.Container, port: int, path: str, since: float, timeout: float = 90) -> float:
    """Seconds until something answers below 500. Raises LabError."""
    host = lab.docker("inspect", "--format={{.NetworkSettings.IPAddress}}", container.name, check=True).out.strip()
    last = ""
    while time.monotonic() - since < timeout:
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status < 500:
                return time.monotonic() - since
            last = f"status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            last = str(error)
        finally:
            connection.close()
        time.sleep(0.02)
    raise lab.LabError(f"no answer on {port}{path} in {timeout:.0f} s ({last}): {container.logs().last(5)}")


def run(figures: Figures, tag: str, port: int, path: str, environment: Mapping[str, str], hardened: bool) -> None:
    """Fills in the start and the memory."""
    before = time.monotonic()
    try:
        with lab.running(tag, env=environment, hardened=hardened) as container:
            figures.start = asked(container, port, path, before)
            for _ in range(REQUEST_COUNT):
                asked(container, port, path, time.monotonic())
            used = lab.docker("stats", "--no-stream", "--format={{.MemUsage}}", container.name).out
            figures.memory = used.split(" / ")[0].strip()
    except lab.LabError as error:
        figures.note = str(error).splitlines()[0]


def environment_of(tag: str) -> dict[str, str]:
    """What the image sets for its program, as far as another layout can use it."""
    listed = json.loads(lab.docker("image", "inspect", "--format={{json .Config.Env}}", tag, check=True).out)
    kept = {}
    for name, _, value in (line.partition("=") for line in listed):
        if name == "PYTHONPATH":
            value = ":".join(part for part in value.split(":") if part != "/opt/app")
        if value and (name == "PYTHONPATH" or name.startswith(("DJANGO_", "FLASK_"))):
            kept[name] = value
    return kept


def copied(case: Case, trees: Sequence[Path], target: Path) -> Path:
    """The project as its author has it."""
    if not case.tree:
        return expectations.copy_project(case.name, target)
    source = next((tree / case.tree for tree in trees if (tree / case.tree).is_dir()), None)
    if source is None:
        raise lab.LabError(f"{case.tree} is in none of the folders of --trees")
    folder = target / case.name
    lab.copy_tree(source, folder)
    return folder


def edited_file(record: Mapping[str, Any], folder: Path) -> Path:
    """The module that runs."""
    entry = ((record["facts"].get("entry") or {}).get("value") or "").partition(":")[0]
    dotted = entry.removesuffix(".py").replace(".", "/") if not entry.endswith(".py") else entry
    names = [dotted] if dotted.endswith(".py") else [f"{dotted}.py", f"{dotted}/__init__.py"]
    for name in names:
        for below in ("", "src/"):
            if (folder / below / name).is_file():
                return folder / below / name
    return next(path for path in sorted(folder.rglob("*.py")) if path.is_file())


def server_of(record: Mapping[str, Any], tag: str) -> str:
    """The server that the command names, pinned as in our image, where the project does not require it itself."""
    word = record["plan"]["processes"][0]["command"][0]
    name = {"waitress-serve": "waitress"}.get(word, word)
    found = installed(tag).get(name)
    return f"{name}=={found[0]}" if found else ""


def measure(case: Case, trees: Sequence[Path], once: bool) -> Row:
    """One project, all ways; `once`: the others' images only cold."""
    row = Row(case.name)
    mark = f"bench-{uuid.uuid4().hex[:8]}"
    tags = {way: f"dockgen-{mark}-{way}" for way in ("ours", "naive", "own")}
    environment = dict(case.environment)
    with tempfile.TemporaryDirectory() as temporary:
        folder = copied(case, trees, Path(temporary))
        own_text = (folder / case.own).read_text("utf-8") if case.own else ""
        own_ignore = folder / ".dockerignore"
        ignored = own_ignore.read_text("utf-8") if own_ignore.exists() else ""
        for name in ("Dockerfile", "dockerfile", ".dockerignore", "compose.yaml", "docker-compose.yml"):
            (folder / name).unlink(missing_ok=True)
        made = lab.init(folder, *case.flags)
        if made.code:
            raise lab.LabError(f"dockgen init: {made.last(5)}")
        record = lab.explained(folder)
        process = record["plan"]["processes"][0]
        port, path = process["port"], case.path or process["health_path"] or "/"
        for file in folder.glob(".secrets/*.env"):
            for name, equals, value in (line.partition("=") for line in file.read_text("utf-8").splitlines()):
                if equals and value and not name.startswith("#"):
                    environment.setdefault(name, value)
        base = record["plan"]["base_image"]
        version = re.search(r"python:(\d\.\d+)", base)
        assert version is not None, base
        edited = edited_file(record, folder)
        row.own_files = context_size(folder)
        try:
            (folder / "Dockerfile").write_text(cold((folder / "Dockerfile").read_text("utf-8"), mark), "utf-8")
            row.images["ours"] = build_all(folder, "Dockerfile", tags["ours"], edited, ())
            row.limit = limit(tags["ours"], base, row.own_files)
            service = next(iter(yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))["services"].values()))
            hardened = service.get("read_only", False)  # not where the program writes among its code
            run(row.images["ours"], tags["ours"], port, path, environment, hardened=hardened)
            shared = environment | environment_of(tags["ours"])
            text = naive(record, folder, server_of(record, tags["ours"]), full_image(version[1]))
            (folder / "naive.Dockerfile").write_text(cold(text, mark))
            (folder / "naive.Dockerfile.dockerignore").write_text(".git\n")
            row.images["naive"] = tried(build_all, folder, "naive.Dockerfile", tags["naive"], edited, (), once)
            if row.images["naive"].size:
                run(row.images["naive"], tags["naive"], port, path, shared, hardened=False)
            if own_text:
                taken, missing = stood_in(own_text)
                if missing:
                    row.images["own"] = Figures(note=f"{missing} is not here")
                else:
                    (folder / "own.Dockerfile").write_text(cold(own_text, f"{mark}-own"))
                    (folder / "own.Dockerfile.dockerignore").write_text(ignored)
                    contexts = [
                        f"--build-context={name}=docker-image://"
                        + (with_uv(image.removeprefix("uv-")) if image.startswith("uv-") else image)
                        for name, image in taken.items()
                    ]
                    own = tried(build_all, folder, "own.Dockerfile", tags["own"], edited, contexts, once)
                    row.images["own"] = own
                    if taken:
                        own.note = (own.note + " on " + ", ".join(sorted(set(taken.values())))).strip()
                    if own.size:
                        exposed = re.search(r"(?mi)^EXPOSE\s+(\d+)", own_text)
                        at = case.own_port or (int(exposed[1]) if exposed else port)
                        note = own.note
                        run(own, tags["own"], at, path, environment, hardened=False)
                        own.note = "; ".join(dict.fromkeys(part for part in (note, own.note) if part))
        finally:
            lab.remove_image(*(f"{tag}{end}" for tag in tags.values() for end in ("", ":edit", ":dependency")))
    return row


def tried(build: Any, *arguments: Any) -> Figures:
    """The figures, or what kept the build from its end."""
    try:
        figures = build(*arguments)
        assert isinstance(figures, Figures)
        return figures
    except lab.LabError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        return Figures(note=f"does not build: {lines[-1][:120]}")


# ---- printing


def megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:.1f}"


def seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def kilobytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1e3:.0f}"


def joined(form: Callable[[Any], str], images: Mapping[str, Figures], name: str) -> str:
    """One figure of every image, ours first: "1.2 / 3.4"; a dash where there is none."""
    texts = [form(getattr(figures, name)) for figures in images.values()]
    return " / ".join(text or "–" for text in texts) if any(texts) else ""


def markdown(rows: Sequence[Row]) -> str:
    """The table: a row for a project, and below it what kept figures from being there."""
    lines = [
        "| project | limit, MB | ours | of the limit | naive | ours of naive | its own | cold build, s: ours / naive / own "
        "| edit, s | dependency, s | changed (own files), kB | first answer, s | memory, MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---|---|---|---:|---|---|",
    ]
    notes = []
    for row in rows:
        ours, naive, own = (row.images.get(way, Figures()) for way in ("ours", "naive", "own"))
        cells = [
            row.name,
            megabytes(row.limit),
            megabytes(ours.size),
            f"{ours.size / row.limit:.3f}" if ours.size and row.limit else "",
            megabytes(naive.size),
            f"{ours.size / naive.size:.2f}" if ours.size and naive.size else "",
            megabytes(own.size),
            *(joined(seconds, row.images, name) for name in ("cold", "edit", "dependency")),
            f"{kilobytes(ours.changed)} ({kilobytes(row.own_files)})",
            joined(seconds, row.images, "start"),
            joined(lambda text: str(text).removesuffix("MiB"), row.images, "memory"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
        notes += [f"- {row.name}, {way}: {figures.note}" for way, figures in row.images.items() if figures.note]
    return "\n".join([*lines, "", *notes])


def missed(row: Row) -> list[str]:
    """The goals that our image does not reach."""
    ours, naive = row.images.get("ours", Figures()), row.images.get("naive", Figures())
    if ours.size is None or not row.limit:
        return ["was not built"]
    told = []
    if ours.size > 1.05 * row.limit:
        told.append(f"{ours.size / row.limit:.3f} of the limit")
    if naive.size and ours.size > naive.size / 2:
        told.append(f"{ours.size / naive.size:.2f} of the naive image")
    if ours.edit and ours.edit >= 2:
        told.append(f"{ours.edit:.1f} s after an edit")
    if ours.changed is not None and ours.changed > row.own_files + ALLOWANCE:
        told.append(f"{ours.changed - row.own_files} bytes changed above the project's files")
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trees", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--once", action="store_true", help="build the others' images once: no rebuilds of them")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    rows, bad = [], 0
    for case in CASES:
        if options.only and case.name not in options.only:
            continue
        try:
            row = measure(case, options.trees, options.once)
        except (lab.LabError, OSError) as error:
            print(f"{case.name}: {error}", file=sys.stderr)
            bad += 1
            continue
        rows.append(row)
        for told in missed(row):
            bad += 1
            print(f"{case.name}: {told}", file=sys.stderr)
        print(f"{case.name}: measured", file=sys.stderr, flush=True)
        if options.json:
            options.json.write_text(json.dumps([asdict(r) for r in rows], indent=1) + "\n", "utf-8")
    print(markdown(rows))
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
