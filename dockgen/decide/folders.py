"""Projects that are no program: a folder of spiders, of notebooks, of another tool's definitions."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from dockgen.facts import Ambiguity, Evidence, Fact, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Process


@dataclass(frozen=True, slots=True)
class Folder:
    """What runs for it. `health_path`: the tool's own route; `default_port`: where the process listens unless
    somebody says otherwise, None for nowhere; the command has {port} in its place. `fixed`: it takes no other port."""

    process: Process | None
    entry: Fact[str] | None
    default_port: int | None = None
    health_path: str | None = None
    additions: tuple[str, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    warnings: tuple[Warning, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    fixed: bool = False
    python_path: tuple[str, ...] = ()


def scrapy(facts: Facts) -> Folder | None:
    """`scrapy crawl` for a single spider, `scrapy list` for several: which one to run is said at each run."""
    found = [a for a in facts.applications if a.interface == "scrapy" and not a.test]
    folder = found[0].app_dir if found else ""
    started = [p for p in facts.programs if p.guard and not p.test and posixpath.dirname(p.file) in ("", folder)]
    if not found or started:
        return None
    # Scrapy looks for scrapy.cfg in its working folder and those above it; from elsewhere the variable names the settings.
    environment = (("SCRAPY_SETTINGS_MODULE", found[0].module),) if folder else ()
    path = (folder,) if folder else ()
    evidence = tuple(Evidence(a.file, a.line, "a Scrapy spider" if a.object else "Scrapy's project") for a in found)
    names = sorted({a.object for a in found if a.object})
    entry = Fact("scrapy", (Evidence(posixpath.join(folder, "scrapy.cfg"), 1, "Scrapy's project"), *evidence[:1]))
    if len(names) == 1:
        process = Process("script", "script", ("scrapy", "crawl", names[0]), why="the only spider", evidence=evidence)
        return Folder(process, entry, environment=environment, python_path=path)
    process = Process("script", "script", ("scrapy", "list"), why="Scrapy's spiders", evidence=evidence[:3])
    said = f"{len(names)} spiders ({', '.join(names[:5])}{' ...' if len(names) > 5 else ''})" if names else "no spider"
    text = f"{said}: the image lists them; run one with docker run IMAGE scrapy crawl NAME, or --start names it"
    warnings = (Warning(text, evidence[:1]),)
    return Folder(process, entry, warnings=warnings, environment=environment, python_path=path)


ELSEWHERE = {
    "apache-airflow": (
        "these are DAGs for Apache Airflow, which is several services with a database: build on the image apache/airflow "
        "and its compose file (airflow.apache.org/docs/docker-stack); --start names a command for this image all the same"
    ),
    "dagster": (
        "these are definitions for Dagster, which is a web server, a daemon and a database: see its guide for Docker "
        "(docs.dagster.io, Deploying with Docker); --start names a command for this image, such as "
        "'dagster code-server start --host 0.0.0.0 --port 4000 --module-name PACKAGE'"
    ),
}  # fmt: skip
"""Frameworks that no single image serves: their own images and guides do."""


def elsewhere(facts: Facts) -> Folder | None:
    """The question for a project that is another system's content."""
    for framework in facts.frameworks:
        if framework.value in ELSEWHERE:
            question = Ambiguity("start", ELSEWHERE[framework.value], (), framework.evidence)
            return Folder(None, None, ambiguities=(question,))
    return None


def shown(facts: Facts) -> Folder | None:
    """Notebooks that Voila or Panel serves as applications, where no file of the project is one: one notebook, or
    every one of a folder (voila.readthedocs.io, "Customizing"; panel.holoviz.org, "Launch a server")."""
    if not facts.notebooks or any(not a.test for a in facts.applications):
        return None
    target = _target(facts)
    evidence = _evidence(facts)
    home = (("HOME", "/tmp"),)  # noqa: S108 - the run-time user has no home
    if facts.dependency("voila"):
        target, options, named = _named_notebook(facts) or (target, (), ())
        evidence = named or evidence
        command: tuple[str, ...] = ("voila", target, "--no-browser", "--Voila.ip=0.0.0.0", "--port={port}", *options)
        process = Process("web", "web", command, why="notebooks that Voila serves", evidence=evidence)
        return Folder(process, Fact(target, evidence), 8866, environment=home)
    if any(fact.value == "panel" for fact in facts.frameworks):
        files = [fact.value for fact in facts.notebooks] if not target.endswith(".ipynb") else [target]
        command = ("panel", "serve", *files, "--address=0.0.0.0", "--port={port}", "--allow-websocket-origin=*")
        process = Process("web", "web", command, why="notebooks that Panel serves", evidence=evidence)
        return Folder(process, Fact(target, evidence), 5006, environment=home)
    return None


LOOKS = ("--template=", "--theme=", "--strip_sources=", "--VoilaConfiguration.")
"""Options of Voila's that say how a notebook is shown (voila.readthedocs.io, "Customizing Voila")."""


def _named_notebook(facts: Facts) -> tuple[str, tuple[str, ...], tuple[Evidence, ...]] | None:
    """The one notebook that a command of the project's serves with Voila, with the looks that it asks for."""
    there = {fact.value for fact in facts.notebooks}
    for command in facts.commands:
        words = [word.removeprefix("./") for word in command.words]
        files = [word for word in words if word in there]
        if "voila" in words and len(files) == 1:
            return files[0], tuple(word for word in words if word.startswith(LOOKS)), (command.evidence,)
    return None


def jupyter(facts: Facts) -> Folder | None:
    """JupyterLab with its token on: whoever has the token runs code. /api answers without (jupyter-server's REST API)."""
    if not facts.notebooks:
        return None
    classic = facts.dependency("notebook") and not facts.dependency("jupyterlab", "jupyter")
    additions: tuple[str, ...] = ()
    warnings: list[Warning] = []
    evidence = _evidence(facts)
    if facts.dependency("jupyterlab", "jupyter", "notebook") is None:
        server = table("frameworks")["servers"]["jupyterlab"]
        additions = (server,)
        warnings.append(
            Warning(
                f"no Jupyter is among the dependencies: {server} is installed in the image; add jupyterlab to yours",
                evidence[:1],
            )
        )
    target = _target(facts)
    command: tuple[str, ...] = (
        "jupyter",
        "notebook" if classic else "lab",
        "--ip=0.0.0.0",
        "--port={port}",
        "--no-browser",
    )
    if target.endswith(".ipynb"):
        command += (target,)
    text = (
        "Jupyter makes a token at each start and prints it with its address: docker compose logs; what is saved in the "
        "container is lost with it: mount the folder to keep it"
    )
    warnings.append(Warning(text, evidence[:1]))
    process = Process("notebook", "notebook", command, why="notebooks and no program", evidence=evidence)
    return Folder(
        process, Fact(target, evidence), 8888, "/api", additions, warnings=tuple(warnings),
        environment=(("HOME", "/tmp"),),  # noqa: S108 - the run-time user has no home
    )  # fmt: skip


def _evidence(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(e for fact in facts.notebooks[:3] for e in fact.evidence)


def _target(facts: Facts) -> str:
    """index.ipynb, the only notebook, else the folder that holds them all ("." for the project)."""
    names = [fact.value for fact in facts.notebooks]
    if "index.ipynb" in names or len(names) == 1:
        return "index.ipynb" if "index.ipynb" in names else names[0]
    return posixpath.commonpath([posixpath.dirname(name) for name in names]) or "."
