"""Whether a program stays: it consumes messages, keeps a schedule or looks at something again and again.

Read from what runs when the file is run, followed through the project's own functions and classes. What an option
of the command line asks for does not count: the container starts it without.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from dockgen.detect.inference import Inference, Kind
from dockgen.detect.modules import is_guard
from dockgen.detect.names import Module
from dockgen.knowledge import table

DEPTH = 4
"""How many modules of the project are followed."""

MOST = 2000
"""How many functions and classes are followed from one program."""

WAITING = frozenset(
    {"sleep", "wait", "poll", "recv", "recvfrom", "recv_json", "recv_multipart", "recv_string", "blpop", "brpop", "xread",
     "xreadgroup", "run_pending", "receive_message", "receive_messages", "getmany", "consume", "accept", "get_message", "pull"}
)  # fmt: skip
"""Calls that wait. A loop without one is a computation, a menu or a game."""

ASKING = frozenset({"input", "prompt", "getch", "getpass"})

ARGUMENTS = frozenset({"args", "options", "opts", "arguments", "namespace", "argv", "flags", "cli_args"})

RUNNING = ("main", "run", "worker_init", "run_worker", "run_worker_async", "worker_main", "Worker")

LIVING = ("run", "stop", "alive", "shutdown", "exit", "terminat", "keep", "active", "quit", "kill")
"""What a loop's condition is called where a signal ends it: while self.running, while not stop.is_set()."""


@lru_cache(maxsize=4)
def endless(inferred: Inference) -> Endless:
    """What stays in a tree, each function looked at once."""
    return Endless(inferred)


class Endless:
    """Finds what never ends by itself."""

    def __init__(self, inferred: Inference):
        self.inferred = inferred
        self._seen: dict[tuple[str, str], tuple[tuple[int, str] | None, tuple[tuple[Module, str], ...]]] = {}

    def staying(self, module: Module, start: str = "") -> tuple[int, str] | None:
        """(line, distribution that keeps it running or "") of what never ends by itself when the file is run, or
        this function of it called; None where all ends."""
        waiting, followed = [(module, start, DEPTH)], {(module.path, start)}
        while waiting and len(followed) < MOST:
            inside, name, depth = waiting.pop(0)
            found, called = self._own(inside, name)
            if found is not None:
                return found
            for target, dotted in called if depth > 1 else ():
                if (target.path, dotted) not in followed:
                    followed.add((target.path, dotted))
                    waiting.append((target, dotted, depth - 1))
        return None

    def _own(self, module: Module, start: str) -> tuple[tuple[int, str] | None, tuple[tuple[Module, str], ...]]:
        """What of this module stays, and the functions and classes of other modules of the project that it uses."""
        key = (module.path, start)
        if key not in self._seen:
            used: dict[tuple[str, str], tuple[Module, str]] = {}
            self._seen[key] = self._look(module, start, used), tuple(used.values())
        return self._seen[key]

    def _look(
        self, module: Module, start: str, used: dict[tuple[str, str], tuple[Module, str]]
    ) -> tuple[int, str] | None:
        calls: dict[str, str] = table("jobs")["calls"]
        methods: dict[str, str] = table("jobs")["methods"]
        objects: dict[str, str] = table("jobs")["objects"]
        local: dict[str, tuple[Kind, int]] | None = None
        for node in _unconditional(module, start):
            if isinstance(node, ast.While) and (_forever(node, module) or _idle(module, node)):
                return node.lineno, ""
            if isinstance(node, ast.Await) and _awaits_for_good(module, node):
                return node.lineno, ""
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                self._use(module, node, used)
            if not isinstance(node, ast.Call):
                continue
            name = self.inferred.view.lookup(module, node.func)
            if name is not None and name.path is None and name.dotted in calls:
                return node.lineno, calls[name.dotted]
            if not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in RUNNING:
                if local is None:
                    local = _locals(self.inferred, module)
                kind = self.inferred.value(module, node.func.value, local)
                if kind is not None and f"{kind.type}.{node.func.attr}" in objects:
                    return node.lineno, objects[f"{kind.type}.{node.func.attr}"]
            if node.func.attr in methods and self._imported(methods[node.func.attr]):
                return node.lineno, ""
        return None

    def _use(
        self, module: Module, node: ast.Name | ast.Attribute, used: dict[tuple[str, str], tuple[Module, str]]
    ) -> None:
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id not in module.imports:
            return
        name = self.inferred.view.lookup(module, node)
        if name is None or name.path in (None, module.path) or not name.dotted or "." in name.dotted:
            return
        target = self.inferred.view.module(name.path or "")
        if target is not None:
            used.setdefault((target.path, name.dotted), (target, name.dotted))

    def _imported(self, wanted: str) -> bool:
        modules = self.inferred.view.modules
        return not wanted or any(o.split(".")[0] == wanted for m in modules for o in m.imports.values())


