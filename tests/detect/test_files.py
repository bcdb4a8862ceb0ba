"""Programs started, files written, files read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.files import detect_calls, detect_reads, detect_sqlite, detect_writes
from dockgen.facts import Dependency, Django, Evidence
from dockgen.source import Source


def tree(tmp_path: Path, files: dict[str, str]) -> Source:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Source(tmp_path)


@pytest.mark.parametrize(
    ("code", "programs"),
    [
        ("import subprocess\nsubprocess.run(['ffmpeg', '-i', x], check=True)", {"ffmpeg"}),
        ("import subprocess as s\ns.check_output('git clone there', shell=True)", {"git"}),
        ("from subprocess import Popen\ncmd = ['uv', '--version']\nPopen(cmd)", {"uv"}),
        ("import os\nos.system('FOO=1 tesseract a b')", {"tesseract"}),
        ("import os\nos.system(f'convert {a} {b}')", {"convert"}),
        ("import shutil\nshutil.which('pdftoppm')", {"pdftoppm"}),
        ("import asyncio\nasyncio.create_subprocess_exec('yt-dlp', url)", {"yt-dlp"}),
        ("import os\nos.execvp('nginx', ['nginx'])", {"nginx"}),
        ("import subprocess, sys\nsubprocess.run([sys.executable, 'x'])\nsubprocess.run(['python', 'y'])", set()),
        ("import subprocess\nsubprocess.run([name])\nsubprocess.run(['./run.sh'])", set()),
        ("import os\nos.system('\"unclosed')", set()),
        ("def run(x): ...\nrun(['ffmpeg'])", set()),
        ("import os, shutil\ntool = os.getenv('TOOL', 'pdftohtml')\nshutil.which(tool)", {"pdftohtml"}),
        ("import os, shutil\nshutil.which(os.getenv('TOOL'))", set()),
        ("import discord\nvoice.play(discord.FFmpegPCMAudio(url))", {"ffmpeg"}),
        ("from nextcord import FFmpegOpusAudio as A\nasync def f():\n    return await A.from_probe(url)", {"ffmpeg"}),
        ("import discord\nbot = discord.Client()", set()),
        (
            "import subprocess\ndef words():\n    cmd = ['sox', '-t']\n    return cmd\ncmd = words()\nsubprocess.Popen(cmd)",
            {"sox"},
        ),
    ],
)
def test_programs(tmp_path: Path, code: str, programs: set[str]) -> None:
    assert {fact.value for fact in detect_calls(tree(tmp_path, {"a.py": code + "\n"}))} == programs


ASKS = "import subprocess\ndef sha():\n    return subprocess.check_output(['git', 'rev-parse', 'HEAD'])\n"
CATCHES = "try:\n        return {0}\n    except (subprocess.CalledProcessError, {1}):\n        return '0'\n"


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        (ASKS, True),
        (ASKS + "def version():\n    " + CATCHES.format("sha()", "OSError"), False),
        (ASKS + "def git():\n    return sha()\ndef version():\n    " + CATCHES.format("git()", "OSError"), False),
        (ASKS + "def version():\n    " + CATCHES.format("sha()", "ValueError"), True),
        (ASKS + "print(sha())\ndef version():\n    " + CATCHES.format("sha()", "OSError"), True),
        (ASKS.replace("git", "ffmpeg") + "def version():\n    " + CATCHES.format("sha()", "OSError"), True),
    ],
)
def test_who_catches_that_git_is_missing_can_do_without(tmp_path: Path, code: str, needed: bool) -> None:
    assert bool(detect_calls(tree(tmp_path, {"a.py": code}))) is needed


def test_the_one_who_catches_may_live_in_another_module(tmp_path: Path) -> None:
    caller = (
        "from pkg.a import sha\ndef v():\n    try:\n        return sha()\n    except Exception:\n        return ''\n"
    )
    assert detect_calls(tree(tmp_path, {"pkg/a.py": ASKS, "pkg/b.py": caller})) == ()


@pytest.mark.parametrize(
    ("code", "folders"),
    [
        ("open('out.txt', 'w')", {"."}),
        ("open('data/out.txt', mode='ab')", {"data"}),
        ("open('out.txt')\nopen('x', 'r')", set()),
        ("open('/tmp/x', 'w')\nopen('../x', 'w')", set()),
        ("from pathlib import Path\nPath('cache/a/b.json').write_text('x')", {"cache/a"}),
        ("from pathlib import Path\nBASE = Path(__file__).resolve().parent\n(BASE / 'media').mkdir()", {"media"}),
        (
            "import os\nos.makedirs(os.path.join(os.path.dirname(__file__), 'uploads', name), exist_ok=True)",
            {"uploads"},
        ),
        ("import logging\nlogging.FileHandler(filename='logs/app.log')", {"logs"}),
        ("from logging.handlers import RotatingFileHandler\nRotatingFileHandler('app.log')", {"."}),
        ("import sqlite3\nsqlite3.connect('x.db')", {"."}),
        ("import sqlite3\nsqlite3.connect(':memory:')", set()),
        ("from sqlalchemy import create_engine\ncreate_engine('sqlite:///db/x.db')", {"db"}),
        (
            "from sqlalchemy import create_engine\ncreate_engine('sqlite:////var/x.db')\ncreate_engine('sqlite://')",
            set(),
        ),
        ("from flask_sqlalchemy import SQLAlchemy\nU = 'sqlite:///x.db'", {"instance"}),
        ("app.config.update({'UPLOADS': 'files'})\nimport os\nos.makedirs(app.config['UPLOADS'])", {"files"}),
        ("import os\nD = os.getenv('DATA_DIR', 'store')\nos.makedirs(D)", {"store"}),
        ("frame.to_csv('reports/a.csv')", {"reports"}),
        ("form.save('x')", set()),
        ("open(name, 'w')", set()),
        ("a = b\nb = a\nopen(a, 'w')", set()),
        ("open('a\\nb/c', 'w')\nopen('C:\\\\x\\\\y', 'w')", set()),
    ],
)
def test_writes(tmp_path: Path, code: str, folders: set[str]) -> None:
    found = detect_writes(tree(tmp_path, {"a.py": code + "\n"}), [], None)
    assert {fact.value for fact in found} == folders
    assert all(fact.evidence[0].file == "a.py" and fact.evidence[0].line for fact in found)


def test_writes_below_a_package_are_relative_to_the_project(tmp_path: Path) -> None:
    code = "import os\nopen(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'x.db'), 'wb')\n"
    assert [f.value for f in detect_writes(tree(tmp_path, {"shop/db.py": code}), [], None)] == ["shop"]


def test_frameworks_that_write(tmp_path: Path) -> None:
    where = (Evidence("requirements.txt", 1, "a line"),)
    source = tree(tmp_path, {"a.py": "x = 1\n"})
    assert [f.value for f in detect_writes(source, [Dependency("chainlit", evidence=where)], None)] == ["."]
    assert detect_writes(source, [Dependency("chainlit", group="dev", evidence=where)], None) == ()


def test_django_writes(tmp_path: Path) -> None:
    django = Django(
        "manage.py", "s", "s", None, None, None, None, "media", False, True, None, False, (Evidence("s.py", 3, "x"),)
    )
    assert [f.value for f in detect_writes(tree(tmp_path, {"a.py": "x = 1\n"}), [], django)] == ["media"]


@pytest.mark.parametrize(
    ("settings", "folders"),
    [
        ("{'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}", ["."]),
        ("{'ENGINE': 'django.db.backends.sqlite3', 'NAME': os.path.join(BASE_DIR, 'data', 'db.sqlite3')}", ["data"]),
        (
            "{'ENGINE': os.getenv('E', 'django.db.backends.sqlite3'), 'NAME': os.getenv('N', BASE_DIR / 'db.sqlite3')}",
            ["."],
        ),
        ("{'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}", []),
        ("{'ENGINE': 'django.db.backends.postgresql', 'NAME': 'x/y'}", []),
    ],
)
def test_django_settings_with_sqlite(tmp_path: Path, settings: str, folders: list[str]) -> None:
    code = (
        "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
        f"DATABASES = {{'default': {settings}}}\n"
    )
    found = detect_writes(tree(tmp_path, {"site/settings.py": code}), [], None)
    assert [f.value for f in found] == folders


def test_reads(tmp_path: Path) -> None:
    source = tree(
        tmp_path,
        {
            "a.py": "'''README.md'''\nopen('data/x.csv')\nt = 'templates'\nc = Config('alembic.ini')\nq = 'missing.txt'\np = 'shop'\n",
            "data/x.csv": "1",
            "templates/a.html": "",
            "alembic.ini": "",
            "README.md": "",
            "shop/__init__.py": "",
            ".env.example": "",
        },
    )
    assert [f.value for f in detect_reads(source, ["shop"])] == ["alembic.ini", "data/x.csv", "templates"]


def test_names_that_stand_for_names_do_not_grow_without_end(tmp_path: Path) -> None:
    lines = [f"a{n} = a{n + 1} + " + " + ".join([f"a{n + 1}"] * 20) for n in range(12)]
    code = "\n".join([*lines, "a12 = 'x'", "open(a0, 'w')"])
    assert detect_writes(tree(tmp_path, {"a.py": code + "\n"}), [], None) == ()


def test_a_long_sum_is_no_traceback(tmp_path: Path) -> None:
    code = "import os\nos.system('ffmpeg ' + " + " + ".join(["x"] * 900) + ")\n"
    assert [f.value for f in detect_calls(tree(tmp_path, {"a.py": code}))] == ["ffmpeg"]


@pytest.mark.parametrize(
    ("code", "programs"),
    [
        ("try:\n    run(['git', 'rev-parse'])\nexcept FileNotFoundError:\n    pass", []),
        ("try:\n    run(['git', 'rev-parse'])\nexcept Exception:\n    version = None", []),
        ("try:\n    run(['git', 'clone'])\nexcept CalledProcessError:\n    pass", ["git"]),
        ("try:\n    run(['git', 'clone'])\nexcept OSError:\n    raise SystemExit(1)", ["git"]),
        ("try:\n    pass\nexcept OSError:\n    run(['git', 'clone'])", ["git"]),
        ("try:\n    run(['ffmpeg', '-i'])\nexcept FileNotFoundError:\n    print('no ffmpeg')", ["ffmpeg"]),
        ("@app.cli.command('recreate')\ndef recreate():\n    run(['psql'])", []),
    ],
)
def test_programs_that_the_container_can_do_without(tmp_path: Path, code: str, programs: list[str]) -> None:
    text = f"from subprocess import CalledProcessError, run\nfrom app import app\n{code}\n"
    assert [f.value for f in detect_calls(tree(tmp_path, {"a.py": text}))] == programs


@pytest.mark.parametrize(
    ("version", "code", "file"),
    [
        (None, "SQLALCHEMY_DATABASE_URI = os.getenv('URL') or 'sqlite:///shop.db'", "instance/shop.db"),
        ("2.5.1", "SQLALCHEMY_DATABASE_URI = 'sqlite:///shop.db'", "shop/shop.db"),
        (None, "SQLALCHEMY_DATABASE_URI = 'sqlite:///' + os.path.join(os.path.dirname(__file__), 'x.db')", "shop/x.db"),
        (
            None,
            "SQLALCHEMY_DATABASE_URI = 'sqlite:///{}'.format(os.path.join(os.path.dirname(__file__), 'x.db'))",
            "shop/x.db",
        ),
        (
            None,
            "SQLALCHEMY_DATABASE_URI = 'sqlite:///%s' % os.path.join(os.path.dirname(__file__), 'x.db')",
            "shop/x.db",
        ),
        (None, "SQLALCHEMY_DATABASE_URI = f'sqlite:///{os.path.dirname(__file__)}/x.db'", "shop/x.db"),
        (None, "engine = create_engine('sqlite:///shop.db')", "shop.db"),
    ],
)
def test_where_a_relative_sqlite_file_lies(tmp_path: Path, version: str | None, code: str, file: str) -> None:
    source = tree(
        tmp_path, {"shop/config.py": f"import os\n{code}\n", "shop/web.py": "import flask\napp = flask.Flask('x')\n"}
    )
    found = detect_sqlite(source, [Dependency("flask-sqlalchemy", version=version)])
    assert [f.value for f in found] == [file]


@pytest.mark.parametrize(
    ("code", "programs"),
    [
        ("import subprocess\nsubprocess.check_output(['git', 'rev-parse', 'HEAD'])", ["git"]),
        ("import subprocess\nsubprocess.getoutput('git rev-parse HEAD')", []),
        ("import os\nos.system('git pull')", []),
        ("import subprocess\nsubprocess.run('git log', shell=True, cwd=path)", ["git"]),
        ("import subprocess\nsubprocess.run(['git', 'clone', url])", ["git"]),
        ("import subprocess\nsubprocess.run(['git', '-C', path, 'pull'])", ["git"]),
        ("from plumbum import local\ngit = local['git']", ["git"]),
        ("from plumbum.cmd import pdftoppm, ls", ["pdftoppm"]),
    ],
)
def test_git_of_a_checkout_that_no_image_has_and_programs_of_plumbum(
    tmp_path: Path, code: str, programs: list[str]
) -> None:
    assert [f.value for f in detect_calls(tree(tmp_path, {"a.py": code + "\n"}))] == programs


@pytest.mark.parametrize(
    "url", ["db+sqlite:///results.sqlite", "sqla+sqlite:///results.sqlite", "sqlite:///results.sqlite"]
)
def test_celery_s_results_in_sqlite(tmp_path: Path, url: str) -> None:
    source = tree(tmp_path, {"settings.py": f"CELERY_RESULT_BACKEND = '{url}'\n"})
    assert [fact.value for fact in detect_sqlite(source)] == ["results.sqlite"]
