"""What each project in tests/projects must turn out to be, and how a test sees that it works.

The projects are ours and small, with real lock files. No index's host name is in them: where a lock
file or a Pipfile would name one, `INDEX` stands. A test copies the project (`copy_project`), which
also calls `put_index_right`, and builds the copy.

The answers under "what explain must say" are what a person who knows the tools would answer, not
what dockgen happened to print.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import tomli

PROJECTS = Path(__file__).resolve().parent / "projects"

INDEX = "https://index.example/simple"
"""Stands for the package index in lock files and Pipfiles."""

FILES = "https://index.example/files/"
"""Stands for the place of a file of that index, before the file's name."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request and what its answer must be. `text` must be in the body."""

    path: str
    text: str = ""
    status: int = 200
    method: str = "GET"
    body: str | None = None  # JSON


@dataclass(frozen=True, slots=True)
class Edit:
    """A one-line edit of the project's code: `old` is in the file exactly once, on one line.

    After a rebuild `text` must be in the answer to `path`, or in what `run` prints in the image, or
    (neither given) in what the container prints.
    """

    file: str
    old: str
    new: str
    text: str
    path: str = ""
    run: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """A project and its right answers.

    How it is tried. `http`: requests that a healthy web container answers, those that need no service.
    `output`: text printed, with `exit_code` for what ends by itself (None: it stays up until SIGTERM).
    `environment`: what a plain `docker run` must be given. `needs_compose`: nothing works without the
    services, so only the stack is run. `write` and `read`: a request that stores something and one
    that reads it back (ask it again for some seconds where a worker has to act first); `service_run`:
    a command in the main process's container that shows the services to work, and its output.

    What explain must say: `manager`, `lock_file`, `python` (versions that fit), `entry`, `kind`,
    `frameworks` (those that must be found), `services`, `processes` (kinds, the main one first),
    `env_required`, `health_path`, `build` and `runtime`: system packages that must be named
    (trixie's names), and `no_compiler`: every dependency has a wheel.
    """

    folder: str
    kind: str
    manager: str
    lock_file: str | None
    entry: str
    edit: Edit
    http: tuple[Request, ...] = ()
    output: str = ""
    exit_code: int | None = None
    environment: tuple[tuple[str, str], ...] = ()
    needs_compose: bool = False
    write: Request | None = None
    read: Request | None = None
    service_run: tuple[tuple[str, ...], str] | None = None
    python: tuple[str, ...] = ("3.11", "3.12", "3.13", "3.14")
    frameworks: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    env_required: tuple[str, ...] = ()
    health_path: str | None = None
    build: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    no_compiler: bool = True
    note: str = ""

    @property
    def path(self) -> Path:
        return PROJECTS / self.folder


