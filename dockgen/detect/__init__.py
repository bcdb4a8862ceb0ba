"""detect: reads the tree and says what is there, with evidence. It never decides."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from dockgen.errors import DockgenError, NotAProject
from dockgen.facts import (
    PROGRAMS_FROM_PYPI,
    Application,
    DeclaredCommand,
    Dependency,
    Django,
    Evidence,
    Fact,
    Facts,
    Program,
    PythonConstraint,
    Warning,
)
from dockgen.source import Source


def detect(source: Source, manager: str | None = None, requirements: str | None = None) -> Facts:
    """Every fact about the project. `manager` settles which package manager counts, `requirements` which
    requirements file or PEP 751 lock.

    Raises NotAProject where there is no Python to find.
    """
    from dockgen.detect.access import detect_access, detect_credentials
    from dockgen.detect.applications import detect_applications
    from dockgen.detect.aptfiles import listed_packages
    from dockgen.detect.browsers import detect_browsers
    from dockgen.detect.choices import with_words
    from dockgen.detect.commands import detect_commands
    from dockgen.detect.django import detect_django, is_aside
    from dockgen.detect.files import detect_calls, detect_reads, detect_sqlite, detect_writes
    from dockgen.detect.frameworks.queues import queue_names
    from dockgen.detect.frameworks.used import detect_frameworks
    from dockgen.detect.gunicorn import detect_gunicorn
    from dockgen.detect.health import detect_health
    from dockgen.detect.loose import loose_modules
    from dockgen.detect.managers import detect_manager
    from dockgen.detect.migrations import detect_migrations
    from dockgen.detect.models import detect_models
    from dockgen.detect.named import as_started, named_applications, plain_applications
    from dockgen.detect.names import LIKELIEST, MODULES, code_files, modules
    from dockgen.detect.needed import needed_variables, others_services
    from dockgen.detect.node import detect_node
    from dockgen.detect.outgrown import detect_outgrown, with_held
    from dockgen.detect.programs import detect_programs, detect_starts, usable_scripts
    from dockgen.detect.reach import detect_leads
    from dockgen.detect.removed import removed_names
    from dockgen.detect.schedules import detect_concurrency, detect_schedules
    from dockgen.detect.services import detect_services, lazy_services, other_services
    from dockgen.detect.settings import detect_env
    from dockgen.detect.tool_versions import tool_versions
    from dockgen.detect.translations import detect_translations
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
    python, python_warnings = _python(source)
    commands = detect_commands(source)
    django = detect_django(source, managed.dependencies, commands)
    applications = detect_applications(source, managed.dependencies, managed.manager)
    aside = is_aside(source, django, commands, managed.dependencies)
    if aside:
        django, applications = None, tuple(a for a in applications if a.framework != "django")
    scripts, script_warnings = usable_scripts(source, managed.scripts)
    applications += named_applications(source, commands, applications, managed.manager)
    applications = as_started(source, applications, commands, managed.dependencies)
    if not any(a.interface in ("asgi", "wsgi", "script") and not a.test for a in applications):
        applications += plain_applications(source, managed.manager)
    migrations = detect_migrations(source, managed.dependencies, django)
    env = with_words(detect_env(source, managed.dependencies), modules(source))
    services = detect_services(source, managed.dependencies, env, django)
    node, node_warnings = detect_node(source, managed.dependencies)
    sqlite = detect_sqlite(source, managed.dependencies)
    programs = detect_programs(source, managed.manager, managed.dependencies)
    packages = {script.target.partition(":")[0].partition(".")[0] for script in scripts}
    samples = all(a.test and not packages & {*a.file.split("/")[:-1]} for a in applications)
    if samples and (scripts or any(_starts_it(p) for p in programs)):
        applications = ()  # samples and tests beside what the project itself starts
    web = django is not None or any(a.interface in ("asgi", "wsgi") and not a.test for a in applications)
    lazy = lazy_services(source, services, web)
    env = needed_variables(env, services, modules(source), lazy=lazy)
    code = code_files(source)
    passed_over: tuple[Warning, ...] = ()
    if len(code) > MODULES:
        message = (
            f"{LIKELIEST} of {len(code)} Python files were read, the likeliest to start something or to read settings: "
            "look whether something is missing, or run dockgen on the folder of one program"
        )
        passed_over = (Warning(message, (Evidence(".", None, "a very large project"),)),)
    unreadable = _unreadable(source.unreadable)
    used = detect_frameworks(source, managed.dependencies)
    health = detect_health(source, applications, bool(migrations))
    if aside:
        used = tuple(fact for fact in used if fact.value != "django")
        health = tuple(route for route in health if route.framework != "django")
    outgrown = detect_outgrown(modules(source), managed.dependencies, managed.manager)
    guessed = managed.manager.name == "none" and any(not d.group for d in managed.dependencies)
    facts = Facts(
        name=managed.name,
        manager=managed.manager,
        python=(*python, *removed_names(modules(source), managed.dependencies), *outgrown.limits),
        dependencies=with_held(managed.dependencies, outgrown.held) if guessed else managed.dependencies,
        outgrown=() if guessed else outgrown.held,
        frameworks=_with_scripts(
            _with_tools(
                commands,
                managed.dependencies,
                _with_notebooks(source, managed.dependencies, _with_apps(used, django)),
            ),
            applications,
        ),
        applications=applications,
        programs=programs,
        scripts=scripts,
        starts=detect_starts(source, scripts),
        commands=commands,
        access=detect_access(source, managed.manager, managed.dependencies),
        credentials=detect_credentials(source, managed.manager),
        gunicorn=detect_gunicorn(source, commands),
        django=django,
        migrations=migrations,
        health=health,
        env=env,
        notebooks=_notebooks(source),
        queues=queue_names(modules(source)),
        services=services,
        vendors=others_services(managed.dependencies, env, (*modules(source), *loose_modules(source)), programs),
        packages=(*listed_packages(source), *managed.system),
        browsers=detect_browsers(source, managed.dependencies),
        models=detect_models(source, managed.dependencies),
        translations=detect_translations(source, managed.dependencies, django),
        uwsgi=uwsgi_needs(source) if any(d.name == "uwsgi" for d in managed.dependencies) else (),
        imports=tuple(sorted({o.partition(".")[0] for m in modules(source) for o in m.imports.values()} - {""})),
        calls=detect_calls(source),
        tools=tool_versions(source, PROGRAMS_FROM_PYPI),
        schedules=detect_schedules(source, managed.dependencies),
        concurrency=detect_concurrency(source, managed.dependencies),
        sqlite=sqlite,
        writes=detect_writes(source, managed.dependencies, django),
        reads=detect_reads(source, managed.manager.packages),
        leads=detect_leads(source),
        node=node,
        files=(*_top_level(source), *_example_above(source)),
        ambiguities=managed.ambiguities,
        warnings=(
            *managed.warnings,
            *python_warnings,
            *script_warnings,
            *outgrown.warnings,
            *node_warnings,
            *passed_over,
            *unreadable,
            *other_services(source, services, managed.name.value),
        ),
    )
    return _own(facts) if source.shared else facts


def _starts_it(program: Program) -> bool:
    """Whether a file at the root is made to be run, and none of setup.py's kind."""
    return program.guard and not program.test and "/" not in program.file


