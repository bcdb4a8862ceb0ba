"""The project's own lists of Debian packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockgen.decide.system_packages import choose_system_packages
from dockgen.detect.aptfiles import listed_packages
from dockgen.facts import Evidence, Fact, Facts, Manager
from dockgen.source import Source


def test_packages_one_a_line(tmp_path: Path) -> None:
    (tmp_path / "packages.txt").write_text(
        "# media\nffmpeg\nlibgdal-dev  # to build\n\n--option\nhttps://a.example/x.deb\n"
    )
    found = listed_packages(Source(tmp_path))
    assert [(f.value, f.evidence[0].line) for f in found] == [("ffmpeg", 2), ("libgdal-dev", 3)]


def test_what_is_only_compiled_with_is_left_behind() -> None:
    here = (Evidence("packages.txt", 1, "listed"),)
    packages = (Fact("ffmpeg", here), Fact("libgdal-dev", here))
    choice = choose_system_packages(Facts(Fact("x"), Manager("pip"), packages=packages), "3.13")
    assert [p.name for p in choice.runtime] == ["ffmpeg"]
    assert "libgdal-dev" in [p.name for p in choice.build]


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "Aptfile").write_bytes(data)
    assert all(" " not in f.value for f in listed_packages(Source(folder)))