EXPECTATIONS: tuple[Expectation, ...] = (
    Expectation(
        folder="django-static-pip",
        kind="web",
        manager="pip",
        lock_file=None,
        entry="gallery.wsgi:application",
        frameworks=("django",),
        services=("postgres",),
        processes=("web", "release"),
        env_required=("SECRET_KEY",),
        needs_compose=True,
        http=(Request("/", "pictures on the wall"), Request("/static/admin/css/base.css", "--primary")),
        write=Request("/pictures/cat.txt", "/media/pictures/cat.txt", 201, method="POST", body='"a cat"'),
        read=Request("/media/pictures/cat.txt", "a cat"),
        edit=Edit(
            "pictures/views.py", "pictures on the wall", "pictures in the hall", "pictures in the hall", path="/"
        ),
        note="nothing of the project serves its static files: nginx in front",
    ),
    Expectation(
        folder="fastapi-uv",
        kind="web",
        manager="uv",
        lock_file="uv.lock",
        python=("3.13",),
        entry="tracker.main:app",
        frameworks=("fastapi",),
        processes=("web",),
        health_path="/healthz",
        http=(Request("/healthz", '"ok"'), Request("/", "every parcel has a place")),
        write=Request("/parcels/NL000001", status=201, method="PUT", body='{"code": "NL000001", "place": "Delft"}'),
        read=Request("/parcels/NL000001", "Delft"),
        edit=Edit(
            "src/tracker/main.py", "every parcel has a place", "no parcel is lost", "no parcel is lost", path="/"
        ),
        note="src layout, installed as a package; .python-version; .env is read when it is there",
    ),
    Expectation(
        folder="fastapi-pip",
        kind="web",
        manager="pip",
        lock_file="requirements.txt",
        entry="backend.api.server:weather_api",
        frameworks=("fastapi",),
        processes=("web",),
        health_path="/api/ping",
        http=(
            Request("/api/ping", "stations are listening"),
            Request("/api/stations?unit=F", "Sonnblick"),
            Request("/api/nearest?lat=54&lon=8", "Helgoland"),
        ),
        edit=Edit(
            "backend/api/server.py",
            "stations are listening",
            "stations hear you",
            "stations hear you",
            path="/api/ping",
        ),
        note="requirements.txt is a freeze; a data file lies beside the code; frontend/ has no build",
    ),
    Expectation(
        folder="starlette-poetry",
        kind="web",
        manager="poetry",
        lock_file="poetry.lock",
        entry="proverbs.web:application",
        frameworks=("starlette",),
        processes=("web",),
        health_path="/health",
        http=(Request("/health", "up"), Request("/", "A word for today"), Request("/today.json", '"of":3')),
        edit=Edit("proverbs/web.py", '"A word for today"', '"One word a day"', "One word a day", path="/"),
        note="packaged: templates and data must be in the wheel",
    ),
    Expectation(
        folder="starlette-pylock",
        kind="web",
        manager="uv",
        lock_file="pylock.toml",
        python=("3.12", "3.13", "3.14"),
        entry="lanterns.app:harbour",
        frameworks=("starlette",),
        processes=("web",),
        health_path="/healthz",
        http=(Request("/healthz", "lit"), Request("/lights/fairway", "white"), Request("/lights/none", status=404)),
        edit=Edit("lanterns/app.py", "Every light has its colour", "No light is lost", "No light is lost", path="/"),
        note="a PEP 751 lock file, with a developer's beside it, and no other",
    ),
    Expectation(
        folder="flask-factory-poetry-postgres",
        kind="web",
        manager="poetry",
        lock_file="poetry.lock",
        entry="inventory:create_app",
        frameworks=("flask",),
        services=("postgres",),
        processes=("web", "release"),
        env_required=("DATABASE_URL", "SECRET_KEY"),
        health_path="/health",
        # The engine is lazy: the pages that need no database answer without one.
        environment=(("SECRET_KEY", "run"), ("DATABASE_URL", "postgresql+psycopg2://u:p@127.0.0.1:1/d")),
        http=(Request("/health", "ok"), Request("/", "Shelves and what is on them")),
        needs_compose=True,
        write=Request("/items/", '"hammer"', status=201, method="POST", body='{"name": "hammer", "shelf": "B4"}'),
        read=Request("/items/", '"hammer"'),
        edit=Edit(
            "inventory/pages.py", "Shelves and what is on them", "What is where", "<h1>What is where</h1>", path="/"
        ),
        build=("gcc", "libpq-dev"),
        runtime=("libpq5",),
        no_compiler=False,
        note="package-mode = false; psycopg2 has no Linux wheel; SQLAlchemy 2.1 takes psycopg (3) for a bare "
        "postgresql:// URL, so the URL must name psycopg2; flask db upgrade creates the tables",
    ),
    Expectation(
        folder="flask-vite-npm",
        kind="web",
        manager="pip",
        lock_file="requirements.txt",
        entry="recipes:create_app",
        frameworks=("flask",),
        processes=("web",),
        health_path="/healthz",
        http=(
            Request("/", '<script type="module" crossorigin src="/assets/index-'),
            Request("/api/recipes", "Minestrone"),
        ),
        edit=Edit("recipes/__init__.py", "Minestrone", "Ribollita", "Ribollita", path="/api/recipes"),
        note="the page is what Vite builds from frontend/: without it every page is a 404",
    ),
    Expectation(
        folder="flask-no-manifest",
        kind="web",
        manager="none",
        lock_file=None,
        entry="app:app",
        frameworks=("flask",),
        processes=("web",),
        http=(Request("/", "Ask for /2026-11-23"), Request("/2026-11-24", "full moon")),
        edit=Edit("app.py", "Ask for /2026-11-23", "Which day?", "Which day?", path="/"),
        note="nothing lists the dependencies: requirements.txt is written from the imports (yaml is PyYAML)",
    ),
    Expectation(
        folder="flask-pipenv",
        kind="web",
        manager="pipenv",
        lock_file="Pipfile.lock",
        python=("3.11",),
        entry="app:app",
        frameworks=("flask",),
        processes=("web",),
        health_path="/status",
        http=(
            Request("/status", "the tide waits for no one"),
            Request("/", "Cuxhaven"),
            Request("/height", "metres above chart datum"),
        ),
        edit=Edit("app.py", "the tide waits for no one", "time and tide", "time and tide", path="/status"),
        note="no server among the dependencies: one has to be added",
    ),
    Expectation(
        folder="flask-pip-hashed",
        kind="web",
        manager="pip",
        lock_file="requirements.txt",
        python=("3.13",),
        entry="wsgi:application",
        frameworks=("flask",),
        processes=("web",),
        health_path="/healthcheck",
        http=(
            Request("/healthcheck", "ok"),
            Request("/", "for information only"),
            Request("/convert?amount=100&from=EUR&to=CZK", "2431.00"),
        ),
        edit=Edit("rates/web.py", '"for information only"', '"without warranty"', "without warranty", path="/"),
        note="requirements.txt has hashes and a UTF-8 byte order mark; rates.web:application is the same object",
    ),
    Expectation(
        folder="django-uv-postgres-celery-redis",
        kind="web",
        manager="uv",
        lock_file="uv.lock",
        entry="config.wsgi:application",
        frameworks=("celery", "django"),
        services=("postgres", "redis"),
        processes=("web", "worker", "release"),
        env_required=("DB_PASSWORD", "SECRET_KEY"),
        health_path="/healthz/",
        environment=(("SECRET_KEY", "run"), ("DB_PASSWORD", "run")),
        http=(Request("/healthz/", "ok"),),
        needs_compose=True,
        write=Request("/lines/", '"id"', status=201, method="POST", body='{"text": "we were here"}'),
        read=Request("/lines/", '"text": "we were here", "words": 3'),
        edit=Edit("visitors/views.py", '"Leave us a line"', '"Say something"', "<h1>Say something</h1>", path="/"),
        note="`words` is filled in by the Celery worker, so `read` proves web, database, broker and worker; "
        "`/` needs the hashed names that collectstatic makes, and the database",
    ),
    Expectation(
        folder="django-asgi-pdm",
        kind="web",
        manager="pdm",
        lock_file="pdm.lock",
        entry="blackboard.asgi:application",
        frameworks=("channels", "django"),
        processes=("web", "release"),
        health_path="/health/",
        http=(Request("/health/", "fine"), Request("/", "Chalk is cheap")),
        needs_compose=False,
        write=Request("/notes/", '"id"', status=201, method="POST", body='{"text": "remember the milk"}'),
        read=Request("/notes/", "remember the milk"),
        edit=Edit("notes/views.py", '"Chalk is cheap"', '"Chalk is free"', "Chalk is free", path="/"),
        note="SQLite: `write` and `read` work in the stack alone, where there is a volume and the tables are made",
    ),
    Expectation(
        folder="django-mysql-pip",
        kind="web",
        manager="pip",
        lock_file=None,
        entry="library.wsgi:application",
        frameworks=("django",),
        services=("mysql",),
        processes=("web", "release"),
        env_required=("DJANGO_SECRET_KEY", "MYSQL_PASSWORD"),
        health_path="/livez",
        environment=(("DJANGO_SECRET_KEY", "run"), ("MYSQL_PASSWORD", "run")),
        http=(Request("/livez", "alive"), Request("/", "The reading room is open.")),
        needs_compose=True,
        write=Request("/books/", '"id"', status=201, method="POST", body='{"title": "Buddenbrooks"}'),
        read=Request("/books/", "Buddenbrooks"),
        edit=Edit("books/views.py", "The reading room is open.", "Silence, please.", "Silence, please.", path="/"),
        build=("gcc", "pkg-config"),
        runtime=("libmariadb3",),
        no_compiler=False,
        note="requirements.txt includes requirements/base.txt, which names constraints.txt beside it; settings are a "
        "package, and production's are the ones that wsgi.py names",
    ),
    Expectation(
        folder="streamlit-pip",
        kind="web",
        manager="pip",
        lock_file="requirements.txt",
        entry="dashboard.py",
        frameworks=("streamlit",),
        processes=("web",),
        health_path="/_stcore/health",
        http=(
            Request("/_stcore/health", "ok"),
            Request("/", "Streamlit"),
            Request("/app/static/about.txt", "Bread sold by weekday"),
        ),
        edit=Edit(
            "bakery/sales.py",
            '"Fri", "Sat"]',
            '"Fri", "Sun"]',
            "Fri Sun",
            run=("python", "-c", "from bakery.sales import DAYS; print(*DAYS)"),
        ),
        note="the page is drawn over a websocket, so the edit is seen by running the code; .streamlit/ and static/ "
        "must be in the image",
    ),
    Expectation(
        folder="celery-worker-redis-pip",
        kind="worker",
        manager="pip",
        lock_file="requirements.txt",
        entry="digester",
        frameworks=("celery",),
        services=("redis",),
        processes=("worker",),
        needs_compose=True,
        service_run=(("python", "send.py", "a"), "digest:sha256:ca978112ca1bbdca"),
        edit=Edit(
            "digester/digests.py",
            'LABEL = "digest"',
            'LABEL = "checksum"',
            "checksum:sha256:ca978112ca1bbdca",
            run=("python", "-c", "from digester.digests import digest; print(digest('a'))"),
        ),
        note="only a worker: no port, no HTTP health check; `-A digester` or `-A digester.celery` are both right; "
        "send.py is a tool, not the entry",
    ),
    Expectation(
        folder="rq-supervisor-pip",
        kind="web",
        manager="pip",
        lock_file="requirements.txt",
        entry="shop.web:app",
        frameworks=("flask", "rq"),
        services=("redis",),
        processes=("web", "worker", "worker"),
        env_required=("REDIS_URL",),
        needs_compose=True,
        http=(Request("/", "shop is open"),),
        write=Request("/totals", "job", method="POST", body='{"prices": [40, 2]}'),
        read=Request("/totals", "42 euro"),
        edit=Edit("shop/web.py", "shop is open", "shop is closed", "shop is closed", path="/"),
        note="supervisord.conf names three programs of the project and nginx; the worker listens to its two queues",
    ),
    Expectation(
        folder="grpc-health-pip",
        kind="worker",
        manager="pip",
        lock_file="requirements.txt",
        entry="server.py",
        frameworks=("grpcio",),
        processes=("worker",),
        output="ready to answer",
        edit=Edit("server.py", "ready to answer", "ready to serve", "ready to serve"),
        note="no HTTP: the health check asks grpc.health.v1",
    ),
    Expectation(
        folder="mcp-http-pip",
        kind="web",
        manager="pip",
        lock_file="requirements.txt",
        entry="server.py",
        frameworks=("mcp",),
        processes=("web",),
        http=(Request("/mcp", status=406),),
        edit=Edit(
            "server.py",
            '"metre"',
            '"mile"',
            "5 mile",
            run=("python", "-c", "import server; print(server.length(2, 3))"),
        ),
        note="streamable HTTP: a plain GET is refused with 406, which says that it listens",
    ),
    Expectation(
        folder="cli-uv",
        kind="cli",
        manager="uv",
        lock_file="uv.lock",
        entry="moonphase",
        processes=("cli",),
        output="Moon on 20",
        exit_code=0,
        edit=Edit("src/moonphase/cli.py", 'LABEL = "Moon on"', 'LABEL = "The moon on"', "The moon on 20"),
        note="asks for a configuration folder in a home that a container user does not have",
    ),
    Expectation(
        folder="cli-setuptools",
        kind="cli",
        manager="pip",
        lock_file=None,
        entry="paydays",
        processes=("cli",),
        output="Payday",
        exit_code=0,
        edit=Edit("paydays/command.py", '"Payday", "Weekday"', '"Paid on", "Weekday"', "Paid on"),
        note="setup.py computes the version, setup.cfg has all else; package data by MANIFEST.in; reads README.rst",
    ),
    Expectation(
        folder="script-plain",
        kind="script",
        manager="none",
        lock_file=None,
        entry="main.py",
        processes=("script",),
        output="A tour over 36 squares:",
        exit_code=0,
        edit=Edit("main.py", "A tour over", "The tour of", "The tour of 36 squares:"),
        note="no dependencies, no manifest",
    ),
    Expectation(
        folder="script-utf16-pip",
        kind="script",
        manager="pip",
        lock_file="requirements.txt",
        entry="report.py",
        processes=("script",),
        output="To order: M8 nut",
        exit_code=0,
        edit=Edit("report.py", 'HEADLINE = "Stock report"', 'HEADLINE = "What is short"', "What is short"),
        note="requirements.txt is UTF-16 with a byte order mark and CRLF; one line is for Windows only",
    ),
    Expectation(
        folder="bot-pip",
        kind="bot",
        manager="pip",
        lock_file="requirements.txt",
        entry="bot.py",
        frameworks=("python-telegram-bot",),
        processes=("bot",),
        env_required=("TOKEN",),
        environment=(("TOKEN", "1:run"), ("DRY_RUN", "1")),
        output="polling (dry run)",
        edit=Edit("bot.py", "the dice are warm", "the dice are hot", "the dice are hot"),
        note="no port; SIGTERM is handled and it exits 0",
    ),
    Expectation(
        folder="uv-workspace",
        kind="web",
        manager="uv",
        lock_file="uv.lock",
        python=("3.13",),
        entry="ferry_api.app:api",
        frameworks=("fastapi",),
        processes=("web",),
        health_path="/readyz",
        http=(
            Request("/readyz", "true"),
            Request("/", "welcome aboard"),
            Request("/sailings/north?day=2026-07-01", "09:00:00"),
        ),
        edit=Edit("src/ferry_api/app.py", "welcome aboard", "mind the step", "mind the step", path="/"),
        note="the root project depends on a workspace member; packages/nightly is a console script of its own "
        "that the root project does not need",
    ),
    Expectation(
        folder="pillow-lxml-opencv-pip",
        kind="web",
        manager="pip",
        lock_file="requirements.txt",
        entry="main:app",
        frameworks=("fastapi",),
        processes=("web",),
        health_path="/health",
        http=(
            Request("/health", "ok"),
            Request("/", '"pdf":"%PDF-"'),
            Request("/", '"guests":["Ada Lovelace","Grace Hopper"]'),
            Request("/badge/Ada%20Lovelace.pdf", "%PDF-"),
        ),
        edit=Edit("main.py", 'VERSION = "badges 1"', 'VERSION = "badges 2"', "badges 2", path="/"),
        runtime=("libgl1", "libglib2.0-0t64", "libpango-1.0-0", "libpangoft2-1.0-0"),
        note="all have wheels; WeasyPrint loads Pango by ctypes, OpenCV links libGL; fontconfig wants a cache folder",
    ),
)


