"""Configuration files of servers and of the program itself: what they say, and that no bytes in them end in a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dockgen.detect.commands import detect_commands
from dockgen.detect.configured import _leaves, example_port
from dockgen.detect.names import modules
from dockgen.source import Source

FILES = ("uwsgi.ini", "uwsgi.yaml", "uwsgi.json", "production.ini", ".flaskenv", "Makefile", "config.yaml", "config.toml",
         "config.json", "config.cfg", ".env.example")  # fmt: skip


def found(tmp_path: Path, files: dict[str, str]) -> list[tuple[str, str]]:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return [(c.process, c.text) for c in detect_commands(Source(tmp_path))]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"uwsgi.ini": "[uwsgi]\nmodule = shop.wsgi:app\nhttp = :5050\n"}, [("web", "uwsgi shop.wsgi:app"), ("port", "5050")]),
        ({"uwsgi.ini": "[uwsgi]\nwsgi-file = /srv/app/web.py\ncallable = site\nsocket = /tmp/x.sock\n"}, [("web", "uwsgi web:site")]),
        ({"ops/uwsgi.yaml": "uwsgi:\n  module: shop\n  http-socket: 0.0.0.0:9000\n"}, [("web", "uwsgi shop:application"), ("port", "9000")]),
        ({"uwsgi.json": '{"uwsgi": {"module": "shop:app"}}'}, [("web", "uwsgi shop:app")]),
        ({"uwsgi.ini": "[uwsgi]\nmodule = $(MODULE)\n"}, []),
        ({"uwsgi-dev.ini": "[uwsgi]\nmodule = dev:app\n", "uwsgi.ini": "[uwsgi]\nmodule = prod:app\n"}, [("web", "uwsgi prod:app")]),
        ({"production.ini": "[app:main]\nuse = egg:x\n[server:main]\nuse = egg:waitress#main\nlisten = *:6543\n",
          "development.ini": "[app:main]\n[server:main]\nport = 1111\n"}, [("web", "pserve production.ini"), ("port", "6543")]),
        ({"setup.ini": "[server:main]\nport = 6543\n"}, []),
        ({"Makefile": "run:\n\tuv run uvicorn main:app --port 8123\nserve:\n\tgunicorn main:app -b 0.0.0.0:8123\n"}, [("port", "8123")]),
        ({"Makefile": "run:\n\tflask run -p 5001\nother:\n\tflask run -p 5002\n"}, []),
        ({"Makefile": "db:\n\tdocker run -p 5432:5432 postgres\n"}, []),
        ({".flaskenv": "FLASK_APP=shop/web.py\n"}, [("web", "flask --app shop.web run")]),
    ],
)  # fmt: skip
def test_what_servers_files_say(tmp_path: Path, files: dict[str, str], said: list[tuple[str, str]]) -> None:
    assert found(tmp_path, files) == said


@settings(max_examples=40)
@given(st.sampled_from(FILES), st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example("uwsgi.yaml", b"uwsgi: [")
@example("uwsgi.ini", b"[uwsgi]\nmodule")
@example("uwsgi.json", b'{"uwsgi": 1}')
@example("production.ini", b"[app:main]\n[server:main]\nlisten =\n")
@example("config.yaml", b"a: &a\n  - *a\n")
def test_any_bytes(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        (Path(folder) / "main.py").write_text("\n".join(f"x = {file!r}" for file in FILES))
        source = Source(Path(folder))
        detect_commands(source)
        _leaves(source, modules(source))
        example_port(source, "PORT")
