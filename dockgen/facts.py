"""The records of detect: what is in the project, each with the place where it was read.

Facts never decide. They are frozen, ordered and built from plain values, so that the same tree
gives the same facts on any machine and they print as JSON as they are.

Paths are POSIX, relative to the project's root. Distribution names are in their normal form
(PEP 503: lower case, hyphens).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

OWN_IMAGE = "the authors' own image"
"""Why of a Python version that a Dockerfile of the project names."""

PROGRAMS_FROM_PYPI = ("uv",)
"""Programs that no Debian package brings and a PyPI distribution does."""


LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts that nobody outside of a container reaches."""

SPLIT_WHY = ", split at spaces"
"""Ends the reason of a read whose value is a list between spaces."""

LOOPBACK_WHY = ", on the loopback alone"
"""Ends the reason of a port that only the machine itself reaches."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact was read. `line` counts from 1; None where a line has no meaning."""

    file: str
    line: int | None
    why: str


def place(evidence: tuple[Evidence, ...]) -> str:
    """ "file:line" of the strongest evidence, "" for none."""
    if not evidence:
        return ""
    first = evidence[0]
    return first.file + (f":{first.line}" if first.line else "")


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """A value and the places that say so, strongest first."""

    value: T
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Warning:
    """Something a person should know before a build. One sentence, with the place and what to do."""

    message: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependency:
    """A distribution that the project needs, direct or (from a lock file) transitive.

    `version`: exact where pinned or locked, else None. `specifier`: PEP 440 text, "" for any.
    `wheels`: wheel file names that the lock file lists; None where nothing lists them.
    `has_sdist`: None where unknown. `group`: "" for what runs in production, else the name of
    the dependency group or extra that is not installed by default ("dev", "test", ...).
    `source`: index | git | path | url | workspace | conda (a channel's package); `location`: the URL or path, never a credential.
    `marker`: PEP 508 marker text, "". `asked`: the wheels are what the index said (`--resolve`).
    """

    name: str
    specifier: str = ""
    version: str | None = None
    extras: tuple[str, ...] = ()
    direct: bool = True
    group: str = ""
    source: str = "index"
    location: str = ""
    marker: str = ""
    wheels: tuple[str, ...] | None = None
    has_sdist: bool | None = None
    asked: bool = False
    evidence: tuple[Evidence, ...] = ()

    @property
    def requirement(self) -> str:
        """The dependency as PEP 508 writes it."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        url = ("git+" if self.source == "git" and not self.location.startswith("git+") else "") + self.location
        tail = f" @ {url}" if self.source in ("git", "url") else self.specifier
        return f"{self.name}{extras}{tail}" + (f" ; {self.marker}" if self.marker else "")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A line of a requirements file that no Linux image can install, and what stands for it.

    `start`: how the line starts, as written ("pywin32==", "numpy @ file:"); with `whole`, all of it.
    `replacement`: the requirement that it becomes, "" where it is left out. `why`: one reason.
    """

    name: str
    file: str
    start: str
    replacement: str
    why: str
    whole: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Manager:
    """How the project's dependencies are declared and locked.

    `name`: as in the contract (pip, uv, poetry, pdm, pipenv, hatch, conda, pixi, script, none).
    `lock_file`: the file that fixes every version, or None. A requirements.txt counts when every
    line is pinned with == (pip-tools, uv pip compile, pip freeze).
    `files`: every file that installing the dependencies (not the project) reads, manifests and
    included requirement files and constraints among them, in reading order.
    `requirements`: for pip, the files to pass with --requirement, as named by the project.
    `hashed`: every requirement line carries --hash.
    `build_backend`: PEP 517 back end of the root project ("hatchling.build"), or None when it has
    none. `packaged`: the root project itself is to be installed (a build system, and a package for
    it to find; not poetry's package-mode=false, not uv's package=false).
    `packages`: top-level import packages that installing the root project provides.
    `static_dependencies`: pyproject.toml's [project] lists dependencies that can be read without
    running a build back end. `dynamic_version`: the tool that reads the version from git
    (setuptools-scm, hatch-vcs, versioningit, poetry-dynamic-versioning, ...) or None.
    `groups`/`extras`: dependency groups and extras that production needs besides the default.
    `local`: folders of workspace members and path dependencies that get installed with the project.
    `export_hint`: lock details a decision needs, such as ("inherit_metadata", "true") for pdm or
    ("lock-version", "2.1") for poetry.
    `requires_python`: raw text of the project's own requires-python, or None.
    `leftovers`: requirement lines that cannot be installed as they are. `encoding`: how the
    requirements file is encoded, where pip would not find out ("UTF-16LE" without a byte order mark).
    `documents`: files that the build back end reads beside the code, such as a readme in docs/.
    `build_requires`: all that the back ends of the project and of `local` need, () where only they know.
    `loose`: for pip, a requirement has no exact version, and the files have nothing that uv reads otherwise than pip.
    `also`: requirements that production needs and that none of `files` tells an installer (hatch's environments).
    `channel_only`: packages of a conda or pixi environment that no index of Python packages and no Debian has.
    `member`: the distribution's name in the uv workspace that it is a member of, "" outside of one.
    """

    name: str
    lock_file: str | None = None
    files: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    hashed: bool = False
    build_backend: str | None = None
    packaged: bool = False
    packages: tuple[str, ...] = ()
    static_dependencies: bool = True
    dynamic_version: str | None = None
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    export_hint: tuple[tuple[str, str], ...] = ()
    requires_python: str | None = None
    documents: tuple[str, ...] = ()
    build_requires: tuple[str, ...] = ()
    channel_only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    loose: bool = False
    member: str = ""
    leftovers: tuple[Leftover, ...] = ()
    encoding: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class PythonConstraint:
    """One place's word on the Python version.

    `kind`: "pin" (.python-version, runtime.txt, Pipfile, mise: the version to run), "range"
    (requires-python and its kin: what is allowed), "hint" (classifiers, CI, tox, an existing
    Dockerfile: what the authors use), "latest" (a file asks for the newest), "limit" (what the code imports is in no
    newer one).
    `specifier`: PEP 440 text; for a pin the version itself ("3.12", "3.12.4").
    """

    kind: str
    specifier: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ConsoleScript:
    """An entry of [project.scripts] or its kin: `name` runs `target` (module:function)."""

    name: str
    target: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Application:
    """An application object found in the syntax tree.

    `framework`: distribution name. `interface`: asgi | wsgi | celery | rq | streamlit | script.
    `module`: dotted import path as the server must name it, relative to `app_dir` ("" is the
    root, "src" for a src layout that is not installed). `object`: the variable or function.
    `factory`: calling `object` makes the application; `factory_required_args`: number of parameters
    without a default (0 means that it can be called as it is).
    `runs_itself`: the module's `__main__` guard (or top level) starts a server on this object;
    then `host`/`port` are what that call binds (None where not literal).
    `test`: it lies in tests, examples, docs or the like.
    `completes`: the module has the application from another one and adds routers to it: only here it is whole.
    """

    framework: str
    interface: str
    module: str
    object: str
    file: str
    line: int
    app_dir: str = ""
    factory: bool = False
    factory_required_args: int = 0
    runs_itself: bool = False
    host: str | None = None
    port: int | None = None
    port_variable: str | None = None
    test: bool = False
    completes: bool = False

    @property
    def entry(self) -> str:
        return f"{self.module}:{self.object}"


