"""Variables count as required where a module that a process can come to requires them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.source import Source

NEEDS = "import os\nx = os.environ['{}']\n"
SERVER = "from flask import Flask\napp = Flask(__name__)\n"


def required(root: Path, files: dict[str, str], **answers: object) -> list[str]:
    for name, text in {"requirements.txt": "flask\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return [v.name for v in decide(detect(Source(root)), answers).variables if v.required]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"main.py": SERVER, "status/report.py": NEEDS.format("KEY")}, []),
        ({"main.py": f"import keys\n{SERVER}", "keys.py": NEEDS.format("KEY")}, ["KEY"]),
        ({"main.py": f"import a\n{SERVER}", "a.py": "import b\n", "b.py": NEEDS.format("KEY")}, ["KEY"]),
        ({"main.py": f"{SERVER}def f():\n    import keys\n", "keys.py": NEEDS.format("KEY")}, ["KEY"]),
        ({"main.py": f"import a.b\n{SERVER}", "a/__init__.py": NEEDS.format("KEY"), "a/b.py": ""}, ["KEY"]),
        ({"main.py": f"import a.b\n{SERVER}", "a/__init__.py": "", "a/b.py": NEEDS.format("KEY")}, ["KEY"]),
        ({"main.py": f"app_name = 'plugins.keys'\n{SERVER}", "plugins/keys.py": NEEDS.format("KEY")}, ["KEY"]),
        ({"main.py": f"FOLDER = './cogs'\n{SERVER}", "cogs/keys.py": NEEDS.format("KEY")}, ["KEY"]),
        ({"main.py": f"import os\nos.listdir('cogs')\n{SERVER}", "cogs/keys.py": NEEDS.format("KEY")}, ["KEY"]),
        ({"main.py": f"WORD = 'cogs'\n{SERVER}", "cogs/keys.py": NEEDS.format("KEY")}, []),
        (
            {"core/__init__.py": "", "core/main.py": f"import keys\n{SERVER}", "core/keys.py": NEEDS.format("KEY")},
            ["KEY"],
        ),
        (
            {
                "main.py": f"import keys\n{SERVER}",
                "keys.py": NEEDS.format("KEY"),
                "setup_dev.py": "import os\nos.environ['KEY'] = 'a'\nimport keys\n",
            },
            ["KEY"],
        ),
        (
            {
                "main.py": f"import first\nimport keys\n{SERVER}",
                "keys.py": NEEDS.format("KEY"),
                "first.py": "import os\nos.environ['KEY'] = 'a'\n",
            },
            [],
        ),
        (
            {
                "shop/main.py": f"import importlib\nimportlib.import_module(name)\n{SERVER}",
                "shop/plugins/keys.py": NEEDS.format("KEY"),
                "report/keys.py": NEEDS.format("OTHER"),
            },
            ["KEY"],
        ),
    ],
    ids=[
        "nothing",
        "import",
        "in turn",
        "in a function",
        "its package",
        "in a package",
        "a dotted name",
        "a folder",
        "a folder that is listed",
        "a word",
        "beside the script",
        "set by another program",
        "set by the program",
        "loaded by name",
    ],
)
def test_reach(tmp_path: Path, files: dict[str, str], names: list[str]) -> None:
    assert required(tmp_path, files) == names


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({}, []),
        ({"Procfile": "web: gunicorn main:app\n"}, []),
        ({"main.py": "import os\nif __name__ == '__main__':\n    print(os.environ['KEY'])\n"}, ["KEY"]),
        ({"wsgi.py": "import os\nfrom main import app\nkey = os.environ['KEY']\n"}, ["KEY"]),
    ],
)
def test_what_only_a_program_that_is_run_reads(tmp_path: Path, files: dict[str, str], names: list[str]) -> None:
    main = f"import os\n{SERVER}if __name__ == '__main__':\n    key = os.environ['KEY']\n    app.run(debug=key)\n"
    assert required(tmp_path, {"requirements.txt": "flask\ngunicorn\n", "main.py": main, **files}) == names


def test_another_process_counts_too(tmp_path: Path) -> None:
    files = {
        "main.py": SERVER,
        "jobs.py": f"{NEEDS.format('KEY')}from celery import Celery\napp = Celery('jobs', broker='redis://redis')\n",
        "requirements.txt": "flask\ncelery\nredis\n",
        "Procfile": "web: gunicorn main:app\nworker: celery -A jobs worker\n",
    }
    assert required(tmp_path, files) == ["KEY"]


def test_the_chosen_entry_decides(tmp_path: Path) -> None:
    files = {"main.py": SERVER, "other.py": f"{NEEDS.format('KEY')}{SERVER}"}
    assert required(tmp_path, files, entry="main:app") == []
    assert required(tmp_path, files, entry="other:app") == ["KEY"]


def test_django_comes_to_what_its_settings_name(tmp_path: Path) -> None:
    setdefault = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\n"
    files = {
        "requirements.txt": "django\n",
        "manage.py": setdefault,
        "site_/wsgi.py": f"{setdefault}from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        "site_/settings.py": f"{NEEDS.format('A')}INSTALLED_APPS = ['shop']\nROOT_URLCONF = 'site_.urls'\n",
        "site_/urls.py": NEEDS.format("B"),
        "shop/__init__.py": "",
        "shop/models.py": NEEDS.format("C"),
        "load/tool.py": NEEDS.format("D"),
    }
    assert required(tmp_path, files) == ["A", "B", "C"]


def test_settings_of_which_nobody_says_which(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "django\ngunicorn\n",
        "Procfile": "web: gunicorn site_.wsgi:application\n",
        "site_/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        "site_/settings/yaml.py": NEEDS.format("A"),
    }
    assert required(tmp_path, files) == ["A", "DJANGO_SETTINGS_MODULE"]


def test_of_a_project_that_is_read_in_part_the_top_folders_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dockgen.detect.reach.MODULES", 2)
    files = {
        "shop/__main__.py": "while True:\n    pass\n",
        "shop/other.py": NEEDS.format("KEY"),
        "report/keys.py": NEEDS.format("OTHER"),
    }
    assert required(tmp_path, files, start="python -m shop") == ["KEY"]


def test_an_import_of_what_is_installed_from_a_folder_of_the_tree(tmp_path: Path) -> None:
    files = {
        "main.py": f"from store.settings import get\n{SERVER}",
        "packages/store/src/store/__init__.py": "",
        "packages/store/src/store/settings.py": NEEDS.format("KEY"),
        "packages/other/src/other/settings.py": NEEDS.format("OTHER"),
    }
    assert required(tmp_path, files) == ["KEY"]


def test_programs_that_no_process_comes_to_are_not_installed(tmp_path: Path) -> None:
    files = {
        "main.py": f"import media\n{SERVER}",
        "media.py": "import subprocess\nsubprocess.run(['ffmpeg', '-i', name])\n",
        "bin/changes.py": "import subprocess\nsubprocess.run(['pandoc', 'CHANGES.md'])\n",
        "requirements.txt": "flask\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    facts = detect(Source(tmp_path))
    assert [call.value for call in facts.calls] == ["ffmpeg", "pandoc"]
    assert [p.name for p in decide(facts, {}).runtime_packages] == ["ffmpeg"]


def test_a_service_of_a_script_beside_the_program_is_none_of_its_own(tmp_path: Path) -> None:
    script = "import os, psycopg\nc = psycopg.connect(os.environ['DATABASE_URL'])\n"
    files = {"main.py": f"import redis\nr = redis.Redis(host='redis')\n{SERVER}", "research/measure.py": script}
    for name, text in {"requirements.txt": "flask\nredis\npsycopg\n", **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    plan = decide(detect(Source(tmp_path)), {})
    assert plan.compose is not None and [s.name for s in plan.compose.services] == ["redis"]
    (tmp_path / "main.py").write_text(f"import research.measure\n{files['main.py']}")
    plan = decide(detect(Source(tmp_path)), {})
    assert plan.compose is not None and [s.name for s in plan.compose.services] == ["postgres", "redis"]


def test_a_service_that_script_and_program_both_read_is_the_programs(tmp_path: Path) -> None:
    read = "import os, psycopg\nURL = os.environ['DATABASE_URL']\n"
    files = {
        "ask.py": f"{read}c = psycopg.connect(URL)\n",
        "main.py": f"{read}{SERVER}",
        "requirements.txt": "flask\npsycopg\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    plan = decide(detect(Source(tmp_path)), {"entry": "main:app"})
    assert plan.compose is not None and [s.name for s in plan.compose.services] == ["postgres"]


def test_where_the_program_begins_out_of_sight_its_services_stay(tmp_path: Path) -> None:
    files = {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'test_site.settings')\n",
        "test_site/settings.py": "DATABASES = {}\n",
        "test_site/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        "shop/views.py": "import redis\nr = redis.Redis(host='redis')\n",
        "requirements.txt": "django\nredis\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    plan = decide(detect(Source(tmp_path)), {})
    assert plan.compose is not None and [s.name for s in plan.compose.services] == ["redis"]
