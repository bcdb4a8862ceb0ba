"""Source that is newer than the Python that runs dockgen."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockgen.fstrings import older_fstrings
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


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("f'{d['a']}'", ["a"]),
        ("f'{x.get('url')}' 'b'", ["url", "b"]),
        ("""f"{a.get("k", f"{b}")}" """, ["k"]),
        ("""f'{'yes' if b else 'no'}'""", ["yes", "no"]),
        ("""f'{", ".join(f'{k}' for k in d)}'""", [", "]),
        ("""f"{'\\n'.join(rows)} and {x!r:>{w["n"]}}" """, ["n", " and ", ">", "n"]),
        ("""f"{os.environ["A"]}:{os.environ["B"]}@" """, ["A", ":", "B", "@"]),
        ("f'{{not}} {d['a']} }}'", ["{not} ", "a", " }"]),
        ("f'\\N{BULLET} {d['a']}'", ["\N{BULLET} ", "a"]),
        ("rf'\\d{d['a']}'", ["\\d", "a"]),
        ("f'{x != 'a'}'", ["a"]),
        ("f'{d['a'] # why\n}'", ["a"]),
        ("t'{d['a']}'", ["a"]),
        ("'''f'{' ''' f'{d['a']}'", ["f'{' ", "a"]),
        ("# f'{\nf'{d['a']}'", ["a"]),
    ],
)
def test_strings_in_fields(text: str, constants: list[str]) -> None:
    tree = parse(f"x = ({text}\n)\ny = 1\n")
    assert tree.body[-1].lineno == 3 + text.count("\n")
    found = [n.value for n in ast.walk(tree.body[0]) if isinstance(n, ast.Constant)]
    assert sorted("".join(map(str, found))) == sorted("".join(constants))


@given(st.text(alphabet="f'\"{}[]x:!\\\n#t ", max_size=40))
def test_any_quotes_and_braces_end(text: str) -> None:
    assert isinstance(older_fstrings(text), str)


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
