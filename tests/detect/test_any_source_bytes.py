"""Any bytes in any file that dockgen reads beside manifests: a plan or a typed error, in bounded time.

The manifests of package managers have tests/detect/managers/test_any_bytes.py. Here a small project has one of each
other file, and one at a time is damaged or replaced by random bytes; the whole way from the tree to the rendered files
is gone, because a fact that nobody can render is as bad as a traceback.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.errors import DockgenError
from dockgen.rendering import render
from dockgen.source import Source

SECONDS = 20
"""For the largest trap; the small samples take some hundredths of a second."""

FLASK = """\
import os, sqlite3, subprocess
from flask import Flask, Blueprint
import redis
from celery import Celery

def create_app(name="x", *, debug=os.getenv("DEBUG", "0") == "1"):
    app = Flask(name, static_folder=f"{os.path.dirname(__file__)}/static")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    app.config.from_prefixed_env()

    @app.route("/health", methods=["GET"])
    def health() -> str:
        return "ok"

    return app

blueprint = Blueprint("b", __name__, url_prefix="/api")
celery = Celery("x", broker=os.environ.get("BROKER", "redis://localhost:6379/0"))
celery.conf.beat_schedule = {"a": {"task": "x", "schedule": 30.0}}
subprocess.run(["ffmpeg", "-i", f"{os.sep}x"])
open("data/out.txt", "w").write("x")
match os.environ:
    case {"PORT": port, **rest} if (n := int(port)):
        print(f"{n!r:>{10}}")
if __name__ == "__main__":
    create_app().run(host="0.0.0.0", port=int(os.getenv("PORT", 5000)))
"""

SETTINGS = """\
import environ
from pathlib import Path
from pydantic_settings import BaseSettings, SettingsConfigDict
env = environ.Env(DEBUG=(bool, False))
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = env("SECRET_KEY")
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": env("DB", default="x")}}
DATABASES["default"] |= env.db()
INSTALLED_APPS = ["django.contrib.staticfiles", "shop", *["rest_framework"]]
STATIC_ROOT = BASE_DIR / "static"
ALLOWED_HOSTS = env.list("HOSTS", default=["*"])
ROOT_URLCONF = "shop.urls"
CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"redis://{env('R', default='r')}:6379"}}

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", env_nested_delimiter="__")
    url: str
    port: int = 8000
