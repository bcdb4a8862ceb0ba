"""What sets the address that a server binds."""

from __future__ import annotations

import ast

import pytest

from dockgen.detect.hosts import host_setting
from dockgen.detect.names import Module
from dockgen.facts import HostSetting

SETTINGS = Module(
    "shop/settings.py",
    ast.parse(
        "class Settings(BaseSettings):\n    host: str = '127.0.0.1'\n    read: str = os.getenv('SHOP_HOST', 'localhost')\n"
        "settings = Settings()\nADDRESS = os.environ.get('SHOP_ADDRESS', '127.0.0.1')\n"
    ),
)


def setting(text: str, *others: Module) -> HostSetting | None:
    module = Module("shop/main.py", ast.parse(text))
    calls = [c for c in module.of(ast.Call) if isinstance(c, ast.Call) and getattr(c.func, "id", "") == "run"]
    return host_setting(module, calls[-1], (module, SETTINGS, *others), (module, *others))


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("@click.command()\n@click.option('-h', '--host', default='127.0.0.1')\ndef serve(host):\n    run(host=host)", "--host"),
        ("@cli.command()\n@click.option('--listen', 'host')\ndef serve(host):\n    run(host=host)", "--listen"),
        ("@click.option('--on/--off')\n@click.option('--bind-to')\ndef serve(on, bind_to):\n    run(host=bind_to)", "--bind-to"),
        ("import typer\n@app.command()\ndef serve(my_host: str = '127.0.0.1'):\n    run(host=my_host)", "--my-host"),
        ("import typer\n@app.command()\ndef serve(host=typer.Option('localhost', '-b', '--bind')):\n    run(host=host)", "--bind"),
        ("import typer\n@app.command()\ndef serve(host: Annotated[str, typer.Option('--at')] = ''):\n    run(host=host)", "--at"),
        ("import typer\n@app.command()\ndef serve(host: str = typer.Argument('localhost')):\n    run(host=host)", None),
        ("def serve(host='127.0.0.1'):\n    run(host=host)", None),
        ("import fire\ndef serve(host='127.0.0.1'):\n    run(host=host)\nfire.Fire(serve)", "--host"),
        ("p = ArgumentParser()\np.add_argument('-H', '--bind-host', default='::1')\nrun(host=p.parse_args().bind_host)", "--bind-host"),
        ("p = ArgumentParser()\np.add_argument('--ip', dest='host')\nargs = p.parse_args()\nrun(host=args.host)", "--ip"),
        ("define('address', default='127.0.0.1')\nrun(host=options.address)", "--address"),
        ("p.add_argument('--host')\ndef go(at, port):\n    run(host=at, port=port)\ngo(args.host, args.port)", "--host"),
        ("p.add_argument('--host')\nkwargs = dict(host=args.host)\nrun(**kwargs)", "--host"),
        ("p.add_argument('--host')\nrun((args.host, 80), Handler)", "--host"),
        ("p.add_argument('--host')\nrun(host='127.0.0.1')", None),
        ("p.add_argument('host')\nrun(host=args.host)", None),
    ],
)  # fmt: skip
def test_options(text: str, option: str | None) -> None:
    found = setting(text)
    assert (found.option if found else None) == option


def test_an_option_of_the_program_comes_before_the_word_of_a_sub_command() -> None:
    parsers = (
        "p = ArgumentParser()\nsub = p.add_subparsers()\ns = sub.add_parser('serve')\ng = s.add_argument_group()\n"
    )
    assert setting(f"{parsers}p.add_argument('--host')\nrun(host=args.host)") == HostSetting("--host", early=True)
    for below in ("s", "g"):
        assert setting(f"{parsers}{below}.add_argument('--host')\nrun(host=args.host)") == HostSetting("--host")


def test_an_option_that_another_module_declares() -> None:
    command = Module("shop/cli.py", ast.parse("parser.add_argument('--host', default='127.0.0.1')"))
    assert setting("def go(args):\n    run(host=args.host)", command) == HostSetting("--host", early=True)
    other = Module("shop/b.py", ast.parse("parser.add_argument('-h', '--at', dest='host')"))
    assert setting("def go(args):\n    run(host=args.host)", command, other) is None


def test_another_program_s_option_sets_nothing() -> None:
    """Neither one that cannot come to the call, nor one that is called as a field of the settings."""
    tool = Module("tools/other.py", ast.parse("parser.add_argument('--host', default='127.0.0.1')"))
    module = Module("shop/main.py", ast.parse("def go(args):\n    run(host=args.host)"))
    call = next(c for c in module.of(ast.Call) if isinstance(c, ast.Call))
    assert host_setting(module, call, (module, tool), (module,)) is None
    of_settings = "from shop.settings import settings\nrun(host=settings.host)"
    assert setting(of_settings, tool) == HostSetting(field=("shop/settings.py", 2))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run(host=os.getenv('HOST', '127.0.0.1'))", HostSetting(variable="HOST")),
        ("H = os.environ.get('HOST') or 'localhost'\nrun(host=H)", HostSetting(variable="HOST")),
        ("from shop import settings\nrun(host=settings.ADDRESS)", HostSetting(variable="SHOP_ADDRESS")),
        ("from shop.settings import settings\nrun(host=settings.host)", HostSetting(field=("shop/settings.py", 2))),
        ("from shop.settings import settings\nrun(host=settings.read)", HostSetting(variable="SHOP_HOST")),
        ("def f(a):\n    run(host=a)\nf(f)", None),
        ("def f(a):\n    f(a)\n    run(host=a)", None),
        ("a = b\nb = a\nrun(host=a)", None),
        ("run()", None),
    ],
)
def test_variables_and_fields(text: str, expected: HostSetting | None) -> None:
    assert setting(text) == expected