def _awaits_for_good(module: Module, node: ast.Await) -> bool:
    """`await asyncio.Future()`, `await asyncio.Event().wait()`."""
    if not isinstance(node.value, ast.Call):
        return False
    called = node.value.func
    if module.resolve(called) in ("asyncio.Future", "anyio.sleep_forever", "trio.sleep_forever"):
        return True
    on = called.value if isinstance(called, ast.Attribute) and called.attr == "wait" else None
    return isinstance(on, ast.Call) and module.resolve(on.func) == "asyncio.Event"


def _locals(inferred: Inference, module: Module) -> dict[str, tuple[Kind, int]]:
    """Objects of the module and of its functions, by their names."""
    local = dict(inferred.objects(module))
    for statement in module.tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = dict(inferred.objects(module))
            inferred.scan(module, iter(statement.body), inner, DEPTH)
            for name, held in inner.items():
                local.setdefault(name, held)
    return local


def _unconditional(module: Module, start: str) -> Iterator[ast.AST]:
    """Nodes that run when the file is run, without those that an argument of the command line decides about."""
    functions: dict[str, ast.AST] = {}
    waiting: list[ast.AST] = []
    for statement in module.tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            functions[statement.name] = statement
        else:
            waiting.append(statement)
    if start:
        waiting = [functions.pop(start)] if start in functions else []
    while waiting:
        stack = [waiting.pop(0)]
        while stack:
            part = stack.pop()
            yield part
            if isinstance(part, ast.Name) and part.id in functions:
                waiting.append(functions.pop(part.id))
            if isinstance(part, ast.If) and not is_guard(part) and _by_argument(part.test):
                stack.extend(reversed(part.orelse))
                continue
            if isinstance(part, ast.Match) and _by_argument(part.subject):
                continue
            stack.extend(reversed(list(ast.iter_child_nodes(part))))


def _by_argument(test: ast.expr) -> bool:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return False  # `if not args.once`: so it is by default
    return any(
        (isinstance(part, ast.Name) and part.id in ARGUMENTS)
        or (isinstance(part, ast.Attribute) and part.attr == "argv")
        for part in ast.walk(test)
    )


def _forever(loop: ast.While, module: Module) -> bool:
    """`while True` that nothing leaves, or a loop that a signal ends; with a call that waits, itself or in a function of
    the same file, and no question."""
    always = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    if not always and not _living(loop.test):
        return False
    waits = False
    for node in _own(loop.body):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ASKING:
                return False
            waits = waits or _waits(called)
            if not waits and always and isinstance(node.func, ast.Name):
                waits = _function_waits(module, called)
        elif always and isinstance(node, (ast.Break, ast.Return, ast.Yield, ast.YieldFrom)):
            return False
    return waits


def _waits(called: str) -> bool:
    return called in WAITING or called.startswith("sleep")


def _function_waits(module: Module, name: str) -> bool:
    """Whether a function of the file makes a call that waits, and asks nobody."""
    for function in module.tree.body:
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and function.name == name:
            calls = [n.func for n in ast.walk(function) if isinstance(n, ast.Call)]
            names = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls}
            return not names & ASKING and any(_waits(one) for one in names)
    return False


def _idle(module: Module, loop: ast.While) -> bool:
    """`while True: pass` that keeps the threads of a scheduler in the background alive."""
    scheduled = any(origin.startswith("apscheduler.schedulers.background") for origin in module.imports.values())
    always = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    return scheduled and always and all(isinstance(statement, ast.Pass) for statement in loop.body)


def _living(test: ast.expr) -> bool:
    words = [
        n.id if isinstance(n, ast.Name) else n.attr for n in ast.walk(test) if isinstance(n, (ast.Name, ast.Attribute))
    ]
    return (
        bool(words)
        and not any(isinstance(n, ast.Compare) for n in ast.walk(test))
        and any(part in word.lower() for word in words for part in LIVING)
    )


def _own(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Nodes of a loop's body: not those of inner functions, of handlers for the end of the program, and no
    break of an inner loop."""
    stack: list[tuple[ast.AST, bool]] = [(statement, False) for statement in reversed(body)]
    while stack:
        node, inner = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.ExceptHandler) and node.type is not None and _ending(node.type):
            continue
        if isinstance(node, ast.Break) and inner:
            continue
        yield node
        inner = inner or isinstance(node, (ast.For, ast.AsyncFor, ast.While))
        stack.extend((child, inner) for child in reversed(list(ast.iter_child_nodes(node))))


def _ending(handled: ast.expr) -> bool:
    names = {
        n.attr if isinstance(n, ast.Attribute) else n.id
        for n in ast.walk(handled)
        if isinstance(n, (ast.Name, ast.Attribute))
    }
    return bool(names & {"KeyboardInterrupt", "SystemExit", "CancelledError"})
