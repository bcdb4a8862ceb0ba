"""detect: reads the tree and says what is there, with evidence. It never decides."""

from __future__ import annotations

from dockgen.errors import DockgenError, NotAProject
from dockgen.facts import Application, Dependency, Django, Evidence, Fact, Facts, Warning
from dockgen.source import Source


def detect(source: Source, manager: str | None = None, requirements: str | None = None) -> Facts:
    """Every fact about the project. `manager` settles which package manager counts, `requirements` which
    requirements file or PEP 751 lock.

    Raises NotAProject where there is no Python to find.
    """
    from dockgen.detect.applications import detect_applications
    from dockgen.detect.aptfiles import listed_packages
    from dockgen.detect.browsers import detect_browsers
    from dockgen.detect.commands import detect_commands
    from dockgen.detect.django import detect_django
    from dockgen.detect.files import detect_calls, detect_reads, detect_sqlite, detect_writes
    from dockgen.detect.frameworks.queues import queue_names
    from dockgen.detect.frameworks.used import detect_frameworks
    from dockgen.detect.health import detect_health
    from dockgen.detect.managers import detect_manager
    from dockgen.detect.migrations import detect_migrations
    from dockgen.detect.names import MODULES, code_files, modules
    from dockgen.detect.needed import needed_variables, others_services
    from dockgen.detect.node import detect_node
    from dockgen.detect.programs import detect_programs, detect_starts
    from dockgen.detect.python_version import python_constraints
    from dockgen.detect.schedules import detect_schedules
    from dockgen.detect.services import detect_services
    from dockgen.detect.settings import detect_env
    from dockgen.detect.uwsgi import uwsgi_needs

    if not source.files:
        raise NotAProject("is empty", file=str(source.root), hint="Name a folder that holds a Python project.")
    managed = detect_manager(source, manager, requirements)
    if managed.manager.name == "none" and not _has_python(source):
        raise NotAProject(
            "holds no Python: no .py file and no manifest of a Python package manager",
            file=str(source.root),
            hint="Name a folder that holds a Python project.",
        )
    python, python_warnings = python_constraints(source)
    django = detect_django(source, managed.dependencies)
    applications = detect_applications(source, managed.dependencies, managed.manager)
    migrations = detect_migrations(source, managed.dependencies, django)
    env = detect_env(source, managed.dependencies)
    services = detect_services(source, managed.dependencies, env, django)
    node, node_warnings = detect_node(source, managed.dependencies)
    code = code_files(source)
    passed_over: tuple[Warning, ...] = ()
    if len(code) > MODULES:
        message = (
            f"{MODULES} of {len(code)} Python files were read, the likeliest to start something or to read settings: "
            "look whether something is missing, or run dockgen on the folder of one program"
        )
        passed_over = (Warning(message, (Evidence(".", None, "a very large project"),)),)
    unreadable = tuple(
        Warning(f"{file} {why}; it was passed over", (Evidence(file, line, why),))
        for file, line, why in source.unreadable
    )
    return Facts(
        name=managed.name,
        manager=managed.manager,
        python=python,
        dependencies=managed.dependencies,
        frameworks=_with_scripts(
            _with_notebooks(
                source, managed.dependencies, _with_apps(detect_frameworks(source, managed.dependencies), django)
            ),
            applications,
        ),
        applications=applications,
        programs=detect_programs(source, managed.manager),
        scripts=managed.scripts,
        starts=detect_starts(source, managed.scripts),
        commands=detect_commands(source),
        django=django,
        migrations=migrations,
        health=detect_health(source, applications, bool(migrations)),
        env=needed_variables(env, services, modules(source)),
        notebooks=_notebooks(source),
        queues=queue_names(modules(source)),
        services=services,
        vendors=others_services(managed.dependencies, env, modules(source)),
        packages=listed_packages(source),
        browsers=detect_browsers(source, managed.dependencies),
        uwsgi=uwsgi_needs(source) if any(d.name == "uwsgi" for d in managed.dependencies) else (),
        calls=detect_calls(source),
        schedules=detect_schedules(source, managed.dependencies),
        sqlite=detect_sqlite(source, managed.dependencies),
        writes=detect_writes(source, managed.dependencies, django),
        reads=detect_reads(source, managed.manager.packages),
        node=node,
        files=_top_level(source),
        ambiguities=managed.ambiguities,
        warnings=(*managed.warnings, *python_warnings, *node_warnings, *passed_over, *unreadable),
    )


