"""An update never loses an edit and never overwrites one silently."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dockgen.merge import Merged, merge_files, three_way
from dockgen.write import digest

BASE = "".join(f"line {n}\n" for n in range(12))


def one(tmp_path: Path, mine: str | None, base: str | None, new: str | None, on_conflict: str = "stop") -> Merged:
    if mine is not None:
        (tmp_path / "f").write_bytes(mine.encode("utf-8", "surrogateescape"))
    files = {"f": new} if new is not None else {}
    generated = {"f": base} if base is not None else {}
    hashes = {"f": digest(base)} if base is not None else {}
    (result,) = merge_files(tmp_path, files, generated, hashes, on_conflict)
    return result


@pytest.mark.parametrize(
    ("mine", "base", "new", "state", "text"),
    [
        (None, None, "n", "new", "n"),
        ("b", "b", "n", "updated", "n"),
        ("b", "b", "b", "unchanged", "b"),
        ("m", "b", "b", "kept", "m"),
        ("n", "b", "n", "unchanged", "n"),
        ("m", "b", "n", "conflict", None),
        ("m", None, "n", "conflict", None),
        ("b", "b", None, "removed", None),
        ("m", "b", None, "kept", "m"),
        (None, "b", "b", "deleted", None),
        (None, "b", "n", "conflict", "n"),
        (None, "b", None, "unchanged", None),
    ],
)
def test_states(
    tmp_path: Path, mine: str | None, base: str | None, new: str | None, state: str, text: str | None
) -> None:
    result = one(tmp_path, mine, base, new)
    assert result.state == state
    if state != "conflict" or text is not None:
        assert result.text == text


def test_edits_in_different_places_are_both_there(tmp_path: Path) -> None:
    mine = BASE.replace("line 2\n", "line 2\nmine\n")
    new = BASE.replace("line 9\n", "new\n")
    result = one(tmp_path, mine, BASE, new)
    assert result.state == "merged"
    assert result.text == BASE.replace("line 2\n", "line 2\nmine\n").replace("line 9\n", "new\n")


def test_windows_line_ends_are_no_edit_and_stay(tmp_path: Path) -> None:
    mine = BASE.replace("\n", "\r\n")
    assert one(tmp_path, mine, BASE, BASE).text == mine
    assert one(tmp_path, mine, BASE, BASE + "more\n").text == mine + "more\r\n"


def test_bytes_that_are_no_text_survive(tmp_path: Path) -> None:
    mine = BASE.replace("line 2", "line \udcff")
    result = one(tmp_path, mine, BASE, BASE + "more\n")
    assert result.text == mine + "more\n"


def test_a_conflict_is_shown_as_git_does() -> None:
    text, conflict = three_way("mine\n", "base\n", "new\n")
    assert conflict
    assert text.splitlines() == [
        "<<<<<<< your file", "mine", "||||||| as generated before", "base", "=======", "new", ">>>>>>> as generated now",
    ]  # fmt: skip


@pytest.mark.parametrize(("choice", "text"), [("mine", "mine\n"), ("new", "new\n")])
def test_a_side_can_be_chosen(tmp_path: Path, choice: str, text: str) -> None:
    assert one(tmp_path, "mine\n", "base\n", "new\n", choice) == Merged("f", "merged", "mine\n", text)


lines = st.lists(st.text(string.ascii_lowercase + " #", max_size=4).map(lambda s: s + "\n"), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines, lines, lines)
def test_no_line_of_a_person_is_lost(tmp_path: Path, base: list[str], mine: list[str], new: list[str]) -> None:
    """What the person has and neither the old nor the new text had is in the result, or it is a conflict."""
    texts = ["".join(part) for part in (mine, base, new)]
    result = one(tmp_path, texts[0], texts[1], texts[2])
    own = set(mine) - set(base)
    shown = set((result.text or "").splitlines(keepends=True))
    assert own <= shown
    if result.state == "updated":
        assert texts[0] == texts[1]
    # What the update brings is there as well.
    assert set(new) - set(base) <= shown
    if result.state in ("merged", "kept"):
        assert "<<<<<<< your file\n" not in shown
