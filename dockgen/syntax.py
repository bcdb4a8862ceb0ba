"""Python source to a syntax tree, also where it is newer than the Python that dockgen runs on.

`ast.parse` knows the grammar of its own Python alone. What later ones added changes nothing that dockgen reads
(types, quotes, brackets), so a file that fails is put into older words line by line and tried again.
"""

from __future__ import annotations

import ast
import re

from dockgen.fstrings import older_fstrings

EXCEPT = re.compile(r"^(\s*except\*?)\s+([\w.]+(?:\s*,\s*[\w.]+)+)\s*:")
"""PEP 758 (3.14): except A, B:"""
ALIAS = re.compile(r"^(\s*)type\s+(\w+)\s*(\[.*?\])?\s*=(?!=)")
"""PEP 695 (3.12): type X[T] = ..."""
GENERIC = re.compile(r"^(\s*(?:class|def|async\s+def)\s+\w+)\s*\[")
"""PEP 695 (3.12): class A[T]: and def f[T](...)"""


def parse(text: str) -> ast.Module:
    """The tree. Raises SyntaxError (of the text as it is) where no Python's grammar fits, ValueError,
    RecursionError and MemoryError as ast.parse does."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        older = _older(text)
        for plainer in (older, older_fstrings(older)):
            try:
                return ast.parse(plainer)
            except SyntaxError:
                continue
        raise error from None


def _older(text: str) -> str:
    """The same lines without the syntax that came after Python 3.11. Lines stay where they are."""
    return "\n".join(_older_line(line) for line in text.split("\n"))


def _older_line(line: str) -> str:
    line = EXCEPT.sub(r"\1 (\2):", line)
    line = ALIAS.sub(r"\1\2 =", line)
    return _without_parameters(line)


def _without_parameters(line: str) -> str:
    """`def f[T: (int, str)](x)` as `def f(x)`."""
    match = GENERIC.match(line)
    if not match:
        return line
    depth = 0
    for at in range(match.end() - 1, len(line)):
        depth += {"[": 1, "]": -1}.get(line[at], 0)
        if not depth:
            return match.group(1) + line[at + 1 :]
    return line
