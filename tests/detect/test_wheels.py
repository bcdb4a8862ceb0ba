"""Wheel tags for the image's platform, whatever machine this runs on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockgen.detect.wheels import is_compiled, wheel_fits, without_wheel
from dockgen.facts import Dependency


@pytest.mark.parametrize(
    ("wheel", "python", "arch", "libc", "threads", "fits"),
    [
        ("flask-3.1.0-py3-none-any.whl", "3.13", "x86_64", "glibc", False, True),
        ("six-1.16.0-py2.py3-none-any.whl", "3.14", "aarch64", "musl", False, True),
        ("old-1.0-py2-none-any.whl", "3.13", "x86_64", "glibc", False, False),
        (
            "numpy-2.2.3-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "3.13",
            "x86_64",
            "glibc",
            False,
            True,
        ),
        (
            "numpy-2.2.3-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "3.13.2",
            "x86_64",
            "glibc",
            False,
            True,
        ),
        (
            "numpy-2.2.3-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "3.12",
            "x86_64",
            "glibc",
            False,
            False,
        ),
        (
            "numpy-2.2.3-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "3.13",
            "aarch64",
            "glibc",
            False,
            False,
        ),
        (
            "numpy-2.2.3-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "3.13",
            "x86_64",
            "musl",
            False,
            False,
        ),
        ("numpy-2.2.3-cp313-cp313-musllinux_1_2_x86_64.whl", "3.13", "x86_64", "musl", False, True),
        ("numpy-2.2.3-cp313-cp313t-musllinux_1_2_x86_64.whl", "3.13", "x86_64", "musl", False, False),
        ("numpy-2.2.3-cp313-cp313t-manylinux_2_28_x86_64.whl", "3.13", "x86_64", "glibc", True, True),
        ("crypto-44-cp39-abi3-manylinux_2_34_x86_64.whl", "3.14", "x86_64", "glibc", False, True),
        ("crypto-44-cp39-abi3-manylinux_2_34_x86_64.whl", "3.8", "x86_64", "glibc", False, False),
        ("crypto-44-cp39-abi3-manylinux_2_34_x86_64.whl", "3.14", "x86_64", "glibc", True, False),
        ("new-1-cp313-cp313-manylinux_2_99_x86_64.whl", "3.13", "x86_64", "glibc", False, False),
        ("psycopg2-2.7.4-cp36-cp36m-manylinux1_x86_64.whl", "3.6", "x86_64", "glibc", False, True),
        ("win-1-cp313-cp313-win_amd64.whl", "3.13", "x86_64", "glibc", False, False),
        ("tool-1-py3-none-manylinux_2_17_x86_64.whl", "3.14", "x86_64", "glibc", False, True),
        ("built-1.0-2-py3-none-any.whl", "3.13", "x86_64", "glibc", False, True),
    ],
)
def test_fits(wheel: str, python: str, arch: str, libc: str, threads: bool, fits: bool) -> None:
    assert wheel_fits(wheel, python, arch, libc, threads) is fits


def test_without_wheel_names_what_is_built_from_source() -> None:
    windows = Dependency("psycopg2", version="2.9", wheels=("psycopg2-2.9-cp313-cp313-win_amd64.whl",), has_sdist=True)
    sdist = Dependency("docopt", version="0.6", wheels=(), has_sdist=True)
    pure = Dependency("flask", version="3", wheels=("flask-3-py3-none-any.whl",))
    unknown = Dependency("redis", version="5")
    tests = Dependency("lxml", version="5", group="test", wheels=())
    git = Dependency("own", source="git", wheels=())
    backport = Dependency("old", version="1", wheels=(), marker="python_version < '3.11'")
    found = without_wheel((windows, sdist, pure, unknown, tests, git, backport), "3.13")
    assert found == (windows, sdist)
    assert backport in without_wheel((backport,), "3.10")
    assert is_compiled(windows) and not is_compiled(pure) and not is_compiled(unknown)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="-.cp3py139anylinux_64whl", max_size=80))
def test_any_name_gives_an_answer(name: str) -> None:
    assert wheel_fits(name + ".whl") in (True, False)