def by_folder(folder: str) -> Expectation:
    """The row of one project."""
    return next(e for e in EXPECTATIONS if e.folder == folder)


def copy_project(folder: str, target: Path) -> Path:
    """A copy of the project below `target`, ready to be built. Returns the copy's folder."""
    copy = target / folder
    shutil.copytree(PROJECTS / folder, copy, ignore=shutil.ignore_patterns("__pycache__", ".venv", ".pytest_cache"))
    put_index_right(copy)
    return copy


def apply_edit(folder: Path, edit: Edit) -> None:
    """Makes the edit in a copy. AssertionError unless it changes exactly one line."""
    file = folder / edit.file
    text = file.read_text("utf-8")
    assert text.count(edit.old) == 1, f"{edit.old!r} is in {edit.file} {text.count(edit.old)} times"
    assert "\n" not in edit.old + edit.new
    file.write_text(text.replace(edit.old, edit.new), "utf-8")


# The index ---------------------------------------------------------------------------------------


def put_index_right(folder: Path) -> None:
    """Puts this machine's package index for the stand-in, in every lock file and Pipfile below `folder`.

    uv.lock names a URL for every file, too; each is looked up by the file's name in the index's page
    of that project. Raises RuntimeError when the index does not list a file.
    """
    for path in sorted(p for p in folder.rglob("*") if p.name in _NAMING and p.is_file()):
        text = path.read_text("utf-8")
        if INDEX not in text and FILES not in text:
            continue
        if FILES in text:
            text = _with_urls(text)
        path.write_text(text.replace(INDEX, index_url()), "utf-8")


