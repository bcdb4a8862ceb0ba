"""Source that is newer than the Python that runs dockgen."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockgen.syntax import parse

NEW = """\
type Pair[T] = tuple[T, T]

class Box[T: (int, str)](Base):
    def put[S](self, x: S) -> None: ...

async def load[*Ts](row):
    try:
        print(f"{row["name"]} and {row["a"]["b"]!r:>{row["width"]}}", t"x")
    except ValueError, json.JSONDecodeError:
        pass

text = f"{re.sub(r'`', r'\\1', x)}" "y"
text = f"{'\\n'.join(rows)}"
app = FastAPI()
"""


def test_newer_syntax_keeps_its_lines() -> None:
    tree = parse(NEW)
    assert {node.name: node.lineno for node in tree.body if isinstance(node, (ast.ClassDef, ast.AsyncFunctionDef))} == {
        "Box": 3,
        "load": 6,
    }
    assert tree.body[-1].lineno == 14


@pytest.mark.parametrize("text", ["print 'x'\n", "except A, B:\n", "def f(:\n", "class A[T:\n    pass\n"])
def test_what_is_no_python_says_what_is_wrong_with_the_text_as_it_is(text: str) -> None:
    with pytest.raises(SyntaxError):
        parse(text)


@given(st.text(max_size=60))
def test_any_text_is_a_tree_or_a_documented_error(text: str) -> None:
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    assert isinstance(tree, ast.Module)


@given(st.lists(st.sampled_from(NEW.splitlines()), max_size=6))
def test_what_python_takes_is_left_alone(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        plain = ast.parse(text)
    except SyntaxError:
        return
    assert ast.dump(parse(text)) == ast.dump(plain)
