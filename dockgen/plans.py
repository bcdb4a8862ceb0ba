"""The records of decide: what to do. Templates get this and nothing else.

Every choice that a person could want otherwise has a `Decision` with the name of its answer, which
is also the flag, the key in .dockgen.toml and the wizard's question.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from dockgen.facts import EnvVar, Evidence, Warning
from dockgen.knowledge import table


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice: `answer` names it ("python"), `value` as text, `why` in one sentence.

    `origin`: "evidence", "default", "flag", "file" (.dockgen.toml or pyproject.toml) or "wizard".
    """

    answer: str
    value: str
    why: str
    origin: str = "evidence"
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What could not be decided: the answer's name, why, and what would be possible. `folder`: the application
    that it is about, where there are several. `command`: what to type instead, where no answer settles it."""

    answer: str
    why: str
    choices: tuple[str, ...] = ()
    folder: str = ""
    command: str = ""

    @property
    def flag(self) -> str:
        """The flag that answers, without its value."""
        name = self.answer.replace("_", "-")
        return f"--answer {shlex.quote(f'{self.folder}:{self.answer}')}=" if self.folder else f"--{name} "


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A Debian package of the image, and the distribution or program that wants it."""

    name: str
    why: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """The base image. `reference` is what the build stages start from, with ${PYTHON_VERSION}; `resolved` what the
    image that runs is made of, without.

    `run`: what the last stage starts from, where that is another image. `family`: whose packages it takes;
    `installer`: apt, apk, microdnf, "" for none in the last stage. `shell`: the last stage has one. `pip`: the build
    image has it. `root`: the build image starts as root. `entrypoint`: it has an entry point of its own.
    `interpreter`: where Python is in `run`, when it is elsewhere in `reference`. `latest`: why the tag is `latest`.
    `home`: it sets HOME to a folder that is not root's.
    `setup`: packages that bring Python.
    """

    reference: str
    resolved: str
    python: str
    run: str = ""
    family: str = "debian"
    installer: str = "apt"
    shell: bool = True
    pip: bool = True
    root: bool = True
    entrypoint: bool = False
    interpreter: str = ""
    latest: str = ""
    home: bool = False
    setup: tuple[SystemPackage, ...] = ()

    @property
    def old(self) -> bool:
        """Python 3.6: its images' pip knows no --python (22.3), and hash-based bytecode came with 3.7 (PEP 552)."""
        return self.python in ("3.5", "3.6")


@dataclass(frozen=True, slots=True)
class Mount:
    """A bind mount of one file or folder of the build context (or of another stage).

    `writable`: the command may write into it; what it writes is thrown away.
    """

    source: str
    target: str
    stage: str = ""
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """The stage that turns a foreign lock file or manifest into a requirements file.

    `command`: words of the one command that writes /requirements.txt; `output` names that file when
    the command prints it instead, else "". `everything`: it needs the whole project (a back end must
    run), not `mounts` alone. `before`: commands that mend the files first; `after`: that mend the result.
    `image`: what the stage starts from, where the tool wants a newer Python than the base has, else "".
    """

    title: str
    command: tuple[str, ...]
    mounts: tuple[Mount, ...] = ()
    everything: bool = False
    output: str = ""
    before: tuple[tuple[str, ...], ...] = ()
    after: tuple[tuple[str, ...], ...] = ()
    image: str = ""


@dataclass(frozen=True, slots=True)
class Install:
    """How the dependencies get into the virtual environment.

    `tool`: uv | pip | micromamba | pixi. `commands`: each a tuple of words, run in order in one RUN. `changes`: the file
    whose change rebuilds this layer, for the comment. `uv_image`: the image that carries uv.
    `note`: a sentence about the commands, for a comment. `prefix`: the environment's folder. `image`: what the stage
    starts from, where that is not the base. `everything`: it needs the whole project, not `mounts` alone.
    `caches`: other tools that the commands call, which keep a cache too. `workdir`: where the commands run, where that
    is not the image's own; the mounts are then absolute. `member`: of a uv workspace.
    """

    tool: str
    commands: tuple[tuple[str, ...], ...]
    mounts: tuple[Mount, ...]
    changes: str
    lock: Lock | None = None
    uv_image: str = ""
    note: str = ""
    prefix: str = "/app/.venv"
    image: str = ""
    everything: bool = False
    caches: tuple[str, ...] = ()
    member: bool = False
    workdir: str = ""


