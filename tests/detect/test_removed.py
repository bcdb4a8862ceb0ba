"""The newest Python that the code itself imports on."""

from __future__ import annotations

import ast
import textwrap

import pytest

from dockgen.detect.names import Module
from dockgen.detect.removed import removed_names
from dockgen.facts import Dependency


@pytest.mark.parametrize(
    ("code", "newest"),
    [
        ("import telnetlib", "3.12"),
        ("from distutils.util import strtobool", "3.11"),
        ("import distutils.core", "3.11"),
        ("from collections import Mapping", "3.9"),
        ("import collections\nclass A(collections.Mapping): ...", "3.9"),
        ("from collections.abc import Mapping\nimport collections.abc\nx = collections.abc.Mapping", ""),
        ("import asyncio\n@asyncio.coroutine\ndef f(): ...", "3.10"),
        ("try:\n    import audioop\nexcept ImportError:\n    audioop = None", ""),
        ("try:\n    import a\nexcept ImportError:\n    import audioop", ""),
        ("import sys\nif sys.version_info < (3, 12):\n    import imp", ""),
        ("from . import cgi", ""),
        ("import json", ""),
        ("import asyncio\nloop = asyncio.get_event_loop()", "3.13"),
        ("import asyncio\nif __name__ == '__main__':\n    asyncio.get_event_loop().run_until_complete(f())", "3.13"),
        ("import asyncio\ndef main():\n    asyncio.get_event_loop().run_until_complete(f())", "3.13"),
        ("import asyncio\nasync def f():\n    asyncio.get_event_loop()", ""),
        ("import asyncio\ndef helper():\n    asyncio.get_event_loop()", ""),
        ("import asyncio\nasyncio.set_event_loop(asyncio.new_event_loop())\nloop = asyncio.get_event_loop()", ""),
    ],
)
def test_code(code: str, newest: str) -> None:
    found = removed_names([Module("app.py", ast.parse(textwrap.dedent(code)))], ())
    assert [c.specifier for c in found] == ([newest] if newest else [])


def test_what_brings_it_back() -> None:
    modules = [Module("app.py", ast.parse("import distutils\nimport cgi\nimport telnetlib"))]
    assert [c.specifier for c in removed_names(modules, ())] == ["3.11", "3.12"]
    brought = (Dependency("setuptools"), Dependency("legacy-cgi"), Dependency("standard-telnetlib"))
    assert removed_names(modules, brought) == ()
    development = (Dependency("setuptools", group="dev"), *brought[1:])
    assert [c.specifier for c in removed_names(modules, development)] == ["3.11"]


def test_only_production_counts() -> None:
    tree = ast.parse("import imp")
    places = ["tests/a.py", "scripts/a.py", "setup.py", "docs/a.py"]
    assert removed_names([Module(path, tree) for path in places], ()) == ()
    assert removed_names([Module("imp.py", ast.parse("")), Module("app.py", tree)], ()) == ()
