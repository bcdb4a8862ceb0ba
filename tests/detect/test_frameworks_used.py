"""Frameworks in use, and what CherryPy's configuration says of its port."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect import detect
from dockgen.source import Source

ADAPTER = "class Server:\n    def run(self):\n        import tornado.httpserver\n        tornado.httpserver.HTTPServer(self).listen(1)\n"
CHERRYPY = "import cherrypy\nclass Config:\n    def __init__(self):\n        self.port = int(os.environ.get('PORT', '8083'))\nconfig = Config()\n"


def tree(tmp_path: Path, files: dict[str, str]) -> Source:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return Source(tmp_path)


@pytest.mark.parametrize(
    ("requirements", "code", "frameworks"),
    [
        ("requests\n", ADAPTER, set()),
        ("tornado\n", ADAPTER, {"tornado"}),
        ("requests\n", "import tornado.web\napp = tornado.web.Application()\n", {"tornado"}),
        ("flask\nflask-socketio\n", "import flask_socketio\n", {"flask-socketio"}),
    ],
)
def test_frameworks(tmp_path: Path, requirements: str, code: str, frameworks: set[str]) -> None:
    found = detect(tree(tmp_path, {"main.py": code, "requirements.txt": requirements})).frameworks
    assert {fact.value for fact in found} == frameworks


@pytest.mark.parametrize(
    "code",
    [
        "cherrypy.config.update({'server.socket_host': '0.0.0.0', 'server.socket_port': config.port})\ncherrypy.engine.start()\n",
        "cherrypy.server.socket_host = '0.0.0.0'\ncherrypy.server.socket_port = config.port\ncherrypy.quickstart(App())\n",
        "cherrypy.quickstart(App(), '/', {'global': {'server.socket_host': '0.0.0.0', 'server.socket_port': 8083}})\n",
    ],
)
def test_cherrypy(tmp_path: Path, code: str) -> None:
    (program,) = detect(tree(tmp_path, {"main.py": CHERRYPY + code, "requirements.txt": "cherrypy\n"})).programs
    assert (program.serves, program.host, program.port) == ("cherrypy", "0.0.0.0", 8083)


def test_cherrypy_in_an_example_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    files = {
        "examples/a.py": "import cherrypy\ncherrypy.config.update({'server.socket_port': 80})\ncherrypy.quickstart(A())\n",
        "config.py": "ADDRESS = '0.0.0.0'\nPORT = 8086\n",
        "server.py": "import cherrypy\nimport config\ncherrypy.config.update({'server.socket_host': config.ADDRESS, "
        "'server.socket_port': config.PORT})\ncherrypy.quickstart(B())\n",
    }
    program = next(p for p in detect(tree(tmp_path, files)).programs if p.file == "server.py")
    assert (program.host, program.port) == ("0.0.0.0", 8086)


def test_an_application_of_the_project_s_own_class(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tornado\n")
    (tmp_path / "blog.py").write_text("import tornado\n\nclass Application(tornado.web.Application):\n    pass\n")
    assert {fact.value for fact in detect(Source(tmp_path)).frameworks} == {"tornado"}