@dataclass(frozen=True, slots=True)
class Browsers:
    """Browsers that a library installs into the image by itself, with the Debian packages that they need.

    `driver`: the folder of its installer in the environment; the layer changes with this alone.
    `arguments`: words after `cli.js`. `path`: where the browsers lie in the image.
    """

    library: str
    driver: str
    arguments: tuple[str, ...]
    path: str
    why: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelFetch:
    """One command that fetches models. `library`: what they are for. `words`: what it fetches: pipelines of spaCy by
    their path below `mirror`, else what stands after `command`, which `tool` (a requirement) is installed for.
    `mirror`: a build argument for the address, and the usual one.
    """

    library: str
    words: tuple[str, ...]
    tool: str = ""
    command: tuple[str, ...] = ()
    mirror: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Models:
    """Models that the image holds below `path`. `exclude_newer`: the day that the tools' own dependencies are of."""

    fetches: tuple[ModelFetch, ...]
    path: str
    uv_image: str
    exclude_newer: str


@dataclass(frozen=True, slots=True)
class BuildStep:
    """A command run at build on the project's files, with variables for this command only.

    `output`: the folder it fills, relative to the project; a layer of its own. "" where it is not known.
    """

    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    why: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Frontend:
    """The stage that builds the node part. `folder`: where it works, below /app ("." is /app itself).

    `copy_first`: installing needs the files. `context`: what is copied from the project, without `exclude`.
    `outputs`: paths below /app that the project then takes; "." for all that is in `folder` after the build.
    """

    image: str
    folder: str
    mounts: tuple[Mount, ...]
    cache: str
    install: tuple[tuple[str, ...], ...]
    build: tuple[tuple[str, ...], ...]
    context: str
    outputs: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    copy_first: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """How the project itself gets into the image.

    `wheels`: folders installed without dependencies into /opt/app ("." is the project).
    `tree`: the whole (unignored) tree is copied to /app. `extra`: single paths copied to /app when
    the tree is not. `steps`: collectstatic and the like. `needs_dependencies`: a step imports them.
    `python_path`: folders on PYTHONPATH. `console`: names of the console scripts that the wheels bring to
    /opt/app/bin. `packages`: what the steps need of the base's distribution, in their stage alone. `version_variable`: environment variable that gives the build back end the version that git would;
    `version_file`: it reads PKG-INFO instead. `build_requires`: what building the wheels needs, () to let uv ask
    their back ends. `folder`: the project's folder in the build context, and then `mounts`: the
    folders that wheels are built from.
    """

    wheels: tuple[str, ...] = ()
    tree: bool = True
    extra: tuple[str, ...] = ()
    steps: tuple[BuildStep, ...] = ()
    needs_dependencies: bool = False
    packages: tuple[SystemPackage, ...] = ()
    python_path: tuple[str, ...] = ()
    console: tuple[str, ...] = ()
    build_requires: tuple[str, ...] = ()
    version_variable: str | None = None
    version_file: bool = False
    folder: str = "."
    mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the Dockerfile beside the one that runs: debug, test, dev.

    `start`: the stage it starts from. `image_files`: paths taken from the image that runs, where that could not be
    started from. `commands`: run as root, with `tool`'s cache. `copy`: whose the project's files are that it gets
    ("root", "user"), "" for none. `project_files`: paths taken from the project stage. `run`: a command that the
    build runs at the end, with `run_environment`. `command`: what a container of it runs, () for the image's own.
    `venv`: (stage, folder) that the virtual environment is taken from.
    """

    name: str
    start: str
    why: str
    image_files: tuple[str, ...] = ()
    tool: str = "pip"
    uv_image: str = ""
    mounts: tuple[Mount, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    copy: str = ""
    project_files: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    run: tuple[str, ...] = ()
    run_environment: tuple[tuple[str, str], ...] = ()
    port: int | None = None
    command: tuple[str, ...] = ()
    venv: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A process run from the image.

    `kind`: web | worker | scheduler | bot | cli | script | notebook | release, as in the contract.
    `command`: exec form. `health`: exec form, () for none. `environment`: set in compose for this
    process alone. `root`: folder of the application in a workspace.
    """

    name: str
    kind: str
    command: tuple[str, ...]
    port: int | None = None
    health_path: str | None = None
    health: tuple[str, ...] = ()
    why: str = ""
    root: str = "."
    stop_signal: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildSecret:
    """What the install reads and no layer keeps: the variable `name`, or the file `target` ("" for a variable).

    `required`: the build stops at once without it. `file`: where it lies on the builder's machine, as its shell
    writes that.
    """

    name: str
    target: str = ""
    file: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Gunicorn:
    """The configuration written for gunicorn. `threads`: a worker's, 0 where its class has none. `workers`: 0 for
    the container's CPUs, else a fixed number, and `why`. `recycled`: a worker is replaced after many requests."""

    threads: int = 4
    workers: int = 0
    recycled: bool = True
    why: str = ""


