"""The stages beside the one that runs, each by --with: debug, test and dev. BuildKit builds none of them unless it is
asked to (`docker build --target test .`), and nothing of them is in the image that runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dockgen.decide.install import VENV
from dockgen.decide.older import installable
from dockgen.decide.project import stand_ins
from dockgen.decide.reload import developed
from dockgen.errors import Usage
from dockgen.facts import Dependency, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Base, Install, Process, Project, Stage

DEBUG_PORT = 5678
"""Where debugpy listens (its own documentation's port)."""

TESTS = ("tests/", "test/", "tests.py", "conftest.py", "pytest.ini", "tox.ini", ".coveragerc")
"""Top-level names that only running the tests needs."""

GROUPS = ("test", "tests", "testing", "dev", "develop", "development")
"""Groups and extras that testers install, the closest first, where none of them names a test runner."""

Environment = tuple[tuple[str, str], ...]


def choose_stages(
    facts: Facts,
    answers: Mapping[str, Any],
    install: Install | None,
    project: Project,
    base: Base,
    processes: tuple[Process, ...],
    environment: Environment,
    alone: bool = True,
) -> tuple[tuple[Stage, ...], tuple[str, ...], tuple[Warning, ...]]:
    """The stages asked for, the top-level names that only the test stage gets, and what to know. `alone`: the project
    is not one of several applications. Raises Usage for a test target where there are no tests."""
    wanted = answers.get("with") or ()
    warnings: tuple[Warning, ...] = ()
    targets: list[Stage] = []
    only: tuple[str, ...] = ()
    if "test" in wanted and not alone:
        warnings = (Warning("--with test: only for a project of its own, not yet for one of several applications"),)
    elif "test" in wanted:
        only = tuple(name.rstrip("/") for name in TESTS if name in facts.files)
        targets.append(_test(facts, install, project, base, environment, only))
    if "dev" in wanted and processes:
        targets += _dev(facts, install, project, base, processes[0], environment, alone)
    if "debug" in wanted and processes:
        targets.append(_debug(install, project, base, processes[0], environment))
    return tuple(targets), only, warnings


# ---- debug --------------------------------------------------------------------------------------


def _debug(install: Install | None, project: Project, base: Base, main: Process, environment: Environment) -> Stage:
    tools = tuple(table("tools")["debug"]["with"])
    start, files = _running(install, project, base)
    tool, uv, commands = _into_venv(install, base, tools)
    return Stage(
        "debug",
        start,
        "What runs, with a debugger that waits at port 5678 to be attached to, and py-spy.",
        image_files=files,
        tool=tool,
        uv_image=uv,
        commands=commands,
        environment=(environment if files else ()) + _path(install, commands),
        port=DEBUG_PORT,
        command=debugged(main.command, project, install.prefix if install else VENV),
    )


def debugged(command: tuple[str, ...], project: Project, prefix: str = VENV) -> tuple[str, ...]:
    """The command under debugpy: it takes a file or -m, and a console script is a file of Python."""
    listen = ("python", "-m", "debugpy", "--listen", f"0.0.0.0:{DEBUG_PORT}")
    first, rest = command[0], command[1:]
    if first in ("python", "python3"):
        options = [word for word in rest[:1] if word in ("-u", "-O")]
        return (*listen, *rest[len(options) :])
    folder = "/opt/app/bin" if first in project.console else f"{prefix}/bin"
    return (*listen, first if first.startswith("/") else f"{folder}/{first}", *rest)


def _running(install: Install | None, project: Project, base: Base) -> tuple[str, tuple[str, ...]]:
    """The stage to start from. An image without a shell can neither be installed into nor looked around in: then its
    files are put on the image that it was built in."""
    if base.shell:
        return "runtime", ()
    files = ["/app"]
    if project.wheels:
        files.append("/opt/app")
    return "base", tuple(files)


def _into_venv(
    install: Install | None, base: Base, wanted: tuple[str, ...]
) -> tuple[str, str, tuple[tuple[str, ...], ...]]:
    """(tool, image of uv, commands) that install these beside the project's dependencies."""
    wanted = installable(wanted, base.python)
    if install is not None and install.uv_image:
        return "uv", install.uv_image, (("uv", "pip", "install", "--python", f"{install.prefix}/bin/python", *wanted),)
    venv = () if install is not None else (("python", "-m", "venv", "--without-pip", VENV),)
    return "pip", "", (*venv, ("pip", "--python", f"{VENV}/bin/python", "install", *wanted))


def _path(install: Install | None, commands: tuple[tuple[str, ...], ...]) -> Environment:
    """The virtual environment that the target makes for itself, where the project has none."""
    return (("PATH", f"{VENV}/bin:$PATH"),) if install is None and commands else ()


# ---- test ---------------------------------------------------------------------------------------


def _test(
    facts: Facts,
    install: Install | None,
    project: Project,
    base: Base,
    environment: Environment,
    only: tuple[str, ...],
) -> Stage:
    named = bool({"tests", "test", "tests.py"} & set(only)) or any(
        name.startswith("test_") and name.endswith(".py") for name in facts.files
    )
    if not named and facts.django is None:
        raise Usage("--with test: there are no tests (no folder tests or test, no test_*.py)")
    groups = groups_with_tests(facts.dependencies)
    wanted = _requirements(facts, groups)
    run = _runner(facts)
    if run[:3] == ("python", "-m", "pytest") and not any(w.split("=")[0] == "pytest" for w in _names(facts, wanted)):
        wanted = (*wanted, table("tools")["test"]["pytest"])
    tool = install.tool if install else "pip"
    commands: tuple[tuple[str, ...], ...] = ()
    uv_image = ""
    activated = install is not None and bool(install.image)  # an environment of conda's packages
    if activated:
        run = ("/activate", *run)
    sync = _sync(facts, install, groups)
    if sync:
        commands = (sync,)
    elif wanted:
        tool, uv_image, commands = _into_venv(install, base, wanted)
        uv_image = uv_image if activated else ""  # else the stage it starts from has uv
    return Stage(
        "test",
        "runtime" if activated or not (install or base.run) else "dependencies" if install else "base",
        "The project's tests: docker build --target test . runs them, and fails when they do.",
        tool=tool,
        uv_image=uv_image,
        mounts=install.mounts if sync and install else (),
        commands=commands,
        copy="root",
        project_files=("/opt/app",) if project.wheels else (),
        environment=environment + _path(install, commands),
        run=run,
        run_environment=stand_ins(facts),
    )


def groups_with_tests(dependencies: Iterable[Dependency]) -> tuple[str, ...]:
    """The groups and extras with what runs the tests: those that name pytest, else the usual name for them."""
    groups = {d.group for d in dependencies if d.group}
    with_runner = sorted({d.group for d in dependencies if d.group and d.name == "pytest"})
    if with_runner:
        usual = [g for g in with_runner if g.lower() in GROUPS]
        return tuple(usual[:1] or with_runner[:1]) if len(with_runner) > 1 else tuple(with_runner)
    return tuple(g for g in GROUPS if g in groups)[:1]


def _requirements(facts: Facts, groups: tuple[str, ...]) -> tuple[str, ...]:
    """What these groups list, each as one word, at the locked version where there is one."""
    from dockgen.detect.managers.common import on_linux

    words = []
    for d in facts.dependencies:
        if d.group in groups and d.source == "index" and on_linux(d.marker) and (d.direct or d.version):
            extras = f"[{','.join(d.extras)}]" if d.extras else ""
            words.append(f"{d.name}{extras}" + (f"=={d.version}" if d.version else d.specifier))
    return tuple(dict.fromkeys(words))


def _names(facts: Facts, wanted: tuple[str, ...]) -> tuple[str, ...]:
    production = tuple(d.name for d in facts.dependencies if not d.group)
    return (*(w.replace("<", "=").replace(">", "=").replace("~", "=").replace("!", "=") for w in wanted), *production)


def _sync(facts: Facts, install: Install | None, groups: tuple[str, ...]) -> tuple[str, ...]:
    """uv's own command with the groups of the tests, () where the project is not one of uv's lock file."""
    first = install.commands[0] if install and install.commands else ()
    if first[:2] != ("uv", "sync") or not groups:
        return ()
    words = [word for word in first if word != "--no-dev"]
    for group in groups:
        grouped = any(
            e.why == f"dependency group {group}" for d in facts.dependencies if d.group == group for e in d.evidence
        )
        words += ["--group" if grouped else "--extra", group]
    return tuple(words)


def _runner(facts: Facts) -> tuple[str, ...]:
    pytest = any(d.name == "pytest" for d in facts.dependencies) or {"pytest.ini", "conftest.py"} & set(facts.files)
    if pytest:
        return ("python", "-m", "pytest")
    if facts.django is not None:
        return ("python", facts.django.manage, "test")
    return ("python", "-m", "unittest", "discover", *(("-s", "tests") if "tests/" in facts.files else ()))


# ---- dev ----------------------------------------------------------------------------------------


TOOLS = "development"
"""The stage that installs what only developing needs: apart from the code, so that a change of it installs nothing."""

DEV_GROUPS = ("dev", "develop", "development", "local")


def _dev(
    facts: Facts,
    install: Install | None,
    project: Project,
    base: Base,
    main: Process,
    environment: Environment,
    alone: bool,
) -> tuple[Stage, Stage]:
    """The dev target, and before it the virtual environment with what it adds."""
    run = developed(facts, main)
    row = table("tools")["dev"]
    groups = development_groups(facts.dependencies)
    added = [row["debugger"]]
    if run.watches and facts.dependency("watchfiles") is None:
        added.append(row["watcher"])
    sync = _sync(facts, install, groups) if alone else ()
    if not sync:
        added = [*_requirements(facts, groups), *added]
    tool, uv_image, commands = _into_venv(install, base, tuple(dict.fromkeys(added)))
    activated = install is not None and bool(install.image)  # an environment of conda's packages
    names = [f"the group {group}" for group in groups] + [
        word.partition("=")[0] for word in (row["debugger"], row["watcher"]) if word in added
    ]
    tools = Stage(
        TOOLS,
        "dependencies" if install else "base",
        f"What only developing needs: {', '.join(names)}.",
        tool=tool,
        uv_image=uv_image if activated else "",  # else the stage that it starts from has uv
        mounts=install.mounts if sync and install else (),
        commands=(sync, *commands) if sync else commands,
    )
    start, files = _running(None, project, base)
    settings = dict(environment) if files else {}
    settings |= dict(_path(install, commands))
    settings |= _sources(facts, project, dict(environment))
    prefix = install.prefix if install else VENV
    target = Stage(
        "dev",
        start,
        "For compose watch: the sources in /app are what runs, and the server starts again when they change.",
        image_files=files,
        venv=(TOOLS, prefix),
        commands=(("chown", "10001:10001", "/app"),),  # files are made and removed there
        tool="",
        copy="user",
        environment=tuple(settings.items()),
        command=() if main.kind == "cli" else run.command,
    )
    return tools, target


def development_groups(dependencies: Iterable[Dependency]) -> tuple[str, ...]:
    """The groups and extras that people install to work on the project: those called so, and that of the tests."""
    dependencies = tuple(dependencies)
    groups = {d.group for d in dependencies if d.group}
    return tuple(dict.fromkeys((*(g for g in DEV_GROUPS if g in groups), *groups_with_tests(dependencies))))


def _sources(facts: Facts, project: Project, environment: Mapping[str, str]) -> dict[str, str]:
    """PYTHONPATH with the sources before the wheels that were made from them."""
    if not project.wheels:
        return {}
    folders = []
    for wheel in project.wheels:
        if wheel.startswith("../"):  # a package of the tree beside: a wheel in the image, and not among the sources
            continue
        root = "/app" if wheel == "." else f"/app/{wheel}"
        folders += [f"{root}/src", root] if wheel != "." or "src/" in facts.files else [root]
    rest = [path for path in environment.get("PYTHONPATH", "").split(":") if path and path not in folders]
    return {"PYTHONPATH": ":".join([*folders, *rest])}