@dataclass(frozen=True, slots=True)
class HostSetting:
    """How the address that a program binds is set from outside, by one of `option` ("--host"), `variable` (of the
    environment) and `field` (file and line of what a settings class holds). `early`: the option belongs before the word
    of a sub-command."""

    option: str = ""
    early: bool = False
    variable: str = ""
    field: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A Python file that does something when run: `guard` when it has `if __name__ == "__main__"`.

    `main_function`: what the guard calls, where it is one call. `serves`: distribution name of the
    server or framework that running it starts ("" for none), with `host` and `port` where literal.
    `top_level`: it has statements with effect outside of functions and classes.
    `metadata`: it carries PEP 723 inline metadata. `module`: its dotted name where it lies in a package
    (its relative imports work with `python -m` alone), seen from `app_dir`. `stays`: it does not end by itself:
    the line that keeps it running (in any file of the project), None where it ends; `runs`: distribution of what
    that is, "" for a loop of its own. `script`: the console script that it stands for, "" for a file.
    `target`: "file:object" of the application that it serves, "" where that is not seen.
    `subcommand`: the word on its command line that serves or stays, where it takes one of several.
    `unread`: "host" and "port", where the call that serves is given one that is not literal.
    `sets`: its guard sets names of the module that functions read: imported by a server it would lack them.
    `beside`: it imports what lies in its folder by bare names, which works where it is run by its path alone.
    `asks`: its command line has an argument that must be given. `host_setting`: what sets `host`.
    `on_request`: it serves where an option of its command line asks for that, and does something else without.
    """

    file: str
    line: int
    guard: bool = False
    top_level: bool = False
    serves: str = ""
    host: str | None = None
    port: int | None = None
    port_variable: str | None = None
    metadata: bool = False
    test: bool = False
    module: str = ""
    app_dir: str = ""
    stays: int | None = None
    runs: str = ""
    script: str = ""
    subcommand: str = ""
    target: str = ""
    unread: tuple[str, ...] = ()
    sets: bool = False
    beside: bool = False
    asks: bool = False
    host_setting: HostSetting | None = None
    on_request: bool = False


@dataclass(frozen=True, slots=True)
class DeclaredCommand:
    """A start command that the project itself names: Procfile line, Dockerfile CMD, compose command...

    `process`: the name there ("web", "worker", "release"); `words`: split as a shell would split it,
    empty when it needs a shell (&&, $(...), pipes) and then only `text` stands.
    """

    process: str
    text: str
    words: tuple[str, ...]
    evidence: Evidence


OTHER_SETTINGS = (
    "dev",
    "devel",
    "develop",
    "development",
    "local",
    "debug",
    "test",
    "tests",
    "testing",
    "ci",
    "staging",
)
"""What Django's settings of everything but production are called among several."""