"""

URLS = """\
from django.urls import include, path, re_path
from . import views
urlpatterns = [path("health/", lambda r: None), path("api/", include([path("x/", views.x)])), re_path(r"^a/(?P<b>.)", views.x)]
"""

SAMPLES: dict[str, str] = {
    "Dockerfile": "# syntax=docker/dockerfile:1\nARG V=3.12\nFROM python:${V}-slim AS a\nRUN apt-get update \\\n # c\n && apt-get"
    ' install -y libpq-dev=1 ffmpeg\nENV PORT=8000 X="a b"\nEXPOSE $PORT/tcp 9000-9002\nRUN <<EOF\nx\nEOF\nCMD ["gunicorn", "app:create_app()"]\n',
    "compose.yaml": "services:\n  web: {build: {context: ., target: x}, command: [python, app.py], ports: ['8000:80', {target: 1}],\n"
    "    environment: [A=1, B], depends_on: {db: {condition: service_healthy}}}\n  db: &d\n    image: postgis/postgis:16\n"
    "  e: {<<: *d, environment: {POSTGRES_DB: x}, env_file: [.env.example]}\n",
    "Procfile": "web: PORT=1 gunicorn app:app --bind 0.0.0.0:$PORT && x\nworker: celery -A app.celery worker -l info\nrelease: flask db upgrade\n",
    "supervisord.conf": "[program:web]\ncommand=%(here)s/venv/bin/gunicorn app:app\n  -w 4\nenvironment=A=\"1\",B='2'\n[group:x]\nprograms=web\n",
    "shop.service": "[Service]\nWorkingDirectory=/srv\nEnvironment=\"A=1\" B=2\nExecStartPre=-/bin/x\nExecStart=/srv/venv/bin/python \\\n  app.py %i\n",
    "start.sh": "#!/bin/sh -e\nexport PORT=${PORT:-8000}\nif [ -n \"$X\" ]; then\n  exec gunicorn app:app -b :$PORT \\\n  -w 2 <<< x\nfi\ncat <<'E'\nx\nE\n",
    "package.json": json.dumps(
        {"name": "x", "scripts": {"build": "vite build --outDir ../static && tailwindcss -i a -o static/b.css", "start": "vite"},
         "engines": {"node": ">=20 <23"}, "packageManager": "pnpm@9.1.0+sha.x", "devDependencies": {"vite": "^5"}, "workspaces": ["a/*"]}
    ),
    "package-lock.json": json.dumps(
        {"lockfileVersion": 3, "packages": {"": {"name": "x"}, "node_modules/bcrypt": {"version": "5", "hasInstallScript": True}}}
    ),
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\nimporters:\n  .:\n    devDependencies: {vite: {specifier: ^5, version: 5.0.0}}\npackages:\n  vite@5.0.0: {resolution: {integrity: x}}\n",
    "yarn.lock": '# yarn lockfile v1\n\nvite@^5:\n  version "5.0.0"\n  resolved "https://x.example/vite.tgz#a"\n  dependencies:\n    a "1"\n',
    "vite.config.js": "import x from 'y'\nexport default defineConfig({ build: { outDir: '../static', /* c */ emptyOutDir: true } })\n",
    "tsconfig.json": '{ // c\n "compilerOptions": {"outDir": "static",}, }\n',
    "angular.json": '{"projects": {"x": {"architect": {"build": {"options": {"outputPath": {"base": "static"}}}}}}}',
    ".nvmrc": "lts/jod\n",
    ".env.example": "# c\nexport SECRET_KEY='a # b'\nDATABASE_URL=postgres://u:p@localhost:5432/x\nPORT: 1\nA=${B}\nM=\"x\ny\"\n",
    "packages.txt": "libgl1\nffmpeg # c\n\n",
    "apt.txt": "libpq-dev\n",
    "Aptfile": ":repo:deb http://x.example y\nlibpq5=1\nhttps://x.example/a.deb\n",
    "heroku.yml": "build: {docker: {web: Dockerfile}}\nrun: {web: gunicorn app:app, worker: {command: [x], image: web}}\n",
    "render.yaml": "services:\n- type: web\n  startCommand: uvicorn app:app\n  envVars: [{key: A, value: 1}]\n",
    "fly.toml": 'app = "x"\n[processes]\nweb = "gunicorn app:app"\n[http_service]\ninternal_port = 8080\n[env]\nPORT = "1"\n',
    "railway.json": '{"deploy": {"startCommand": "python app.py", "healthcheckPath": "/health"}}',
    "railway.toml": '[deploy]\nstartCommand = "python app.py"\n',
    "nixpacks.toml": '[start]\ncmd = "python app.py"\n[phases.setup]\naptPkgs = ["ffmpeg"]\n',
    "app.yaml": "runtime: python312\nentrypoint: gunicorn -b :$PORT main:app\nenv_variables: {A: b}\n",
    "app.json": '{"scripts": {"postdeploy": "flask x"}, "env": {"SECRET_KEY": {"generator": "secret"}}}',
    "alembic.ini": "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///%(here)s/x.db\n",
    "scrapy.cfg": "[settings]\ndefault = shop.settings\n",
    "tox.ini": "[tox]\nenvlist = py3{11,12}-{a,b}, lint\n",
    "runtime.txt": "python-3.12.x\n",
    ".python-version": "# c\ncpython-3.12.4+freethreaded\nenv-name\n",
    ".tool-versions": "python 3.12.1 system # c\nnodejs 20\n",
    "mise.toml": '[tools]\npython = ["3.12", {version = "3.11"}]\n[env]\nA = false\n',
    ".gitlab-ci.yml": "image: python:3.12\ntest: {image: {name: 'python:3.11'}, script: [x, !reference [a, b]]}\n",
    ".github/workflows/ci.yml": "on: push\njobs:\n  t:\n    strategy: {matrix: {python-version: ['3.11', 3.12], include: [{a: 1}]}}\n    steps: [{uses: actions/setup-python@v5, with: {python-version: 3.13}}]\n",
    "settings.toml": '[default]\nport = "@int 5000"\nurl = "@format {env[URL]}"\n',
    "config.yaml": "db: {url: !ENV 'postgres://${DB}:5432'}\nport: 8000\n",
    "config.ini": "[DEFAULT]\nurl = redis://localhost\n[a]\nport: 1\n",
    "gunicorn.conf.py": "import os\nbind = f\"0.0.0.0:{os.environ.get('PORT', '8000')}\"\nworkers = 2\nwsgi_app = 'app:app'\n",
    "app.py": FLASK,
    "shop/settings.py": SETTINGS,
    "shop/urls.py": URLS,
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "work.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": ["import panel\n", "panel.Row(1).servable()\n"]}, {"cell_type": "x"}], "nbformat": 4}),
}  # fmt: skip
"""One small file of each kind."""

MANIFEST = b"flask\nredis\ncelery\ndjango\npanel\nalembic\nscrapy\ndynaconf\npsycopg\n"


def ends(files: Mapping[str, bytes]) -> float:
    """Seconds from the tree to the rendered files. Fails for any exception but dockgen's own."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"requirements.txt": MANIFEST, **files}.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        start = time.monotonic()
        try:
            render(decide(detect(Source(Path(folder))), {}))
        except DockgenError as error:
            assert error.message
        return time.monotonic() - start


