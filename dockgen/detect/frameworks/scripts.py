"""Frameworks that run a script of yours: Streamlit, Chainlit, Panel, Shiny, marimo. What is served is a file.

The file that the others are imported from or are pages of is not it: Streamlit's own `pages/` folder
(docs.streamlit.io, "pages/ directory") and files handed to st.Page are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dockgen.detect.modules import View, statements, when_run
from dockgen.detect.names import Module, in_production
from dockgen.facts import Application
from dockgen.knowledge import table


def script_applications(imports: View, modules: tuple[Module, ...]) -> Iterator[Application]:
    """Every script that one of these frameworks could be told to run."""
    pages = {page for module in modules for page in _pages(imports, module)}
    imported = _imported(imports, modules)
    for module in modules:
        if module.path in imported or module.path in pages or _is_page(imports, module.path):
            continue
        found = (
            _streamlit(imports, module)
            or _chainlit(imports, module)
            or _panel(imports, module)
            or _made(imports, module)
        )
        if found is not None:
            framework, interface, line = found
            dotted, folder = imports.name(module.path)
            place = (_directory(imports, module.path) if framework == "panel" else "") or module.path
            yield Application(
                framework, interface, dotted, "", place, line, folder, test=not in_production(module.path)
            )


OF_DIRECTORY = ("server_lifecycle.py", "app_hooks.py", "theme.yaml", "request_handler.py", "templates/index.html")


def _directory(imports: View, path: str) -> str:
    """The folder that Bokeh's server is given in place of its main.py: by the file alone its hooks and its template
    would be left out (docs.bokeh.org, "Directory format"). "" for a file that stands for itself."""
    folder, _, name = path.rpartition("/")
    beside = folder and name == "main.py" and any(imports.source.has(f"{folder}/{one}") for one in OF_DIRECTORY)
    return folder if beside else ""


def _streamlit(imports: View, module: Module) -> tuple[str, str, int] | None:
    """A call of streamlit that runs when the script runs."""
    if not any(origin.split(".")[0] == "streamlit" for origin in module.imports.values()):
        return None
    for node in when_run(module):
        if isinstance(node, ast.Call):
            name = imports.lookup(module, node.func)
            if name is not None and name.path is None and name.dotted.startswith("streamlit."):
                return "streamlit", "streamlit", node.lineno
    return None


def _chainlit(imports: View, module: Module) -> tuple[str, str, int] | None:
    """A function decorated as one of chainlit's life-cycle hooks."""
    for statement in statements(module.tree.body):
        for decorator in getattr(statement, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = imports.lookup(module, called)
            if name is not None and name.path is None and name.dotted.startswith("chainlit."):
                return "chainlit", "script", statement.lineno
    return None


def _panel(imports: View, module: Module) -> tuple[str, str, int] | None:
    """`.servable()` in a file that imports panel."""
    if not any(origin.split(".")[0] == "panel" for origin in module.imports.values()):
        return None
    for node in when_run(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "servable":
            return "panel", "script", node.lineno
    return None


def _made(imports: View, module: Module) -> tuple[str, str, int] | None:
    """A call or an import that a row of the table tells a framework's script by: Shiny, marimo, Reflex."""
    tops = {origin.split(".")[0] for origin in module.imports.values()}
    rows = {name: row for name, row in table("frameworks")["scripts"].items() if name in tops}
    for name, row in rows.items():
        for statement in statements(module.tree.body):
            value = getattr(statement, "value", None)
            called = imports.lookup(module, value.func) if isinstance(value, ast.Call) else None
            if called is not None and called.path is None and called.dotted in row.get("constructors", ()):
                return name, "script", statement.lineno
            if isinstance(statement, ast.ImportFrom) and statement.module in row.get("imports", ()):
                return name, "script", statement.lineno
            if isinstance(statement, ast.Import) and any(a.name in row.get("imports", ()) for a in statement.names):
                return name, "script", statement.lineno
    return None


def _is_page(imports: View, path: str) -> bool:
    """Whether a `pages` folder lies between this file and a script beside it."""
    parts = path.split("/")
    if "pages" not in parts[:-1]:
        return False
    above = "/".join(parts[: parts.index("pages")])
    return any(f.rpartition("/")[0] == above for f in imports.source.under(above, ".py"))


def _pages(imports: View, module: Module) -> Iterator[str]:
    """Files that st.Page("views/home.py") names, relative to the script."""
    folder = module.path.rpartition("/")[0]
    for node in module.calls("Page"):
        if node.args:
            name = imports.lookup(module, node.func)
            if name is not None and name.path is None and name.dotted == "streamlit.Page":
                text = module.string(node.args[0])
                if text:
                    yield f"{folder}/{text}".lstrip("/")


def _imported(imports: View, modules: tuple[Module, ...]) -> frozenset[str]:
    found: set[str] = set()
    for module in modules:
        for origin in set(module.imports.values()):
            target = imports.locate(module, origin)
            if target is not None and target[0] is not module:
                found.add(target[0].path)
    return frozenset(found)
