"""Translations come out of the running image, which has no compiler of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e import lab

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("docker")]
PROJECT = Path(__file__).parents[1] / "projects" / "django-gettext-pip"

FLASK = """
from flask import Flask
from flask_babel import Babel, gettext

app = Flask(__name__)
app.config["BABEL_DEFAULT_LOCALE"] = "de"
Babel(app)


@app.get("/")
def root():
    return gettext("Good day")
"""


def django(folder: Path) -> None:
    shutil.copytree(PROJECT, folder)


def flask(folder: Path) -> None:
    catalogs = folder / "translations/de/LC_MESSAGES"
    catalogs.mkdir(parents=True)
    (catalogs / "messages.po").write_text((PROJECT / "shop/locale/de/LC_MESSAGES/django.po").read_text())
    (folder / "app.py").write_text(FLASK)
    (folder / "requirements.txt").write_text("flask==3.1.2\nflask-babel==4.0.0\ngunicorn==23.0.0\n")


@pytest.mark.parametrize("project", [django, flask])
def test_a_translated_string_comes_out(project: object, tmp_path: Path) -> None:
    assert callable(project)
    folder = tmp_path / "shop"
    project(folder)
    made = lab.init(folder)
    assert made.code == 0, made.text
    tag = lab.unique("translations")
    try:
        lab.build(folder, tag)
        with lab.running(tag, publish=8000) as container:
            container.wait_healthy(60)
            assert lab.http(f"http://127.0.0.1:{container.port(8000)}/").body == "Guten Tag"
            assert container.execute("sh", "-c", "command -v msgfmt").code != 0
    finally:
        lab.remove_image(tag)
