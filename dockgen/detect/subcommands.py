"""Sub-commands of a program's command line, and which function each of them calls: click and Typer (a decorated
function, also one of another module that `add_command` or `add_typer` puts there), argparse (`set_defaults(func=...)`,
or a branch that compares the chosen word)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dockgen.detect.modules import View
from dockgen.detect.names import Module, argument, keyword

DEPTH = 4
"""How many groups within groups are followed."""


@dataclass(frozen=True, slots=True)
class Subcommand:
    """`word`: what stands on the command line, several where it is of a group in the group. `functions`: names of the
    functions that it calls, of the module `path` ("" for the one that was asked); `body`: statements that it runs by
    itself."""

    word: str
    functions: tuple[str, ...]
    body: tuple[ast.stmt, ...] = ()
    path: str = ""


def subcommands(module: Module, view: View) -> tuple[Subcommand, ...]:
    """The sub-commands that the module defines or takes from others, () where its program takes none."""
    return (*_of_module(module, view, DEPTH), *_parsers(module))


def _of_module(module: Module, view: View, depth: int, only: str = "") -> Iterator[Subcommand]:
    """The commands of the module's groups (of the one called `only`), and of what is added to them."""
    below = {name for name, _ in _added(module, ("add_typer",)).values() if name} if not only else set()
    for group, command in _decorated(module, bool(only)):
        if (not only or group == only) and group not in below:
            yield command
    if depth <= 0:
        return
    for call in module.of(ast.Call):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not call.args:
            continue
        if call.func.attr not in ("add_command", "add_typer") or not isinstance(call.func.value, ast.Name):
            continue
        if call.func.value.id not in dict(_groups(module)) or (only and call.func.value.id != only):
            continue
        given = keyword(call, "name") or (argument(call, 1, "name") if call.func.attr == "add_command" else None)
        yield from _taken(module, view, call.args[0], module.string(given), depth - 1)


def _taken(module: Module, view: View, node: ast.expr, said: str | None, depth: int) -> Iterator[Subcommand]:
    """The commands that an added command or group stands for."""
    name = view.lookup(module, node)
    inside = view.module(name.path) if name is not None and name.path else None
    if name is None or inside is None or "." in name.dotted:
        return
    groups = dict(_groups(inside))
    if name.dotted in groups:
        click = groups[name.dotted] == "click"
        prefix = said or (_word(name.dotted) if click else "")
        for one in _of_module(inside, view, depth, name.dotted):
            yield replace(one, word=f"{prefix} {one.word}".strip(), path=one.path or inside.path)
        return
    for node_ in inside.tree.body:
        if isinstance(node_, (ast.FunctionDef, ast.AsyncFunctionDef)) and node_.name == name.dotted:
            own = next((w for d in node_.decorator_list if (w := _command(inside, d)) is not None), None)
            if own is not None:
                yield Subcommand(said or own or _word(node_.name), (node_.name,), path=inside.path)


def _command(module: Module, decorator: ast.expr) -> str | None:
    """The name that click's @command gives, "" where it gives none; None for another decorator."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if module.resolve(called) not in ("click.command", "rich_click.command", "asyncclick.command"):
        return None
    return (module.string(argument(decorator, 0, "name")) or "") if isinstance(decorator, ast.Call) else ""


def _word(function: str) -> str:
    return function.lower().replace("_", "-")


def _added(module: Module, methods: tuple[str, ...]) -> dict[int, tuple[str, ast.Call]]:
    """Calls that add one group to another: (the name of what is added, the call)."""
    return {
        id(call): (call.args[0].id if isinstance(call.args[0], ast.Name) else "", call)
        for call in module.of(ast.Call)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in methods and call.args
    }


def _decorated(module: Module, nested: bool) -> Iterator[tuple[str, Subcommand]]:
    """(group, command) of each decorated function. `nested`: the groups are within others."""
    groups = dict(_groups(module))
    holding = {getattr(c.func, "value", None) for _, c in _added(module, ("add_typer",)).values()}
    grown = {node.id for node in holding if isinstance(node, ast.Name)}
    found: dict[str, list[Subcommand]] = {}
    for node in module.tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if (
                not isinstance(called, ast.Attribute)
                or called.attr != "command"
                or not isinstance(called.value, ast.Name)
            ):
                continue
            group = called.value.id
            if group in groups:
                word = module.string(decorator.args[0]) if isinstance(decorator, ast.Call) and decorator.args else None
                if isinstance(decorator, ast.Call) and word is None:
                    word = module.string(keyword(decorator, "name"))
                found.setdefault(group, []).append(
                    Subcommand(word or node.name.lower().replace("_", "-"), (node.name,))
                )
    for group, commands in found.items():
        alone = len(commands) == 1 and not nested and group not in grown and not _has_callback(module, group)
        if groups[group] == "typer" and alone:
            continue  # typer.tiangolo.com, "One or Multiple Commands": the only one is the program itself
        yield from ((group, command) for command in commands)


def _groups(module: Module) -> Iterator[tuple[str, str]]:
    """(name, library) of the module's groups of commands."""
    for node in module.tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if module.resolve(called) in ("click.group", "rich_click.group", "asyncclick.group"):
                    yield node.name, "click"
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            made = module.resolve(node.value.func)
            library = {"typer.Typer": "typer", "click.Group": "click", "cyclopts.App": "typer"}.get(made)
            for target in node.targets:
                if library and isinstance(target, ast.Name):
                    yield target.id, library


def _has_callback(module: Module, group: str) -> bool:
    return any(
        isinstance(called, ast.Attribute)
        and called.attr == "callback"
        and isinstance(called.value, ast.Name)
        and called.value.id == group
        for node in module.tree.body
        for decorator in getattr(node, "decorator_list", ())
        for called in [decorator.func if isinstance(decorator, ast.Call) else decorator]
    )


def _parsers(module: Module) -> Iterator[Subcommand]:
    words: dict[str, str] = {}  # variable of a sub-parser -> its word
    choices: set[str] = set()
    for node in module.of(ast.Call, ast.Assign):
        call = node.value if isinstance(node, ast.Assign) else node
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr == "add_parser" and call.args:
            word = module.string(call.args[0])
            if word:
                choices.add(word)
                for target in node.targets if isinstance(node, ast.Assign) else ():
                    if isinstance(target, ast.Name):
                        words[target.id] = word
        elif call.func.attr == "add_argument" and call.args:
            name = module.string(call.args[0])
            listed = keyword(call, "choices")
            if name and not name.startswith("-") and isinstance(listed, (ast.List, ast.Tuple)):
                choices |= {text for e in listed.elts if (text := module.string(e))}
    if not choices:
        return
    for node in module.of(ast.Call):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "set_defaults"
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in words
        ):
            names = tuple(k.value.id for k in node.keywords if isinstance(k.value, ast.Name))
            if names:
                yield Subcommand(words[node.func.value.id], names)
    for node in module.of(ast.If):
        word = _compared(module, node.test) if isinstance(node, ast.If) else None
        if isinstance(node, ast.If) and word in choices:
            yield Subcommand(word, (), tuple(node.body))


def _compared(module: Module, test: ast.expr) -> str:
    """The word in `args.command == "serve"`, "" for another test."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        left, right = test.left, test.comparators[0]
        if isinstance(left, (ast.Name, ast.Attribute)):
            return module.string(right) or ""
    return ""
