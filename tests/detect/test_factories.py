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


def test_one_object_under_two_names_is_served_as_one(tmp_path: Path) -> None:
    code = "from flask import Flask\napplication = Flask(__name__)\napp = application\nif __name__ == '__main__':\n    app.run(port=7000)\n"
    (tmp_path / "main.py").write_text(code)
    found = detect_applications(Source(tmp_path), (), Manager("none"))
    assert {(a.object, a.port, a.runs_itself) for a in found} == {("app", 7000, True), ("application", 7000, True)}
