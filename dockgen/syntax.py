"""Python source to a syntax tree, also where it is newer than the Python that dockgen runs on.

`ast.parse` knows the grammar of its own Python alone. What later ones added changes nothing that dockgen reads
(types, quotes, brackets), so a file that fails is put into older words line by line and tried again.
"""

from __future__ import annotations

import ast
import re

EXCEPT = re.compile(r"^(\s*except\*?)\s+([\w.]+(?:\s*,\s*[\w.]+)+)\s*:")
"""PEP 758 (3.14): except A, B:"""
ALIAS = re.compile(r"^(\s*)type\s+(\w+)\s*(\[.*?\])?\s*=(?!=)")
"""PEP 695 (3.12): type X[T] = ..."""
GENERIC = re.compile(r"^(\s*(?:class|def|async\s+def)\s+\w+)\s*\[")
"""PEP 695 (3.12): class A[T]: and def f[T](...)"""
QUOTED = re.compile(r"""(\{[^{}\n"]*)"([^"'\n{}]*)\"""")
"""PEP 701 (3.12): f"{row["name"]}" """
TEMPLATE = re.compile(r"""(?<![\w"'])[tT]([rR]?)(?=["'])""")
"""PEP 750 (3.14): t"..." """


def parse(text: str) -> ast.Module:
    """The tree. Raises SyntaxError (of the text as it is) where no Python's grammar fits, ValueError,
    RecursionError and MemoryError as ast.parse does."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        older = _older(text)
        for _ in range(FORMATTED):
            try:
                return ast.parse(older)
            except SyntaxError as other:
                plain = _unformatted(older, other)
                if plain == older:
                    break
                older = plain
        raise error from None


FORMAT = re.compile(r"""(?<![\w"'])[fF]([rR]?)(?=["'])""")
FORMATTED = 40
"""How many lines may lose the f of their strings; more is no Python."""


def _unformatted(text: str, error: SyntaxError) -> str:
    """The text with plain strings on the line where an f-string is wrong: backslashes in one (PEP 701, 3.12)."""
    lines = text.split("\n")
    if "f-string" in (error.msg or ""):
        last = min(error.lineno or 0, len(lines))  # Python names the line where it noticed: at the string, or below
        for at in range(last - 1, max(last - 20, -1), -1):
            if FORMAT.search(lines[at]):
                lines[at] = FORMAT.sub(r"\1", lines[at])
                break
    return "\n".join(lines)


def _older(text: str) -> str:
    """The same lines without the syntax that came after Python 3.11. Lines stay where they are."""
    return "\n".join(_older_line(line) for line in text.split("\n"))


def _older_line(line: str) -> str:
    line = EXCEPT.sub(r"\1 (\2):", line)
    line = ALIAS.sub(r"\1\2 =", line)
    line = _without_parameters(line)
    if re.search(r"""\b[fF][rR]?"|\b[rR][fF]"|\b[tT][rR]?["']""", line):
        line = TEMPLATE.sub(r"f\1", line)
        for _ in range(8):  # one pair of quotes a turn
            inner = QUOTED.sub(r"\1'\2'", line, count=1)
            if inner == line:
                break
            line = inner
    return line


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