def image_name(name: str) -> str:
    """The name of the image that is built for a project of this name: not that of an official image (postgres, redis),
    for which the next `docker run` or `docker compose pull` would take the one in the other's place."""
    name = name.lower()
    return f"{name}-app" if name in table("images_official")["names"] else name


@dataclass(frozen=True, slots=True)
class Secret:
    """A value made once on this machine and kept in a file that git and the image leave out.

    `file`: below .secrets/. `variable`: for lines of an env file, "" for a file that holds only the
    value. `template`: how the line's value is made, with {name} for other secrets' values, so that
    a URL and the service's own password agree; "" for a fresh random value.
    """

    name: str
    file: str
    variable: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A container that the project talks to, ready for compose.

    `environment`: plain values. `secrets`: names of Secret files mounted at /run/secrets. `volume`:
    where its data lives, None for none. `health`: compose test list. `user`: the image's own account that it can be
    started as, without any capability, "" where that is not known; `capabilities`: what the image needs to change to it by itself. `memory`: its limit.
    `aliases`: other host names of it, which the code has fixed.
    """

    name: str
    image: str
    port: int
    environment: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    volume: str | None = None
    health: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    why: str = ""
    user: str = ""
    capabilities: tuple[str, ...] = ()
    tmpfs: tuple[str, ...] = ()
    read_only: bool = False
    memory: str = "1G"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link in the image, both ends absolute: the code opens `path`, the file lies at `target`."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Compose:
    """The stack. `environment`: plain variables of the application; `unset`: variables that the code
    requires and that only the person knows, listed empty in the env file with a comment."""

    services: tuple[Service, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    secrets: tuple[Secret, ...] = ()
    unset: tuple[str, ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()  # (volume name, path in the container)
    read_only: bool = True
    env_file: str = "app.env"  # below .secrets/


@dataclass(frozen=True, slots=True)
class EnvLine:
    """One variable of .env.example. `source`: where its value comes from: "person", "secret" (made once), "compose"
    (compose.yaml sets it), "image" (the Dockerfile does), "default" (the code's own). `default`: shown, "" for none; `place`: file:line."""

    name: str
    source: str
    meaning: str = ""
    required: bool = False
    secret: bool = False
    default: str = ""
    words: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class EnvExample:
    """The variables of .env.example, by name."""

    lines: tuple[EnvLine, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """nginx in front of a web process: it serves what was collected, and hands on the rest.

    `static`: the URL's path, and the folder in the image that collecting filled. `media`: the URL's path, the volume and
    where that lies in the application's container; None for none.
    """

    image: str
    port: int
    static: tuple[str, str]
    media: tuple[str, str, str] | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where the gateway sends requests: for `host` (a name below the domain, "" for the domain itself) to a service."""

    host: str
    service: str
    port: int


@dataclass(frozen=True, slots=True)
class Gateway:
    """Caddy in front of every web process."""

    image: str
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """A rule of compose's develop.watch. `action`: sync | sync+restart | rebuild. `path`: what is watched, from the
    folder of the compose file; `target`: where it lies in the container; `ignore`: patterns, from `path`."""

    action: str
    path: str
    target: str = ""
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DevelopedProcess:
    """What development changes of a process. `command`: () where that is the dev target's own, or stays as it is."""

    command: tuple[str, ...] = ()
    watch: tuple[Watch, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A program for the people who develop: adminer, mailpit, flower. `port`: of its pages; `host`: the port of the
    machine that leads there. `profile`: "" where the application itself talks to it. `env_file`: below .secrets/.
    `data`: it talks to the services of the stack."""

    name: str
    image: str
    port: int
    host: int
    why: str
    profile: str = "tools"
    environment: tuple[tuple[str, str], ...] = ()
    env_file: str = ""
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    data: bool = True


@dataclass(frozen=True, slots=True)
class Development:
    """compose.override.yaml. `processes`: in the order of the plan's. `environment`: for all of them.

    `debug`: the main process under debugpy, () where that cannot be; `debug_host`: the port of the machine that leads to
    debugpy, `debug_web` to the process itself (None where it does not listen).
    """

    processes: tuple[DevelopedProcess, ...]
    environment: tuple[tuple[str, str], ...] = ()
    debug: tuple[str, ...] = ()
    debug_port: int = 5678
    debug_host: int = 5678
    debug_web: int | None = None
    tools: tuple[Tool, ...] = ()
    front: bool = False  # nginx stays in front: the server for developing serves no static files

    @property
    def debug_watch(self) -> tuple[Watch, ...]:
        """The main process's rules, for a process that loads nothing anew by itself."""
        return tuple(
            replace(rule, action="sync+restart") if rule.action == "sync" else rule for rule in self.processes[0].watch
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One application's place in a system of several.

    `name`: what it is called there: its image, its anchor and env file in compose. `folder`: from the tree's root.
    `context`: of its build, "." or the folder. `ports`: (port in the container, port on the host).
    `shares_data`: it talks to a service of the stack; `private`: the stack has such services at all. `after`: steps of
    other applications (migrations of the database that they share) that its processes wait for; `step_after`: that its
    own steps wait for.
    """

    name: str
    folder: str
    context: str
    image: str
    ports: tuple[tuple[int, int], ...] = ()
    shares_data: bool = False
    private: bool = False
    after: tuple[str, ...] = ()
    step_after: tuple[str, ...] = ()

    @property
    def dockerfile(self) -> str:
        """Seen from the context."""
        return "Dockerfile" if self.context == self.folder else f"{self.folder}/Dockerfile"

    def host(self, port: int) -> int:
        """The port on the host that leads to this one."""
        return dict(self.ports).get(port, port)


@dataclass(frozen=True, slots=True)
class Target:
    """One image of docker-bake.hcl."""

    name: str
    context: str
    dockerfile: str
    image: str
    secrets: tuple[BuildSecret, ...] = ()
    ssh: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything render needs."""

    name: str
    base: Base
    syntax_line: bool
    install: Install | None
    project: Project
    build_packages: tuple[SystemPackage, ...]
    runtime_packages: tuple[SystemPackage, ...]
    processes: tuple[Process, ...]
    environment: tuple[tuple[str, str], ...]  # ENV of the runtime stage
    writable: tuple[str, ...]  # folders that the run-time user owns, absolute
    compose: Compose | None
    ignore: tuple[tuple[str, tuple[str, ...]], ...]  # (why, patterns) for .dockerignore
    files: tuple[str, ...]
    decisions: tuple[Decision, ...]
    questions: tuple[Question, ...]
    warnings: tuple[Warning, ...]
    links: tuple[Link, ...] = ()
    frontend: Frontend | None = None
    gunicorn: Gunicorn | None = None
    build_secrets: tuple[BuildSecret, ...] = ()
    ssh: bool = False  # the install clones over ssh
    browsers: tuple[Browsers, ...] = ()
    models: Models | None = None
    start_period: int = 30  # seconds that a process may take to its first healthy answer
    offers: tuple[Question, ...] = ()  # choices with a default, which only a person at a terminal is asked
    variables: tuple[EnvVar, ...] = ()  # what the project reads, required as far as these processes need it
    requirements: tuple[tuple[str, str], ...] = ()  # guessed distributions and where each is imported
    stages: tuple[Stage, ...] = ()
    only_tests: tuple[str, ...] = ()  # top-level names that only the test stage gets
    syntax_image: str = "docker/dockerfile:1"
    gpu: bool = False
    part: Part | None = None  # its place among several applications
    env_example: EnvExample | None = None
    development: Development | None = None
    front: Front | None = None
    gateway: Gateway | None = None

    @property
    def front_name(self) -> str:
        """nginx's name in the stack."""
        return f"{self.part.name}-nginx" if self.part else "nginx"

    def published(self, process: Process) -> bool:
        """Whether compose.yaml opens this process's port on the host: not what something stands in front of."""
        web = process.kind == "web"
        return bool(process.port) and not (web and self.gateway) and not (self.front and process == self.main)

    @property
    def build_command(self) -> str:
        """The words of `docker build` up to the folder, with all that this build needs."""
        words = ["docker build"]
        for secret in self.build_secrets:
            words.append(
                f"--secret id={secret.name}," + (f"src={secret.file}" if secret.file else f"env={secret.name}")
            )
        return " ".join([*words, *(["--ssh default"] if self.ssh else []), f"--tag {self.image}"])

    @property
    def syntax(self) -> str:
        """The image of the `# syntax=` line, "" for none."""
        return self.syntax_image if self.syntax_line else ""

    @property
    def main(self) -> Process:
        """The process that the image runs by default."""
        return self.processes[0]

    @property
    def stacks(self) -> tuple[Compose, ...]:
        return (self.compose,) if self.compose else ()

    @property
    def image(self) -> str:
        """The image's name, without a tag."""
        return self.part.image if self.part else image_name(self.name)

    @property
    def targets(self) -> tuple[Target, ...]:
        """What docker-bake.hcl builds."""
        if self.part:
            place = (self.part.name, self.part.context, self.part.dockerfile)
            return (Target(*place, self.part.image, self.build_secrets, self.ssh),)
        name = self.image.replace(".", "-")
        return (Target(name, ".", "Dockerfile", self.image, self.build_secrets, self.ssh),)


@dataclass(frozen=True, slots=True)
class System:
    """Several applications of one tree, joined: each with its own image, all in one compose file.

    What a single Plan is asked for as a whole (files, processes, questions, warnings, stacks) it answers too.
    """

    name: str
    plans: tuple[Plan, ...]
    ignore: tuple[tuple[str, tuple[str, ...]], ...]  # of the shared build context, () where there is none
    files: tuple[str, ...]
    decisions: tuple[Decision, ...] = ()
    questions: tuple[Question, ...] = ()
    warnings: tuple[Warning, ...] = ()

    @property
    def stacks(self) -> tuple[Compose, ...]:
        return tuple(plan.compose for plan in self.plans if plan.compose)

    @property
    def processes(self) -> tuple[Process, ...]:
        return tuple(process for plan in self.plans for process in plan.processes)

    @property
    def offers(self) -> tuple[Question, ...]:
        """None: what a single application can choose is an answer of its own (--answer)."""
        return ()

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple(target for plan in self.plans for target in plan.targets)
