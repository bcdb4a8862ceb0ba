"""Answers come from files and flags; each is checked, and what is recorded reads back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from dockgen.answers import check, read_record, record_text
from dockgen.errors import Usage
from dockgen.source import Source


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("python", "2.7"),
        ("python", "3.13; rm"),
        ("base", "slim\nUSER root"),
        ("base", "im age"),
        ("entry", "a:b; rm -rf /"),
        ("entry", "a\nb"),
        ("port", 0),
        ("port", 70000),
        ("port", True),
        ("health_path", "healthz"),
        ("health_path", "/'); import os; ('"),
        ("manager", "npm"),
        ("without", ["everything"]),
        ("registry", "evil image"),
        ("start", "'unbalanced"),
        ("start", "  "),
        ("no_such_answer", "x"),
    ],
)
def test_an_answer_of_the_wrong_form_is_refused(name: str, value: Any) -> None:
    with pytest.raises(Usage) as caught:
        check({name: value})
    assert caught.value.exit_code == 2


def test_empty_answers_are_none() -> None:
    assert check({"python": None, "service": [], "no_syntax_line": False}) == {}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "python": st.sampled_from(["3.11", "3.14"]),
            "port": st.integers(1, 65535),
            "start": st.text(st.characters(codec="utf-8", exclude_characters="'\"\\"), min_size=1).filter(
                lambda s: s.split() != []
            ),
            "without": st.just(["compose"]),
            "no_syntax_line": st.just(True),
        },
    )
)
def test_the_record_reads_back_as_the_same_answers(answers: dict[str, Any]) -> None:
    try:
        answers = check(answers)
    except Usage:
        return
    data = tomli.loads(record_text("1.2.3", answers, {"Dockerfile": "sha256:0"}))
    assert check(data["answers"]) == answers
    assert data["files"] == {"Dockerfile": "sha256:0"}


def test_pyproject_holds_answers_too(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.dockgen]\nport = 9000\n")
    assert read_record(Source(tmp_path)).answers == {"port": 9000}


def test_a_wrong_answer_names_its_file(tmp_path: Path) -> None:
    (tmp_path / ".dockgen.toml").write_text('[answers]\nport = "many"\n')
    with pytest.raises(Usage, match=r"\.dockgen\.toml"):
        read_record(Source(tmp_path))