def _with_apps(frameworks: tuple[Fact[str], ...], django: Django | None) -> tuple[Fact[str], ...]:
    """The frameworks, with those that Django's settings name as applications and no code imports."""
    from dockgen.knowledge import table

    known = table("frameworks")
    found = {fact.value: fact for fact in frameworks}
    for app in django.apps if django else ():
        top = app.value.split(".")[0]
        framework = known["imports"].get(top) or known["brings"].get(top.replace("_", "-"))
        if isinstance(framework, str) and app.value in known["management"]:
            found.setdefault(framework, Fact(framework, app.evidence))
    return tuple(found[name] for name in sorted(found))


def _with_notebooks(
    source: Source, dependencies: tuple[Dependency, ...], frameworks: tuple[Fact[str], ...]
) -> tuple[Fact[str], ...]:
    """The frameworks, with Voila and Panel where they are declared and the project is notebooks."""
    found = {fact.value: fact for fact in frameworks}
    if not any(f.endswith(".ipynb") for f in source.files):
        return frameworks
    for d in dependencies:
        # Panel also shows things within a notebook: it serves them where one says so.
        if d.direct and not d.group and (d.name == "voila" or (d.name == "panel" and _servable(source))):
            found.setdefault(d.name, Fact(d.name, d.evidence))
    return tuple(found[name] for name in sorted(found))


def _servable(source: Source) -> bool:
    notebooks = [f for f in source.files if f.endswith(".ipynb")][:50]
    return any(_says(source, f, ".servable(") for f in notebooks)


def _says(source: Source, path: str, words: str) -> bool:
    try:
        cells = source.json(path)["cells"]
        return any(words in "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (DockgenError, KeyError, TypeError, IndexError):
        return False


def _with_scripts(frameworks: tuple[Fact[str], ...], applications: tuple[Application, ...]) -> tuple[Fact[str], ...]:
    """The frameworks, with those of applications where the project is examples and docs alone."""
    if frameworks:
        return frameworks
    found: dict[str, Fact[str]] = {}
    for a in applications:
        found.setdefault(a.framework, Fact(a.framework, (Evidence(a.file, a.line, f"{a.framework} application"),)))
    return tuple(found[name] for name in sorted(found))


def _has_python(source: Source) -> bool:
    """A Python file, a notebook, or a script that names Python in its first line."""
    for path in source.files:
        if path.endswith((".py", ".ipynb")):
            return True
    for path in source.near(2):
        if "." not in path.rsplit("/", 1)[-1]:
            try:
                with open(source.root / path, "rb") as file:
                    first = file.readline(200)
            except OSError:
                continue
            if (first.startswith(b"#!") and b"python" in first) or (first.startswith(b"#!") and b"uv" in first):
                return True
    return False


def _notebooks(source: Source) -> tuple[Fact[str], ...]:
    """Notebooks, those nearest to the root first; tests' own are none of the program."""
    found = [f for f in source.files if f.endswith(".ipynb") and not {"test", "tests"} & set(f.split("/")[:-1])]
    found.sort(key=lambda f: (f.count("/"), f))
    return tuple(Fact(f, (Evidence(f, None, "a notebook"),)) for f in found[:200])


def _top_level(source: Source) -> tuple[str, ...]:
    names = {f.split("/", 1)[0] + "/" if "/" in f else f for f in source.files}
    return tuple(sorted(names))


__all__ = ["Fact", "detect"]
