"""Which files are the program."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from dockgen.detect.names import Module, in_production, modules, vendored
from dockgen.source import Source


@pytest.mark.parametrize(
    ("path", "production"),
    [
        ("shop/tasks.py", True),
        ("shop/routes/docs.py", True),
        ("shop/fabfile.py", True),
        ("latest/main.py", True),
        ("contest/views.py", True),
        ("shop/tests.py", False),
        ("shop/tests/views.py", False),
        ("shop/tests_e2e/helpers.py", False),
        ("shop/test_views.py", False),
        ("fabfile.py", False),
        ("setup.py", False),
        (".github/release.py", False),
        ("shop/_vendor/flask/app.py", False),
        ("third_party/bottle.py", False),
    ],
)
def test_in_production(path: str, production: bool) -> None:
    assert in_production(path) is production


@pytest.mark.parametrize(
    ("path", "text", "counts"),
    [
        ("shop/setup.py", "def setup_redis(app): ...\n", True),
        ("shop/setup.py", "from setuptools import setup\nsetup()\n", False),
        ("native/setup.py", "print(1)\n", False),
        ("setup.py", "print(1)\n", False),
    ],
)
def test_a_setup_module_of_a_package_is_part_of_the_program(tmp_path: Path, path: str, text: str, counts: bool) -> None:
    for name, held in {"shop/__init__.py": "", path: text}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(held)
    assert (path in {module.path for module in modules(Source(tmp_path))}) is counts


def test_the_tasks_of_invoke_are_no_part_of_the_program_and_those_of_a_queue_are(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("from celery import Celery\n")
    assert [m.path for m in modules(Source(tmp_path))] == ["tasks.py"]
    (tmp_path / "tasks.py").write_text("from invoke import task\n")
    assert modules(Source(tmp_path)) == ()


@pytest.mark.parametrize(
    ("names", "copies"),
    [
        (("lib/requests/__init__.py", "lib/bs4/__init__.py", "lib/certifi.py", "lib/idna/core.py", "lib/own.py"), {"lib"}),
        (("lib/redis.py", "lib/orders.py", "lib/shop.py"), set()),
        (("clients/redis.py", "clients/kafka.py", "clients/minio.py", "clients/stripe.py", "clients/slack.py"), set()),
        (("lib/__init__.py", "lib/redis.py", "lib/kafka.py", "lib/minio.py", "lib/stripe.py"), set()),
    ],
)  # fmt: skip
def test_copied_distributions_are_none_of_the_program(tmp_path: Path, names: tuple[str, ...], copies: set[str]) -> None:
    for name in ("main.py", *names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("import requests\n")
    source = Source(tmp_path)
    assert set(vendored(source)) == copies
    assert {m.path for m in modules(source)} == {"main.py", *(n for n in names if not copies)}


WALKED = """
import os as system
from os import getenv as ask, environ
import typing as t

type_of = {**environ, "a": 1}


def f(a, *, b=None, c):
    with open(a) as g, open(c):
        return [x + 1 for x in g if not x]


class A(t.Generic[int]):
    match = lambda self: ask("X") or system.getenv("Y")


match type_of:
    case {"a": [1, *rest], **others} if rest:
        print(f"{rest!r:>{len(others)}}")
    case A(match=None) | None:
        global_ = system.environ.get("Z")
"""


def test_a_module_is_walked_in_source_order_with_every_node_below_its_parent() -> None:
    tree = ast.parse(WALKED)
    module = Module("a.py", tree)
    left_out = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
    every = [node for node in ast.walk(tree) if not isinstance(node, left_out)]
    assert {id(n) for n in module.nodes} == {id(n) for n in every}
    assert len(module.nodes) == len(every)
    for node in module.nodes[1:]:
        assert any(child is node for child in ast.iter_child_nodes(module.parents[id(node)]))
    for node in module.nodes:
        assert {id(n) for n in module.inside(node)} == {id(n) for n in ast.walk(node) if not isinstance(n, left_out)}
    assert module.of(ast.Call, ast.Lambda) == tuple(n for n in module.nodes if isinstance(n, (ast.Call, ast.Lambda)))


def test_calls_by_what_the_called_ends_in() -> None:
    module = Module("a.py", ast.parse(WALKED))
    assert [ast.unparse(c) for c in module.calls("getenv")] == ["ask('X')", "system.getenv('Y')"]
    assert [c.lineno for c in module.calls("get", "open", "getenv")] == sorted(
        c.lineno for c in module.calls("get", "open", "getenv")
    )
    assert module.reads_environment()
    module.alias("f", "os.getenv")
    assert module.resolve(ast.parse("f", mode="eval").body) == "os.getenv"


def test_a_chain_that_was_asked_before_follows_a_new_alias() -> None:
    module = Module("a.py", ast.parse("e = x\ne.get('A')\n"))
    call = module.calls("get")[0]
    assert module.resolve(call.func) == "e.get"
    module.alias("e", "os.environ")
    assert module.resolve(call.func) == "os.environ.get"
