"""Health routes: behind routers, blueprints and URLconfs, not behind a login."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.applications import detect_applications
from dockgen.detect.health import PATH, detect_health
from dockgen.facts import HealthRoute, Manager
from dockgen.source import Source


def routes(tmp_path: Path, files: dict[str, str]) -> tuple[HealthRoute, ...]:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    source = Source(tmp_path)
    return detect_health(source, detect_applications(source, (), Manager("none")))


FASTAPI = "from fastapi import FastAPI, APIRouter, Depends\napp = FastAPI()\n"
FLASK = "from flask import Flask, Blueprint\napp = Flask(__name__)\n"
HANDLER = "def f(): ...\n"
AIOHTTP = "from aiohttp import web\nasync def h(r): ...\napp = web.Application()\n"


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        (FASTAPI + "@app.get('/health')\ndef f(): ...", ["/health"]),
        (FASTAPI + "r = APIRouter(prefix='/v1')\n@r.get('/health')\ndef f(): ...\napp.include_router(r, prefix='/api')", ["/api/v1/health"]),
        (FASTAPI + "r = APIRouter()\nn = APIRouter(prefix='/utils')\n@n.get('/health-check/')\ndef f(): ...\nr.include_router(n)\napp.include_router(r, prefix='/api/v1')", ["/api/v1/utils/health-check/"]),
        (FASTAPI + HANDLER + "app.add_api_route('/health', f)", ["/health"]),
        (FASTAPI + "class S:\n    A: str = '/api'\ns = S()\nr = APIRouter()\n@r.get('/health')\ndef f(): ...\napp.include_router(r, prefix=s.A)", ["/api/health"]),
        (FASTAPI + "P = '/api'\nr = APIRouter()\n@r.get('/health')\ndef f(): ...\napp.include_router(r, prefix=f'{P}/v2')", ["/api/v2/health"]),
        (FASTAPI + "from prettyconf import config\nclass Base:\n    API_PREFIX = config('API_PREFIX', default='/a', cast=str)\nclass Live(Base): ...\ns = {'live': Live}[x]()\nr = APIRouter(prefix=s.API_PREFIX)\n@r.get('/health')\ndef f(): ...\napp.include_router(r)", ["/a/health"]),
        (FASTAPI + "import os\nr = APIRouter()\n@r.get('/health')\ndef f(): ...\napp.include_router(r, prefix=os.environ['P'])", []),
        (FASTAPI + "r = APIRouter(prefix=x())\n@r.get('/health')\ndef f(): ...\napp.include_router(r)", []),
        (FASTAPI + "r = APIRouter()\n@r.get('/health')\ndef f(): ...", []),
        (FASTAPI + "@app.get('/health')\ndef f(u=Depends(get_current_user)): ...", []),
        (FASTAPI + "@app.get('/health')\ndef f(r):\n    t = r.headers.get('Authorization')", []),
        (FASTAPI + "@app.get('/health')\ndef f(u: CurrentUser): ...", []),
        (FASTAPI + "@app.get('/health', dependencies=[Depends(auth)])\ndef f(): ...", []),
        (FASTAPI + "@app.get('/health')\ndef f(s=Depends(get_session)): ...", ["/health"]),
        (FASTAPI + "r = APIRouter(dependencies=[Depends(auth)])\n@r.get('/health')\ndef f(): ...\napp.include_router(r)", []),
        (FASTAPI + "@app.get('/{x}/health')\ndef f(): ...\n@app.post('/healthz')\ndef g(): ...\n@app.get('/users')\ndef h(): ...", []),
        (FASTAPI + "@app.get('/readyz')\ndef a(): ...\n@app.get('/ping')\ndef d(): ...\n@app.get('/health')\ndef b(): ...\n@app.get('/livez')\ndef c(): ...", ["/livez", "/health", "/ping", "/readyz"]),
        (FASTAPI + "sub = FastAPI()\n@sub.get('/health')\ndef f(): ...\napp.mount('/api', sub)", ["/api/health"]),
        ("from starlette.applications import Starlette\nfrom starlette.routing import Route, Mount\n" + HANDLER + "app = Starlette(routes=[Route('/healthz', f), Mount('/api', routes=[Route('/health', f)])])", ["/healthz", "/api/health"]),
        ("from starlette.applications import Starlette\nfrom starlette.routing import Route\n" + HANDLER + "routes = [Route('/healthz', f), Route('/health', f, methods=['POST'])]\napp = Starlette(routes=routes)", ["/healthz"]),
        (FLASK + "@app.route('/healthz')\ndef f(): ...", ["/healthz"]),
        (FLASK + "@app.route('/health/version/')\ndef v(): ...\n@app.route('/health/ok/')\ndef f(): ...", ["/health/ok/"]),
        (FLASK + "from flask_healthz import Healthz\nHealthz(app)", ["/healthz/live"]),
        (FLASK + "from flask_healthz import healthz\napp.register_blueprint(healthz, url_prefix='/hz')", ["/hz/live"]),
        (FLASK + "from flask_restx import Api, Namespace, Resource\napi = Api(app)\nns = Namespace('ops')\n@ns.route('/health')\nclass H(Resource):\n    def get(self): ...\napi.add_namespace(ns)", ["/ops/health"]),
        (FLASK + "from flask_restx import Api, Namespace, Resource\napi = Api(app)\nns = Namespace('ops', path='/o')\n@ns.route('/health')\nclass H(Resource):\n    def get(self): ...\napi.add_namespace(ns)", ["/o/health"]),
        (FLASK + "from flask_restx import Api, Namespace, Resource\napi = Api(app)\nns = Namespace('ops')\n@ns.route('/health')\nclass H(Resource):\n    def get(self): ...\napi.add_namespace(ns, path='/p')", ["/p/health"]),
        (FASTAPI + "r = APIRouter()\n@r.get('/status')\ndef f(): ...\napp.include_router(r, prefix='/api/v1')\napp.include_router(r, prefix='/api/v2')", ["/api/v2/status", "/api/v1/status"]),
        ("from fastmcp import FastMCP\nmcp = FastMCP('x')\n@mcp.custom_route('/health', methods=['GET'])\nasync def h(r): ...\nmcp.run(transport='http')", ["/health"]),
        (FLASK + "@app.route('/healthz', methods=['POST'])\ndef f(): ...", []),
        (FLASK + "b = Blueprint('b', __name__, url_prefix='/a')\n@b.route('/health')\ndef f(): ...\napp.register_blueprint(b)", ["/a/health"]),
        (FLASK + "b = Blueprint('b', __name__, url_prefix='/a')\n@b.route('/health')\ndef f(): ...\napp.register_blueprint(b, url_prefix='/z')", ["/z/health"]),
        (FLASK + "b = Blueprint('b', __name__)\n@b.route('/health')\ndef f(): ...\napp.register_blueprint(b, url_prefix=x)", []),
        (FLASK + HANDLER + "app.add_url_rule('/health', view_func=f)", ["/health"]),
        (FLASK + HANDLER + "app.add_url_rule('/health', 'health', f, methods=['POST'])", []),
        (FLASK + "@app.route('/health')\n@login_required\ndef f(): ...", []),
        (FLASK + "@app.route('/health')\n@jwt_required()\ndef f(): ...", []),
        (FLASK + "E = 'healthz'\n@app.route(f'/{E}')\ndef f(): ...", ["/healthz"]),
        (FLASK + "def routes(app):\n    @app.route('/health')\n    def f(): ...\nroutes(app)", ["/health"]),
        ("from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    @app.route('/healthz')\n    def f(): ...\n    return app", ["/healthz"]),
        ("from quart import Quart\napp = Quart(__name__)\n@app.get('/up')\nasync def f(): ...", ["/up"]),
        ("from flask import Flask\nfrom flask_restful import Api, Resource\nclass H(Resource):\n    def get(self): ...\napp = Flask(__name__)\napi = Api(app)\napi.add_resource(H, '/api/health')", ["/api/health"]),
        (AIOHTTP + "app.router.add_get('/health', h)", ["/health"]),
        (AIOHTTP + "app.router.add_route('POST', '/health', h)", []),
        (AIOHTTP + "app.add_routes([web.get('/health', h), web.post('/healthz', h)])", ["/health"]),
        (AIOHTTP + "routes = web.RouteTableDef()\n@routes.get('/health')\nasync def g(r): ...\napp.add_routes(routes)", ["/health"]),
        ("from sanic import Sanic\napp = Sanic('x')\n@app.get('/health')\nasync def f(r): ...", ["/health"]),
        ("from litestar import Litestar, get\n@get('/health')\nasync def f() -> str: ...\napp = Litestar(route_handlers=[f])", ["/health"]),
        ("from litestar import Litestar, Router, get\n@get('/health')\nasync def f() -> str: ...\nclass Own(Router): ...\nr = Own('/v1', route_handlers=[f])\napp = Litestar(route_handlers=[r])", ["/v1/health"]),
        # a parameter is what the one call of its function gives it
        ("from litestar import Litestar, Router, get\n@get('/health')\nasync def f() -> str: ...\ndef put(router):\n    router.register(f)\ndef make(path='/v1'):\n    r = Router(path, route_handlers=[])\n    put(r)\n    return r\napp = Litestar(route_handlers=[make()])", ["/v1/health"]),
        # below a path that cannot be read nothing is known, also of what is put on the application out of sight
        ("from litestar import Litestar, get\n@get('/health')\nasync def f() -> str: ...\ndef put(router):\n    router.register(f)\napp = Litestar(path=x.root, on_app_init=[put])", []),
        ("import tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self): ...\ndef make_app():\n    return tornado.web.Application([(r'/health', H)])\napp = make_app()", ["/health"]),
        ("import falcon\nclass R:\n    def on_get(self, q, s): ...\nclass P:\n    def on_post(self, q, s): ...\napp = falcon.App()\napp.add_route('/health', R())\napp.add_route('/healthz', P())", ["/health"]),
        ("import bottle\napp = bottle.Bottle()\n@app.get('/health')\ndef f(): ...", ["/health"]),
        ("from bottle import route, run\n@route('/health')\ndef f(): ...\nrun()", ["/health"]),
        ("a = b\nb = a\n@a.get('/health')\ndef f(): ...\n@a.get(*x)\ndef g(): ...\napp = app(app)\napp.include_router(app)", []),
    ],
)  # fmt: skip
def test_routes(tmp_path: Path, code: str, paths: list[str]) -> None:
    found = routes(tmp_path, {"main.py": code + "\n"})
    assert [r.path for r in found] == paths
    assert all(r.evidence[0].file == "main.py" and r.evidence[0].line for r in found)


def test_routers_of_other_modules(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/config.py": "class Settings:\n    API_V1_STR: str = '/api/v1'\nsettings = Settings()\n",
        "app/api/__init__.py": "",
        "app/api/utils.py": "from fastapi import APIRouter\nrouter = APIRouter(prefix='/utils')\n\n@router.get('/health-check/')\ndef f(): ...\n",
        "app/api/main.py": "from fastapi import APIRouter\nfrom app.api import utils\napi_router = APIRouter()\napi_router.include_router(utils.router)\n",
        "app/main.py": "from fastapi import FastAPI\nfrom app.api.main import api_router\nfrom app.config import settings\napp = FastAPI()\napp.include_router(api_router, prefix=settings.API_V1_STR)\n",
    }
    (found,) = routes(tmp_path, files)
    assert (found.path, found.framework, found.application) == (
        "/api/v1/utils/health-check/",
        "fastapi",
        "app.main:app",
    )
    assert (found.evidence[0].file, found.evidence[0].line) == ("app/api/utils.py", 4)


def test_each_module_that_holds_the_application_has_its_route(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "from flask import Flask\ndef create_app():\n    app = Flask('shop')\n    @app.route('/health')\n    def h(): ...\n    return app\n",
        "wsgi.py": "from shop import create_app\napp = create_app()\n",
        "export.py": "from shop import create_app\napp = create_app()\n",
    }
    found = {(r.path, r.application) for r in routes(tmp_path, files)}
    assert found == {("/health", "shop:create_app"), ("/health", "wsgi:app"), ("/health", "export:app")}


DJANGO = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')\n",
    "site1/__init__.py": "",
    "site1/settings.py": "ROOT_URLCONF = 'site1.urls'\n",
    "api/__init__.py": "",
    "api/views.py": "from rest_framework.decorators import permission_classes\ndef h(r): ...\n\n@permission_classes([IsAuthenticated])\ndef closed(r): ...\n\n@permission_classes([AllowAny])\ndef opened(r): ...\n"
    "class Free(APIView):\n    authentication_classes = ()\n    permission_classes = (AllowAny,)\n    def get(self, r): ...\n"
    "class Closed(APIView):\n    authentication_classes = [TokenAuthentication]\n    def get(self, r): ...\n",
    "api/urls.py": "from django.urls import path\nfrom api import views\nurlpatterns = [path('health/', views.h)]\n",
}


@pytest.mark.parametrize(
    ("patterns", "paths"),
    [
        ("path('health/', views.h)", ["/health/"]),
        ("re_path(r'^health/$', views.h)", ["/health/"]),
        ("re_path(r'^health/(\\d+)$', views.h), path('<x>/health/', views.h)", []),
        ("path('api/', include('api.urls'))", ["/api/health/"]),
        ("path('api/', include(([path('health', views.h)], 'x')))", ["/api/health"]),
        ("path('ht/', include('health_check.urls'))", ["/ht/"]),
        ("path('health', views.Free.as_view())", ["/health"]),
        ("path('health', views.Closed.as_view())", []),
        ("path('w/', include('watchman.urls'))", ["/w/ping/"]),
        ("path('-/', include('django_alive.urls'))", ["/-/alive/"]),
        ("path(f'{prefix}health/', views.h)", ["/health/"]),
        ("path('api/', ninja.urls)", ["/api/ops/health"]),
        ("path('health/', views.closed)", []),
        ("path('health/', views.opened)", ["/health/"]),
        ("path('health/', login_required(views.h))", []),
    ],
)
def test_django(tmp_path: Path, patterns: str, paths: list[str]) -> None:
    urls = (
        "from django.urls import include, path, re_path\nfrom ninja import NinjaAPI, Router\nfrom api import views\n"
        "from django.conf import settings\nninja = NinjaAPI()\nrouter = Router()\n@router.get('/health')\n"
        "def h(r): ...\nninja.add_router('/ops', router)\n"
        f"prefix = ''\nif settings.BELOW:\n    prefix = settings.BELOW\nurlpatterns = [{patterns}]\n"
    )
    assert [r.path for r in routes(tmp_path, {**DJANGO, "site1/urls.py": urls})] == paths


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ("MIDDLEWARE = ['dockerflow.django.middleware.DockerflowMiddleware']", ["/__lbheartbeat__"]),
        ("MIDDLEWARE = ['lb_health_check.middleware.AliveCheck']\nALIVENESS_URL = '/alive-check/'", ["/alive-check/"]),
        ("MIDDLEWARE = ['lb_health_check.middleware.AliveCheck']", []),
        ("OTHER = ['dockerflow.django.middleware.DockerflowMiddleware']", []),
    ],
)
def test_middleware_of_django(tmp_path: Path, settings: str, paths: list[str]) -> None:
    files = {
        "site1/settings.py": f"ROOT_URLCONF = 'site1.urls'\n{settings}\n",
        "site1/urls.py": "urlpatterns = []\n",
        "site1/__init__.py": "",
    }
    assert [r.path for r in routes(tmp_path, {**DJANGO, **files})] == paths


def test_convention() -> None:
    for path in ("/up", "/alive", "/heartbeat", "/api/health", "/api/v1/health/live", "/_status", "/_stcore/health"):
        assert PATH.fullmatch(path), path
    for path in ("/", "/orders/status", "/users/ping", "/healthy", "/{x}/health", "/<x>/health", "/statuses"):
        assert not PATH.fullmatch(path), path


MIDDLEWARE = """from django.http import HttpResponse
class Checks:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        if request.method == "GET":
            if request.path == "/readyz":
                return self.ready(request)
            elif request.path == "/livez":
                return HttpResponse("OK")
        return self.get_response(request)
    def ready(self, request):
        return HttpResponse("OK")
class Quiet:
    def __call__(self, request):
        if request.path == "/healthz":
            return self.get_response(request)
"""


def test_what_a_middleware_answers(tmp_path: Path) -> None:
    used = {**DJANGO, "api/m.py": MIDDLEWARE, "api/urls.py": "urlpatterns = []\n"}
    used["site1/settings.py"] += "MIDDLEWARE = ['api.m.Checks', 'api.m.Quiet']\n"
    used["site1/wsgi.py"] = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    assert [r.path for r in routes(tmp_path, used)] == ["/livez", "/readyz"]


def test_what_a_middleware_that_nothing_uses_answers_is_none(tmp_path: Path) -> None:
    used = {**DJANGO, "api/m.py": MIDDLEWARE, "api/urls.py": "urlpatterns = []\n"}
    used["site1/wsgi.py"] = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    assert routes(tmp_path, used) == ()


def test_a_module_called_setup_is_read(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/setup.py": "from fastapi import FastAPI\napp = FastAPI(root_path='')\n@app.get('/health')\ndef f(): ...\n",
    }
    assert [r.path for r in routes(tmp_path, files)] == ["/health"]