MANY = 4
"""So many files that are not Python 3 are one warning."""


def _unreadable(found: list[tuple[str, int | None, str]]) -> tuple[Warning, ...]:
    """What could not be parsed; the files of an old program are told together."""
    old = [one for one in found if one[2].startswith("is not Python 3")]
    together: tuple[Warning, ...] = ()
    if len(old) >= MANY:
        names = ", ".join(name for name, _, _ in old[:3])
        text = (
            f"{len(old)} files are not Python 3 ({names} ...) and were passed over; dockgen does not build for Python 2"
        )
        together = (Warning(text, tuple(Evidence(name, line, why) for name, line, why in old[:20])),)
        found = [one for one in found if one not in old]
    return together + tuple(
        Warning(f"{file} {why}; it was passed over", (Evidence(file, line, why),)) for file, line, why in found
    )


def _own(facts: Facts) -> Facts:
    """The facts without what lies in packages beside the application: those are installed, and neither started
    nor found where they lie in the tree."""

    def here(path: str) -> bool:
        return not path.startswith("../")

    def kept(found: tuple[Fact[str], ...]) -> tuple[Fact[str], ...]:
        return tuple(fact for fact in found if here(fact.value))

    return replace(
        facts,
        applications=tuple(a for a in facts.applications if here(a.file)),
        programs=tuple(p for p in facts.programs if here(p.file)),
        notebooks=kept(facts.notebooks),
        sqlite=kept(facts.sqlite),
        writes=kept(facts.writes),
        reads=kept(facts.reads),
        migrations=tuple(m for m in facts.migrations if all(here(f) for f in m.files)),
    )


