"""Which settings module a Django project starts with: its own deployment's word before wsgi.py's and manage.py's."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.decide.project import settings_module
from dockgen.detect import detect
from dockgen.facts import Facts
from dockgen.source import Source

SET = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '{}')\n"
WSGI = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
CONFIGURED = "SECRET_KEY = 'x'\nINSTALLED_APPS = ['django.contrib.staticfiles']\nSTATIC_ROOT = '/srv/static'\n"


def facts(tmp_path: Path, files: dict[str, str]) -> Facts:
    given = {
        "requirements.txt": "django==5.2\ngunicorn==23.0.0\n",
        "manage.py": SET.format("site_.settings.dev"),
        "site_/__init__.py": "",
        "site_/wsgi.py": SET.format("site_.settings.dev") + WSGI,
        "site_/settings/__init__.py": "",
        "site_/settings/base.py": CONFIGURED,
        "site_/settings/dev.py": "from .base import *\n",
        "site_/settings/production.py": "import os\nfrom .base import *\nKEY = os.environ['KEY']\n",
        "site_/settings/docker.py": "from .base import *\nfrom .not_in_git import *\n",
        **files,
    }
    for name, text in given.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return detect(Source(tmp_path))


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE=site_.settings.production\nCMD gunicorn site_.wsgi\n"},
        {"Dockerfile": "FROM python:3.13 AS base\nENV DJANGO_SETTINGS_MODULE site_.settings.dev\nFROM base\n"
                       "ENV DJANGO_SETTINGS_MODULE=site_.settings.production\n"},
        {"docker-compose.yml": "services:\n  web:\n    build: .\n    environment:\n"
                               "      - DJANGO_SETTINGS_MODULE=site_.settings.production\n"},
        {"docker-compose.yml": "services:\n  web:\n    build: .\n    environment:\n"
                               "      DJANGO_SETTINGS_MODULE: site_.settings.dev\n",
         "prod-docker-compose.yaml": "services:\n  web:\n    build: .\n    environment:\n"
                                     "      DJANGO_SETTINGS_MODULE: \"site_.settings.production\"\n"},
        {"fly.toml": "[env]\n  DJANGO_SETTINGS_MODULE = 'site_.settings.production'\n"},
        {"render.yaml": "services:\n  - type: web\n    envVars:\n      - key: DJANGO_SETTINGS_MODULE\n"
                        "        value: site_.settings.production\n"},
        {"app.json": '{"env": {"DJANGO_SETTINGS_MODULE": {"value": "site_.settings.production"}}}'},
        {"deploy/k8s/web.yaml": "env:\n  - name: DJANGO_SETTINGS_MODULE\n    value: site_.settings.production\n"},
        {"uwsgi.ini": "[uwsgi]\nmodule = site_.wsgi\nenv = DJANGO_SETTINGS_MODULE=site_.settings.production\n"},
        {"Procfile": "web: gunicorn site_.wsgi --env DJANGO_SETTINGS_MODULE=site_.settings.production\n"},
    ],
    ids=["ENV", "a later ENV", "compose", "compose of production", "fly", "render", "app.json", "kubernetes", "uwsgi", "gunicorn"],
)  # fmt: skip
def test_the_deployment_says_which(tmp_path: Path, files: dict[str, str]) -> None:
    found = facts(tmp_path, files)
    assert found.django is not None
    assert found.django.settings == "site_.settings.production"
    assert found.django.evidence[0].file == list(files)[-1]
    assert settings_module(found) == (("DJANGO_SETTINGS_MODULE", "site_.settings.production"),)
    assert found.django.static_root is not None  # through its star import


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"docker-compose.yml": "services:\n  web:\n    build: .\n    environment:\n      DJANGO_SETTINGS_MODULE: site_.settings.test\n"},
        {"fly.toml": "[env]\n  DJANGO_SETTINGS_MODULE = 'site_.settings.docker'\n"},  # imports what is not there
        {"fly.toml": "[env]\n  DJANGO_SETTINGS_MODULE = 'elsewhere.settings'\n"},
        {"fly.toml": "[env]\n  DJANGO_SETTINGS_MODULE = 'site_.settings.production'\n",
         "render.yaml": "- key: DJANGO_SETTINGS_MODULE\n  value: site_.settings.base\n"},  # two that weigh the same
        {"fly.toml": "[env]\n  DJANGO_SETTINGS_MODULE = 'site_.settings.production'\n",
         "site_/wsgi.py": "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'site_.settings.dev'\n" + WSGI},
    ],
    ids=["none", "of tests", "not whole", "not there", "two", "fixed in wsgi.py"],
)  # fmt: skip
def test_wsgi_decides_where_no_deployment_does(tmp_path: Path, files: dict[str, str]) -> None:
    found = facts(tmp_path, files)
    assert found.django is not None
    assert found.django.settings == "site_.settings.dev"
    assert settings_module(found) == ()


def test_a_default_that_the_environment_may_change(tmp_path: Path) -> None:
    text = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', os.getenv('SETTINGS', 'site_.settings.production'))\n"
    found = facts(tmp_path, {"manage.py": text, "site_/wsgi.py": text + WSGI})
    assert found.django is not None
    assert found.django.settings == "site_.settings.production"


def test_what_wsgi_leaves_open_the_image_sets(tmp_path: Path) -> None:
    """Neither the server nor collectstatic starts without, and no person is asked for it."""
    found = facts(tmp_path, {"site_/wsgi.py": WSGI})
    given = ("DJANGO_SETTINGS_MODULE", "site_.settings.dev")
    assert settings_module(found) == (given,)
    plan = decide(found, {})
    assert given in plan.environment
    assert plan.project.steps and all(dict(step.environment)[given[0]] == given[1] for step in plan.project.steps)
    assert plan.compose is not None
    assert "DJANGO_SETTINGS_MODULE" not in {s.variable for s in plan.compose.secrets}
