"""Functions that make an application, and functions that only look as if they did."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.applications import detect_applications
from dockgen.facts import Manager
from dockgen.source import Source

FASTAPI = "from fastapi import FastAPI\nfrom elsewhere import routes, middleware, container\n"


@pytest.mark.parametrize(
    ("code", "entries"),
    [
        (
            "def create_app():\n    app = FastAPI()\n    app = routes(middleware(app))\n    return app\n",
            ["main:create_app"],
        ),
        ("def create_app() -> FastAPI:\n    app = container.build()\n    return app\n", ["main:create_app"]),
        ("def create_app() -> FastAPI:\n    return container.build()\n", ["main:create_app"]),
        ("def create_app():\n    return container.build()\n", []),
        ("def current() -> FastAPI:\n    return container.app\n", []),
        ("def with_routes(app: FastAPI) -> FastAPI:\n    routes(app)\n    return app\n", []),
        ("def main():\n    import uvicorn\n    app = FastAPI()\n    uvicorn.run(app)\n    return app\n", []),
    ],
)
def test_factories(tmp_path: Path, code: str, entries: list[str]) -> None:
    (tmp_path / "main.py").write_text(FASTAPI + code)
    assert [a.entry for a in detect_applications(Source(tmp_path), (), Manager("none"))] == entries


@pytest.mark.parametrize(
    ("files", "entries"),
    [
        ({"shop/main.py": "from shop.app import app\nfrom shop.routes import r\napp.include_router(r)\n"}, ["shop.app:app", "shop.main:app"]),
        ({"shop/main.py": "from shop.app import app\nprint(app)\n"}, ["shop.app:app"]),
        # what another module leads to is a part, and no server is given it
        (
            {
                "shop/extra.py": "from shop.app import app\nfrom shop.routes import r\napp.include_router(r)\n",
                "run.py": "import shop.extra\n",
            },
            ["shop.app:app"],
        ),
        # a command of manage.py's that imports it when it runs leads nowhere else
        (
            {
                "shop/server.py": "from shop.app import app\nfrom shop.routes import r\napp.blueprint(r)\n",
                "manage.py": "def run():\n    from shop.server import app\n    app.run()\n",
            },
            ["shop.app:app", "shop.server:app"],
        ),
    ],
)  # fmt: skip
def test_a_module_that_completes_an_application(tmp_path: Path, files: dict[str, str], entries: list[str]) -> None:
    given = {
        "shop/__init__.py": "",
        "shop/app.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        "shop/routes.py": "from fastapi import APIRouter\nr = APIRouter()\n",
    }
    for name, text in {**given, **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = detect_applications(Source(tmp_path), (), Manager("none"))
    assert sorted(a.entry for a in found) == entries
    assert [a.entry for a in found if a.completes] == entries[1:]


@pytest.mark.parametrize(
    ("files", "entry", "folder"),
    [
        ({"core/config.py": "x = 1\n"}, "app:app", "core"),
        ({"core/config.py": "x = 1\n", "run.py": "from core import config\n"}, "core.app:app", ""),
        ({"core/config.py": "x = 1\n", "core/other.py": "from .config import x\n"}, "core.app:app", ""),
        ({"config.py": "x = 1\n"}, "core.app:app", ""),
    ],
)
def test_a_folder_that_is_started_in_is_no_package(
    tmp_path: Path, files: dict[str, str], entry: str, folder: str
) -> None:
    app = "import config\nfrom flask import Flask\napp = Flask(__name__)\n"
    for name, text in {"core/__init__.py": "", "core/app.py": app, **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (found,) = detect_applications(Source(tmp_path), (), Manager("none"))
    assert (found.entry, found.app_dir) == (entry, folder)


def test_one_object_under_two_names_is_served_as_one(tmp_path: Path) -> None:
    code = "from flask import Flask\napplication = Flask(__name__)\napp = application\nif __name__ == '__main__':\n    app.run(port=7000)\n"
    (tmp_path / "main.py").write_text(code)
    found = detect_applications(Source(tmp_path), (), Manager("none"))
    assert {(a.object, a.port, a.runs_itself) for a in found} == {("app", 7000, True), ("application", 7000, True)}
