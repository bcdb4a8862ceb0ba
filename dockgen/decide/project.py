"""How the project's own code gets into the image, and what the image leaves out."""

from __future__ import annotations

from dockgen.decide.ignore import DEVELOPMENT
from dockgen.decide.install import VENV
from dockgen.facts import Facts, Warning
from dockgen.plans import BuildStep, Decision, Install, Process, Project, SystemPackage

BUILD_VALUE = "build"
"""What required variables hold while static files are collected: a value for that command only."""

DEVELOPERS = frozenset(name.rstrip("/") for name in DEVELOPMENT if name.startswith("."))
"""A package that names one of these means any project's, not its own: an editor, a linter."""

VERSION_VARIABLES = {
    "setuptools-scm": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "hatch-vcs": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "flit-scm": "SETUPTOOLS_SCM_PRETEND_VERSION",
    "pdm-backend": "PDM_BUILD_SCM_VERSION",
    "poetry-dynamic-versioning": "POETRY_DYNAMIC_VERSIONING_BYPASS",
    "uv-dynamic-versioning": "UV_DYNAMIC_VERSIONING_BYPASS",
    "pbr": "PBR_VERSION",
}
"""The variable that gives a build back end the version it would ask git for, from each tool's documentation."""

VERSION_FILES = frozenset({"versioningit", "setuptools-git-versioning"})
"""Tools without such a variable: they take the version of an sdist from its PKG-INFO (read in their sources)."""


def choose_project(facts: Facts, processes: tuple[Process, ...], python_path: tuple[str, ...]) -> Project:
    """Wheels for what is a package, the tree for what is not, and the steps that the build runs."""
    manager = facts.manager
    # Requirement files drive a project that is run from its tree, even where a setup.py lies beside them.
    own = (".",) if manager.packaged else ()
    wheels = (*(folder for folder in manager.local if folder != "."), *own)
    in_wheel = bool(own) and all(_from_package(facts, p) for p in processes)
    extra: set[str] = set()
    if in_wheel:
        # A script beside the package that reads something is not in the image, and neither is what it reads.
        extra |= {
            read.value
            for read in facts.reads
            if read.value not in DEVELOPERS and any(_in_packages(facts, e.file) for e in read.evidence)
        }
        extra |= {f for m in facts.migrations for f in m.files if m.tool != "django"}
    tree = not in_wheel
    compiling, packages = _translations(facts) if tree else ((), ())
    steps = (*compiling, *(_collectstatic(facts) if facts.django else ()))
    if tree and facts.django and not python_path:
        # A Django project runs from the folder of its manage.py; a wheel beside it would be a second copy.
        wheels = tuple(folder for folder in wheels if folder != ".") if _flat(facts) else wheels
    return Project(
        wheels=wheels,
        tree=tree,
        extra=tuple(sorted(extra)),
        steps=steps,
        needs_dependencies=bool(steps),
        packages=packages,
        python_path=tuple(
            dict.fromkeys((*(("/opt/app",) if wheels else ()), *(f"/app/{p}".rstrip("/") for p in python_path)))
        ),
        console=tuple(script.name for script in facts.scripts) if wheels else (),
        build_requires=manager.build_requires if wheels and manager.name not in ("conda", "pixi") else (),
        version_variable=VERSION_VARIABLES.get(manager.dynamic_version or ""),
        version_file=manager.dynamic_version in VERSION_FILES,
    )


def _in_packages(facts: Facts, file: str) -> bool:
    """Whether a file belongs to what the project's wheel brings."""
    parts = file.removesuffix(".py").split("/")
    return any(package.split(".")[0] in parts for package in facts.manager.packages)


def _flat(facts: Facts) -> bool:
    return all(f"{package}/" in facts.files or f"{package}.py" in facts.files for package in facts.manager.packages)


def _from_package(facts: Facts, process: Process) -> bool:
    """Whether everything this process names comes with the project's wheel."""
    packages = set(facts.manager.packages)
    scripts = {script.name for script in facts.scripts}
    if process.command and process.command[0] in scripts:
        return True
    words = [word.partition("=")[2] if word.startswith("--app=") else word for word in process.command[1:]]
    for word in words:
        if word.endswith(".py"):
            return False
        module = word.partition(":")[0].partition("(")[0]
        if module.split(".")[0] in packages and not word.startswith("-"):
            return True
    return process.kind == "release" and process.command[0] in ("alembic", "aerich")