@dataclass(frozen=True, slots=True)
class Django:
    """What a Django project says of itself. Modules are dotted; paths relative.

    `settings`: the module that servers start with in production; `manage_settings`: manage.py's own;
    `served_settings`: what wsgi.py or asgi.py falls back to, None for nothing. `static_root`,
    `media_root`: "" where they are set to what is not literal, None where they are not set. `apps`: INSTALLED_APPS.
    `static_url`, `media_url`: as set, None where that cannot be read or is not set. `serves_static`: where something
    of the project serves static files in production, or keeps them elsewhere.
    `allowed_hosts`: None where they are not all literal; then `host` is one that is always among them and
    `hosts_variable` the environment variable that names them, "" where there is none. `https_only`: every request
    that is none of https is redirected (SECURE_SSL_REDIRECT). `debug`: where DEBUG is on with nothing set, `debug_variable`
    what turns it off, "" for nothing.
    """

    manage: str
    settings: str | None
    manage_settings: str | None
    wsgi: str | None
    asgi: str | None
    engine: str | None
    static_root: str | None
    media_root: str | None
    staticfiles: bool
    migrations: bool
    allowed_hosts: tuple[str, ...] | None
    channels: bool
    evidence: tuple[Evidence, ...] = ()
    apps: tuple[Fact[str], ...] = ()
    static_url: str | None = None
    media_url: str | None = None
    serves_static: tuple[Evidence, ...] = ()
    host: str = ""
    hosts_variable: str = ""
    https_only: bool = False
    debug: Evidence | None = None
    debug_variable: str = ""
    served_settings: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """A schema migration tool in use: alembic | flask-migrate | django | aerich, with its command.

    `fixed`: where a URL of the author's machine is written that nothing of the project replaces, `fixed_scheme`: its
    scheme ("postgresql+asyncpg"). `steps`: names of its single migrations, by which two copies of one history are
    known.
    """

    tool: str
    command: tuple[str, ...]
    files: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    fixed: Evidence | None = None
    steps: tuple[str, ...] = ()
    fixed_scheme: str = ""


@dataclass(frozen=True, slots=True)
class HealthRoute:
    """A GET route that answers whether the process is alive. `file`/`line` in evidence.

    `page`: an ordinary page that answers without a login, where there is neither such a route nor a page at /.
    `database`: answering it reads the database. `declared`: the project's own Dockerfile, compose file or manifest
    asks for it (then `framework` and `application` are "").
    """

    path: str
    framework: str
    application: str
    evidence: tuple[Evidence, ...] = ()
    page: bool = False
    database: bool = False
    declared: bool = False


