"""Workers of task queues that are no object with a constructor of its own: settings classes, settings
dictionaries, decorated functions and classes.

What is found is an Application whose interface is the queue's name; decide/jobs.py knows the command.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from dockgen.detect.modules import View, statements
from dockgen.detect.names import Module, in_production
from dockgen.facts import Application, Evidence, Fact

ARQ = frozenset({"functions", "cron_jobs"})
"""arq-docs.helpmanual.io, "Worker Settings": what a worker has to do is in one of these."""

SAQ = frozenset({"queue", "functions"})
"""saq-py.readthedocs.io, "Getting started": both keys are in every settings dictionary."""


def queue_applications(imports: View, modules: tuple[Module, ...]) -> Iterator[Application]:
    """arq's and saq's settings, modules with Dramatiq actors, BentoML services, Ray Serve's applications, functions
    of Functions Framework."""
    used = {origin.split(".")[0] for module in modules for origin in module.imports.values()}
    for module in modules:
        dotted, folder = imports.name(module.path)
        if not dotted:
            continue
        for framework, name, line in _found(imports, module, used):
            yield Application(
                framework, framework, dotted, name, module.path, line, folder, test=not in_production(module.path)
            )


def _found(imports: View, module: Module, used: set[str]) -> Iterator[tuple[str, str, int]]:
    """(framework, object, line); Dramatiq's object is the module itself, with the first actor's line."""
    actors = False
    deployments: set[str] = set()
    for statement in statements(module.tree.body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if "functions_framework" in used and any(
                _decorated(imports, module, statement, f"functions_framework.{kind}")
                for kind in ("http", "cloud_event", "typed")
            ):
                yield "functions-framework", statement.name, statement.lineno
            if "ray" in used and _decorated(imports, module, statement, "ray.serve.deployment"):
                deployments.add(statement.name)
        if deployments and isinstance(statement, ast.Assign) and _bound(statement.value, deployments):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield "ray", target.id, statement.lineno
        if isinstance(statement, ast.ClassDef):
            if "arq" in used and _arq(statement):
                yield "arq", statement.name, statement.lineno
            if "ray" in used and _decorated(imports, module, statement, "ray.serve.deployment"):
                deployments.add(statement.name)
            if "bentoml" in used and _decorated(imports, module, statement, "bentoml.service"):
                yield "bentoml", statement.name, statement.lineno
        if "saq" in used and isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict):
            keys = {key.value for key in statement.value.keys if isinstance(key, ast.Constant)}
            if keys >= SAQ:
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        yield "saq", target.id, statement.lineno
        if "dramatiq" in used and not actors and _actor(imports, module, statement):
            actors = True
            yield "dramatiq", "", statement.lineno


TASKS = {
    "taskiq": frozenset({"task"}),
    "huey": frozenset({"task", "periodic_task", "context_task"}),
}
"""Decorators of a queue's object that make a task: a worker must import the modules that have them."""


def task_applications(
    imports: View, modules: tuple[Module, ...], held: Callable[[Module, ast.expr], str]
) -> Iterator[Application]:
    """Modules with tasks of TaskIQ and Huey, each with the name that the queue's object has there.

    `held`: the interface of what an expression holds, "" for nothing known.
    """
    for module in modules:
        if not any(origin.split(".")[0] for origin in module.imports.values()):
            continue
        for statement in statements(module.tree.body):
            found = next(
                (
                    (interface, called.value)
                    for decorator in getattr(statement, "decorator_list", ())
                    if isinstance(
                        called := decorator.func if isinstance(decorator, ast.Call) else decorator, ast.Attribute
                    )
                    and (interface := held(module, called.value)) in TASKS
                    and called.attr in TASKS[interface]
                ),
                None,
            )
            if found is None:
                continue
            dotted, folder = imports.name(module.path)
            if dotted:
                interface, owner = found
                name = owner.id if isinstance(owner, ast.Name) else ""
                yield Application(
                    interface, f"{interface}-tasks", dotted, name, module.path, statement.lineno, folder,
                    test=not in_production(module.path),
                )  # fmt: skip
                break


