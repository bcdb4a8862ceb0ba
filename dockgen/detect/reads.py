"""The record of one read of a variable, and what several ways of reading have in common."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from dockgen.detect.names import Module, assigned
from dockgen.facts import SPLIT_WHY

WHOLE_WHY = "taken from the environment as a whole"

INJECTED_WHY = "read by dependency_injector's from_env"

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Read:
    """One place that reads a variable. `kind`: "db", "cache" or a service's name where the call says so.

    `absent`: what the code does without it: "replaced" by what it computes, "tested" where it asks whether the
    variable is there, or does not come here without another one, "asked" where something that uses the setting does,
    "passed" where it hands the value on without asking, "" where it shows none of these. `guarded`: it stands under
    `if __name__ == "__main__":`, where only running the file as a program comes to.
    """

    name: str
    file: str
    line: int
    why: str
    required: bool = False
    default: str | None = None
    secret: bool = False
    kind: str = ""
    absent: str = ""
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class WrapperKey:
    """A parameter that the name of a variable is made of."""

    position: int
    parameter: str
    prefix: str = ""
    upper: bool = False


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function of the project's own that reads the variable whose name it is given, by the first of `keys` that is."""

    keys: tuple[WrapperKey, ...]
    default_position: int | None
    default_parameter: str | None
    required: bool


@dataclass(slots=True)
class Project:
    """Readers and wrappers by (module's last name, name), and settings classes by name."""

    modules: tuple[Module, ...]
    readers: dict[tuple[str, str], str]
    wrappers: dict[tuple[str, str], Wrapper]
    classes: dict[str, tuple[Module, ast.ClassDef]]
    settings: dict[str, str]  # class name -> "1" or "2": pydantic's major version
    given: dict[str, set[str]] = field(default_factory=dict)  # settings class -> fields that the code gives it
    prefixes: dict[str, str] = field(default_factory=dict)  # settings class -> the prefix that it is made with
    asked: frozenset[str] = frozenset()  # attributes that a condition asks for: `if settings.sentry_dsn:`


def make_read(
    module: Module,
    node: ast.AST,
    name: str,
    why: str,
    *,
    required: bool = False,
    default: str | None = None,
    secret: bool = False,
    kind: str = "",
    absent: str = "",
) -> Read:
    if _split_at_spaces(module, node):
        why += SPLIT_WHY
    return Read(name, module.path, getattr(node, "lineno", 1), why, required, default, secret, kind, absent)


def _split_at_spaces(module: Module, node: ast.AST) -> bool:
    """Whether the value is taken apart at once by .split() or .split(" ")."""
    method = module.parents.get(id(node))
    call = module.parents.get(id(method)) if isinstance(method, ast.Attribute) and method.attr == "split" else None
    if not isinstance(call, ast.Call) or call.func is not method:
        return False
    return not call.args or (isinstance(call.args[0], ast.Constant) and call.args[0].value in (" ", None))


def keys_of(module: Module, node: ast.AST | None) -> list[str]:
    """The literal names an expression can be: a string, a constant, or the items of a literal loop."""
    text = module.string(node)
    if text is not None:
        return [text] if NAME.fullmatch(text) else []
    if isinstance(node, ast.Name):
        for _, parent in module.ancestors(node):
            loops = [parent] if isinstance(parent, ast.For) else getattr(parent, "generators", [])
            for loop in loops:
                target, items = loop.target, loop.iter
                if isinstance(target, ast.Name) and target.id == node.id:
                    if isinstance(items, ast.Name):  # REQUIRED = ["A", "B"]
                        kept = [pair for s in module.of(ast.Assign, ast.AnnAssign) if (pair := assigned(s))]
                        held = [value for name, value in kept if name == items.id]
                        items = held[0] if len(held) == 1 else items
                    if isinstance(items, (ast.List, ast.Tuple, ast.Set)):
                        found = [module.string(item) for item in items.elts]
                        return [item for item in found if item and NAME.fullmatch(item)]
                    return []
    return []