COMPILE = 'for po; do msgfmt --check-format --output-file="${po%.po}.mo" "$po" || exit 1; done'
"""What Django's compilemessages does with each catalog (django/core/management/commands/compilemessages.py), without
its search, which goes through the virtual environment."""


def _translations(facts: Facts) -> tuple[tuple[BuildStep, ...], tuple[SystemPackage, ...]]:
    """The steps that compile the catalogs, and what they need."""
    found = facts.translations
    if found is None:
        return (), ()
    why = "translations are compiled"
    if found.compiler == "babel":
        steps = tuple(
            BuildStep(("pybabel", "compile", f"--directory={folder}", f"--domain={' '.join(found.domains)}"), why=why)
            for folder in found.folders
        )
        return steps, ()
    search = ("find", ".", "-path", "./.venv", "-prune", "-o", "-path", "*/LC_MESSAGES/*.po")
    step = BuildStep((*search, "-exec", "sh", "-c", COMPILE, "sh", "{}", "+"), why=why)
    return (step,), (
        SystemPackage("gettext", "gettext compiles the translations, in this stage alone", found.evidence),
    )


def translations_told(facts: Facts, project: Project) -> tuple[tuple[Decision, ...], tuple[Warning, ...]]:
    """What is said of the catalogs: that they are compiled, or that they are not."""
    found = facts.translations
    if found is None:
        return (), ()
    if project.tree:
        by = "pybabel" if found.compiler == "babel" else "gettext's msgfmt"
        why = f"{found.evidence[0].why}: {by} makes it at build"
        return (Decision("translations", " ".join(found.folders), why, "evidence", found.evidence),), ()
    message = (
        "the translations are installed with the project's wheel, which has them compiled only where the back end or "
        "you did that before: commit the .mo files, or compile them in the back end's build"
    )
    return (), (Warning(message, found.evidence),)


def _collectstatic(facts: Facts) -> tuple[BuildStep, ...]:
    """Static files are collected at build where STATIC_ROOT is set, with stand-ins for required variables."""
    django = facts.django
    if django is None or django.static_root is None or not django.staticfiles:
        return ()
    command = ("python", django.manage, "collectstatic", "--no-input")
    return (BuildStep(command, stand_ins(facts), "static files are collected once, at build", django.static_root),)


def stand_ins(facts: Facts) -> tuple[tuple[str, str], ...]:
    """The settings module, and a stand-in for each variable that the project does not start without."""
    given = settings_module(facts)
    required = [v for v in facts.env if v.required and v.default is None and v.name not in dict(given)]
    return (
        *given,
        *((v.name, _stand_in(v.name, v.part, v.scheme, v.service)) for v in required),
    )


def settings_module(facts: Facts) -> tuple[tuple[str, str], ...]:
    """DJANGO_SETTINGS_MODULE where manage.py or the server would start with other settings, or with none."""
    django = facts.django
    if django is None or not django.settings:
        return ()
    named = [django.manage_settings, *([django.served_settings] if django.wsgi or django.asgi else [])]
    return () if all(one == django.settings for one in named) else (("DJANGO_SETTINGS_MODULE", django.settings),)


def _stand_in(name: str, part: str, scheme: str, service: str) -> str:
    if part == "url":
        scheme = scheme or {"postgres": "postgresql", "redis": "redis", "mysql": "mysql", "rabbitmq": "amqp"}.get(
            service, "sqlite"
        )
        return f"{scheme}://{BUILD_VALUE}" if scheme != "sqlite" else "sqlite://"
    if part == "port" or name.endswith(("_PORT", "_TIMEOUT", "_COUNT", "_SECONDS")):
        return "1"
    if name.upper().endswith("DEBUG"):
        return "0"
    return BUILD_VALUE


def runtime_environment(
    facts: Facts, project: Project, processes: tuple[Process, ...], install: Install | None = None
) -> tuple[tuple[str, str], ...]:
    """ENV of the last stage."""
    environment: list[tuple[str, str]] = []
    if project.python_path:
        environment.append(("PYTHONPATH", ":".join(project.python_path)))
    environment += settings_module(facts)
    if project.wheels:
        environment.append(("PATH", f"{install.prefix if install else VENV}/bin:/opt/app/bin:$PATH"))
    return tuple(environment)
