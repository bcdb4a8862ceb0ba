"""Pages that a check can ask for where there is no health route: only where / is no page, never behind a login."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.applications import detect_applications
from dockgen.detect.health import detect_health
from dockgen.facts import HealthRoute, Manager
from dockgen.source import Source

FLASK = "from flask import Flask, redirect, request\nfrom flask_login import login_required\nfrom flask_sqlalchemy import SQLAlchemy\nfrom db import db\napp = Flask(__name__)\n"
PYRAMID = "from pyramid.config import Configurator\ndef main():\n    config = Configurator()\n    config.include('views')\n    return config.make_wsgi_app()\n"
LITESTAR = "from litestar import Controller, Litestar, get\nclass Tags(Controller):\n    path = '/tags'\n    @get({})\n    async def all(self) -> list: ...\n"

TORNADO = "import tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self): ...\nclass Application(tornado.web.Application):\n    def __init__(self):\n        handlers = [{}]\n        super().__init__(handlers)\nApplication().listen(1)\n"
CHERRYPY = "import cherrypy\nclass Health:\n    @cherrypy.expose\n    def index(self): ...\n    def hidden(self): ...\n"


def found(tmp_path: Path, files: dict[str, str], migrated: bool = False) -> tuple[HealthRoute, ...]:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    source = Source(tmp_path)
    return detect_health(source, detect_applications(source, (), Manager("none")), migrated)


@pytest.mark.parametrize(
    ("code", "page"),
    [
        ("@app.route('/')\ndef f(): return 'x'\n@app.route('/hello')\ndef g(): return 'x'", None),
        ("@app.route('/hello')\ndef g(): return 'x'", "/hello"),
        ("@app.route('/')\n@login_required\ndef f(): ...\n@app.route('/hello')\ndef g(): return 'x'", "/hello"),
        ("@app.route('/')\ndef f(): return redirect('/b')\n@app.route('/a')\ndef a(): ...\n@app.route('/b')\ndef b(): ...", "/b"),
        ("@app.route('/')\ndef f(): return db.session.execute('x')\n@app.route('/about')\ndef g(): ...", "/about"),
        ("def posts(): return db.session.execute('x')\n@app.route('/')\ndef f(): return posts()\n@app.route('/about')\ndef g(): ...", "/about"),
        ("@app.route('/')\ndef f(): return db.session.execute('x')\n@app.route('/list')\ndef g(): return db.session.execute('x')", None),
        ("@app.route('/')\ndef f(): ...\n@app.route('/health')\ndef g(): ...", "/health"),
        ("@app.route('/login', methods=['GET', 'POST'])\ndef f():\n    if request.method == 'POST':\n        db.session.commit()\n        return redirect('/')\n    return 'x'", "/login"),
        ("@app.route('/old')\ndef f():\n    if request.args:\n        return redirect('/')\n    return 'x'", None),
        ("@app.route('/in')\ndef f():\n    if current_user.is_authenticated:\n        return redirect('/')\n    return 'x'", "/in"),
        ("@app.route('/in')\ndef f():\n    if not current_user.is_authenticated:\n        return redirect('/login')\n    return 'x'", None),
        ("@app.route('/in')\ndef f():\n    if 'user' in session:\n        return redirect('/')\n    return 'x'", "/in"),
        ("@app.route('/items')\ndef f(): return 'x'\n@app.route('/version')\ndef g(): return 'x'", "/version"),
        ("from flasgger import Swagger\nSwagger(app, config={'specs_route': '/'})\n@app.route('/x')\ndef f(): ...", None),
        ("from flasgger import Swagger\nSwagger(app)\n@app.route('/x')\ndef f(): ...", "/x"),
        ("from flask_restx import Api\nApi(app)\n@app.route('/x')\ndef f(): ...", None),
        ("from flask_restx import Api\nApi(app, doc=False)\n@app.route('/x')\ndef f(): ...", "/x"),
        ("@app.route('/it\\'s')\ndef f(): ...", None),
        ("@app.route('/logout')\ndef f(): ...\n@app.route('/users/<id>')\ndef g(id): ...\n@app.route('/robots.txt')\ndef h(): ...\n@app.post('/x')\ndef i(): ...", None),
    ],
)  # fmt: skip
def test_flask(tmp_path: Path, code: str, page: str | None) -> None:
    assert [r.path for r in found(tmp_path, {"app.py": FLASK + code})] == ([page] if page else [])


@pytest.mark.parametrize("migrated", [True, False])
def test_a_page_that_reads_tables_is_told(tmp_path: Path, migrated: bool) -> None:
    code = FLASK + "@app.route('/items')\ndef f(): return db.session.execute('x')"
    (route,) = found(tmp_path, {"app.py": code}, migrated)
    assert (route.path, route.page, route.database) == ("/items", True, not migrated)


@pytest.mark.parametrize(
    ("files", "paths"),
    [
        ({"app.py": PYRAMID, "views.py": "def includeme(config):\n    config.add_route('i', '/')\n    config.add_route('s', '/_status')"}, ["/_status"]),
        ({"app.py": LITESTAR.format("") + "app = Litestar([Tags])"}, ["/tags"]),
        ({"app.py": LITESTAR.format("") + "@get('/art')\nasync def art(url: str) -> str: ...\n@get('/b')\nasync def b(url: str = '') -> str: ...\napp = Litestar([art, b])"}, ["/b"]),
        ({"app.py": LITESTAR.format("") + "app = Litestar([Tags], on_app_init=[jwt_auth.on_app_init])"}, []),
        ({"app.py": LITESTAR.format("") + "from litestar import Router\nrouter = Router('/api', route_handlers=[Tags])\napp = Litestar([router], on_app_init=[session_auth.on_app_init])"}, []),
        ({"app.py": LITESTAR.format("exclude_from_auth=True") + "app = Litestar([Tags], on_app_init=[jwt_auth.on_app_init])"}, ["/tags"]),
        ({"app.py": "from fastapi import FastAPI\nfrom dockerflow.fastapi import router\napp = FastAPI()\napp.include_router(router)"}, ["/__lbheartbeat__"]),
        ({"app.py": FLASK + "from dockerflow.flask import Dockerflow\nDockerflow(app)"}, ["/__lbheartbeat__"]),
        ({"app.py": LITESTAR.format("") + "from litestar import Router\n@get('/health')\nasync def h() -> str: ...\ndef v1(path: str = '/v1') -> Router:\n    router = Router(path, route_handlers=[])\n    router.register(h)\n    return router\napp = Litestar([v1()])"}, ["/v1/health"]),
        ({"app.py": TORNADO.format("(r'/', H), (r'/healthcheck', H)")}, ["/healthcheck"]),
        ({"app.py": TORNADO.format("(r'/', H), (r'/x/([0-9]+)/health', H)")}, []),
        ({"app.py": TORNADO.format("(r'/', H), (r'/healthcheck/?$', H)")}, ["/healthcheck"]),
        ({"app.py": TORNADO.format("(r'/', H)"), "checks.py": "from typing import cast\nfrom app import H\ndef get_handlers(context):\n    url = cast(str, context.config.CHECK_ROUTE)\n    return [(url, H)]\n", "config.py": "Config.define('CHECK_ROUTE', r'/healthcheck/?', 'help')\n"}, ["/healthcheck"]),
        ({"app.py": CHERRYPY + "class Root: pass\nroot = Root()\nroot.health = Health()\ncherrypy.tree.mount(root, '/')\ncherrypy.engine.start()"}, ["/health/"]),
        ({"app.py": CHERRYPY + "class Root:\n    health = Health()\ncherrypy.quickstart(Root())"}, ["/health/"]),
        ({"app.py": CHERRYPY + "class Root:\n    health = Health()\ncherrypy.quickstart(Root(), path())"}, []),
        ({"app.py": LITESTAR.format("") + "asks = []\nasks.append(basic_auth_factory)\napp = Litestar([Tags], middleware=asks)"}, []),
        ({"app.py": LITESTAR.format("") + "app = Litestar([Tags], middleware=[counting])"}, ["/tags"]),
        ({"app.py": FLASK + "@app.route('/login')\ndef f(): return oauth.auth0.authorize_redirect('x')\n@app.route('/home')\ndef g(): return 'x'"}, ["/home"]),
        ({"app.py": FLASK + "@app.route('/flights')\ndef f():\n    start = request.args.get('start')\n    if not start:\n        raise BadRequest('start is missing')\n    return 'x'"}, []),
        ({"app.py": "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/items')\ndef f(): ..."}, []),
        ({"app.py": FLASK + "import random\n@app.route('/')\ndef i(): ...\n@app.route('/health')\ndef f(): return 'x', random.choice([200, 500])"}, []),
    ],
)  # fmt: skip
def test_frameworks(tmp_path: Path, files: dict[str, str], paths: list[str]) -> None:
    assert [r.path for r in found(tmp_path, files)] == paths


@pytest.mark.parametrize(
    ("patterns", "paths"),
    [
        ("path('', RedirectView.as_view(url='/shop/')), path('about/', views.about), path('shop/', views.Items.as_view())", ["/shop/"]),
        ("path('', login_required(views.about)), path('login/', auth_views.LoginView.as_view())", ["/login/"]),
        ("path('', views.about), path('login/', auth_views.LoginView.as_view())", []),
        ("path('admin/', admin.site.urls)", []),
        ("re_path('.*', views.about), path('about/', views.about)", []),
        ("path('items/', views.ItemList.as_view()), path('admin/', admin.site.urls)", []),
        ("path('', views.about), path('admin/', admin.site.urls)", []),
        ("path('', views.Items.as_view()), path('admin/', admin.site.urls)", []),
        ("path('django-admin/', admin.site.urls), path('cms/', include(wagtailadmin_urls)), path('', include(wagtail_urls))", ["/cms/login/"]),
        ("path('accounts/', include('django.contrib.auth.urls')), path('admin/', admin.site.urls)", ["/accounts/login/"]),
        ("*i18n_patterns(path('about/', views.about))", ["/de/about/"]),
        ("*i18n_patterns(path('about/', views.about), prefix_default_language=False)", ["/about/"]),
        ("path('list/', views.Items.as_view()), path('version/', views.about), path('other/', views.about)", ["/version/"]),
    ],
)  # fmt: skip
def test_django(tmp_path: Path, patterns: str, paths: list[str]) -> None:
    imports = (
        "from django.contrib import admin\nfrom django.contrib.auth import views as auth_views\n"
        "from django.contrib.auth.decorators import login_required\nfrom django.urls import include, path, re_path\n"
        "from django.conf.urls.i18n import i18n_patterns\nfrom wagtail.admin import urls as wagtailadmin_urls\n"
        "from django.views.generic import RedirectView\nfrom site1 import views\n"
    )
    files = {
        "site1/settings.py": "ROOT_URLCONF = 'site1.urls'\nLANGUAGE_CODE = 'de'\n",
        "templates/registration/login.html": "",
        "site1/urls.py": f"{imports}urlpatterns = [{patterns}]\n",
        "site1/views.py": "from django.views.generic import ListView\ndef about(r): ...\nclass Items(ListView):\n    model = X\n"
        "from rest_framework import generics\nclass ItemList(generics.ListAPIView):\n    queryset = X.objects.all()\n",
    }
    assert [r.path for r in found(tmp_path, files, migrated=True)] == paths


FALCON = """import falcon.asgi
class Images:
    def __init__(self, store): self.store = store
    async def on_get(self, req, resp): resp.media = self.store.all()
