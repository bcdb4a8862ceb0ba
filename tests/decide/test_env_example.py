""".env.example: every variable that the program reads, where its value comes from, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dockgen.cli.reading import read_project
from dockgen.decide.env_example import meaning
from dockgen.facts import EnvVar
from dockgen.plans import Plan, System
from dockgen.rendering import render
from dockgen.rendering.quoting import env_line
from dockgen.rendering.secrets import env_values

APP = """import os
import flask
import psycopg

app = flask.Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
URL = os.environ["DATABASE_URL"]
HOSTS = os.environ["ALLOWED_HOSTS"].split(",")
LEVEL = os.getenv("LOG_LEVEL", "INFO")
MOTTO = os.getenv("MOTTO", "it's $5 # a pie")
KEY = os.environ["MAPS_API_KEY"]
LOOSE = os.getenv("WEAK_PASSWORD", "changeme")


@app.get("/health")
def health():
    return "ok"
"""
REQUIREMENTS = "flask==3.1.2\ngunicorn==23.0.0\npsycopg==3.2.1\n"


def tree(root: Path, **files: str) -> Path:
    for name, text in {"app.py": APP, "requirements.txt": REQUIREMENTS, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def made(root: Path, **answers: Any) -> tuple[Plan | System, str]:
    plan = read_project(root, answers).decide()[1]
    return plan, render(plan).get(".env.example", "")


def section(text: str, title: str) -> str:
    found = re.search(rf"(?ms)^# ---- {title}.*?(?=^# ---- |\Z)", text)
    return found[0] if found else ""


def test_every_variable_is_where_a_person_would_change_it(tmp_path: Path) -> None:
    plan, text = made(tree(tmp_path))
    assert ".env.example" in plan.files
    assert "\nMAPS_API_KEY=\n" in section(text, "Only you know these: put them into .secrets/app.env")
    secret = section(text, "Made for you, once, in .secrets/app.env")
    assert "# SECRET_KEY=\n" in secret and "# DATABASE_URL=\n" in secret
    assert "ALLOWED_HOSTS=localhost,127.0.0.1\n" in section(text, "Set in compose.yaml")
    rest = section(text, "As the code has it by default")
    assert "Optional, default INFO (app.py:9).\n# LOG_LEVEL=INFO\n" in rest
    assert "Key for the API of maps. Required, secret (app.py:11)." in text
    # A default that is a secret is in the code, and is not spread.
    assert "changeme" not in text and "# WEAK_PASSWORD=\n" in rest


def test_it_is_an_env_file(tmp_path: Path) -> None:
    _, text = made(tree(tmp_path))
    for line in text.splitlines():
        assert not line or line.startswith("#") or re.fullmatch(r"[A-Z_]+=\S*", line), line
    bare = "".join(line.removeprefix("# ") + "\n" for line in text.splitlines() if re.match(r"# [A-Z_]+=", line))
    assert env_values(bare)["MOTTO"]


@pytest.mark.parametrize("name", [".env.example", ".env.sample", "env.dist", "example.env", ".env.template"])
def test_the_projects_own_is_never_touched(tmp_path: Path, name: str) -> None:
    plan, text = made(tree(tmp_path, **{name: "SECRET_KEY=mine\n"}))
    assert text == "" and ".env.example" not in plan.files
    assert isinstance(plan, Plan)
    told = next(d for d in plan.decisions if d.answer == "env-example")
    assert told.value == name and "stays as it is" in told.why


def test_none_without_variables_or_when_it_is_not_wanted(tmp_path: Path) -> None:
    plain = "import flask\napp = flask.Flask(__name__)\n"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert made(tree(tmp_path / "a", **{"app.py": plain}))[1] == ""
    assert made(tree(tmp_path / "b"), without=["env-example"])[1] == ""


def test_what_no_process_comes_to_is_not_in_it(tmp_path: Path) -> None:
    files = {"tools/report.py": "import os\nprint(os.getenv('REPORT_TO', 'me'))\n"}
    _, text = made(tree(tmp_path, **files))
    assert "MAPS_API_KEY" in text and "REPORT_TO" not in text


def test_without_compose_it_is_for_docker_run(tmp_path: Path) -> None:
    _, text = made(tree(tmp_path), without=["compose"])
    assert "docker run --env-file" in text and ".secrets" not in text and "compose.yaml" not in text
    assert "\nSECRET_KEY=\n" in section(text, "Required")


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (EnvVar("DB_HOST", service="postgres", part="host"), "Host of postgres"),
        (EnvVar("D", service="postgres", part="url", secret=True), "Address of postgres, with account and password"),
        (EnvVar("REDIS_URL", service="redis", part="url"), "Address of redis"),
        (EnvVar("STRIPE_API_KEY"), "Key for the API of stripe"),
        (EnvVar("PORT"), "Port that the application listens on"),
        (EnvVar("SMTP_PORT"), ""),
        (EnvVar("WHATEVER"), ""),
    ],
)
def test_what_it_is_for(variable: EnvVar, expected: str) -> None:
    assert meaning(variable) == expected


@pytest.mark.parametrize("value", ["a b", "x#y", "it's", 'say "x"', "$HOME", "plain", ""])
def test_a_value_is_read_back(value: str) -> None:
    read = env_values(f"X={env_line(value)}\n")["X"]
    assert read.replace("\\$", "$").replace('\\"', '"') == value


def test_what_the_image_sets_is_not_shown_as_the_default_of_the_code(tmp_path: Path) -> None:
    """A person who takes the comment sign away must not put the server back on the loopback."""
    app = 'import os\nfrom aiohttp import web\nweb.run_app(web.Application(), host=os.getenv("AT", "127.0.0.1"), port=80_00)\n'
    _, text = made(tree(tmp_path, **{"app.py": app, "requirements.txt": "aiohttp==3.12.0\n"}), entry="app.py")
    assert "\n# AT=0.0.0.0\n" in section(text, "Set in the Dockerfile, for a container") and "\n# AT=127" not in text
