"""Where a server listens."""

from __future__ import annotations

import ast

import pytest

from dockgen.detect.names import Module
from dockgen.detect.ports import binding, port_of


def module(text: str, path: str = "main.py") -> Module:
    return Module(path, ast.parse(text))


SETTINGS = module(
    "class Settings(BaseSettings):\n    app_port: int = 8083\n    other_port: int = Field(ge=1, default=9000)\n"
    "class A:\n    twice_port = 1111\nclass B:\n    twice_port = 2222\n",
    "settings.py",
)


@pytest.mark.parametrize(
    ("text", "port", "variable"),
    [
        ("run(port=8080)", 8080, None),
        ("P = 8081\nrun(port=P)", 8081, None),
        ("run(port=int(os.environ.get('PORT', 8082)))", 8082, "PORT"),
        ("run(port=settings.app_port)", 8083, None),
        ("run(port=settings.other_port)", 9000, None),
        ("run(port=settings.twice_port)", None, None),
        ("run(port=config.unknown_port)", None, None),
        ("p = ArgumentParser()\np.add_argument('--port', type=int, default=8181)\nrun(port=args.port)", 8181, None),
        ("@click.option('--port', default=8282)\ndef start(port):\n    run(port=port)", 8282, None),
        ("def start(host, port=8383):\n    run(port=port)", 8383, None),
        ("def start(*, port=typer.Option(8484)):\n    run(port=port)", 8484, None),
        (
            "from tornado.options import define, options\ndefine('port', default=5555)\nrun(port=options.port)",
            5555,
            None,
        ),
        ("run(host='0.0.0.0')", None, None),
        ("host, port = '0.0.0.0', 8585\nrun(host=host, port=port)", 8585, None),
    ],
)
def test_port(text: str, port: int | None, variable: str | None) -> None:
    one = module(text)
    call = next(n for n in reversed(one.nodes) if isinstance(n, ast.Call) and one.resolve(n.func) == "run")
    assert binding(one, call, (one, SETTINGS))[1:] == (port, variable)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("server = HTTPServer(app)\nserver.listen(options.port)", ("0.0.0.0", 8001)),
        ("server = HTTPServer(app)\nserver.bind(8002, address='127.0.0.1')\nserver.start(0)", ("127.0.0.1", 8002)),
        ("HTTPServer(app).listen(8003)", ("0.0.0.0", 8003)),
        ("server = HTTPServer(app)\nother.listen(8004)", (None, None)),
    ],
)
def test_a_server_of_tornado_gets_its_port_later(text: str, address: tuple[str | None, int | None]) -> None:
    head = "from tornado.httpserver import HTTPServer\nfrom tornado.options import define, options\n"
    one = module(f"{head}define('port', default=8001)\n{text}")
    made = next(
        n for n in one.nodes if isinstance(n, ast.Call) and one.resolve(n.func) == "tornado.httpserver.HTTPServer"
    )
    assert binding(one, made)[:2] == address


def test_names_that_stand_for_each_other_end() -> None:
    one = module("a = b\nb = a\nrun(port=a)")
    assert port_of(one, ast.parse("a", mode="eval").body) == (None, None)


def test_a_port_of_another_module() -> None:
    config = module("from decouple import config\nPORT = config('API_PORT', cast=int)\nOTHER = 8085\n", "config.py")
    for text, port, variable in (("PORT", None, "API_PORT"), ("OTHER", 8085, None)):
        main = module(f"from config import {text}\nrun(port={text})")
        value = main.tree.body[-1].value.keywords[0].value  # type: ignore[attr-defined]
        assert port_of(main, value, (config,)) == (port, variable)
        assert port_of(main, value, (config, config)) == (None, None)
