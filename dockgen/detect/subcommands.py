"""Sub-commands of a program's command line, and which function each of them calls: click and Typer (a decorated
function), argparse (`set_defaults(func=...)`, or a branch that compares the chosen word)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from dockgen.detect.names import Module, keyword


@dataclass(frozen=True, slots=True)
class Subcommand:
    """`word`: what stands on the command line. `functions`: names of the module's functions that it calls;
    `body`: statements that it runs by itself."""

    word: str
    functions: tuple[str, ...]
    body: tuple[ast.stmt, ...] = ()


def subcommands(module: Module) -> tuple[Subcommand, ...]:
    """The sub-commands that the module defines, () where its program takes none."""
    return (*_decorated(module), *_parsers(module))


def _decorated(module: Module) -> Iterator[Subcommand]:
    groups = dict(_groups(module))
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
        if groups[group] == "typer" and len(commands) == 1 and not _has_callback(module, group):
            continue  # typer.tiangolo.com, "One or Multiple Commands": the only one is the program itself
        yield from commands


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