def _example_above(source: Source) -> tuple[str, ...]:
    """The example of an env file that the tree's root has for all of its applications."""
    from dockgen.detect.settings import EXAMPLE_FILE

    if source.outer is None:
        return ()
    up = posixpath.relpath(".", source.folder)
    return tuple(f"{up}/{name}" for name in source.outer.files if "/" not in name and EXAMPLE_FILE.fullmatch(name))


def _python(source: Source) -> tuple[tuple[PythonConstraint, ...], tuple[Warning, ...]]:
    """Python's version; where an application in a tree pins none, the pin at the tree's root holds for it, as the
    tools that read it look upwards (uv, pyenv, mise)."""
    from dockgen.detect.python_version import python_constraints

    found, warnings = python_constraints(source)
    if source.outer is not None and not any(c.kind == "pin" for c in found):
        above, _ = python_constraints(source.outer)
        up = posixpath.relpath(".", source.folder)
        found = (
            *(
                replace(c, evidence=replace(c.evidence, file=f"{up}/{c.evidence.file}"))
                for c in above
                if c.kind == "pin"
            ),
            *found,
        )
    return found, warnings


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


def _with_tools(
    commands: tuple[DeclaredCommand, ...], dependencies: tuple[Dependency, ...], frameworks: tuple[Fact[str], ...]
) -> tuple[Fact[str], ...]:
    """The frameworks, with those whose own server a start command of the project is: `mlflow server`, `vllm serve`."""
    from dockgen.knowledge import table

    found = {fact.value: fact for fact in frameworks}
    declared = {d.name for d in dependencies if d.direct and not d.group}
    for command in commands:
        for name, row in table("frameworks")["tools"].items():
            words = tuple(name.split())
            wanted = next((d for d in row["distribution"] if d in declared), None)
            if wanted and command.words[: len(words)] == words and command.process not in ("port", "release"):
                found.setdefault(wanted, Fact(wanted, (command.evidence,)))
    return tuple(found[name] for name in sorted(found))


def _with_notebooks(
    source: Source, dependencies: tuple[Dependency, ...], frameworks: tuple[Fact[str], ...]
) -> tuple[Fact[str], ...]:
    """The frameworks, with Voila and Panel where they are declared and the project is notebooks."""
    found = {fact.value: fact for fact in frameworks}
    if not source.ending(".ipynb"):
        return frameworks
    for d in dependencies:
        # Panel also shows things within a notebook: it serves them where one says so.
        if d.direct and not d.group and (d.name == "voila" or (d.name == "panel" and _servable(source))):
            found.setdefault(d.name, Fact(d.name, d.evidence))
    return tuple(found[name] for name in sorted(found))


def _servable(source: Source) -> bool:
    notebooks = source.ending(".ipynb")[:50]
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
        if a.framework not in ("asgi", "wsgi"):  # a plain callable is no framework's
            found.setdefault(a.framework, Fact(a.framework, (Evidence(a.file, a.line, f"{a.framework} application"),)))
    return tuple(found[name] for name in sorted(found))


def _has_python(source: Source) -> bool:
    """A Python file, a notebook, or a script that names Python in its first line."""
    if source.ending(".py") or source.ending(".ipynb"):
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
    found = [f for f in source.ending(".ipynb") if not {"test", "tests"} & set(f.split("/")[:-1])]
    found.sort(key=lambda f: (f.count("/"), f))
    return tuple(Fact(f, (Evidence(f, None, "a notebook"),)) for f in found[:200])


def _top_level(source: Source) -> tuple[str, ...]:
    folders = {f.partition("/")[0] for f in source.folders}
    names = {f for f in source.near(0)} | {f"{f}/" for f in folders if f != ".." and source.under(f)}
    return tuple(sorted(names))


__all__ = ["Fact", "detect"]