def create_app(config=None):
    images = Images(config)
    app = falcon.asgi.App()
    app.add_route('/images', images)
    return app
"""
STATIC = "import falcon.asgi\nclass H:\n    async def on_get(self, req, resp): ...\napp = falcon.asgi.App()\napp.add_route('/hello', H())\n"


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        (FALCON, ["/images"]),
        (STATIC, ["/hello"]),
        (STATIC + "app.add_static_route('/', '/srv', fallback_filename='index.html')\n", []),
        (STATIC + "app.add_static_route('/', '/srv')\n", ["/hello"]),
    ],
)
def test_falcon(tmp_path: Path, code: str, paths: list[str]) -> None:
    assert [route.path for route in found(tmp_path, {"main.py": code})] == paths


@pytest.mark.parametrize(("html", "paths"), [(", html=True", []), ("", ["/hello"])])
def test_starlette_s_files_with_an_index_answer(tmp_path: Path, html: str, paths: list[str]) -> None:
    code = (
        "from starlette.applications import Starlette\nfrom starlette.routing import Mount, Route\n"
        "from starlette.staticfiles import StaticFiles\nasync def hello(request): ...\n"
        f"app = Starlette(routes=[Route('/hello', hello), Mount('/', StaticFiles(directory='x'{html}))])\n"
    )
    assert [route.path for route in found(tmp_path, {"main.py": code})] == paths


ROOT = """import {library}
from flask import Flask, redirect, request
app = Flask(__name__)
datastore = {library}.Thing()
@app.route('/')
def index():
    op = request.args.get('op')
    if op:
        datastore.commit()
        return redirect('/')
    if request.args.get('rss'):
        return redirect('/feed')
    return datastore.all()
@app.route('/hello')
def hello(): return 'x'
"""


@pytest.mark.parametrize(("library", "paths"), [("json", []), ("sqlite3", ["/hello"])])
def test_a_store_without_any_database_is_none(tmp_path: Path, library: str, paths: list[str]) -> None:
    assert [route.path for route in found(tmp_path, {"main.py": ROOT.format(library=library)})] == paths


def test_controllers_that_a_plugin_of_litestar_finds(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/asgi.py": "from litestar import Litestar\nfrom app.core import Core\ndef create_app() -> Litestar:\n    return Litestar(plugins=[Core()])\n",
        "app/core.py": "class Core: ...\n",
        "app/system.py": "from litestar import Controller, get\nclass System(Controller):\n    @get(path='/health')\n    async def check(self) -> dict: ...\n",
    }
    assert [route.path for route in found(tmp_path, files)] == ["/health"]
