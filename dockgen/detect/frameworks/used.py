"""Frameworks that the code really uses."""

from __future__ import annotations

import ast

from dockgen.detect.inference import inference, is_known, kind_of
from dockgen.detect.names import Module
from dockgen.facts import Dependency, Evidence, Fact
from dockgen.knowledge import table
from dockgen.source import Source


def detect_frameworks(source: Source, dependencies: tuple[Dependency, ...]) -> tuple[Fact[str], ...]:
    """Frameworks that the code really uses: an application object or server of it, or an import of a
    distribution that production declares (any import, where the project declares nothing at all)."""
    found: dict[str, Evidence] = {}
    bots = {*table("frameworks")["bots"]["frameworks"], *table("frameworks")["bots"]["clients"]}
    # A bot's library may come through another one's lock; web frameworks that come so are somebody else's.
    declared = {d.name for d in dependencies if not d.group and (d.direct or d.name in bots)}
    declared |= {brought for name, brought in table("frameworks")["brings"].items() if name in declared}
    inferred = inference(source)
    runners = {"grpcio", "nicegui", "cherrypy", "tornado", "aiohttp"}
    known = {d.name for d in dependencies}
    speaks = any(o.split(".")[0] in ("mcp", "fastmcp") for m in inferred.view.modules for o in m.imports.values())
    folders = _own_folders(source)
    for module in inferred.view.modules:
        elsewhere = bool(dependencies) and any(module.path.startswith(folder) for folder in folders)
        local = _local(module) if dependencies else frozenset()
        for kind, line in inferred.objects(module).values():
            if kind.interface and not (elsewhere and kind.framework not in known):
                why = f"{kind.framework} application is made here"
                found.setdefault(kind.framework, Evidence(module.path, line, why))
        for node in module.of(ast.Call):
            if isinstance(node, ast.Call):
                name = inferred.view.lookup(module, node.func, is_known)
                if name is None or name.path is not None:
                    continue
                made = kind_of(name.dotted)
                top = name.dotted.split(".")[0]
                if top in local and (top not in known or (top == "starlette" and speaks)):
                    continue  # one of several that a function could use; Starlette only carries what MCP sends
                if made is not None and made.interface and not (elsewhere and made.framework not in known):
                    why = f"{made.framework} application is made here"
                    found.setdefault(made.framework, Evidence(module.path, node.lineno, why))
                runner = table("frameworks")["runners"].get(name.dotted)
                if runner in runners:
                    found.setdefault(runner, Evidence(module.path, node.lineno, f"{runner} serves here"))
        for own in module.of(ast.ClassDef) if not elsewhere else ():  # class Application(tornado.web.Application)
            for base in own.bases if isinstance(own, ast.ClassDef) else ():
                origin = inferred.view.lookup(module, base, is_known)
                kept = kind_of(origin.dotted) if origin is not None and origin.path is None else None
                if kept is not None and kept.interface and origin and origin.dotted.split(".")[0] not in local:
                    found.setdefault(
                        kept.framework, Evidence(module.path, own.lineno, f"a {kept.framework} application")
                    )
    for module in inferred.view.modules:
        for statement in module.of(ast.Import, ast.ImportFrom):
            if isinstance(statement, ast.Import):
                names = [alias.name for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom) and not statement.level:
                names = [f"{statement.module}.{alias.name}" for alias in statement.names]
            else:
                continue
            for dotted in names:
                top = dotted.split(".")[0]
                table_ = table("frameworks")["imports"]
                named = table_.get(top) or table_.get(".".join(dotted.split(".")[:2]))
                framework = _declared_one(named, declared)
                if framework is None or framework in found:
                    continue
                if dependencies and framework not in declared:
                    continue
                if inferred.view.locate(module, dotted) is None:
                    found[framework] = Evidence(module.path, statement.lineno, f"imports {top}")
    for named in table("frameworks")["imports"].values():
        if isinstance(named, list):
            other = _declared_one(named, declared) or named[0]
            for name in named:
                if name in found and name not in declared and other in declared:
                    found[other] = found.pop(name)
    if any(d.name == "django" for d in dependencies) and "django" not in found:
        for path in source.named("manage.py")[:1]:
            found["django"] = Evidence(path, 1, "Django's manage.py")
    if "django" in found and "channels" in declared:
        for module in inferred.view.modules:
            if "channels" not in found and any(o.split(".")[0] == "channels" for o in module.imports.values()):
                found["channels"] = Evidence(module.path, 1, "imports channels")
    # FastMCP applications of the SDK belong to the distribution that is declared.
    return tuple(Fact(name, (evidence,)) for name, evidence in sorted(found.items()))


def _own_folders(source: Source) -> tuple[str, ...]:
    """Folders below the root with requirements of their own: other programs, and what they use is theirs."""
    names = ("requirements.txt", "pyproject.toml", "Pipfile", "setup.py")
    return tuple({path.rpartition("/")[0] + "/" for name in names for path in source.named(name) if "/" in path})


def _local(module: Module) -> frozenset[str]:
    """Names of what the module imports in functions alone."""
    top: set[str] = set()
    inner: set[str] = set()
    for node in module.of(ast.Import, ast.ImportFrom):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""]
        within = any(isinstance(p, (ast.FunctionDef, ast.AsyncFunctionDef)) for _, p in module.ancestors(node))
        (inner if within else top).update(name.split(".")[0] for name in names)
    return frozenset(inner - top)


def _declared_one(named: str | list[str] | None, declared: set[str]) -> str | None:
    """The distribution that an import stands for: of several, the one that the project declares."""
    if isinstance(named, list):
        return next((name for name in named if name in declared), named[0])
    return named
