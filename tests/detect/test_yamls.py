"""YAML: a value or one kind of error, however it is made."""

from __future__ import annotations

import pytest

from dockgen.detect.yamls import DEEPEST, BadYaml, load_yaml


def test_an_ordinary_file() -> None:
    assert load_yaml("a: [1, {b: c}]\n") == {"a": [1, {"b": "c"}]}


@pytest.mark.parametrize(
    "text", ["[" * 300_000, "{a: " * 300_000, "- " * 300_000, "? " * 300_000, "a:\n" + "".join(" " * n + "a:\n" for n in range(1, 900))]
)  # fmt: skip
def test_deep_nesting_is_refused_before_it_is_loaded(text: str) -> None:
    with pytest.raises(BadYaml, match="nests deeper"):
        load_yaml(text)


def test_many_brackets_side_by_side_are_no_depth() -> None:
    assert load_yaml("[" + ", ".join(["[1, {a: b}]"] * 2000) + "]")[1999] == [1, {"a": "b"}]
    deep = DEEPEST - 1
    assert str(load_yaml("[" * deep + "]" * deep)) == "[" * deep + "]" * deep


@pytest.mark.parametrize(
    ("text", "line"), [("a: 1\nb: [\n", 3), ("\t\nx: - y", 1), ("a: !x 1\n", 1), ("a: 2024-99-99", None)]
)
def test_what_is_wrong_has_its_line(text: str, line: int | None) -> None:
    with pytest.raises(BadYaml) as caught:
        load_yaml(text)
    assert caught.value.line == line or line is None
