"""Answers come from files and flags; each is checked, and what is recorded reads back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from dockgen.answers import Record, check, layered, read_environment, read_pyproject, read_record, record_text
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
    data = tomli.loads(record_text("1.2.3", Record(answers, {"Dockerfile": "sha256:0"})))
    assert check(data["answers"]) == answers
    assert data["files"] == {"Dockerfile": "sha256:0"}


def test_pyproject_holds_answers_too(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.dockgen]\nport = 9000\n")
    assert read_pyproject(Source(tmp_path)) == {"port": 9000}


def test_a_wrong_answer_names_its_file(tmp_path: Path) -> None:
    (tmp_path / ".dockgen.toml").write_text('[answers]\nport = "many"\n')
    with pytest.raises(Usage, match=r"\.dockgen\.toml"):
        read_record(Source(tmp_path))


def test_a_generated_text_reads_back(tmp_path: Path) -> None:
    texts = {"Dockerfile": "FROM x\n", "a b/ü.yml": "no newline, \udcff", "empty": ""}
    (tmp_path / ".dockgen.toml").write_text(record_text("1", Record({"set": {"team": "a"}}, generated=texts)), "utf-8")
    record = read_record(Source(tmp_path))
    assert record.generated == texts
    assert record.answers == {"set": {"team": "a"}}


@pytest.mark.parametrize("text", ["", "QlpoOTFBWSZT", "not base64!", "QlpoOTFBWSZTWT0szNUAAFRfgEAQXef42j"])
def test_a_broken_text_is_as_if_it_were_not_there(tmp_path: Path, text: str) -> None:
    (tmp_path / ".dockgen.toml").write_text(f'[generated]\nDockerfile = "{text}"\n')
    assert read_record(Source(tmp_path)).generated == {}


def test_a_text_that_grows_without_end_is_not_unpacked(tmp_path: Path) -> None:
    import base64
    import bz2

    bomb = base64.b64encode(bz2.compress(b"x" * 2**26)).decode()
    (tmp_path / ".dockgen.toml").write_text(f'[generated]\nDockerfile = "{bomb}"\n')
    assert read_record(Source(tmp_path)).generated == {}


def test_layers_the_stronger_wins_and_says_where_from() -> None:
    answers = layered(
        ("/home/a/config.toml", {"python": "3.11", "registry": "mirror"}),
        ("pyproject.toml", {"python": "3.12", "set": {"a": "1", "b": "1"}}),
        ("DOCKGEN_{}", {"port": 1}),
        ("{}", {"python": "3.13", "health_path": "/x", "set": {"b": "2"}}),
    )
    assert answers.values["python"] == "3.13" and answers.origins["python"] == "--python"
    assert answers.values["set"] == {"a": "1", "b": "2"}
    assert answers.origins["registry"] == "/home/a/config.toml"
    assert answers.origins["port"] == "DOCKGEN_PORT"
    assert answers.origins["health_path"] == "--health-path"


def test_the_environment_answers() -> None:
    environ = {"DOCKGEN_PYTHON": "3.12", "DOCKGEN_PORT": "81", "DOCKGEN_SERVICE": "postgres, redis",
               "DOCKGEN_NO_SYNTAX_LINE": "1", "DOCKGEN_SET": "a=1,b=2", "DOCKGEN_REQUIRE_BUILDS": "1"}  # fmt: skip
    assert read_environment(environ) == {
        "python": "3.12", "port": 81, "service": ("postgres", "redis"), "no_syntax_line": True,
        "set": {"a": "1", "b": "2"},
    }  # fmt: skip


@pytest.mark.parametrize("environ", [{"DOCKGEN_PORT": "many"}, {"DOCKGEN_PYTHON": "2"}, {"DOCKGEN_SET": "a"}])
def test_a_wrong_variable_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(Usage, match=next(iter(environ))):
        read_environment(environ)
