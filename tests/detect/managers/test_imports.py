"""No manifest: what the code imports is a guess, and told as one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dockgen.detect import detect
from dockgen.detect.managers import detect_manager
from dockgen.detect.managers.common import Managed, normal
from dockgen.knowledge import table
from dockgen.source import Source


def read(root: Path, **files: str) -> Managed:
    """The project with these files; `a__b` is the file a/b.py."""
    return detect_manager(tree(root, {f"{name.replace('__', '/')}.py": text for name, text in files.items()}))


def tree(root: Path, files: dict[str, str]) -> Source:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Source(root)


def names(managed: Managed) -> list[str]:
    return [d.name for d in managed.dependencies]


@pytest.mark.parametrize(
    ("statement", "distribution"),
    [
        ("import requests", "requests"),
        ("import cv2 as cv", "opencv-python-headless"),
        ("from PIL import Image", "pillow"),
        ("import sklearn.linear_model", "scikit-learn"),
        ("import flask_sqlalchemy", "flask-sqlalchemy"),
        ("from google.cloud import storage", "google-cloud-storage"),
        ("from google.cloud.storage import Client", "google-cloud-storage"),
        ("import google.protobuf.message", "protobuf"),
        ("import mysql.connector", "mysql-connector-python"),
        ("def f():\n    import yaml", "pyyaml"),
        ("if __name__ == '__main__':\n    import rich", "rich"),
    ],
)
def test_an_import_is_its_distribution(tmp_path: Path, statement: str, distribution: str) -> None:
    assert names(read(tmp_path, main=statement)) == [distribution]


@pytest.mark.parametrize(
    "statement",
    [
        "import os, json, distutils.core, imp, urllib2, tomllib",
        "from . import requests",
        "try:\n    import ujson as json\nexcept ImportError:\n    import simplejson as json",
        "try:\n    import rich\nexcept (ModuleNotFoundError, OSError):\n    rich = None",
        "from contextlib import suppress\nwith suppress(ImportError):\n    import rich",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import rich",
        "import typing\nif typing.TYPE_CHECKING:\n    import rich",
        "import sys\nif sys.platform == 'win32':\n    import colorama",
        "import shop_pb2",
    ],
)
def test_what_is_no_dependency(tmp_path: Path, statement: str) -> None:
    managed = read(tmp_path, main=statement)
    assert (names(managed), managed.warnings) == ([], ())


@pytest.mark.parametrize(
    "statement",
    [
        "try:\n    import rich\nexcept ImportError:\n    raise SystemExit('pip install rich')",
        "import sys\ntry:\n    import rich\nexcept ImportError:\n    print('no rich')\n    sys.exit(1)",
        "try:\n    pass\nexcept ImportError:\n    pass\nfinally:\n    import rich",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import json\nelse:\n    import rich",
        "import sys\nif sys.platform == 'win32':\n    import winreg\nelse:\n    import rich",
        "import sys\nif sys.platform != 'win32':\n    import rich",
    ],
)
def test_what_the_program_gives_up_without_is_one(tmp_path: Path, statement: str) -> None:
    assert names(read(tmp_path, main=statement)) == ["rich"]


def test_the_projects_own_code_and_tests_do_not_count(tmp_path: Path) -> None:
    managed = read(
        tmp_path,
        main="import shop.models, shop.api.urls, board\nfrom lib import helper\nimport toolbox",
        shop____init__="",
        shop__models="",
        shop__api__urls="import models",
        board="",
        lib__helper="",
        deep__down__toolbox="",
        tests__test_main="import pytest",
        docs__conf="import sphinx",
    )
    assert (names(managed), managed.warnings) == ([], ())


def test_a_file_deep_in_the_project_does_not_stand_for_a_known_distribution(tmp_path: Path) -> None:
    files = {"shop____init__": "", "shop__celery": "from celery import Celery", "main": "import shop.celery"}
    assert names(read(tmp_path, **files)) == ["celery"]


def test_one_warning_names_the_guess_and_its_place(tmp_path: Path) -> None:
    managed = read(tmp_path, bot="import os\nimport telegram\nfrom dotenv import load_dotenv", web="import telegram")
    assert [(d.name, d.direct, d.group) for d in managed.dependencies] == [
        ("python-dotenv", True, ""),
        ("python-telegram-bot", True, ""),
    ]
    assert [(e.file, e.line, e.why) for e in managed.dependencies[1].evidence] == [("bot.py", 2, "imported here")]
    assert managed.manager.name == "none"
    assert [(w.message, w.evidence[0].line) for w in managed.warnings] == [
        (
            "no file lists the dependencies: 2 distributions are guessed from the imports "
            "(python-dotenv, python-telegram-bot); check the requirements.txt that init writes",
            3,
        )
    ]


def test_what_is_on_no_linux_or_missing_from_the_project_is_left_out_and_told(tmp_path: Path) -> None:
    managed = read(tmp_path, main="import win32com.client, win32api\nfrom config import TOKEN\nimport google.nothing")
    assert names(managed) == []
    assert [w.message for w in managed.warnings] == [
        "win32api, win32com: imported, and not installed: it installs on Windows only",
        "config: imported, and not installed: it is named like a file of the project, and no such file is there",
        "google: imported, and not installed: many distributions share this name; name the one in requirements.txt",
    ]
    assert [e.line for w in managed.warnings for e in w.evidence] == [1, 1, 2, 3]


def test_a_name_that_nobody_vouches_for_is_told_and_not_installed(tmp_path: Path) -> None:
    managed = read(tmp_path, main="import paho.mqtt.client\nimport zzyzx_client")
    assert names(managed) == ["paho-mqtt"]
    assert managed.warnings[1].message.startswith("zzyzx_client: imported, and not installed: dockgen does not know")


def test_nothing_is_guessed_beside_a_manifest_or_where_the_person_says_none(tmp_path: Path) -> None:
    below = tree(tmp_path / "below", {"main.py": "import flask", "backend/pyproject.toml": "[project]\nname='b'\n"})
    assert detect_manager(below).dependencies == ()
    docs = tree(tmp_path / "docs", {"main.py": "import flask", "docs/requirements.txt": "sphinx\n"})
    assert names(detect_manager(docs)) == ["flask"]
    assert detect_manager(docs, "none").dependencies == ()
    empty = tree(tmp_path / "empty", {"main.py": "import flask", "requirements.txt": ""})
    assert detect_manager(empty).dependencies == ()


def test_what_the_dockerfile_installs_by_name_is_what_the_image_needs(tmp_path: Path) -> None:
    """A guess from `import discord` would take another distribution, and none of its version."""
    docker = (
        "FROM python:3.10\nRUN pip freeze > requirements.txt && pip install -r requirements.txt\n"
        "RUN pip install --no-cache-dir --upgrade pip 'py-cord[voice]==2.0.0rc1' gunicorn PyOddity \\\n    python-dotenv\n"
        "RUN pip install ./libs/own . git+https://example.org/a/b $MORE -i https://example.org/simple\nCOPY . .\n"
    )
    code = "import discord\nimport requests\nimport PyOddity\nfrom dotenv import load_dotenv\n"
    found = detect_manager(tree(tmp_path, {"bot.py": code, "Dockerfile": docker}))
    assert names(found) == ["gunicorn", "py-cord", "pyoddity", "python-dotenv", "requests"]
    assert not any("PyOddity" in w.message for w in found.warnings)
    cord = next(d for d in found.dependencies if d.name == "py-cord")
    assert (cord.version, cord.extras, cord.evidence[0].file) == ("2.0.0rc1", ("voice",), "Dockerfile")


def test_a_guessed_framework_is_a_framework(tmp_path: Path) -> None:
    facts = detect(tree(tmp_path, {"main.py": "from flask import Flask\napp = Flask(__name__)\n"}))
    assert [f.value for f in facts.frameworks] == ["flask"]
    assert [d.name for d in facts.dependencies] == ["flask"]


def test_the_table_holds_together() -> None:
    knowledge = table("imports")
    distributions = knowledge["distributions"]
    for names_ in (
        knowledge["standard"],
        knowledge["known"],
        list(distributions),
        *knowledge["left_out"].values(),
        knowledge["same"],
    ):
        assert names_ == sorted(set(names_))
    nowhere = [name for names_ in knowledge["left_out"].values() for name in names_]
    rows = [*distributions, *nowhere]
    assert len(rows) == len(set(rows))
    assert not set(rows) & (sys.stdlib_module_names | set(knowledge["standard"]))
    assert set(nowhere) & set(knowledge["known"]) <= {"azure", "google"}, "the tops of namespaces"
    for name, distribution in distributions.items():
        assert distribution == normal(distribution)
        assert "." in name or normal(name) != distribution, "a row that says nothing"
    for name, framework in table("frameworks")["imports"].items():  # declared under the name that counts there
        alike = framework if isinstance(framework, list) else [framework, "django-dramatiq"]
        assert "." in name or distributions.get(name, normal(name)) in alike
