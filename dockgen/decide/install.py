"""How the dependencies get into the virtual environment, a package manager at a time.

Each manager's own lock file is honoured. uv reads its own; what poetry, pdm and pipenv locked is
exported, hashes included, by the manager itself in a stage of its own: the dependency layer then
hangs on the exported text alone (BuildKit compares the mounted file by content), not on every edit
of pyproject.toml. Projects without a lock whose dependencies only a build back end can tell are
resolved the same way.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from dockgen.decide.base import image
from dockgen.decide.leftovers import copy_commands, edits, needs_copy, title
from dockgen.facts import Facts, Manager
from dockgen.knowledge import table
from dockgen.plans import Base, Install, Lock, Mount

VENV = "/app/.venv"
REQUIREMENTS = "/requirements.txt"
BYTECODE = ("python", "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash", f"{VENV}/lib")
"""Compiles what is installed. A .pyc that names its source's time (the default) differs from build to build, and is
thrown away by Python where a build sets all times to SOURCE_DATE_EPOCH; nobody edits installed files (PEP 552). A
distribution may hold a file that does not compile (a test's, a template's): pip and uv pass over it, and so does the
template."""
OLD_BYTECODE = ("python", "-m", "compileall", "-q", f"{VENV}/lib")
"""The same on Python 3.6, which knows no other form; uv's own compiling needs 3.7."""
PROPOSAL = "requirements.txt"
"""What init writes for a project without a manifest, from its imports; afterwards it is the person's."""
LOCAL_LINES = r"/^(-e |--editable |\.{1,2}\/|file:|[A-Za-z0-9._-]+(\[[^]]*\])? @ file:)/d"
"""sed: the lines of a requirements file that name a folder, as uv, Poetry and PDM write them."""
PYLOCK = re.compile(r"pylock(\.[^./]+)?\.toml")


def choose_install(
    facts: Facts, additions: tuple[str, ...], registry: str | None = None, base: Base | None = None
) -> Install | None:
    """The install of the project's dependencies, or None when it has none."""
    chosen = _choose(facts, additions, base is None or (base.pip and not base.old))
    if chosen is None:
        return None
    if base and base.old:
        commands = (*(command for command in chosen.commands if command != BYTECODE), OLD_BYTECODE)
        chosen = replace(chosen, commands=commands)
    if base and base.interpreter:
        chosen = replace(chosen, commands=(*chosen.commands, *_pointed_at(base.interpreter)))
    if base and chosen.lock and chosen.lock.command[:3] == ("uv", "tool", "run") and _is_older(base.python):
        newer = image(f"python:{table('python_releases')['default']}-slim", registry)
        chosen = replace(chosen, lock=replace(chosen.lock, image=newer))
    if chosen.tool != "uv":
        return chosen
    return replace(chosen, uv_image=image(f"ghcr.io/astral-sh/uv:{table('tools')['uv']}", registry))


def _is_older(python: str) -> bool:
    """Whether the tools that export a lock file (Poetry, PDM, Pipenv) do not run on this Python. What they write is
    the same on every other: it has the markers of the lock file."""
    parts = [int(part) for part in python.split(".")[:2] if part.isdigit()]
    oldest = [int(part) for part in table("tools")["exporting_python"].split(".")]
    return parts < oldest


def _pointed_at(interpreter: str) -> tuple[tuple[str, ...], ...]:
    """Makes the virtual environment one of the Python that the last image has, in its own place."""
    home = str(PurePosixPath(interpreter).parent)
    return (
        ("ln", "-sf", interpreter, f"{VENV}/bin/python"),
        ("sed", "-i", f"s|^home = .*|home = {home}|", f"{VENV}/pyvenv.cfg"),
    )


