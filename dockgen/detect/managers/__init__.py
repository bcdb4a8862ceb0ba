"""Package managers: which one the project uses, and what its manifests and lock files say.

The evidence, strongest first: a tool's own lock file; a PEP 751 lock; a manifest that only one tool reads (Pipfile,
[tool.poetry], [tool.pdm]); hatch's back end; requirement files; [project]; setup.py; a conda or
pixi environment; scripts with inline metadata. Without any, what the code imports is a guess.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dockgen.detect.managers.backends import build_requirements
from dockgen.detect.managers.common import Managed, is_development, normal, table_at, toml_line
from dockgen.detect.managers.metadata import PYPROJECT, Metadata, read_metadata
from dockgen.errors import DockgenError, Usage
from dockgen.facts import Ambiguity, Dependency, Evidence, Manager, Warning
from dockgen.source import Source

LOCKS = {"uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}

MANAGERS = ("pip", "uv", "poetry", "pdm", "pipenv", "hatch", "conda", "pixi", "script", "none")

__all__ = ["Managed", "detect_manager"]


def detect_manager(source: Source, answer: str | None = None, requirements: str | None = None) -> Managed:
    """The package manager, what it installs, and the project's name. `answer`: the manager that the
    person named; `requirements`: the requirements file or PEP 751 lock. Raises BrokenManifest for a
    manifest or lock file that decides and cannot be read, Usage for an answer that the project has no
    file for."""
    metadata = read_metadata(source)
    if answer in (None, "uv") and requirements is None and _is_member(source):
        from dockgen.detect.managers.uv import read_member

        managed = read_member(source, metadata)
    elif requirements is not None:
        managed = _named_file(source, metadata, requirements)
    else:
        managed = _answered(source, metadata, answer) if answer is not None else _by_evidence(source, metadata)
    managed = _with_shared(source, _told_outside(source, managed))
    manager = managed.manager
    folders = (*(folder for folder in manager.local if folder != "."), *((".",) if manager.packaged else ()))
    return replace(
        managed,
        manager=replace(manager, documents=_documents(source), build_requires=build_requirements(source, folders)),
    )


def _is_member(source: Source) -> bool:
    """Whether the source is one member of a locked uv workspace around it."""
    if source.outer is None or not source.outer.has("uv.lock"):
        return False
    from dockgen.detect.roots import uv_members

    return source.folder in uv_members(source.outer)


def _with_shared(source: Source, managed: Managed) -> Managed:
    """What lies beside the application and is installed with it, and what that requires in turn."""
    if not source.shared or managed.manager.member:
        return managed
    packages = tuple(f for f in source.shared if any(source.has(f"{f}/{m}") for m in ("pyproject.toml", "setup.py")))
    known = {d.name for d in managed.dependencies}
    more: list[Dependency] = []
    if managed.manager.lock_file is None:
        for folder in packages:
            assert source.outer is not None
            inner = Source.view(source.outer, source.real(folder))
            metadata = read_metadata(inner)
            for d in _own_dependencies(inner, metadata):
                if d.name not in known and d.source == "index":
                    evidence = tuple(replace(e, file=f"{folder}/{e.file}") for e in d.evidence)
                    more.append(replace(d, direct=False, evidence=evidence))
    return replace(
        managed,
        manager=replace(managed.manager, local=tuple(sorted({*managed.manager.local, *packages}))),
        dependencies=(*managed.dependencies, *more),
    )


def _told_outside(source: Source, managed: Managed) -> Managed:
    """A question where the project needs folders that the build of this folder alone cannot see."""
    if source.outer is not None:
        return managed
    from dockgen.detect.roots import outside

    missing = outside(source)
    if missing is None:
        return managed
    return replace(managed, ambiguities=(*managed.ambiguities, missing))


def _documents(source: Source) -> tuple[str, ...]:
    """The readme and license files that pyproject.toml names ([project], and Poetry's own table)."""
    document = source.toml(PYPROJECT) or {}
    named: list[object] = []
    for keys in (("project",), ("tool", "poetry")):
        table = table_at(document, *keys)
        for value in (table.get("readme"), table.get("license")):
            named += value if isinstance(value, list) else [value.get("file") if isinstance(value, dict) else value]
    return tuple(
        dict.fromkeys(n.removeprefix("./") for n in named if isinstance(n, str) and source.has(n.removeprefix("./")))
    )


def _named_file(source: Source, metadata: Metadata, path: str) -> Managed:
    """The project as the requirements file that the person named says."""
    from dockgen.detect.managers.pip import read_pip
    from dockgen.detect.managers.pylock import pylock_files, read_pylock
    from dockgen.detect.managers.requirements import read_requirements

    if path in pylock_files(source):
        return read_pylock(source, metadata, path)
    if not source.has(path):
        raise Usage(f"--requirements {path}: there is no such file", hint="Name a file by its path in the project.")
    return read_pip(source, metadata, path, read_requirements(source, (path,)))


def _by_evidence(source: Source, metadata: Metadata) -> Managed:
    name, ambiguity = _by_lock(source, metadata)
    if name is None:
        from dockgen.detect.managers.pylock import choose_pylock, read_pylock

        pylock, which = choose_pylock(source)
        if pylock is None and _pixi_decides(source, metadata):
            from dockgen.detect.managers.conda import read_pixi

            return read_pixi(source, metadata)
        return _without_lock(source, metadata) if pylock is None else read_pylock(source, metadata, pylock, which)
    managed = _read(source, metadata, name)
    instead = _more_of_the_imports(source, metadata, managed)
    if instead is not None:
        return instead
    warnings = [
        w for w in (_other_locks(source, name), _stale(source, metadata, managed), _other_files(source, managed)) if w
    ]
    return replace(
        managed,
        ambiguities=(*managed.ambiguities, *((ambiguity,) if ambiguity else ())),
        warnings=(*managed.warnings, *warnings),
    )


def _answered(source: Source, metadata: Metadata, answer: str) -> Managed:
    """The project as the manager that the person named sees it."""
    from dockgen.detect.managers.conda import environment_file, read_conda, read_pixi
    from dockgen.detect.managers.pip import production_file, read_pip
    from dockgen.detect.managers.pyproject import read_pyproject
    from dockgen.detect.managers.requirements import read_requirements
    from dockgen.detect.managers.script import read_scripts, scripts
    from dockgen.detect.managers.uv import read_unlocked

    chosen = Evidence(PYPROJECT, None, "you named it")
    own = bool(metadata.project) or bool(metadata.setup and metadata.setup.distribution)
    lock = next((lock for lock, name in LOCKS.items() if name == answer), "")
    if answer == "none":
        return Managed(metadata.name, Manager("none", evidence=(chosen,)))
    if answer in LOCKS.values() and source.has(lock):
        return _read(source, metadata, answer)
    from dockgen.detect.managers.pylock import WRITERS, choose_pylock, read_pylock

    pylock, which = choose_pylock(source) if answer in WRITERS else (None, None)
    if pylock is not None and (answer != "pip" or production_file(source) is None):
        return read_pylock(source, metadata, pylock, which)
    if answer == "uv" and own and metadata.project:
        return read_unlocked(source, metadata, read_pyproject(source, metadata, "uv", chosen))
    if answer == "poetry" and (metadata.project or metadata.tool("poetry") is not None):
        return _read(source, metadata, answer)
    if answer == "pdm" and metadata.project:
        return _read(source, metadata, answer)
    if answer == "pipenv" and source.has("Pipfile"):
        return _read(source, metadata, answer)
    if answer == "pip":
        file = production_file(source)
        if file is not None:
            return read_pip(source, metadata, file, read_requirements(source, (file,)))
    if answer in ("pip", "hatch") and own:
        return read_pyproject(source, metadata, answer, chosen)
    environment = environment_file(source)
    if answer == "conda" and environment is not None:
        return read_conda(source, metadata, environment)
    if answer == "pixi" and (source.has("pixi.toml") or metadata.tool("pixi") is not None):
        return read_pixi(source, metadata)
    found = scripts(source) if answer == "script" else []
    if found:
        return read_scripts(source, found)
    if answer not in MANAGERS:
        raise Usage(f"--manager {answer!r} is not known", hint=f"Give one of {', '.join(MANAGERS)}.")
    raise Usage(f"--manager {answer}: the project has no file that {answer} reads", hint="Leave the flag out.")


def _read(source: Source, metadata: Metadata, name: str) -> Managed:
    if name == "uv":
        from dockgen.detect.managers.uv import read_uv

        return read_uv(source, metadata)
    if name == "poetry":
        from dockgen.detect.managers.poetry import read_poetry

        return read_poetry(source, metadata)
    if name == "pdm":
        from dockgen.detect.managers.pdm import read_pdm

        return read_pdm(source, metadata)
    from dockgen.detect.managers.pipenv import read_pipenv

    return read_pipenv(source, metadata)


# ---- lock files ---------------------------------------------------------------------------------


def _by_lock(source: Source, metadata: Metadata) -> tuple[str | None, Ambiguity | None]:
    """The manager whose lock file is there. Of several, the one that the manifest speaks for."""
    locks = [lock for lock in LOCKS if source.has(lock)]
    if not locks:
        return None, None
    if len(locks) == 1:
        return LOCKS[locks[0]], None
    agreeing = [lock for lock in locks if _agrees(source, metadata, LOCKS[lock])]
    if len(agreeing) > 1:
        complete = [lock for lock in agreeing if _covers(source, metadata, lock)]
        agreeing = complete or agreeing
    if len(agreeing) == 1:
        return LOCKS[agreeing[0]], None
    left = agreeing or locks
    from dockgen.detect.managers.use import manager_in_use

    used = manager_in_use(source, tuple(LOCKS[lock] for lock in left))
    if used is not None:
        return used[0], None
    why = f"{' and '.join(left)} are both there, and nothing tells which one is in use"
    evidence = tuple(Evidence(lock, 1, "a lock file") for lock in left)
    return LOCKS[left[0]], Ambiguity("manager", why, tuple(LOCKS[lock] for lock in left), evidence)


def _agrees(source: Source, metadata: Metadata, name: str) -> bool:
    """Whether the manifest has what the lock file's tool reads."""
    tool = table_at(metadata.data, "tool")
    if name == "pipenv":
        return source.has("Pipfile")
    if name == "poetry":
        return "poetry" in tool or (metadata.backend or "").startswith("poetry")
    if name == "pdm":
        return (
            "pdm" in tool
            or (metadata.backend or "").startswith("pdm")
            or (bool(metadata.project) and not {"poetry", "uv"} & tool.keys())
        )
    return (
        "uv" in tool
        or metadata.backend == "uv_build"
        or (bool(metadata.project) and "pdm" not in tool and "poetry" not in tool)
    )


def _covers(source: Source, metadata: Metadata, lock: str) -> bool:
    """Whether a lock file lists every direct production dependency of the manifest."""
    text = source.text(lock) or ""
    locked = {normal(line.split('"')[1]) for line in text.split("\n") if line.startswith('name = "')}
    return all(d.name in locked for d in metadata.dependencies if not d.group)


def _other_locks(source: Source, name: str) -> Warning | None:
    """Lock files of other tools beside the one that is used."""
    others = [lock for lock, manager in LOCKS.items() if manager != name and source.has(lock)]
    if not others:
        return None
    from dockgen.detect.managers.use import manager_in_use

    used = manager_in_use(source, (name, *(LOCKS[lock] for lock in others)))
    evidence = (*((used[1],) if used and used[0] == name else ()), *(Evidence(lock, 1, "not used") for lock in others))
    return Warning(f"{name} is taken for the manager in use; {' and '.join(others)} is left over: remove it", evidence)


def _stale(source: Source, metadata: Metadata, managed: Managed) -> Warning | None:
    """A lock that lacks what the manifest requires."""
    own = _own_dependencies(source, metadata)
    if managed.manager.name == "pipenv":
        from dockgen.detect.managers.pipenv import declared_packages

        own = declared_packages(source)
    from dockgen.detect.managers.common import on_linux

    locked = {d.name for d in managed.dependencies} | {metadata.distribution}
    missing = [d for d in own if d.name not in locked and on_linux(d.marker) and d.source == "index"]
    if not missing:
        return None
    names = ", ".join(d.name for d in missing[:5])
    lock = managed.manager.lock_file
    message = f"{lock} does not have {names}, which the project requires: write the lock again"
    return Warning(message, tuple(e for d in missing[:5] for e in d.evidence[:1]))


def _other_files(source: Source, managed: Managed) -> Warning | None:
    """A requirements.txt beside a lock file: told, when it asks for what the lock does not have."""
    if managed.manager.lock_file is None or not source.has("requirements.txt"):
        return None
    from dockgen.detect.managers.requirements import read_requirements

    locked = {d.name for d in managed.dependencies}
    missing = sorted(
        d.name for d in read_requirements(source, ("requirements.txt",)).dependencies if d.name not in locked
    )
    if not missing:
        return None
    return Warning(
        f"requirements.txt is not used, {managed.manager.lock_file} decides; it does not have {', '.join(missing[:5])}",
        (Evidence("requirements.txt", 1, "a requirements file beside a lock file"),),
    )


def _more_of_the_imports(source: Source, metadata: Metadata, managed: Managed) -> Managed | None:
    """The project by its requirements file, where that has all that the code imports of the lock file, and more of it:
    with the lock alone the program ends at an import. uv's lock is written anew by every `uv add`, and decides."""
    lock = managed.manager.lock_file
    if lock is None or managed.manager.name not in ("pipenv", "poetry"):
        return None
    from dockgen.detect.managers.imports import guess_dependencies
    from dockgen.detect.managers.pip import choose_files, read_pip
    from dockgen.detect.managers.requirements import read_requirements

    chosen, _ = choose_files(source)
    read = read_requirements(source, chosen) if chosen else None
    locked = {d.name for d in managed.dependencies}
    if read is None or read.names() <= locked:
        return None
    imported = {d.name for d in guess_dependencies(source)[0]}
    more = sorted(imported & read.names() - locked)
    if not more or imported & locked - read.names():
        return None
    message = f"{lock} lacks {', '.join(more[:5])}, which the code imports: {chosen[0]} is installed in its place"
    warning = Warning(message, (Evidence(lock, 1, "a lock file without what the code imports"),))
    by_pip = read_pip(source, metadata, chosen[0], read, chosen)
    return replace(by_pip, warnings=(*by_pip.warnings, warning))


# ---- no lock file -------------------------------------------------------------------------------


def _without_lock(source: Source, metadata: Metadata) -> Managed:
    tool = table_at(metadata.data, "tool")
    from dockgen.detect.managers.pip import choose_files, is_compiled, read_pip
    from dockgen.detect.managers.requirements import Requirements, read_requirements

    chosen, which = choose_files(source)
    file = chosen[0] if chosen else None
    read = read_requirements(source, chosen) if file else Requirements()
    own = _own_dependencies(source, metadata)
    fixed = bool(file) and bool(read.dependencies) and (read.pinned or is_compiled(source, file or "", read))
    if source.has("Pipfile"):
        from dockgen.detect.managers.pipenv import declared_packages

        if not (fixed and file and _covered(declared_packages(source), read)):
            return _read(source, metadata, "pipenv")
    if _poetry_decides(tool, metadata) and not (fixed and _covered(own, read) and file):
        return _read(source, metadata, "poetry")
    if (
        ("pdm" in tool or (metadata.backend or "").startswith("pdm"))
        and metadata.project
        and not (fixed and _covered(own, read))
    ):
        return _read(source, metadata, "pdm")
    if not own and not read.dependencies and not metadata.declared and _environment_lists(source, tool):
        return _others(source, metadata)  # the metadata packages the project, and another file lists what it needs
    if file is not None and _requirements_decide(metadata, own, read, fixed):
        managed = read_pip(source, metadata, file, read, chosen)
        if which is not None:
            managed = replace(managed, ambiguities=(*managed.ambiguities, which))
        missing = sorted(d.name for d in own if d.name not in read.names())
        if missing and not read.own_project:
            message = (
                f"{file} is installed, and lacks {', '.join(missing[:5])}, which the project's own metadata requires"
            )
            managed = replace(
                managed,
                warnings=(
                    *managed.warnings,
                    Warning(message, tuple(e for d in own if d.name in missing[:5] for e in d.evidence[:1])),
                ),
            )
        return managed
    if metadata.project or (metadata.setup is not None and metadata.setup.distribution) or "flit" in tool:
        managed = _own_manifest(source, metadata)
        known = {d.name for d in managed.dependencies}
        only = sorted({d.name for d in read.dependencies if d.name not in known and not is_development(d.name)})
        if file is not None and only:
            message = (
                f"{file} is not installed, the project's own metadata decides; {file} alone has {', '.join(only[:5])}"
            )
            where = (Evidence(file, 1, "a requirements file beside the project's own metadata"),)
            managed = replace(managed, warnings=(*managed.warnings, Warning(message, where)))
        return managed
    return _others(source, metadata)


def _poetry_decides(tool: dict[str, object], metadata: Metadata) -> bool:
    poetry = table_at(tool, "poetry")
    if not poetry:
        return bool(metadata.project) and (metadata.backend or "").startswith("poetry")
    return bool(poetry.get("name") or poetry.get("dependencies")) or (metadata.backend or "").startswith("poetry")


def _own_dependencies(source: Source, metadata: Metadata) -> list[Dependency]:
    """Production dependencies that the project's own metadata lists."""
    own = [d for d in metadata.dependencies if not d.group]
    if table_at(metadata.data, "tool", "poetry", "dependencies"):
        from dockgen.detect.managers.poetry import declared

        own += [d for d in declared(source, metadata) if not d.group]
    return own


def _covered(own: list[Dependency], read: object) -> bool:
    from dockgen.detect.managers.requirements import Requirements

    assert isinstance(read, Requirements)
    return {d.name for d in own} <= read.names()


def _requirements_decide(metadata: Metadata, own: list[Dependency], read: object, fixed: bool) -> bool:
    """Whether the requirements file, and not the project's own metadata, says what to install."""
    from dockgen.detect.managers.requirements import Requirements

    assert isinstance(read, Requirements)
    if read.own_project:
        return True
    if not own:
        if not read.dependencies:
            return not metadata.project and not (metadata.setup and metadata.setup.distribution)
        return not metadata.declared or not all(is_development(d.name) for d in read.dependencies)
    if not read.dependencies:
        return False
    present = sum(1 for d in own if d.name in read.names())
    if (metadata.backend or "").startswith("hatchling") and not (fixed and present == len(own)):
        return False
    # fewer than half of what the project needs: the file is something else (a developer's list)
    return present * 2 >= len(own)


def _pixi_decides(source: Source, metadata: Metadata) -> bool:
    """Whether the one lock file is pixi's, of a workspace that the project itself declares, and no requirements file
    says what production installs."""
    from dockgen.detect.managers.pip import production_file

    declared = source.has("pixi.toml") or "pixi" in table_at(metadata.data, "tool")
    return declared and source.has("pixi.lock") and production_file(source) is None


def _environment_lists(source: Source, tool: dict[str, object]) -> bool:
    """Whether pixi or conda has a file for this project."""
    from dockgen.detect.managers.conda import environment_file

    return source.has("pixi.toml") or "pixi" in tool or environment_file(source) is not None


def _own_manifest(source: Source, metadata: Metadata) -> Managed:
    from dockgen.detect.managers.pyproject import read_pyproject

    tool = table_at(metadata.data, "tool")
    backend = metadata.backend or ""
    if not metadata.project:
        file = metadata.setup.files[0] if metadata.setup and metadata.setup.files else PYPROJECT
        return read_pyproject(source, metadata, "pip", Evidence(file, 1, "the project's own metadata"))
    line = toml_line(source, PYPROJECT, "build-system", "build-backend")
    installed = None if "uv" in tool or backend or source.has("uv.lock") else _installed_by_pip(source)
    if installed is not None:
        return read_pyproject(source, metadata, "pip", installed)
    if "uv" in tool or backend == "uv_build" or not table_at(metadata.data, "build-system"):
        from dockgen.detect.managers.uv import read_unlocked

        why = "[project] without a lock file: uv installs it"
        project = Evidence(PYPROJECT, toml_line(source, PYPROJECT, "project"), why)
        return read_unlocked(source, metadata, read_pyproject(source, metadata, "uv", project))
    if backend.startswith("hatchling") or "hatch" in tool:
        return read_pyproject(source, metadata, "hatch", Evidence(PYPROJECT, line, "hatch's build back end"))
    return read_pyproject(
        source, metadata, "pip", Evidence(PYPROJECT, line, f"[project] with the build back end {backend}")
    )


BY_PIP = re.compile(r"\bpip3?\s+install\s+(-\S+\s+)*[\"']?(\.|git\+)")
"""pip told to install the project itself: `pip install -e .`, `pip install git+https://...`."""


def _installed_by_pip(source: Source) -> Evidence | None:
    """Where the readme or the project's own Dockerfile installs it with pip; None where they do not, or call uv."""
    from dockgen.detect.managers.use import CALLS

    found: Evidence | None = None
    for path in source.near(0):
        readme = path.lower().startswith("readme")
        if not readme and not path.lower().startswith(("dockerfile", "containerfile")):
            continue
        try:
            lines = (source.text(path, 1_000_000) or "").split("\n")
        except DockgenError:
            continue
        if any(re.search(CALLS["uv"], line[:1000]) for line in lines):
            return None
        for number, line in enumerate(lines, 1):
            if BY_PIP.search(line[:1000]):
                found = found or Evidence(
                    path, number, f"{'the readme' if readme else path} installs the project with pip"
                )
    return found


def _others(source: Source, metadata: Metadata) -> Managed:
    from dockgen.detect.managers.conda import environment_file, read_conda, read_pixi

    if source.has("pixi.toml") or "pixi" in table_at(metadata.data, "tool"):
        return read_pixi(source, metadata)
    environment = environment_file(source)
    if environment is not None:
        return read_conda(source, metadata, environment)
    from dockgen.detect.managers.script import read_scripts, scripts

    found = scripts(source)
    if found:
        return read_scripts(source, found)
    from dockgen.detect.managers.imports import guess_dependencies
    from dockgen.detect.names import in_production

    warnings: tuple[Warning, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    manifests = [
        f
        for f in (*source.named(PYPROJECT), *source.named("requirements.txt"), *source.named("Pipfile"))
        if "/" in f and f.count("/") <= 2
    ]
    if manifests:
        folders = sorted({f.rsplit("/", 1)[0] for f in manifests})
        message = (
            f"the root has no manifest; {', '.join(folders[:4])} {'has' if len(folders) == 1 else 'have'} one: "
            f"--app {folders[0]} makes an application of it"
        )
        warnings = (Warning(message, tuple(Evidence(f, 1, "a manifest below the root") for f in manifests[:4])),)
    if not any(in_production(f) for f in manifests):
        dependencies, guessed = guess_dependencies(source)
        warnings += guessed
    return Managed(
        metadata.name,
        Manager("none", evidence=(Evidence(".", None, "no manifest of a package manager is there"),)),
        dependencies,
        warnings=warnings,
    )
