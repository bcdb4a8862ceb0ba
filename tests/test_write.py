"""All files or none; a person's edit is never overwritten unasked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockgen.errors import EditedByHand, NotWritable
from dockgen.write import compare, digest, refuse_edits, write


def states(target: Path, files: dict[str, str], recorded: dict[str, str]) -> dict[str, str]:
    return {c.name: c.state for c in compare(target, files, recorded)}


def test_states(tmp_path: Path) -> None:
    (tmp_path / "same").write_text("x")
    (tmp_path / "ours").write_text("old")
    (tmp_path / "theirs").write_text("by hand")
    files = {"same": "x", "ours": "new", "theirs": "new", "fresh": "new"}
    recorded = {"ours": digest("old"), "theirs": digest("as generated")}
    assert states(tmp_path, files, recorded) == {
        "same": "unchanged",
        "ours": "updated",
        "theirs": "edited",
        "fresh": "new",
    }


def test_an_edit_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM mine\n")
    with pytest.raises(EditedByHand, match="Dockerfile") as caught:
        refuse_edits(compare(tmp_path, {"Dockerfile": "FROM ours\n"}, {}))
    assert caught.value.exit_code == 3
    assert "--overwrite" in str(caught.value)


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("precious")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "Dockerfile").symlink_to(outside)
    with pytest.raises(EditedByHand):
        compare(tmp_path / "p", {"Dockerfile": "x"}, {})
    assert outside.read_text() == "precious"


def test_private_files_lie_in_a_folder_of_their_owner(tmp_path: Path) -> None:
    write(tmp_path, {"a": "1"}, {".secrets/key": "2"})
    assert (tmp_path / ".secrets/key").read_text() == "2"
    assert (tmp_path / ".secrets").stat().st_mode & 0o777 == 0o700
    # A service's own user reads it through a bind mount of the single file.
    assert (tmp_path / ".secrets/key").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_none_is_written_when_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    (tmp_path / "b").write_text("as it was")
    before = sorted((str(p), p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file())
    calls = 0
    replace = os.replace

    def fail(source: str, target: str) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr("dockgen.write.os.replace", fail)
    with pytest.raises(NotWritable, match="No space left"):
        write(tmp_path, {"a": "new", "b": "new", "sub/c": "new"})
    assert sorted((str(p), p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file()) == before
    assert not (tmp_path / "sub").exists()


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").mkdir()
    with pytest.raises(NotWritable, match="is a folder"):
        compare(tmp_path, {"Dockerfile": "x"}, {})


@settings(max_examples=50)
@given(st.text(), st.text(), st.text())
def test_no_edit_is_lost(tmp_path_factory: pytest.TempPathFactory, generated: str, edited: str, new: str) -> None:
    target = tmp_path_factory.mktemp("t")
    (target / "f").write_bytes(edited.encode("utf-8", "replace"))
    edited = edited.encode("utf-8", "replace").decode()
    [change] = compare(target, {"f": new}, {"f": digest(generated.encode("utf-8", "replace").decode())})
    if change.state in ("updated", "unchanged"):
        assert edited in (new, generated.encode("utf-8", "replace").decode())
    else:
        assert change.state == "edited"