def _choose(facts: Facts, additions: tuple[str, ...], pip: bool = True) -> Install | None:
    manager = facts.manager
    production = [d for d in facts.dependencies if not d.group]
    git = any(d.source == "git" for d in production)
    if not production and not additions and not manager.packaged and not manager.local:
        return None
    if manager.lock_file and PYLOCK.fullmatch(manager.lock_file):
        return _uv_pylock(manager, additions)
    if manager.name == "uv" and manager.lock_file:
        return _uv_sync(manager, additions)
    if manager.name == "pip" and manager.requirements:
        local = manager.packaged or manager.local
        if local:
            return _from_lock(_compiled(manager, facts.name.value, manager.requirements), additions, manager)
        if not pip or manager.loose or (git and any(d.version for d in production) and manager.lock_file):
            return _uv_requirements(manager, additions)
        return _pip(manager, additions)
    if manager.name == "pdm" and manager.lock_file and ("inherit_metadata", "true") not in manager.export_hint:
        return _pdm_sync(manager, additions)
    if manager.name == "pipenv" and not manager.lock_file:  # pipenv would write an empty list
        return _from_names(facts, additions)
    if manager.name in ("poetry", "pdm", "pipenv") and manager.lock_file:
        return _from_lock(_exported(manager), additions, manager)
    if manager.name == "poetry" and not manager.packaged:
        return _from_lock(_exported(manager), additions, manager)
    if manager.name in ("conda", "pixi"):
        return _from_conda(facts, additions)
    if manager.name == "script" and manager.lock_file:
        return _script_lock(manager, additions)
    if manager.name == "script":
        return _uv_requirements(manager, additions)
    if manager.name == "none" and production:  # from the list that init writes
        return _uv_requirements(replace(manager, requirements=(PROPOSAL,), files=(PROPOSAL,)), additions)
    if manager.static_dependencies and "pyproject.toml" in manager.files:
        return _uv_pyproject(manager, additions)
    if manager.files:
        return _from_lock(_compiled(manager, facts.name.value, ()), (*manager.also, *additions), manager)
    if additions:
        return Install("uv", (("uv", "venv", VENV), ("uv", "pip", "install", *additions)), (), "this list")
    if manager.packaged or manager.local:
        return Install("uv", (("uv", "venv", VENV),), (), "the Python version")
    return None


def _script_lock(manager: Manager, additions: tuple[str, ...]) -> Install:
    """A PEP 723 script with the lock that `uv lock --script` writes beside it."""
    locked = "/tmp/requirements.txt"  # noqa: S108 - in a stage of the build that nobody shares
    export = ("uv", "export", "--script", manager.requirements[0], "--locked", "--output-file", locked)
    commands: tuple[tuple[str, ...], ...] = (
        export, ("uv", "venv", VENV), ("uv", "pip", "install", "--requirements", locked)
    )  # fmt: skip
    if additions:  # a list with hashes takes none without
        commands += (("uv", "pip", "install", *additions),)
    return Install("uv", commands, _mounts(manager.files), manager.lock_file or "")


def _mounts(files: tuple[str, ...]) -> tuple[Mount, ...]:
    return tuple(Mount(f, f) for f in files)


def _options(manager: Manager) -> tuple[str, ...]:
    groups = tuple(word for g in manager.groups for word in ("--group", g))
    extras = tuple(word for e in manager.extras for word in ("--extra", e))
    return groups + extras


def _uv_sync(manager: Manager, additions: tuple[str, ...]) -> Install:
    # --no-install-local leaves out the project, workspace members and path dependencies: they are
    # the project's own code and come as wheels in the project stage.
    leave_out = "--no-install-local" if manager.local or manager.member else "--no-install-project"
    static = manager.static_dependencies and "own-version" not in dict(manager.export_hint)
    # A project with tool.uv.default-groups has other groups than dev to leave out.
    without = "--no-default-groups" if dict(manager.export_hint).get("default-groups") is not None else "--no-dev"
    only = ("--package", manager.member) if manager.member else ()
    sync = ("uv", "sync", "--locked" if static else "--frozen", *only, without, leave_out, *_options(manager))
    commands: list[tuple[str, ...]] = [sync]
    if additions:
        commands.append(("uv", "pip", "install", *additions))
    changes = PurePosixPath(manager.lock_file or "").name
    return Install("uv", tuple(commands), _mounts(manager.files), changes, member=bool(manager.member))


