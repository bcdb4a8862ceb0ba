"""What a program does only where a setting, an option or a person chooses it."""

from __future__ import annotations

import ast
import re

from dockgen.detect.names import Module

NAMED = (ast.Name, ast.Attribute)


def by_choice(module: Module, node: ast.AST) -> bool:
    """Whether a connection is made only where a condition says so: one that asks for more than whether it is
    there already (`if client is None`, `if not self.client`)."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.Try) and any(child is s for s in parent.handlers):
            return True
        if not isinstance(parent, (ast.If, ast.IfExp)) or child is parent.test:
            continue
        test = parent.test
        if isinstance(parent, ast.If) and any(child is s for s in parent.orelse) and _for_a_word(module, test):
            continue
        absent = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            right = test.comparators[0]
            absent |= isinstance(test.ops[0], ast.Is) and isinstance(right, ast.Constant) and right.value is None
            absent |= isinstance(test.left, ast.Name) and test.left.id == "__name__"
        if not absent:
            return True
    return _asked_first(module, node)


def _for_a_word(module: Module, test: ast.expr) -> bool:
    """`if os.getenv("UNIT_TESTS") == "1"`: with nothing set the program does what stands behind else."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    read, word = test.left, test.comparators[0]
    plain = isinstance(read, ast.Call) and module.resolve(read.func) in ("os.getenv", "os.environ.get")
    return plain and isinstance(read, ast.Call) and len(read.args) == 1 and bool(module.string(word))


def _asked_first(module: Module, node: ast.AST) -> bool:
    """Whether a line before it in the same function ends where a setting is not there: `assert settings.bucket`,
    `if not settings.bucket: return`."""
    for child, parent in module.ancestors(node):
        if not isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for statement in parent.body:
            if statement is child:
                break
            test: ast.expr | None = None
            if isinstance(statement, ast.Assert):
                test = statement.test
            elif isinstance(statement, ast.If) and statement.body and isinstance(statement.body[-1], ast.Return):
                negative = isinstance(statement.test, ast.UnaryOp) and isinstance(statement.test.op, ast.Not)
                test = statement.test.operand if negative and isinstance(statement.test, ast.UnaryOp) else None
            if isinstance(test, ast.Attribute) and SETTINGS_OBJECT.search(module.resolve(test.value)):
                return True
        return False
    return False


SETTINGS_OBJECT = re.compile(r"(?i)(^|[._])(settings|config|conf|cfg)$")


REGISTERED = 3
"""As many classes that one function is given are plugins: which of them works is for the person to say."""


def registered(code: tuple[Module, ...]) -> frozenset[str]:
    """Classes that are only handed to a function that collects them, `register(MySQL)` or `@register`, beside others."""
    classes = {node.name for module in code for node in module.of(ast.ClassDef)}
    by_function: dict[str, set[str]] = {}
    called: set[str] = set()
    for module in code:
        for node in module.of(ast.Call):
            name = module.resolve(node.func).rpartition(".")[2]
            called.add(name)
            if len(node.args) == 1 and not node.keywords and "regist" in name.lower():
                given = node.args[0]
                if isinstance(given, ast.Name) and given.id in classes:
                    by_function.setdefault(name, set()).add(given.id)
        for owner in module.of(ast.ClassDef):
            for decorator in owner.decorator_list:
                named = module.resolve(decorator.func if isinstance(decorator, ast.Call) else decorator)
                if "regist" in named.lower():
                    by_function.setdefault(named.rpartition(".")[2], set()).add(owner.name)
    several = {name for names in by_function.values() if len(names) >= REGISTERED for name in names}
    return frozenset(several - called)


def chosen_names(code: tuple[Module, ...]) -> frozenset[str]:
    """Classes and functions that are called by their name, and nowhere without a condition that chooses them."""
    always: set[str] = set()
    sometimes: set[str] = set()
    for module in code:
        for node in module.of(ast.Call):
            if isinstance(node, ast.Call) and isinstance(node.func, NAMED):
                name = module.resolve(node.func).rpartition(".")[2]
                (sometimes if by_choice(module, node) else always).add(name)
    return frozenset(sometimes - always)


def scope_names(module: Module, node: ast.AST) -> list[str]:
    """The classes and functions around it."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [p.name for _, p in module.ancestors(node) if isinstance(p, kinds)]