@st.composite
def damaged(draw: st.DrawFn, text: str) -> bytes:
    """The text with a few pieces cut out, doubled, moved or replaced by what means something to a parser."""
    data = text.encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 30)))
        other = draw(st.integers(0, len(data)))
        middle = draw(
            st.sampled_from(
                [b"", data[start:end] * 2, data[other : other + 20], b"\x00", b"\xff\xfe", b"[", b"]", b"{", b"}", b'"', b"'",
                 b"- ", b"\n", b": ", b"\\", b"$", b"${", b"%", b"=", b"99999999999999999999", b"null", b"*x", b"\xc3\xa9", b"\r"]
            )
        )  # fmt: skip
        data = data[:start] + middle + data[end:]
    return data


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_damaged_file(name: str) -> None:
    """Alone beside the code, so that what it says counts."""
    around = {n: SAMPLES[n].encode() for n in ("app.py", "package.json") if n != name}

    @settings(max_examples=8)
    @given(damaged(SAMPLES[name]) | st.binary(max_size=150))
    def check(data: bytes) -> None:
        ends({**around, name: data})

    check()


def test_all_of_them_together() -> None:
    assert ends({name: text.encode() for name, text in SAMPLES.items()}) < SECONDS


def test_the_django_project_damaged() -> None:
    names = ("manage.py", "shop/settings.py", "shop/urls.py")

    @settings(max_examples=15)
    @given(st.sampled_from(names).flatmap(lambda n: st.tuples(st.just(n), damaged(SAMPLES[n]))))
    def check(one: tuple[str, bytes]) -> None:
        ends({**{n: SAMPLES[n].encode() for n in names}, one[0]: one[1]})

    check()


DEEP = {
    "app.py": "x = " + "(" * 5000,
    "deep.py": "x = " + "-" * 20_000 + "1",
    "chain.py": "import os\nx = os" + ".a" * 20_000,
    "sum.py": "x = " + " + ".join(["'a'"] * 20_000),
    "nested.py": "".join(" " * n + "if x:\n" for n in range(90)) + " " * 90 + "pass\n",
    "aliases.py": "".join(f"a{n} = a{n + 1}\n" for n in range(3000)) + "a3000 = a0\n",
    "format.py": "x = f'" + "{a}" * 5000 + "'\n",
    "compose.yaml": "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30)) + "services: *a29\n",
    "render.yaml": "services: " + "[" * 300_000,
    "app.yaml": "- " * 200_000 + "x",
    "heroku.yml": "? " * 200_000 + "x",
    "docker-compose.yml": "".join(" " * n + "a:\n" for n in range(1500)),
    "package.json": "[" * 100_000,
    "package-lock.json": '{"packages": ' + "{" * 50_000,
    "work.ipynb": '{"cells": ' + "[" * 50_000,
    "pnpm-lock.yaml": "packages:\n" + "".join(f"  a{n}@1: {{}}\n" for n in range(20_000)),
    "yarn.lock": "a@1:\n  version 1\n" * 50_000,
    "fly.toml": "a = " + "[" * 3000,
    "supervisord.conf": "[program:x]\ncommand=" + "%(ENV_x)s" * 20_000,
    "Procfile": "web: " + "a'" * 50_000 + "\n" + "web: x\n" * 20_000,
    "start.sh": "exec python app.py \\\n" * 50_000,
    "Dockerfile": "RUN a \\\n" * 50_000 + "ENV " + "A=$A" * 20_000,
    ".env.example": "A=" + "${A}" * 50_000 + "\n" + "B=1\n" * 50_000,
    "packages.txt": "a" * 500_000,
    "tox.ini": "[tox]\nenvlist = " + "py3{1,2}" * 40 + "{" * 5000,
    ".python-version": "3." * 100_000,
    "shop.service": "[Service]\n" + "ExecStart=/a \\\n" * 50_000,
    "vite.config.js": "outDir: " + "/*" * 200_000,
}  # fmt: skip
"""What makes parsers recurse, backtrack or multiply."""


@pytest.mark.parametrize("name", sorted(DEEP))
def test_a_trap_ends(name: str) -> None:
    around = {n: SAMPLES[n].encode() for n in ("app.py", "package.json", "vite.config.js") if n != name}
    assert ends({**around, name: DEEP[name].encode()}) < SECONDS