def _pip(manager: Manager, additions: tuple[str, ...]) -> Install:
    mounts, files = _mounts(manager.files), manager.requirements
    copying: list[tuple[str, ...]] = []
    if needs_copy(manager):
        mounts, copying, files = copy_commands(manager)
    named = tuple(word for r in files for word in ("--requirement", r))
    # Compiled afterwards, because what pip compiles holds the hour of the build (see BYTECODE).
    pip = ("pip", "--python", f"{VENV}/bin/python", "install", "--no-compile")
    commands: list[tuple[str, ...]] = [*copying, ("python", "-m", "venv", "--without-pip", VENV)]
    if additions and manager.hashed:  # one hash in a pip call makes hashes required for all of it
        commands += [(*pip, *named), (*pip, *additions)]
    else:
        commands.append((*pip, *named, *additions))
    commands.append(BYTECODE)
    note = title(manager) if copying else ""
    return Install("pip", tuple(commands), mounts, manager.requirements[0], note=note)


def _uv_requirements(manager: Manager, additions: tuple[str, ...]) -> Install:
    """Requirement files by uv: those that leave versions open (pip gives up on what uv's resolver finds, see
    https://pip.pypa.io/en/stable/topics/dependency-resolution/), hashed ones with git lines (pip refuses the
    mixture), PEP 723 scripts."""
    mounts, files = _mounts(manager.files), manager.requirements or manager.files[:1]
    copying: list[tuple[str, ...]] = []
    if needs_copy(manager):
        mounts, copying, files = copy_commands(manager)
    named = tuple(word for r in files for word in ("--requirements", r))
    commands = (*copying, ("uv", "venv", VENV), ("uv", "pip", "install", *named, *additions))
    note = title(manager) if copying else ""
    return Install("uv", commands, mounts, (manager.requirements or manager.files)[0], note=note)


def _uv_pylock(manager: Manager, additions: tuple[str, ...]) -> Install:
    """A PEP 751 lock by uv, which checks its hashes and takes no other requirement beside it."""
    whole = dict(manager.export_hint).get("whole") == "true"  # it lists folders of the project
    file = f"/src/{manager.files[0]}" if whole else manager.files[0]
    # installed editable, a folder would be looked for where it was mounted
    install = ("uv", "pip", "install", *(("--no-editable",) if whole else ()), "--requirements", file)
    commands: list[tuple[str, ...]] = [("uv", "venv", VENV), (*install, *_options(manager))]
    if additions:
        commands.append(("uv", "pip", "install", *additions))
    mounts = (Mount(".", "/src", writable=True),) if whole else _mounts(manager.files)
    return Install("uv", tuple(commands), mounts, "the project" if whole else manager.files[0])


def _uv_pyproject(manager: Manager, additions: tuple[str, ...]) -> Install:
    extras = tuple(word for e in manager.extras for word in ("--extra", e))
    groups = tuple(word for g in manager.groups for word in ("--group", g))
    install = ("uv", "pip", "install", "--requirements", "pyproject.toml", *extras, *groups, *manager.also, *additions)
    # poetry-dynamic-versioning writes the version into the manifest while it builds, and takes it out again.
    mount = Mount("pyproject.toml", "pyproject.toml", writable=manager.dynamic_version == "poetry-dynamic-versioning")
    return Install("uv", (("uv", "venv", VENV), install), (mount,), "pyproject.toml")


def _from_conda(facts: Facts, additions: tuple[str, ...]) -> Install:
    """What a conda environment names, from PyPI. Each is one word of the command: the image follows the list."""
    renamed: dict[str, str] = table("conda")["distributions"]
    named = tuple(replace(d, name=renamed.get(d.name, d.name)) for d in facts.dependencies)
    return _from_names(replace(facts, dependencies=named), additions)


