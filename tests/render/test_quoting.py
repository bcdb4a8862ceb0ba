"""Whatever text a project holds, a generated file carries it unharmed or it is refused."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockgen.rendering import quoting

SAFE = st.text().filter(lambda s: not quoting.CONTROL.search(s))


@given(st.lists(SAFE, min_size=1))
def test_exec_form_is_json_of_the_same_words(words: list[str]) -> None:
    text = quoting.exec_form(words)
    assert json.loads(text) == words
    assert "\n" not in text


@given(st.lists(SAFE, min_size=1))
def test_shell_words_split_into_the_same_words(words: list[str]) -> None:
    assert shlex.split(quoting.shell_words(words)) == words


@given(SAFE)
def test_env_value_is_one_word_without_expansion(value: str) -> None:
    text = quoting.env_value(value)
    if text.startswith('"'):
        inner = text[1:-1]
        plain = inner.replace("\\\\", "\0").replace('\\"', '"').replace("\\$", "$").replace("\0", "\\")
        assert plain == value
    else:
        assert text == value
        assert "$" not in value.removesuffix(":$PATH")


@pytest.mark.parametrize("filter_", [quoting.shell, quoting.env_value, quoting.ignore_pattern, quoting.mount_path])
@pytest.mark.parametrize("value", ["a\nRUN rm -rf /", "a\r\nUSER 0", "nul\x00", "line\u2028separator"])
def test_a_line_break_is_refused_everywhere(filter_: object, value: str) -> None:
    with pytest.raises(quoting.Unquotable):
        filter_(value)  # type: ignore[operator]


@pytest.mark.parametrize("path", ["a b/requirements.txt", "a,from=evil", "$HOME/x", "../outside", 'a"b'])
def test_a_mount_takes_only_plain_paths(path: str) -> None:
    with pytest.raises(quoting.Unquotable):
        quoting.mount_path(path)


@given(st.text())
def test_a_comment_is_one_line(text: str) -> None:
    assert len(("# " + quoting.comment(text)).splitlines()) == 1