_NAMING = ("uv.lock", "Pipfile", "Pipfile.lock", "pylock.toml", "pdm.lock", "poetry.lock")


@cache
def index_url() -> str:
    """The index that uv and pip use on this machine, without a trailing slash."""
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(variable):
            return re.sub(r"^[\w-]+=", "", os.environ[variable]).rstrip("/")  # uv allows NAME=URL
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    )
    if done.returncode == 0 and done.stdout.strip():
        return done.stdout.strip().rstrip("/")
    return _index_of_uv()


def _index_of_uv() -> str:
    """uv writes the index that it uses into uv.lock: uv's configuration and its default, whatever they are."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    with tempfile.TemporaryDirectory() as folder:
        project = '[project]\nname = "probe"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = ["iniconfig"]\n'
        Path(folder, "pyproject.toml").write_text(project, "utf-8")
        system = {**os.environ, "UV_SYSTEM_CERTS": "true"}  # as pip does: the machine's own certificates
        subprocess.run([uv, "lock", "--quiet", "--project", folder], check=True, env=system)
        lock = tomli.loads(Path(folder, "uv.lock").read_text("utf-8"))
    found = [p["source"]["registry"] for p in lock["package"] if "registry" in p["source"]]
    return str(found[0]).rstrip("/")


def _with_urls(text: str) -> str:
    """The text of a uv.lock or pylock.toml with a real URL for each file."""
    lock = tomli.loads(text)
    packages = [p for p in lock.get("package", ()) if p["source"].get("registry") == INDEX] + lock.get("packages", [])
    with ThreadPoolExecutor(8) as pool:
        pages = dict(zip((p["name"] for p in packages), pool.map(lambda p: _files(p["name"]), packages), strict=True))
    urls: dict[str, str] = {}
    for package in packages:
        for file in (*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())):
            name = file["url"].removeprefix(FILES)
            if name not in pages[package["name"]]:
                raise RuntimeError(f"{index_url()} lists no {name}: lock tests/projects anew")
            urls[name] = pages[package["name"]][name]
    return re.sub(re.escape(FILES) + r'([^"]+)', lambda m: urls[m[1]], text)


@cache
def _files(project: str) -> dict[str, str]:
    """File name to URL, from the index's page of the project (PEP 691, or PEP 503 where it serves only that)."""
    accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
    page = f"{index_url()}/{project}/"
    for attempt in range(3):
        try:
            with urllib.request.urlopen(urllib.request.Request(page, headers={"Accept": accept}), timeout=60) as answer:
                body, kind, base = answer.read(), answer.headers.get_content_type(), answer.url
            break
        except urllib.error.HTTPError:
            raise
        except OSError:
            if attempt == 2:
                raise
    if kind.endswith("json"):
        links = [f["url"] for f in json.loads(body)["files"]]
    else:
        parser = _Links()
        parser.feed(body.decode("utf-8"))
        links = parser.links
    whole = [urljoin(base, link).partition("#")[0] for link in links]
    return {unquote(urlsplit(url).path.rpartition("/")[2]): url for url in whole}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]