def _arq(statement: ast.ClassDef) -> bool:
    """A class with arq's settings: functions or cron jobs, and the connection or arq's usual name."""
    names: set[str] = set()
    for inner in statement.body:
        if isinstance(inner, ast.Assign):
            names |= {target.id for target in inner.targets if isinstance(target, ast.Name)}
        elif isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name) and inner.value is not None:
            names.add(inner.target.id)
    return bool(names & ARQ) and ("redis_settings" in names or statement.name.endswith(("WorkerSettings", "Worker")))


def _bound(value: ast.expr, deployments: set[str]) -> bool:
    """`A.bind(...)` or `A.options(...).bind(...)` of a Ray Serve deployment."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute) or value.func.attr != "bind":
        return False
    owner = value.func.value
    while isinstance(owner, (ast.Call, ast.Attribute)):
        owner = owner.func if isinstance(owner, ast.Call) else owner.value
    return isinstance(owner, ast.Name) and owner.id in deployments


def _decorated(imports: View, module: Module, statement: ast.stmt, wanted: str) -> bool:
    for decorator in getattr(statement, "decorator_list", ()):
        name = imports.lookup(module, decorator.func if isinstance(decorator, ast.Call) else decorator)
        if name is not None and name.path is None and name.dotted == wanted:
            return True
    return False


def _actor(imports: View, module: Module, statement: ast.stmt) -> bool:
    """A function under @dramatiq.actor or @broker.actor, or a class that is a GenericActor."""
    if isinstance(statement, ast.ClassDef):
        bases = [imports.lookup(module, base) for base in statement.bases]
        return any(b is not None and b.path is None and b.dotted == "dramatiq.GenericActor" for b in bases)
    for decorator in getattr(statement, "decorator_list", ()):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = imports.lookup(module, called)
        if name is not None and name.path is None and name.dotted in ("dramatiq.actor", "dramatiq.actor.actor"):
            return True
        if isinstance(called, ast.Attribute) and called.attr == "actor" and "broker" in ast.unparse(called.value):
            return True
    return False


def queue_names(modules: tuple[Module, ...]) -> tuple[Fact[str], ...]:
    """Names of RQ's queues: rq.Queue("high"), @job("high"), the keys of django-rq's RQ_QUEUES; "default" first."""
    found: dict[str, Fact[str]] = {}
    for module in modules:
        if not any(origin.split(".")[0] in ("rq", "django_rq", "flask_rq2") for origin in module.imports.values()):
            for statement in module.tree.body:
                for name, line in _rq_queues(module, statement):
                    found.setdefault(name, Fact(name, (Evidence(module.path, line, "a queue of RQ_QUEUES"),)))
            continue
        for node in module.of(ast.Call):
            if not isinstance(node, ast.Call):
                continue
            called = module.resolve(node.func)
            text: str | None = None
            if called in ("rq.Queue", "rq.queue.Queue", "django_rq.get_queue", "django_rq.job", "rq.decorators.job"):
                given = [*node.args[:1], *(k.value for k in node.keywords if k.arg in ("name", "queue"))]
                text = next((t for t in map(module.string, given) if t), None)
                if text is None and not given:
                    text = "default"
            if text and text.isprintable() and " " not in text and not text.startswith("-"):
                found.setdefault(text, Fact(text, (Evidence(module.path, node.lineno, "a queue of RQ"),)))
    return tuple(
        sorted(
            found.values(),
            key=lambda fact: (fact.value != "default", fact.evidence[0].file, fact.evidence[0].line or 0),
        )
    )


def _rq_queues(module: Module, statement: ast.stmt) -> Iterator[tuple[str, int]]:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Dict):
        return
    if any(isinstance(target, ast.Name) and target.id == "RQ_QUEUES" for target in statement.targets):
        for key in statement.value.keys:
            text = module.string(key)
            if key is not None and text:
                yield text, key.lineno