@dataclass(frozen=True, slots=True)
class EnvVar:
    """An environment variable that the code reads.

    `required`: without it the program does not start, or cannot do its work beside the services of its stack
    (os.environ[...], a setting without a default, an address that defaults to a developer's machine). `files`: those
    whose reads make it so, or all that read it. `absent`: what the code does without it: "replaced" (a computed
    default), "tested" (a read asks first), "asked" (a use of the setting does), "passed" (hands
    it on without asking), "". `example`: an example file gives it a value. `default`: the literal default as text, None for none or computed. `secret`: its name
    or use says that it holds one. `service`: the service it points at ("postgres"), `part`: url |
    host | port | user | password | name | scheme | choice | "". `scheme`: for a URL, the scheme the code expects
    ("postgresql+asyncpg"), for a choice the word that the code compares with; "" when unknown. `words`: all that
    the code takes, where it names them; () for any. `set_in`: files that set it by themselves: where a process comes
    to one of them, it does not require it. `guarded`: those of `files` that require it under `if __name__ == "__main__":`
    alone: only where the file is run as a program. `extended`: the code puts a path behind its value.
    """

    name: str
    required: bool = False
    default: str | None = None
    secret: bool = False
    service: str = ""
    part: str = ""
    scheme: str = ""
    evidence: tuple[Evidence, ...] = ()
    files: tuple[str, ...] = ()
    absent: str = ""
    example: bool = False
    words: tuple[str, ...] = ()
    set_in: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    extended: bool = False


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """A service that the project talks to.

    `certain`: settings or URLs name it; False when only a client library hints at it.
    `required`: nothing works without it; False when the code falls back (SQLite, in-memory cache).
    `variant`: "postgis", "pgvector", "mysql-asyncmy" and the like, "" for the plain service.
    `version`: as the project's own compose file runs it ("16.3"), with the names of its `database` and `user`; "".
    `called`: what that file calls it, a host name by which the code may ask for it.
    `files`: every file that makes it certain or imports a client of it.
    """

    name: str
    certain: bool = True
    required: bool = True
    variant: str = ""
    evidence: tuple[Evidence, ...] = ()
    version: str = ""
    database: str = ""
    user: str = ""
    called: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BrowserUse:
    """A browser that the code starts. `library`: the distribution that starts it. `browser`: by the library's own name
    (chromium, firefox, webkit; a channel such as chrome; "" for the library's only one). `window`: whether it is started
    with one, None where that cannot be read."""

    library: str
    browser: str
    window: bool | None = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model or a package of data that the code loads by name.

    `library`: spacy | nltk | huggingface, or the distribution that fetches it by itself. `name`: as the library calls it,
    "" where it cannot be read. `revision`: of a repository, where the code names it; `file`: the one file that is
    taken of it; `whole`: all of its files are.
    """

    library: str
    name: str
    revision: str = ""
    file: str = ""
    whole: bool = False
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Translations:
    """Catalogs that have to be compiled. `compiler`: gettext | babel. `folders`: those above xx/LC_MESSAGES; `domains`:
    the catalogs' names."""

    compiler: str
    folders: tuple[str, ...]
    domains: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeFrontend:
    """A node build whose output the Python part serves.

    `folder`: where package.json lies, "." for the root. `manager`: npm | yarn | berry (yarn 2 and later) | pnpm |
    bun, `manager_version` where the project names it. `files`: what installing its dependencies reads. `scripts`:
    the scripts of package.json to run. `outputs`: what they fill, () where that cannot be read. `outside`: the
    build reads files outside of `folder` (tailwind looks through templates). `reads_python`: it looks into .py
    files too. `lifecycle`: its own install scripts need its files. `native`: the lock file names what node-gyp or
    git has to fetch and compile. `mixed`: outputs in which the project keeps files of its own. `versions`: (npm range, evidence), strongest first.
    `loose_peers`: an npm before 7 wrote the lock file. `md4`: the build hashes by what OpenSSL 3 (Node 17) refuses.
    """

    folder: str
    manager: str
    manager_version: str | None
    lock_file: str | None
    files: tuple[str, ...]
    scripts: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    outside: bool = False
    reads_python: bool = False
    lifecycle: bool = False
    native: bool = False
    versions: tuple[tuple[str, Evidence], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    loose_peers: bool = False
    md4: Evidence | None = None


@dataclass(frozen=True, slots=True)
class ServerConfiguration:
    """The project's own configuration of gunicorn: the file, and the names of the settings that it makes."""

    file: str
    settings: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """A credential that installing the dependencies reads: `kind` is variable | netrc | ssh, `name` the variable's.

    `required`: a file of the project names it; else an index may want it, and may not.
    """

    kind: str
    name: str
    required: bool
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Evidence that conflicts or does not suffice: the answer (and flag) that settles it, and the choices.
    `command`: what to type instead, where no answer to this run can settle it."""

    answer: str
    why: str
    choices: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of a tree that has a manifest of its own, and may hold an application.

    `shared`: folders and files elsewhere in the tree that it needs, from the tree's root. `context`: the build
    context that holds all of it, "." or the folder itself. `outside`: what it needs and the tree does not hold.
    """

    folder: str
    shared: tuple[str, ...] = ()
    context: str = "."
    outside: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Roots:
    """The folders that may hold the applications of a tree. `linked`: what says that they are one system, () where
    nothing does. `name`: the tree's own name."""

    name: str
    roots: tuple[Root, ...]
    linked: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Leads:
    """A module of the project and the modules of it that running it can come to in one step."""

    file: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything detect found. The one input of decide besides the person's answers."""

    name: Fact[str]
    manager: Manager
    python: tuple[PythonConstraint, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    frameworks: tuple[Fact[str], ...] = ()
    applications: tuple[Application, ...] = ()
    programs: tuple[Program, ...] = ()
    scripts: tuple[ConsoleScript, ...] = ()
    starts: tuple[Program, ...] = ()  # what the console scripts run, as far as it is in the project
    commands: tuple[DeclaredCommand, ...] = ()
    django: Django | None = None
    migrations: tuple[Migration, ...] = ()
    health: tuple[HealthRoute, ...] = ()
    env: tuple[EnvVar, ...] = ()
    services: tuple[ServiceUse, ...] = ()
    vendors: tuple[ServiceUse, ...] = ()  # services of others, that no container of this stack can be
    notebooks: tuple[Fact[str], ...] = ()  # .ipynb files
    queues: tuple[Fact[str], ...] = ()  # names of RQ's queues
    packages: tuple[Fact[str], ...] = ()  # Debian packages that the project's own lists name
    browsers: tuple[BrowserUse, ...] = ()
    models: tuple[ModelUse, ...] = ()
    translations: Translations | None = None
    uwsgi: tuple[Fact[str], ...] = ()  # Debian packages that options of uWSGI's configuration need to be compiled in
    imports: tuple[str, ...] = ()  # top-level names that the code imports, sorted
    calls: tuple[Fact[str], ...] = ()  # programs that the code starts: ffmpeg, git, uv ...
    tools: tuple[Fact[str], ...] = ()  # programs from PyPI at the version that mise or asdf names: "uv==0.12.5"
    access: tuple[Access, ...] = ()
    credentials: tuple[Evidence, ...] = ()  # lines of the files above with a password or token in a URL
    gunicorn: ServerConfiguration | None = None
    concurrency: tuple[Evidence, ...] = ()  # where the code says how many tasks a Celery worker does at a time
    schedules: tuple[Evidence, ...] = ()  # where Celery's beat gets its schedule
    sqlite: tuple[Fact[str], ...] = ()  # relative paths of the files that SQLite opens, as far as they are literal
    writes: tuple[Fact[str], ...] = ()  # relative paths that the code writes; "." for the working directory itself
    reads: tuple[Fact[str], ...] = ()  # relative paths outside import packages that the code names
    leads: tuple[Leads, ...] = ()  # which module leads to which; () where the project was read in part
    outgrown: tuple[Fact[str], ...] = ()  # "pydantic<2": what nothing fixes, where newer releases lack what is used
    node: NodeFrontend | None = None
    files: tuple[str, ...] = ()  # top-level names, folders with a trailing slash: for .dockerignore
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[Warning, ...] = ()

    def dependency(self, *names: str) -> Dependency | None:
        """The production dependency of the first of these names that the project has, direct or locked."""
        for name in names:
            for dependency in self.dependencies:
                if dependency.name == name and not dependency.group:
                    return dependency
        return None
