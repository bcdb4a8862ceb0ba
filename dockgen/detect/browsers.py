"""Browsers that the program starts: by Playwright (or its fork), by Selenium, or by what stands on them.

A library among the dependencies is no evidence by itself: many projects have it for their tests, or talk to a
browser that runs elsewhere (connect_over_cdp, webdriver.Remote).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dockgen.detect.names import Module, is_helper, keyword, modules
from dockgen.facts import BrowserUse, Dependency, Evidence
from dockgen.knowledge import table
from dockgen.source import Source

BROWSERS = ("chromium", "firefox", "webkit")
STARTS = frozenset({"launch", "launch_persistent_context", "launch_server"})
"""Methods of Playwright's browser types that start one (playwright.dev/python/docs/api/class-browsertype)."""


def detect_browsers(source: Source, dependencies: Iterable[Dependency]) -> tuple[BrowserUse, ...]:
    """What the code starts, by library and browser; the windowless uses and the others stand apart."""
    known = table("browsers")
    declared = {d.name for d in dependencies if not d.group}
    libraries = declared & {
        *known["installers"],
        *known["through"],
        *known["imported"],
        *known["called"],
        "selenium",
        "selenium-wire",
    }
    if not libraries:
        return ()
    found: dict[tuple[str, str, bool | None], list[Evidence]] = {}
    for module in modules(source):
        if is_helper(module.path):
            continue
        for use in (
            *_playwright(module, libraries, known),
            *_selenium(module, known),
            *_imported(module, libraries, known),
        ):
            found.setdefault((use.library, use.browser, use.window), []).extend(use.evidence)
    return tuple(BrowserUse(*key, tuple(evidence[:3])) for key, evidence in sorted(found.items(), key=str))


def _playwright(module: Module, libraries: Iterable[str], known: Mapping[str, Any]) -> Iterator[BrowserUse]:
    roots = {name.split(".")[0] for name in module.imports.values()}
    installers = [name for name in known["installers"] if name in libraries]
    library = next((name for name in installers if name in roots), "")
    certain = bool(library)  # without the import only p.chromium.launch() tells that p is Playwright's
    library = library or next(iter(installers), "")
    for node in module.of(ast.Call):
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in STARTS:
            continue
        value = node.func.value
        if not library or not (certain or (isinstance(value, ast.Attribute) and value.attr in BROWSERS)):
            continue
        if keyword(node, "executable_path") is not None:  # a browser of the project's own
            continue
        for browser in _types(module, value):
            channel = keyword(node, "channel")
            if isinstance(channel, ast.Constant) and isinstance(channel.value, str) and browser == "chromium":
                browser = channel.value
            why = f"{library} starts {browser}"
            yield BrowserUse(library, browser, _window(node), (Evidence(module.path, node.lineno, why),))


def _window(call: ast.Call) -> bool | None:
    """Whether the browser gets a window: without a word it gets none. A channel is a whole browser, not the shell."""
    headless = keyword(call, "headless")
    if isinstance(headless, ast.Constant) and headless.value is False:
        return True
    if headless is not None and not isinstance(headless, ast.Constant):
        return None
    return None if any(k.arg in (None, "channel") for k in call.keywords) else False


def _types(module: Module, node: ast.expr) -> tuple[str, ...]:
    """The browsers that `node`, a browser type, can stand for."""
    if isinstance(node, ast.Attribute) and node.attr in BROWSERS:
        return (node.attr,)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr" and len(node.args) > 1:
        named = module.string(node.args[1])
        if named in BROWSERS:
            return (named,)
    elif not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        return ()
    attributes = [n.attr for n in module.of(ast.Attribute) if n.attr in BROWSERS]
    words = [str(n.value) for n in module.of(ast.Constant) if n.value in BROWSERS]
    return tuple(sorted({*(attributes or words)}))


def _selenium(module: Module, known: Mapping[str, Any]) -> Iterator[BrowserUse]:
    bases = (base for node in module.of(ast.ClassDef) for base in node.bases)
    for node in (*(call.func for call in module.of(ast.Call)), *bases):
        parts = module.resolve(node).split(".")
        if parts[0] not in ("selenium", "seleniumwire"):
            continue
        name = parts[-1]
        if name == "WebDriver" and len(parts) > 2:  # selenium.webdriver.chrome.webdriver.WebDriver
            name = parts[2].capitalize()
        browser = known["drivers"].get(name)
        if browser:
            why = f"selenium starts {browser}"
            yield BrowserUse("selenium", browser, False, (Evidence(module.path, node.lineno, why),))


def _imported(module: Module, libraries: Iterable[str], known: Mapping[str, Any]) -> Iterator[BrowserUse]:
    imports = [(node, tuple(a.name for a in node.names)) for node in module.of(ast.Import)]
    froms = [(node, (node.module or "",)) for node in module.of(ast.ImportFrom)]
    for node, names in (*imports, *froms):
        for library in sorted(libraries):
            through = known["through"].get(library)
            wanted = through["imported"] if through else known["imported"].get(library)
            if wanted and any(name == wanted or name.startswith(f"{wanted}.") for name in names):
                evidence = (Evidence(module.path, node.lineno, f"{wanted} is imported"),)
                if through:
                    yield BrowserUse(through["installer"], through["browser"], False, evidence)
                else:
                    yield BrowserUse(library, "", False, evidence)
    for call in module.of(ast.Call):
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        for library, methods in known["called"].items():
            if method in methods and library in libraries:
                yield BrowserUse(library, "", False, (Evidence(module.path, call.lineno, f"{method} is called"),))
    for text in module.of(ast.Constant):  # Scrapy's settings name their handlers by strings
        if (
            isinstance(text.value, str)
            and text.value.startswith("scrapy_playwright.")
            and "scrapy-playwright" in libraries
        ):
            row = known["through"]["scrapy-playwright"]
            evidence = (Evidence(module.path, text.lineno, "the settings name scrapy_playwright"),)
            yield BrowserUse(row["installer"], row["browser"], False, evidence)