def _from_names(facts: Facts, additions: tuple[str, ...]) -> Install:
    """Requirements of a manifest that uv does not read, each a word of the command."""
    wanted = []
    for d in facts.dependencies:
        if d.direct and not d.group and not (d.source == "path" and d.location in facts.manager.local):
            wanted.append(d.requirement)
    commands = (("uv", "venv", VENV), ("uv", "pip", "install", *dict.fromkeys(wanted), *additions))
    return Install("uv", commands, (), "this list")


def _from_lock(lock: Lock, additions: tuple[str, ...], manager: Manager) -> Install:
    install = ("uv", "pip", "install", "--requirements", PurePosixPath(REQUIREMENTS).name, *additions)
    mount = Mount(REQUIREMENTS, PurePosixPath(REQUIREMENTS).name, stage="requirements")
    changes = manager.lock_file or "the resolved list"
    if manager.local:  # exported by their path, and installed as wheels of their own
        lock = replace(lock, after=(("sed", "-i", "-E", LOCAL_LINES, REQUIREMENTS),))
    return Install("uv", (("uv", "venv", VENV), install), (mount,), changes, lock=lock)


def _pdm_sync(manager: Manager, additions: tuple[str, ...]) -> Install:
    """A pdm.lock made without inherit_metadata has no markers: pdm refuses to export it, and installs it itself."""
    groups = tuple(f"--group={g}" for g in (*manager.groups, *manager.extras))
    commands: list[tuple[str, ...]] = [
        ("uv", "venv", VENV),
        (*_tool("pdm"), "pdm", "sync", "--prod", "--no-self", "--no-editable", *groups),
    ]
    if additions:
        commands.append(("uv", "pip", "install", *additions))
    commands.append(BYTECODE)
    return Install("uv", tuple(commands), _mounts(manager.files), "pdm.lock")


def _tool(name: str) -> tuple[str, ...]:
    """`uv tool run` with the manager pinned, and all that it pulls in held at a date."""
    row = table("tools")[name]
    extra = tuple(word for w in row.get("with", ()) for word in ("--with", w))
    return ("uv", "tool", "run", "--exclude-newer", row["exclude_newer"], "--from", row["from"], *extra)


def _exported(manager: Manager) -> Lock:
    mounts = _mounts(manager.files)
    if manager.name == "poetry":
        groups = tuple(f"--with={g}" for g in manager.groups)
        extras = tuple(f"--extras={e}" for e in manager.extras)
        export = (*_tool("poetry"), "poetry", "export", f"--output={REQUIREMENTS}", *groups, *extras)
        return Lock("poetry.lock", export, mounts)
    if manager.name == "pdm":
        groups = tuple(f"--group={g}" for g in (*manager.groups, *manager.extras))
        return Lock("pdm.lock", (*_tool("pdm"), "pdm", "export", "--prod", f"--output={REQUIREMENTS}", *groups), mounts)
    return Lock("Pipfile.lock", (*_tool("pipenv"), "pipenv", "requirements", "--hash"), mounts, output=REQUIREMENTS)


def _compiled(manager: Manager, name: str, requirements: tuple[str, ...]) -> Lock:
    """What only a build back end can tell, resolved in a stage of its own."""
    sources = requirements or tuple(f for f in ("pyproject.toml", "setup.py", "setup.cfg") if f in manager.files)[:1]
    own = tuple(word for n in (name,) if requirements and manager.packaged for word in ("--no-emit-package", n))
    extras = tuple(word for e in manager.extras for word in ("--extra", e))
    before = tuple(edits(manager.leftovers, {f: f for f in manager.files}))
    command = (
        "uv",
        "pip",
        "compile",
        *sources,
        *own,
        *extras,
        "--no-annotate",
        "--no-header",
        "--output-file",
        REQUIREMENTS,
    )
    return Lock(" and ".join(sources), command, everything=True, before=before)
