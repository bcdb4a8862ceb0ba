"""Every framework and form of entry that dockgen knows: what runs, on which port, asked by which health check.

A case is a project and what comes of it: frameworks | entry | kind | port | health check | command. What gunicorn and
uWSGI are given in every case is left out of the command.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide.processes import decide_processes
from dockgen.detect import detect
from dockgen.source import Source

ALWAYS = ("--config=gunicorn.docker.py", "--timeout-graceful-shutdown=25", "--graceful-timeout=25",
          "--worker-tmp-dir=/dev/shm", "--access-logfile=-", "--no-control-socket", "--master", "--die-on-term",
          "--need-app", "--enable-threads")  # fmt: skip

# fmt: off
CASES: dict[str, tuple[dict[str, str], str]] = {
    'factory-args': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'app/__init__.py': '',
            'app/main.py': "from fastapi import FastAPI\ndef create_app(settings=None) -> FastAPI:\n    app = FastAPI()\n    @app.get('/healthz')\n    def h(): return {}\n    return app\n",
        },
        'fastapi | app.main:create_app | web | 8000 | /healthz | uvicorn app.main:create_app --factory --host 0.0.0.0 --port 8000',
    ),
    'factory-required': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'app/__init__.py': '',
            'app/server.py': 'from fastapi import FastAPI\ndef create_app(settings):\n    return FastAPI()\n',
            'main.py': "from app.server import create_app\nimport uvicorn\napp = create_app({})\nif __name__=='__main__':\n    uvicorn.run(app, host='0.0.0.0', port=9000)\n",
        },
        'fastapi | main:app | web | 9000 | - | uvicorn main:app --host 0.0.0.0 --port 9000',
    ),
    'flask-create-app-arg': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'app/__init__.py': 'from flask import Flask\ndef create_app(config_name):\n    app=Flask(__name__)\n    return app\n',
            'manage.py': "import os\nfrom app import create_app\napp=create_app(os.getenv('FLASK_CONFIG') or 'default')\n",
        },
        'flask | manage:app | web | 8000 | - | gunicorn manage:app --bind=0.0.0.0:8000',
    ),
    'reexport': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'api/__init__.py': 'from .server import app\n',
            'api/server.py': 'from fastapi import FastAPI\napp=FastAPI()\n',
        },
        'fastapi | api:app | web | 8000 | - | uvicorn api:app --host 0.0.0.0 --port 8000',
    ),
    'uvicorn-main': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'src/shop/__init__.py': '',
            'src/shop/main.py': "import uvicorn\nfrom fastapi import FastAPI\napp=FastAPI()\ndef start():\n    uvicorn.run('shop.main:app', host='0.0.0.0', port=8080)\nif __name__=='__main__':\n    start()\n",
        },
        'fastapi | shop.main:app | web | 8080 | - | uvicorn shop.main:app --host 0.0.0.0 --port 8080',
    ),
    'app-dir': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'Procfile': 'web: uvicorn main:app --app-dir backend --port $PORT\n',
            'backend/main.py': 'from fastapi import FastAPI\nfrom routes import router\napp=FastAPI()\napp.include_router(router)\n',
            'backend/routes.py': "from fastapi import APIRouter\nrouter=APIRouter()\n@router.get('/health')\ndef h(): return 1\n",
        },
        'fastapi | main:app | web | 8000 | /health | uvicorn main:app --app-dir backend --host 0.0.0.0 --port 8000',
    ),
    'app-dir-uvrun': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'run.py': "import uvicorn\nuvicorn.run('main:app', app_dir='backend', port=8123, host='0.0.0.0')\n",
            'backend/main.py': 'from fastapi import FastAPI\napp=FastAPI()\n',
        },
        'fastapi | backend.main:app | web | 8123 | - | uvicorn backend.main:app --host 0.0.0.0 --port 8123',
    ),
    'robyn': (
        {
            'requirements.txt': 'robyn==0.72.0\n',
            'app.py': "from robyn import Robyn\napp=Robyn(__file__)\n@app.get('/health')\ndef h(): return 'ok'\nif __name__=='__main__':\n    app.start(host='0.0.0.0', port=8080)\n",
        },
        'robyn | app.py | web | 8080 | /health | python app.py',
    ),
    'robyn-default': (
        {
            'requirements.txt': 'robyn==0.72.0\n',
            'app.py': "from robyn import Robyn\napp=Robyn(__file__)\n@app.get('/')\ndef h(): return 'ok'\napp.start(port=8085)\n",
        },
        'robyn | app.py | web | 8085 | - | python app.py',
    ),
    'blacksheep': (
        {
            'requirements.txt': 'blacksheep==2.0.0\nuvicorn==0.30.0\n',
            'server.py': "from blacksheep import Application, get\napp=Application()\n@get('/health')\nasync def h(): return 'ok'\n",
        },
        'blacksheep | server:app | web | 8000 | /health | uvicorn server:app --host 0.0.0.0 --port 8000',
    ),
    'blacksheep2': (
        {
            'requirements.txt': 'blacksheep==2.0.0\nuvicorn==0.30.0\n',
            'server.py': "from blacksheep import Application\napp=Application()\n@app.router.get('/healthz')\nasync def h(): return 'ok'\n",
        },
        'blacksheep | server:app | web | 8000 | /healthz | uvicorn server:app --host 0.0.0.0 --port 8000',
    ),
    'fasthtml': (
        {
            'requirements.txt': 'python-fasthtml==0.12.0\n',
            'main.py': "from fasthtml.common import *\napp,rt=fast_app()\n@rt('/health')\ndef health(): return 'ok'\n@rt\ndef index(): return Titled('x')\nserve()\n",
        },
        'python-fasthtml | main:app | web | 8000 | /health | uvicorn main:app --host 0.0.0.0 --port 8000',
    ),
    'fasthtml-port': (
        {
            'requirements.txt': 'python-fasthtml==0.12.0\n',
            'main.py': "from fasthtml.common import *\napp=FastHTML()\nrt=app.route\n@rt('/healthz')\ndef get(): return 'ok'\nserve(port=8000)\n",
        },
        'python-fasthtml | main:app | web | 8000 | /healthz | uvicorn main:app --host 0.0.0.0 --port 8000',
    ),
    'bottle': (
        {
            'requirements.txt': 'bottle==0.13\n',
            'app.py': "from bottle import route, run\n@route('/health')\ndef h(): return 'ok'\nrun(host='0.0.0.0', port=8081)\n",
        },
        'bottle | app.py | web | 8081 | /health | python app.py',
    ),
    'bottle-app': (
        {
            'requirements.txt': 'bottle==0.13\ngunicorn==22.0.0\n',
            'app.py': "import bottle\napp=bottle.Bottle()\n@app.get('/health')\ndef h(): return 'ok'\nif __name__=='__main__':\n    app.run(host='0.0.0.0', port=8081)\n",
        },
        'bottle | app:app | web | 8081 | /health | gunicorn app:app --bind=0.0.0.0:8081',
    ),
    'bottle-default': (
        {
            'requirements.txt': 'bottle==0.13\n',
            'app.py': "import bottle\n@bottle.get('/ping')\ndef h(): return 'ok'\napplication=bottle.default_app()\nif __name__=='__main__':\n    bottle.run(app=application)\n",
        },
        'bottle | app:application | web | 8000 | /ping | gunicorn app:application --bind=0.0.0.0:8000',
    ),
    'pyramid-ini': (
        {
            'requirements.txt': 'pyramid==2.0\nwaitress==3.0.0\nplaster-pastedeploy==1.0\n',
            'setup.py': "from setuptools import setup, find_packages\nsetup(name='site', packages=find_packages(), install_requires=['pyramid','waitress','plaster_pastedeploy'], entry_points={'paste.app_factory':['main = site:main']})\n",
            'site/__init__.py': "from pyramid.config import Configurator\ndef main(global_config, **settings):\n    with Configurator(settings=settings) as config:\n        config.add_route('home','/')\n        config.scan()\n    return config.make_wsgi_app()\n",
            'production.ini': '[app:main]\nuse = egg:site\n[server:main]\nuse = egg:waitress#main\nlisten = *:6543\n',
        },
        'pyramid | pserve | web | 6543 | - | pserve production.ini',
    ),
    'pyramid-ini-loopback': (
        {
            'requirements.txt': 'pyramid==2.0\nwaitress==3.0.0\nplaster-pastedeploy==1.0\n',
            'setup.py': "from setuptools import setup, find_packages\nsetup(name='site', packages=find_packages(), install_requires=['pyramid','waitress','plaster_pastedeploy'], entry_points={'paste.app_factory':['main = site:main']})\n",
            'site/__init__.py': "from pyramid.config import Configurator\ndef main(global_config, **settings):\n    with Configurator(settings=settings) as config:\n        config.add_route('home','/')\n        config.scan()\n    return config.make_wsgi_app()\n",
            'production.ini': '[app:main]\nuse = egg:site\n[server:main]\nuse = egg:waitress#main\nlisten = localhost:6543\n',
        },
        "pyramid | pserve | web | 6543 | - | python -c from pyramid.paster import get_app, setup_logging; from waitress import serve; setup_logging('production.ini'); serve(get_app('production.ini'), listen='0.0.0.0:6543')",
    ),
    'pyramid-main': (
        {
            'requirements.txt': 'pyramid==2.0\n',
            'app.py': "from wsgiref.simple_server import make_server\nfrom pyramid.config import Configurator\nfrom pyramid.response import Response\ndef hello(r): return Response('x')\nif __name__=='__main__':\n    with Configurator() as config:\n        config.add_route('hello','/')\n        config.add_view(hello, route_name='hello')\n        app=config.make_wsgi_app()\n    server=make_server('0.0.0.0',6543,app)\n    server.serve_forever()\n",
        },
        'pyramid | app.py | web | 6543 | - | python app.py',
    ),
    'cherrypy': (
        {
            'requirements.txt': 'cherrypy==18.0\n',
            'app.py': "import cherrypy\nclass Root:\n    @cherrypy.expose\n    def index(self): return 'x'\n    @cherrypy.expose\n    def health(self): return 'ok'\nif __name__=='__main__':\n    cherrypy.config.update({'server.socket_host':'0.0.0.0','server.socket_port':9090})\n    cherrypy.quickstart(Root())\n",
        },
        'cherrypy | app.py | web | 9090 | /health | python app.py',
    ),
    'tornado': (
        {
            'requirements.txt': 'tornado==6.4\n',
            'server.py': "import asyncio, tornado.web\nclass H(tornado.web.RequestHandler):\n    def get(self): self.write('x')\ndef make_app():\n    return tornado.web.Application([(r'/health', H),(r'/', H)])\nasync def main():\n    app=make_app()\n    app.listen(8888)\n    await asyncio.Event().wait()\nif __name__=='__main__':\n    asyncio.run(main())\n",
        },
        'tornado | server.py | web | 8888 | /health | python server.py',
    ),
    'dash': (
        {
            'requirements.txt': 'dash==2.18\n',
            'app.py': "from dash import Dash, html\napp=Dash(__name__)\napp.layout=html.Div()\nif __name__=='__main__':\n    app.run(debug=True)\n",
        },
        'dash | app.py | web | 8050 | - | python app.py',
    ),
    'dash-server': (
        {
            'requirements.txt': 'dash==2.18\ngunicorn==22.0.0\n',
            'app.py': "import dash\napp=dash.Dash(__name__)\napp.layout=dash.html.Div()\nserver=app.server\nif __name__=='__main__':\n    app.run(debug=True, host='0.0.0.0', port=8060)\n",
        },
        'dash | app:server | web | 8060 | - | gunicorn app:server --bind=0.0.0.0:8060',
    ),
    'panel': (
        {
            'requirements.txt': 'panel==1.5\n',
            'app.py': "import panel as pn\npn.extension()\npn.Row('x').servable()\n",
        },
        'panel | app.py | web | 5006 | - | panel serve app.py --address=0.0.0.0 --port=5006 --allow-websocket-origin=*',
    ),
    'panel-serve': (
        {
            'requirements.txt': 'panel==1.5\n',
            'app.py': "import panel as pn\ndef app(): return pn.Row('x')\nif __name__=='__main__':\n    pn.serve(app, port=5007, address='0.0.0.0', show=False)\n",
        },
        'panel | app.py | web | 5007 | - | python app.py',
    ),
    'shiny': (
        {
            'requirements.txt': 'shiny==1.2\n',
            'app.py': 'from shiny import App, ui\napp=App(ui.page_fluid(), None)\n',
        },
        'shiny | app.py | web | 8000 | - | shiny run --host 0.0.0.0 --port 8000 app.py',
    ),
    'shiny-express': (
        {
            'requirements.txt': 'shiny==1.2\n',
            'app.py': "from shiny.express import ui\nui.h1('x')\n",
        },
        'shiny | app.py | web | 8000 | - | shiny run --host 0.0.0.0 --port 8000 app.py',
    ),
    'nicegui': (
        {
            'requirements.txt': 'nicegui==2.5\n',
            'main.py': "from nicegui import ui\nui.label('x')\nui.run(port=8085)\n",
        },
        'nicegui | main.py | web | 8085 | - | python main.py',
    ),
    'nicegui-health': (
        {
            'requirements.txt': 'nicegui==2.5\n',
            'main.py': "from nicegui import ui, app\n@app.get('/healthz')\ndef h(): return 'ok'\n@ui.page('/')\ndef p(): ui.label('x')\nif __name__ in {'__main__','__mp_main__'}:\n    ui.run(host='0.0.0.0')\n",
        },
        'nicegui | main.py | web | 8080 | /healthz | python main.py',
    ),
    'nicegui-run-with': (
        {
            'requirements.txt': 'nicegui==2.5\nfastapi==0.115.0\nuvicorn==0.30.0\n',
            'main.py': "from fastapi import FastAPI\nfrom nicegui import ui\napp=FastAPI()\n@app.get('/health')\ndef h(): return 1\nui.run_with(app)\n",
        },
        'fastapi,nicegui | main:app | web | 8000 | /health | uvicorn main:app --host 0.0.0.0 --port 8000',
    ),
    'reflex': (
        {
            'requirements.txt': 'reflex==0.7.0\n',
            'rxconfig.py': "import reflex as rx\nconfig=rx.Config(app_name='site')\n",
            'site/__init__.py': '',
            'site/site.py': "import reflex as rx\ndef index(): return rx.text('x')\napp=rx.App()\napp.add_page(index)\n",
        },
        'reflex | reflex | web | 3000 | - | reflex run --env prod',
    ),
    'chainlit': (
        {
            'requirements.txt': 'chainlit==2.0\n',
            'app.py': 'import chainlit as cl\n@cl.on_message\nasync def m(x): pass\n',
        },
        'chainlit | app.py | web | 8000 | - | chainlit run app.py --headless --host 0.0.0.0 --port 8000',
    ),
    'marimo': (
        {
            'requirements.txt': 'marimo==0.10\n',
            'notebook.py': "import marimo\napp=marimo.App()\n@app.cell\ndef _(): return\nif __name__=='__main__':\n    app.run()\n",
        },
        'marimo | notebook.py | web | 8080 | /health | marimo run notebook.py --headless --host 0.0.0.0 --port 8080',
    ),
    'voila': (
        {
            'requirements.txt': 'voila==0.5\n',
            'a.ipynb': '{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}',
        },
        'voila | a.ipynb | web | 8866 | - | voila a.ipynb --no-browser --Voila.ip=0.0.0.0 --port=8866',
    ),
    'celery-flower': (
        {
            'requirements.txt': 'celery==5.4\nflower==2.0\nredis==5\n',
            'tasks.py': "from celery import Celery\napp=Celery('t', broker='redis://redis:6379/0')\n@app.task\ndef f(): pass\n",
            'Procfile': 'worker: celery -A tasks worker\nflower: celery -A tasks flower\n',
        },
        'celery | tasks:app | worker | - | - | celery -A tasks worker',
    ),
    'aps': (
        {
            'requirements.txt': 'apscheduler==3.10\n',
            'main.py': "from apscheduler.schedulers.blocking import BlockingScheduler\ns=BlockingScheduler()\n@s.scheduled_job('interval', minutes=1)\ndef f(): pass\ns.start()\n",
        },
        'apscheduler | main.py | worker | - | - | python main.py',
    ),
    'aps-async': (
        {
            'requirements.txt': 'apscheduler==3.10\n',
            'main.py': "import asyncio\nfrom apscheduler.schedulers.asyncio import AsyncIOScheduler\ndef f(): pass\nasync def main():\n    s=AsyncIOScheduler()\n    s.add_job(f,'interval',seconds=3)\n    s.start()\n    while True:\n        await asyncio.sleep(1000)\nif __name__=='__main__':\n    asyncio.run(main())\n",
        },
        'apscheduler | main.py | worker | - | - | python main.py',
    ),
    'schedule': (
        {
            'requirements.txt': 'schedule==1.2\n',
            'main.py': 'import schedule, time\nschedule.every().day.do(print)\nwhile True:\n    schedule.run_pending()\n    time.sleep(1)\n',
        },
        '- | main.py | worker | - | - | python main.py',
    ),
    'grpc': (
        {
            'requirements.txt': 'grpcio==1.60\n',
            'server.py': "from concurrent import futures\nimport grpc\ndef serve():\n    s=grpc.server(futures.ThreadPoolExecutor())\n    s.add_insecure_port('[::]:50051')\n    s.start()\n    s.wait_for_termination()\nif __name__=='__main__':\n    serve()\n",
        },
        'grpcio | server.py | worker | 50051 | - | python server.py',
    ),
    'mcp-stdio': (
        {
            'requirements.txt': 'mcp==1.2\n',
            'server.py': "from mcp.server.fastmcp import FastMCP\nmcp=FastMCP('x')\n@mcp.tool()\ndef a(): return 1\nif __name__=='__main__':\n    mcp.run()\n",
        },
        'mcp | server.py | cli | - | - | python server.py',
    ),
    'mcp-http': (
        {
            'requirements.txt': 'mcp==1.12\n',
            'server.py': "from mcp.server.fastmcp import FastMCP\nmcp=FastMCP('x', host='0.0.0.0', port=8123)\nif __name__=='__main__':\n    mcp.run(transport='streamable-http')\n",
        },
        'mcp | server.py | web | 8123 | - | python server.py',
    ),
    'mcp-app': (
        {
            'requirements.txt': 'fastmcp==2.5\nuvicorn==0.30.0\n',
            'server.py': "from fastmcp import FastMCP\nmcp=FastMCP('x')\napp=mcp.http_app()\n",
        },
        'fastmcp | server:app | web | 8000 | - | uvicorn server:app --host 0.0.0.0 --port 8000',
    ),
    'discord': (
        {
            'requirements.txt': 'discord.py==2.4\n',
            'bot.py': "import discord\nc=discord.Client(intents=discord.Intents.default())\nc.run('x')\n",
        },
        'discord-py | bot.py | bot | - | - | python bot.py',
    ),
    'telegram': (
        {
            'requirements.txt': 'python-telegram-bot==21\n',
            'bot.py': "from telegram.ext import Application\ndef main():\n    a=Application.builder().token('x').build()\n    a.run_polling()\nif __name__=='__main__':\n    main()\n",
        },
        'python-telegram-bot | bot.py | bot | - | - | python bot.py',
    ),
    'slack': (
        {
            'requirements.txt': 'slack-bolt==1.20\n',
            'app.py': "import os\nfrom slack_bolt import App\nfrom slack_bolt.adapter.socket_mode import SocketModeHandler\napp=App(token=os.environ['SLACK_BOT_TOKEN'])\nif __name__=='__main__':\n    SocketModeHandler(app, os.environ['SLACK_APP_TOKEN']).start()\n",
        },
        'slack-bolt | app.py | bot | - | - | python app.py',
    ),
    'scrapy': (
        {
            'requirements.txt': 'scrapy==2.11\n',
            'scrapy.cfg': '[settings]\ndefault = shop.settings\n',
            'shop/__init__.py': '',
            'shop/settings.py': "BOT_NAME='shop'\n",
            'shop/spiders/__init__.py': '',
            'shop/spiders/a.py': "import scrapy\nclass A(scrapy.Spider):\n    name='a'\n",
        },
        'scrapy | scrapy | script | - | - | scrapy crawl a',
    ),
    'mlflow-server': (
        {
            'requirements.txt': 'mlflow==2.15\npsycopg2-binary==2.9\n',
            'Procfile': 'web: mlflow server --host 0.0.0.0 --port 5000 --backend-store-uri sqlite:///m.db\n',
        },
        'mlflow | mlflow | web | 5000 | /health | mlflow server --backend-store-uri sqlite:///m.db --host 0.0.0.0 --port 5000',
    ),
    'bentoml': (
        {
            'requirements.txt': 'bentoml==1.3\n',
            'service.py': 'import bentoml\n@bentoml.service\nclass Summ:\n    @bentoml.api\n    def s(self, t: str) -> str: return t\n',
        },
        'bentoml | service:Summ | web | 3000 | /healthz | bentoml serve service:Summ --host 0.0.0.0 --port 3000',
    ),
    'bentoml-old': (
        {
            'requirements.txt': 'bentoml==1.1\n',
            'service.py': "import bentoml\nsvc=bentoml.Service('x')\n",
        },
        'bentoml | service:svc | web | 3000 | /healthz | bentoml serve service:svc --host 0.0.0.0 --port 3000',
    ),
    'ray-serve': (
        {
            'requirements.txt': 'ray[serve]==2.40\n',
            'app.py': "from ray import serve\n@serve.deployment\nclass A:\n    async def __call__(self, r): return 'x'\napp=A.bind()\n",
        },
        'ray | app:app | web | 8000 | /-/healthz | serve run app:app',
    ),
    'ray-serve-fastapi': (
        {
            'requirements.txt': 'ray[serve]==2.40\nfastapi==0.115.0\n',
            'app.py': "from fastapi import FastAPI\nfrom ray import serve\napi=FastAPI()\n@serve.deployment\n@serve.ingress(api)\nclass A:\n    @api.get('/healthz')\n    def h(self): return 'x'\napp=A.bind()\n",
        },
        'fastapi,ray | app:app | web | 8000 | /-/healthz | serve run app:app',
    ),
    'vllm': (
        {
            'requirements.txt': 'vllm==0.6\n',
            'Procfile': 'web: vllm serve facebook/opt-125m --port 8000\n',
        },
        'vllm | vllm | web | 8000 | /health | vllm serve facebook/opt-125m --host 0.0.0.0 --port 8000',
    ),
    'functions': (
        {
            'requirements.txt': 'functions-framework==3.8\n',
            'main.py': "import functions_framework\n@functions_framework.http\ndef hello(request): return 'x'\n",
        },
        'functions-framework | main:hello | web | 8080 | - | functions-framework --target=hello --host 0.0.0.0 --port 8080',
    ),
    'functions-plain': (
        {
            'requirements.txt': 'functions-framework==3.8\n',
            'main.py': "def hello(request): return 'x'\n",
            'Procfile': 'web: functions-framework --target=hello --port=8080\n',
        },
        'functions-framework | functions-framework | web | 8080 | - | functions-framework --target=hello --host 0.0.0.0 --port 8080',
    ),
    'supervisor': (
        {
            'requirements.txt': 'flask==3.0.0\ngunicorn==22.0.0\ncelery==5.4\n',
            'supervisord.conf': '[supervisord]\nnodaemon=true\n[program:web]\ncommand=gunicorn app:app -b 0.0.0.0:9000\n[program:worker]\ncommand=celery -A app.celery worker\n',
            'app.py': "from flask import Flask\nfrom celery import Celery\napp=Flask(__name__)\ncelery=Celery('x')\n",
        },
        'celery,flask | app:app | web | 9000 | - | gunicorn app:app --bind=0.0.0.0:9000',
    ),
    'honcho': (
        {
            'requirements.txt': 'flask==3.0.0\ngunicorn==22.0.0\nhoncho==2.0\n',
            'Procfile': 'web: gunicorn app:app\nworker: python worker.py\n',
            'app.py': 'from flask import Flask\napp=Flask(__name__)\n',
            'worker.py': 'import time\nwhile True:\n    time.sleep(1)\n',
            'Dockerfile': 'FROM python:3.13\nCMD ["honcho","start"]\n',
        },
        'flask | app:app | web | 8000 | - | gunicorn app:app --bind=0.0.0.0:8000',
    ),
    'click': (
        {
            'pyproject.toml': "[project]\nname='tool'\nversion='1'\ndependencies=['click','fastapi','uvicorn']\n[project.scripts]\ntool='tool.cli:main'\n[build-system]\nrequires=['hatchling']\nbuild-backend='hatchling.build'\n",
            'tool/__init__.py': '',
            'tool/cli.py': "import click, uvicorn\n@click.group()\ndef main(): pass\n@main.command()\n@click.option('--host', default='0.0.0.0')\n@click.option('--port', default=8123, type=int)\ndef serve(host, port):\n    from tool.app import app\n    uvicorn.run(app, host=host, port=port)\n@main.command()\ndef init(): pass\n",
            'tool/app.py': 'from fastapi import FastAPI\napp=FastAPI()\n',
        },
        'fastapi | tool.app:app | web | 8123 | - | uvicorn tool.app:app --host 0.0.0.0 --port 8123',
    ),
    'typer-worker': (
        {
            'requirements.txt': 'typer==0.12\n',
            'main.py': "import typer, time\napp=typer.Typer()\n@app.command()\ndef run():\n    while True:\n        time.sleep(1)\n@app.command()\ndef once(): pass\nif __name__=='__main__':\n    app()\n",
        },
        '- | main.py | worker | - | - | python main.py run',
    ),
    'argparse-sub': (
        {
            'requirements.txt': 'aiohttp==3.9\n',
            'main.py': "import argparse\nfrom aiohttp import web\ndef serve(a):\n    web.run_app(web.Application(), port=a.port)\ndef migrate(a): pass\ndef main():\n    p=argparse.ArgumentParser()\n    s=p.add_subparsers(required=True)\n    x=s.add_parser('serve')\n    x.add_argument('--port', type=int, default=8099)\n    x.set_defaults(func=serve)\n    y=s.add_parser('migrate')\n    y.set_defaults(func=migrate)\n    a=p.parse_args()\n    a.func(a)\nif __name__=='__main__':\n    main()\n",
        },
        'aiohttp | main.py | web | 8099 | - | python main.py serve',
    ),
    'litestar': (
        {
            'requirements.txt': 'litestar[standard]==2.10\n',
            'app.py': "from litestar import Litestar, get\n@get('/health')\nasync def h() -> str: return 'ok'\napp=Litestar([h])\n",
        },
        'litestar | app:app | web | 8000 | /health | uvicorn app:app --host 0.0.0.0 --port 8000',
    ),
    'sanic': (
        {
            'requirements.txt': 'sanic==24.6\n',
            'server.py': "from sanic import Sanic\nfrom sanic.response import text\napp=Sanic('X')\n@app.get('/health')\nasync def h(r): return text('x')\nif __name__=='__main__':\n    app.run(host='0.0.0.0', port=8001)\n",
        },
        'sanic | server:app | web | 8001 | /health | uvicorn server:app --host 0.0.0.0 --port 8001',
    ),
    'quart': (
        {
            'requirements.txt': 'quart==0.19\n',
            'app.py': "from quart import Quart\napp=Quart(__name__)\n@app.get('/health')\nasync def h(): return 'x'\n",
        },
        'quart | app:app | web | 8000 | /health | hypercorn app:app --bind 0.0.0.0:8000',
    ),
    'falcon': (
        {
            'requirements.txt': 'falcon==3.1\n',
            'app.py': "import falcon\nclass H:\n    def on_get(self, req, resp): pass\napp=falcon.App()\napp.add_route('/health', H())\n",
        },
        'falcon | app:app | web | 8000 | /health | gunicorn app:app --bind=0.0.0.0:8000',
    ),
    'falcon-asgi': (
        {
            'requirements.txt': 'falcon==3.1\n',
            'app.py': "import falcon.asgi\nclass H:\n    async def on_get(self, req, resp): pass\napp=falcon.asgi.App()\napp.add_route('/health', H())\n",
        },
        'falcon | app:app | web | 8000 | /health | uvicorn app:app --host 0.0.0.0 --port 8000',
    ),
    'aiohttp-factory': (
        {
            'requirements.txt': 'aiohttp==3.9\ngunicorn==22.0.0\n',
            'Procfile': 'web: gunicorn app.main:create_app --worker-class aiohttp.GunicornWebWorker\n',
            'app/__init__.py': '',
            'app/main.py': 'from aiohttp import web\nasync def create_app():\n    app=web.Application()\n    return app\n',
        },
        'aiohttp | app.main:create_app | web | 8000 | - | gunicorn app.main:create_app --worker-class aiohttp.GunicornWebWorker --bind=0.0.0.0:8000',
    ),
    'aiohttp-py-module': (
        {
            'requirements.txt': 'aiohttp==3.9\n',
            'app/__init__.py': '',
            'app/__main__.py': "from aiohttp import web\nfrom app.routes import x\nweb.run_app(web.Application(), host='0.0.0.0', port=8001)\n",
            'app/routes.py': 'x=1\n',
        },
        'aiohttp | app/__main__.py | web | 8001 | - | python -m app',
    ),
    'gradio': (
        {
            'requirements.txt': 'gradio==5\n',
            'app.py': "import gradio as gr\nwith gr.Blocks() as demo:\n    gr.Markdown('x')\ndemo.launch()\n",
        },
        'gradio | app.py | web | 7860 | - | python app.py',
    ),
    'gradio-mounted': (
        {
            'requirements.txt': 'gradio==5\nfastapi==0.115.0\nuvicorn==0.30.0\n',
            'app.py': "import gradio as gr\nfrom fastapi import FastAPI\napp=FastAPI()\ndemo=gr.Interface(lambda x:x,'text','text')\napp=gr.mount_gradio_app(app, demo, path='/ui')\n",
        },
        'fastapi,gradio | app:app | web | 8000 | - | uvicorn app:app --host 0.0.0.0 --port 8000',
    ),
    'starlette': (
        {
            'requirements.txt': 'starlette==0.40\nuvicorn==0.30.0\n',
            'app.py': "from starlette.applications import Starlette\nfrom starlette.routing import Route\nfrom starlette.responses import JSONResponse\nasync def h(r): return JSONResponse({})\napp=Starlette(routes=[Route('/health', h)])\n",
        },
        'starlette | app:app | web | 8000 | /health | uvicorn app:app --host 0.0.0.0 --port 8000',
    ),
    'yaml-port': (
        {
            'requirements.txt': 'flask==3.0.0\npyyaml==6\n',
            'config.yaml': 'server:\n  host: 0.0.0.0\n  port: 7777\n',
            'main.py': "import yaml\nfrom flask import Flask\napp=Flask(__name__)\ncfg=yaml.safe_load(open('config.yaml'))\nif __name__=='__main__':\n    app.run(host=cfg['server']['host'], port=cfg['server']['port'])\n",
        },
        'flask | main:app | web | 7777 | - | gunicorn main:app --bind=0.0.0.0:7777',
    ),
    'ini-port': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'config.ini': '[web]\nport = 7778\n',
            'main.py': "import configparser\nfrom flask import Flask\napp=Flask(__name__)\nc=configparser.ConfigParser()\nc.read('config.ini')\nif __name__=='__main__':\n    app.run(host='0.0.0.0', port=c.getint('web','port'))\n",
        },
        'flask | main:app | web | 7778 | - | gunicorn main:app --bind=0.0.0.0:7778',
    ),
    'toml-port': (
        {
            'requirements.txt': 'aiohttp==3.9\n',
            'settings.toml': '[server]\nport = 7779\n',
            'main.py': "import tomllib\nfrom aiohttp import web\nwith open('settings.toml','rb') as f:\n    conf=tomllib.load(f)\nweb.run_app(web.Application(), port=conf['server']['port'])\n",
        },
        'aiohttp | main.py | web | 7779 | - | python main.py',
    ),
    'json-port': (
        {
            'requirements.txt': 'aiohttp==3.9\n',
            'config.json': '{"port": 7780}',
            'main.py': "import json\nfrom aiohttp import web\nconf=json.load(open('config.json'))\nweb.run_app(web.Application(), port=conf.get('port', 80))\n",
        },
        'aiohttp | main.py | web | 7780 | - | python main.py',
    ),
    'dict-port': (
        {
            'requirements.txt': 'aiohttp==3.9\n',
            'main.py': "from aiohttp import web\nCONFIG={'host':'0.0.0.0','port':7781}\nweb.run_app(web.Application(), host=CONFIG['host'], port=CONFIG['port'])\n",
        },
        'aiohttp | main.py | web | 7781 | - | python main.py',
    ),
    'kwargs-port': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'main.py': "import uvicorn\nfrom fastapi import FastAPI\napp=FastAPI()\noptions=dict(host='0.0.0.0', port=7782)\nif __name__=='__main__':\n    uvicorn.run(app, **options)\n",
        },
        'fastapi | main:app | web | 7782 | - | uvicorn main:app --host 0.0.0.0 --port 7782',
    ),
    'settings-port': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'settings.py': "import os\nPORT=int(os.getenv('PORT', 7783))\nHOST='0.0.0.0'\n",
            'main.py': "from flask import Flask\nimport settings\napp=Flask(__name__)\nif __name__=='__main__':\n    app.run(host=settings.HOST, port=settings.PORT)\n",
        },
        'flask | main:app | web | 7783 | - | gunicorn main:app --bind=0.0.0.0:7783',
    ),
    'from-object-port': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'config.py': "class Config:\n    PORT=7784\n    HOST='0.0.0.0'\n",
            'main.py': "from flask import Flask\napp=Flask(__name__)\napp.config.from_object('config.Config')\nif __name__=='__main__':\n    app.run(host=app.config['HOST'], port=app.config['PORT'])\n",
        },
        'flask | main:app | web | 7784 | - | gunicorn main:app --bind=0.0.0.0:7784',
    ),
    'make-port': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'Makefile': 'run:\n\tflask --app main run -p 7785\n',
            'main.py': 'from flask import Flask\napp=Flask(__name__)\n',
        },
        'flask | main:app | web | 7785 | - | gunicorn main:app --bind=0.0.0.0:7785',
    ),
    'env-file-port': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            '.env.example': 'PORT=7786\n',
            'main.py': "import os\nfrom flask import Flask\napp=Flask(__name__)\nif __name__=='__main__':\n    app.run(host='0.0.0.0', port=int(os.environ['PORT']))\n",
        },
        'flask | main:app | web | 7786 | - | gunicorn main:app --bind=0.0.0.0:7786',
    ),
    'granian-cli': (
        {
            'requirements.txt': 'litestar==2\ngranian==1.6\n',
            'app.py': "from litestar import Litestar, get\nfrom granian import Granian\n@get('/')\nasync def i() -> str: return 'x'\napp=Litestar([i])\nif __name__=='__main__':\n    Granian('app:app', address='0.0.0.0', port=8050, interface='asgi').serve()\n",
        },
        'litestar | app:app | web | 8050 | - | granian --interface asgi --host 0.0.0.0 --port 8050 app:app',
    ),
    'hypercorn-run': (
        {
            'requirements.txt': 'quart==0.19\nhypercorn==0.17\n',
            'run.py': "import asyncio\nfrom hypercorn.config import Config\nfrom hypercorn.asyncio import serve\nfrom web import app\nc=Config()\nc.bind=['0.0.0.0:8055']\nasyncio.run(serve(app,c))\n",
            'web.py': 'from quart import Quart\napp=Quart(__name__)\n',
        },
        'quart | web:app | web | 8055 | - | hypercorn web:app --bind 0.0.0.0:8055',
    ),
    'waitress': (
        {
            'requirements.txt': 'flask==3.0.0\nwaitress==3.0\n',
            'run.py': "from waitress import serve\nfrom web import app\nserve(app, host='0.0.0.0', port=8056)\n",
            'web.py': 'from flask import Flask\napp=Flask(__name__)\n',
        },
        'flask | web:app | web | 8056 | - | waitress-serve --host=0.0.0.0 --port=8056 web:app',
    ),
    'fastapi-cli': (
        {
            'pyproject.toml': "[project]\nname='x'\nversion='1'\ndependencies=['fastapi[standard]']\n[tool.fastapi]\nentrypoint='pkg.web:api'\n",
            'pkg/__init__.py': '',
            'pkg/web.py': 'from fastapi import FastAPI\napi=FastAPI()\nother=FastAPI()\n',
        },
        'fastapi | pkg.web:api | web | 8000 | - | uvicorn pkg.web:api --host 0.0.0.0 --port 8000',
    ),
    'flaskenv': (
        {
            'requirements.txt': 'flask==3.0.0\ngunicorn==22.0.0\n',
            '.flaskenv': 'FLASK_APP=b:application\n',
            'a.py': 'from flask import Flask\napp=Flask(__name__)\n',
            'b.py': 'from flask import Flask\napplication=Flask(__name__)\n',
        },
        'flask | b:application | web | 8000 | - | gunicorn b:application --bind=0.0.0.0:8000',
    ),
    'sockets': (
        {
            'requirements.txt': 'websockets==13\n',
            'main.py': "import asyncio, websockets\nasync def h(ws): pass\nasync def main():\n    async with websockets.serve(h,'0.0.0.0',8765):\n        await asyncio.Future()\nasyncio.run(main())\n",
        },
        '- | main.py | web | 8765 | - | python main.py',
    ),
    'gunicorn-declared-unknown': (
        {
            'requirements.txt': 'gunicorn==22.0.0\nwerkzeug==3\n',
            'Procfile': 'web: gunicorn app:application\n',
            'app.py': "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'x']\n",
        },
        '- | app:application | web | 8000 | - | gunicorn app:application --bind=0.0.0.0:8000',
    ),
    'uwsgi-ini': (
        {
            'requirements.txt': 'flask==3.0.0\nuwsgi==2.0.28\n',
            'uwsgi.ini': '[uwsgi]\nmodule = pkg.factory:make()\nhttp = :5050\n',
            'pkg/__init__.py': '',
            'pkg/factory.py': 'from flask import Flask\ndef make():\n    a=Flask(__name__)\n    return a\n',
            'dev.py': 'from pkg.factory import make\nmake().run()\n',
        },
        'flask | pkg.factory:make | web | 5050 | - | uwsgi --http=0.0.0.0:5050 --module=pkg.factory:make()',
    ),
    'wsgi-plain': (
        {
            'requirements.txt': 'gunicorn==22.0.0\n',
            'wsgi.py': "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'x']\n",
        },
        '- | wsgi:application | web | 8000 | - | gunicorn wsgi:application --bind=0.0.0.0:8000',
    ),
    'asgi-plain': (
        {
            'requirements.txt': 'uvicorn==0.30.0\n',
            'main.py': 'async def app(scope, receive, send):\n    pass\n',
        },
        '- | main:app | web | 8000 | - | uvicorn main:app --host 0.0.0.0 --port 8000',
    ),
    'aiogram': (
        {
            'requirements.txt': 'aiogram==3.10\n',
            'bot/__init__.py': '',
            'bot/__main__.py': "import asyncio\nfrom aiogram import Bot, Dispatcher\nasync def main():\n    await Dispatcher().start_polling(Bot('x'))\nasyncio.run(main())\n",
        },
        'aiogram | bot/__main__.py | bot | - | - | python -m bot',
    ),
    'connexion': (
        {
            'requirements.txt': 'connexion[flask]==3\nuvicorn==0.30.0\n',
            'app.py': "import connexion\napp=connexion.FlaskApp(__name__)\napp.add_api('x.yaml')\nif __name__=='__main__':\n    app.run(port=8080)\n",
        },
        'connexion | app:app | web | 8080 | - | uvicorn app:app --host 0.0.0.0 --port 8080',
    ),
    'socketio': (
        {
            'requirements.txt': 'python-socketio==5\nuvicorn==0.30.0\n',
            'app.py': "import socketio\nsio=socketio.AsyncServer(async_mode='asgi')\napp=socketio.ASGIApp(sio)\n",
        },
        'python-socketio | app:app | web | 8000 | - | uvicorn app:app --host 0.0.0.0 --port 8000',
    ),
    'litserve': (
        {
            'requirements.txt': 'litserve==0.2\n',
            'server.py': "import litserve as ls\nclass A(ls.LitAPI): pass\nif __name__=='__main__':\n    ls.LitServer(A()).run(port=8000)\n",
        },
        'litserve | server.py | web | 8000 | /health | python server.py',
    ),
    'ddp': (
        {
            'requirements.txt': 'django==5.0\n',
            'manage.py': "import os,sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE','site_.settings')\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
            'site_/__init__.py': '',
            'site_/settings.py': "ROOT_URLCONF='site_.urls'\nALLOWED_HOSTS=['*']\nWSGI_APPLICATION='site_.wsgi.application'\n",
            'site_/wsgi.py': 'from django.core.wsgi import get_wsgi_application\napplication=get_wsgi_application()\n',
            'site_/urls.py': "from django.urls import path\nfrom django.http import HttpResponse\nurlpatterns=[path('health/', lambda r: HttpResponse('x'))]\n",
        },
        'django | site_.wsgi:application | web | 8000 | /health/ | gunicorn site_.wsgi:application --bind=0.0.0.0:8000',
    ),
    'flask-socketio': (
        {
            'requirements.txt': 'flask==3.0.0\nflask-socketio==5.3\ngevent==24.2\n',
            'app.py': "from flask import Flask\nfrom flask_socketio import SocketIO\napp=Flask(__name__)\nsocketio=SocketIO(app)\nif __name__=='__main__':\n    socketio.run(app, host='0.0.0.0', port=5001)\n",
        },
        'flask,flask-socketio | app.py | web | 5001 | - | python app.py',
    ),
    'nested-settings': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'config.py': 'from pydantic_settings import BaseSettings\nclass Server(BaseSettings):\n    port: int = 8066\nclass Config(BaseSettings):\n    server: Server = Server()\n    other_port: int = 1\ndef load() -> Config:\n    return Config()\n',
            'main.py': "import uvicorn\nfrom fastapi import FastAPI\nfrom config import load\napp=FastAPI()\nif __name__=='__main__':\n    config=load()\n    uvicorn.run(app, host='0.0.0.0', port=config.server.port)\n",
        },
        'fastapi | main:app | web | 8066 | - | uvicorn main:app --host 0.0.0.0 --port 8066',
    ),
    'readme-port': (
        {
            'requirements.txt': 'aiohttp==3.9\n',
            'README.md': '# x\n\nSet these:\n\n- `WEB_PORT=8067`\n',
            'main.py': "import os\nfrom aiohttp import web\nweb.run_app(web.Application(), port=int(os.environ['WEB_PORT']))\n",
        },
        'aiohttp | main.py | web | 8067 | - | python main.py',
    ),
    'module-script': (
        {
            'pyproject.toml': "[project]\nname='site'\nversion='1'\ndependencies=['robyn']\n[project.scripts]\nsite='site:web'\n",
            'hello.py': "print('x')\n",
            'src/site/__init__.py': '',
            'src/site/web.py': "from robyn import Robyn\napp=Robyn(__file__)\n@app.get('/')\ndef h(): return 'x'\nif __name__=='__main__':\n    app.start(host='0.0.0.0', port=8080)\n",
        },
        'robyn | src/site/web.py | web | 8080 | - | python -m site.web',
    ),
    'star-reexport': (
        {
            'requirements.txt': 'flask==3.0.0\ngunicorn==22.0.0\n',
            'Procfile': 'web: gunicorn site_:app\n',
            'site_/__init__.py': 'from .core import *\n',
            'site_/core.py': "from flask import Flask\nfrom .other import thing\napp=Flask(__name__)\n@app.route('/health')\ndef h(): return 'x'\n",
            'site_/other.py': 'from flask import Flask\nthing=1\napp=Flask(__name__)\n',
        },
        'flask | site_:app | web | 8000 | /health | gunicorn site_:app --bind=0.0.0.0:8000',
    ),
    'dotted-setting': (
        {
            'requirements.txt': 'flask==3.0.0\npyyaml==6\n',
            'conf/settings.yml': 'server:\n  port: 8888\ndatabase:\n  port: 5432\n',
            'conf/__init__.py': "FILE='settings.yml'\ndef get_setting(name): ...\n",
            'main.py': "from flask import Flask\nfrom conf import get_setting\napp=Flask(__name__)\ndef run():\n    port = get_setting('server.port')\n    app.run(port=port)\nif __name__=='__main__':\n    run()\n",
        },
        'flask | main:app | web | 8888 | - | gunicorn main:app --bind=0.0.0.0:8888',
    ),
    'program-with-arguments': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'Dockerfile': 'FROM python:3.13\nCMD ["python", "start.py", "-d", "/data"]\n',
            'start.py': "import site_\nif __name__=='__main__':\n    site_.main()\n",
            'site_/__init__.py': "import getopt\ndef main():\n    global app\n    from site_.web import make\n    app=make(1)\n    app.run(host='0.0.0.0', port=5000)\n",
            'site_/web.py': 'from flask import Flask\napp=Flask(__name__)\ndef make(x):\n    return app\n',
        },
        'flask | start.py | web | 5000 | - | python start.py -d /data',
    ),
    'required-factory-health': (
        {
            'requirements.txt': 'falcon==3.1\n',
            'uwsgi.yaml': 'prod:\n  module: pkg.app:get()\n  http: 0.0.0.0:8090\n',
            'Procfile': 'web: pkg-dev ./config.yaml\n',
            'setup.py': "from setuptools import setup\nsetup(name='pkg', entry_points={'console_scripts':['pkg-dev = pkg.dev:main','pkg-sync = pkg.sync:main']})\n",
            'pkg/__init__.py': '',
            'pkg/dev.py': 'def main(): pass\n',
            'pkg/sync.py': 'def main(): pass\n',
            'pkg/hc.py': "class H:\n    def on_get(self, req, resp): pass\ndef init(application):\n    application.add_route('/healthcheck', H())\n",
            'pkg/app.py': 'import falcon\nfrom pkg.hc import init as init_hc\ndef make(config):\n    application=falcon.App()\n    init_hc(application)\n    return application\ndef get():\n    import sys\n    global app\n    app = wrap(make(sys.argv[1]))\n    return app\n',
        },
        'falcon | pkg.app:get | web | 8090 | /healthcheck | gunicorn pkg.app:get() --bind=0.0.0.0:8090',
    ),
    'metrics-exporter': (
        {
            'requirements.txt': 'prometheus-client==0.21\nrequests==2.32\n',
            'exporter.py': "import os\nimport time\nfrom prometheus_client import start_http_server\nport = int(os.getenv('PORT', 9299))\ndef main():\n    start_http_server(port)\n    while True:\n        time.sleep(5)\nif __name__ == '__main__':\n    main()\n",
        },
        '- | exporter.py | web | 9299 | /metrics | python exporter.py',
    ),
    'metrics-beside-a-consumer': (
        {
            'requirements.txt': 'prometheus-client==0.21\npika==1.3\n',
            'worker.py': "import time\nimport pika\nfrom prometheus_client import start_http_server\nif __name__ == '__main__':\n    start_http_server(9000)\n    while True:\n        time.sleep(5)\n",
        },
        '- | worker.py | worker | 9000 | /metrics | python worker.py',
    ),
    'metrics-beside-a-server': (
        {
            'requirements.txt': 'prometheus-client==0.21\naiohttp==3.11\n',
            'main.py': "from aiohttp import web\nfrom prometheus_client import start_http_server\ndef main():\n    start_http_server(9000)\n    app = web.Application()\n    web.run_app(app, port=8085)\nif __name__ == '__main__':\n    main()\n",
        },
        'aiohttp | main.py | web | 8085 | - | python main.py',
    ),
    'aiohttp-socket': (
        {
            'requirements.txt': 'aiohttp==3.11\nConfigArgParse==1.7\n',
            'main.py': "from aiohttp.web import Application, run_app\nfrom aiomisc import bind_socket\nfrom configargparse import ArgumentParser\nparser = ArgumentParser()\ngroup = parser.add_argument_group('API')\ngroup.add_argument('--api-port', type=int, default=8081)\ndef main():\n    args = parser.parse_args()\n    sock = bind_socket(address='0.0.0.0', port=args.api_port)\n    run_app(Application(), sock=sock)\nif __name__ == '__main__':\n    main()\n",
        },
        'aiohttp | main.py | web | 8081 | - | python main.py',
    ),
    'mcp-stdio-by-default': (
        {
            'requirements.txt': 'mcp==1.9\n',
            'server.py': "import argparse\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--transport', choices=['stdio', 'sse'], default='stdio')\n    args = parser.parse_args()\n    if args.transport == 'stdio':\n        mcp.run()\n    elif args.transport == 'sse':\n        mcp.run(transport='sse')\nif __name__ == '__main__':\n    main()\n",
        },
        'mcp | server.py | cli | - | - | python server.py',
    ),
    'mcp-http-by-default': (
        {
            'requirements.txt': 'mcp==1.9\n',
            'server.py': "import argparse\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--transport', choices=['stdio', 'sse'], default='sse')\n    args = parser.parse_args()\n    if args.transport == 'stdio':\n        mcp.run()\n    else:\n        mcp.run(transport='sse')\nif __name__ == '__main__':\n    main()\n",
        },
        'mcp | server.py | web | 8000 | - | python server.py',
    ),
    'copied-start-script': (
        {
            'requirements.txt': 'django==5.2\ngunicorn==23.0\nceleryx==1\n',
            'manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
            'config/__init__.py': '',
            'config/settings.py': "ROOT_URLCONF = 'config.urls'\nALLOWED_HOSTS = ['*']\nWSGI_APPLICATION = 'config.wsgi.application'\n",
            'config/urls.py': 'urlpatterns = []\n',
            'config/wsgi.py': "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
            'compose/local/django/Dockerfile': 'FROM python:3.13\nCOPY ./compose/local/django/start /start\n',
            'compose/local/django/start': '#!/bin/bash\nexec python manage.py runserver 0.0.0.0:8000\n',
            'compose/production/django/Dockerfile': 'FROM python:3.13\nCOPY --chown=django:django ./compose/production/django/start /start\n',
            'compose/production/django/start': '#!/bin/bash\nset -o errexit\npython manage.py collectstatic --noinput\nexec newrelic-admin run-program /usr/local/bin/gunicorn config.wsgi --bind 0.0.0.0:5000 --chdir=/app\n',
            'docker-compose.local.yml': 'services:\n  django:\n    build:\n      context: .\n      dockerfile: ./compose/local/django/Dockerfile\n    ports: ["8000:8000"]\n    command: /start\n',
            'docker-compose.production.yml': 'services:\n  django:\n    build:\n      context: .\n      dockerfile: ./compose/production/django/Dockerfile\n    command: /start\n',
        },
        'django | config.wsgi:application | web | 5000 | - | gunicorn config.wsgi --chdir=/app --bind=0.0.0.0:5000',
    ),
    'published-console-script': (
        {
            'pyproject.toml': "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['click==8']\n[project.scripts]\nshop = 'shop.cli:main'\n[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n",
            'shop/__init__.py': '',
            'shop/cli.py': 'def main():\n    unseen()\n',
            'Dockerfile': 'FROM python:3.13\nENV CONFIG=/etc/shop.ini PORT=8888\nEXPOSE 8888\nCMD ["sh", "-c", "shop migrate && shop start --ini $CONFIG --port $PORT"]\nHEALTHCHECK CMD curl http://localhost:8888/alive\n',
        },
        '- | shop | web | 8888 | /alive | shop start --ini /etc/shop.ini --port 8888',
    ),
    'port-of-the-console-script': (
        {
            'requirements.txt': 'bottle==0.13\ngunicorn==23.0\n',
            'pyproject.toml': "[project]\nname = 'bin'\nversion = '1'\ndependencies = ['bottle==0.13', 'gunicorn==23.0']\n[project.scripts]\nbin = 'pastes.cli:main'\n[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n",
            'pastes/__init__.py': '',
            'pastes/routes.py': 'import bottle\napp = bottle.Bottle()\n',
            'pastes/default_settings.py': "PORT = '3255'\n",
            'pastes/cli.py': 'import bottle\nfrom pastes.settings import load\ndef main():\n    settings, app = load()\n    bottle.run(app, host="0.0.0.0", port=settings.PORT)\n',
        },
        'bottle | pastes.routes:app | web | 3255 | - | gunicorn pastes.routes:app --bind=0.0.0.0:3255',
    ),
    'grpc-behind-classes': (
        {
            'requirements.txt': 'grpcio==1.70\n',
            'main.py': "from xmlrpc.server import SimpleXMLRPCServer\nfrom api import Api\ndef other():\n    SimpleXMLRPCServer(('0.0.0.0', port())).serve_forever()\nif __name__ == '__main__':\n    other()\n    Api().run()\n",
            'api.py': "import grpc\nclass Api:\n    def run(self):\n        self.server = grpc.server(None)\n        self.server.add_insecure_port(address())\n",
            'compose.yaml': 'services:\n  node:\n    build: .\n    ports: ["1234:1234"]\n',
        },
        'grpcio | main.py | worker | 1234 | - | python main.py',
    ),
    'click-command-of-another-module': (
        {
            'requirements.txt': 'click==8\nuvicorn==0.30\nstarlette==0.40\n',
            'main.py': "import click\nfrom tool.serve import serve_api\nfrom tool.other import other\n@click.group()\ndef cli(): pass\ncli.add_command(serve_api)\ncli.add_command(other, name='x')\nif __name__ == '__main__':\n    cli()\n",
            'tool/__init__.py': '',
            'tool/other.py': "import click\n@click.command()\ndef other(): pass\n",
            'tool/serve.py': "import click\nimport uvicorn\n@click.command()\n@click.option('--port', default=8123)\ndef serve_api(port):\n    uvicorn.run(make(), host='0.0.0.0', port=port)\n",
        },
        '- | main.py | web | 8123 | - | python main.py serve-api',
    ),
    'typer-group-of-another-module': (
        {
            'requirements.txt': 'typer==0.12\nuvicorn==0.30\n',
            'main.py': "import typer\nfrom tool import web, db\napp = typer.Typer()\napp.add_typer(web.app, name='web')\napp.add_typer(db.app, name='db')\nif __name__ == '__main__':\n    app()\n",
            'tool/__init__.py': '',
            'tool/db.py': "import typer\napp = typer.Typer()\n@app.command()\ndef migrate(): pass\n",
            'tool/web.py': "import typer\nimport uvicorn\napp = typer.Typer()\n@app.command('up')\ndef serve():\n    uvicorn.run(make(), host='0.0.0.0', port=8124)\n",
        },
        '- | main.py | web | 8124 | - | python main.py web up',
    ),
    'typer-group-in-the-module': (
        {
            'requirements.txt': 'typer==0.12\nuvicorn==0.30\n',
            'main.py': "import typer\nimport uvicorn\napp = typer.Typer()\nweb = typer.Typer()\napp.add_typer(web, name='web')\n@app.command()\ndef once(): pass\n@web.command()\ndef serve():\n    uvicorn.run(make(), host='0.0.0.0', port=8124)\nif __name__ == '__main__':\n    app()\n",
        },
        '- | main.py | web | 8124 | - | python main.py web serve',
    ),
    'console-script-by-its-place-in-the-image': (
        {
            'pyproject.toml': "[project]\nname = 'cal'\nversion = '1'\ndependencies = ['vobject==0.9']\n[project.scripts]\ncal = 'cal.__main__:run'\n[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n",
            'cal/__init__.py': 'def application(environ, start_response): ...\n',
            'cal/__main__.py': 'from wsgiref.simple_server import make_server\nfrom cal import application\ndef run():\n    make_server(host(), port(), application).serve_forever()\n',
            'Dockerfile': 'FROM python:3.13\nENTRYPOINT ["/app/bin/python", "/app/bin/cal"]\nCMD ["--hosts", "0.0.0.0:5232,[::]:5232"]\n',
        },
        '- | cal:application | web | 5232 | - | gunicorn cal:application --bind=0.0.0.0:5232',
    ),
    'streamlit-application': (
        {
            'requirements.txt': 'streamlit==1.53\nuvicorn==0.40\n',
            'ui/__init__.py': '',
            'ui/main.py': "import streamlit as st\nst.title('x')\n",
            'ui/app.py': "from starlette.routing import Route\nfrom streamlit.starlette import App\nasync def alive(request): ...\napp = App('main.py', routes=[Route('/alive', alive)])\n",
        },
        'streamlit | ui.app:app | web | 8000 | /alive | uvicorn ui.app:app --host 0.0.0.0 --port 8000',
    ),
    'streamlit-application-without-a-route': (
        {
            'requirements.txt': 'streamlit==1.53\nuvicorn==0.40\n',
            'main.py': "import streamlit as st\nst.title('x')\n",
            'app.py': "from streamlit.starlette import App\napp = App('main.py')\n",
        },
        'streamlit | app:app | web | 8000 | /_stcore/health | uvicorn app:app --host 0.0.0.0 --port 8000',
    ),
    'metrics-that-somebody-asks-for': (
        {
            'requirements.txt': 'prometheus-client==0.21\n',
            'main.py': "import time\nfrom prometheus_client import start_http_server\nfrom options import options\ndef main():\n    if options().metrics:\n        start_http_server(options().metrics)\n    while True:\n        time.sleep(5)\nif __name__ == '__main__':\n    main()\n",
        },
        '- | main.py | worker | - | - | python main.py',
    ),
    'port-with-a-default-in-the-command': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'main.py': "from fastapi import FastAPI\napp = FastAPI()\n",
            'Procfile': 'web: uvicorn main:app --host 0.0.0.0 --port ${PORT:-8123}\n',
        },
        'fastapi | main:app | web | 8123 | - | uvicorn main:app --host 0.0.0.0 --port 8123',
    ),
    'configuration-of-a-command-that-cannot-be-followed': (
        {
            'requirements.txt': 'flask==3.0.0\ngunicorn==23.0.0\n',
            'app.py': 'from flask import Flask\napp = Flask(__name__)\n',
            'conf/gunicorn.conf.py': 'bind = "0.0.0.0:9099"\n',
            'Procfile': 'web: gunicorn --paste conf/production.ini --config conf/gunicorn.conf.py\n',
        },
        'flask | app:app | web | 9099 | - | gunicorn app:app --bind=0.0.0.0:9099 --config=conf/gunicorn.conf.py',
    ),
    'aiohttp-listens-where-it-does-without-a-port': (
        {
            'requirements.txt': 'aiohttp==3.11\n',
            'main.py': "from aiohttp import web\nif __name__ == '__main__':\n    app = web.Application()\n    web.run_app(app)\n",
            'compose.yaml': "services:\n  web:\n    build: .\n    ports: ['8080:8000']\n",
        },
        'aiohttp | main.py | web | 8080 | - | python main.py',
    ),
    'exporter-with-options-of-click': (
        {
            'setup.py': "from setuptools import setup\nsetup(name='shop-exporter', py_modules=['shop'], install_requires=['click', 'prometheus-client'], entry_points={'console_scripts': ['shop-exporter=shop:main']})\n",
            'shop.py': "import time\nimport click\nfrom prometheus_client import start_http_server\n@click.command()\n@click.option('--port', '-p', default=9206)\ndef cli(**options):\n    port = options['port']\n    start_http_server(port)\n    while True:\n        time.sleep(5)\ndef main():\n    cli(auto_envvar_prefix='SHOP')\n",
        },
        '- | shop-exporter | web | 9206 | /metrics | shop-exporter',
    ),
    'exporter-that-serves-in-a-thread': (
        {
            'requirements.txt': 'click==8.1\nflask==3.0.0\nwaitress==3.0\n',
            'cli.py': "import time\nimport click\nfrom shop.pages import serve_pages\n@click.command()\n@click.option('--port', type=int, default=9808)\ndef cli(**given):\n    serve_pages(given['port'])\n    while True:\n        time.sleep(5)\nif __name__ == '__main__':\n    cli()\n",
            'shop/__init__.py': '',
            'shop/pages.py': "from threading import Thread\nfrom flask import Flask\nfrom waitress import serve\ndef make(name):\n    app = Flask(name)\n    @app.route('/health')\n    def health():\n        return 'ok'\n    return app\ndef serve_pages(port):\n    Thread(target=serve, args=(make('x'),), kwargs=dict(host='0.0.0.0', port=port), daemon=True).start()\n",
        },
        'flask | cli.py | web | 9808 | /health | python cli.py',
    ),
    'fastmcp-run-over-http': (
        {
            'requirements.txt': 'fastmcp==2.13\n',
            'shop.py': "from fastmcp import FastMCP\nmcp = FastMCP('shop')\n",
            'tools.py': "print('x')\n",
            'Dockerfile': 'FROM python:3.13\nCMD ["fastmcp", "run", "shop.py:mcp", "--transport", "http", "-p", "9000"]\n',
        },
        'fastmcp | shop:mcp | web | 9000 | - | fastmcp run shop.py:mcp --transport http --host 0.0.0.0 --port 9000',
    ),
    'fastmcp-run-over-stdio-beside-the-api-that-it-describes': (
        {
            'requirements.txt': 'fastmcp==2.13\nfastapi==0.115\n',
            'tools/__init__.py': '',
            'tools/main.py': "from fastapi import FastAPI\nfrom fastmcp import FastMCP\napp = FastAPI()\nmcp = FastMCP.from_fastapi(app=app)\n",
            'Procfile': 'web: uv run fastmcp run tools/main.py\n',
        },
        'fastapi,fastmcp | tools/main.py | cli | - | - | fastmcp run tools/main.py',
    ),
    'streamlit-script-of-the-command': (
        {
            'requirements.txt': 'streamlit==1.40\n',
            'shop/__init__.py': '',
            'shop/main.py': "import streamlit as st\nfrom shop.parts import show\nst.title('x')\nshow()\n",
            'shop/other.py': "import streamlit as st\nst.title('y')\n",
            'shop/parts.py': "import streamlit as st\ndef show():\n    st.write('z')\n",
            'Procfile': 'web: python -m streamlit run shop/main.py --server.port=8501\n',
        },
        'streamlit | shop/main.py | web | 8501 | /_stcore/health | streamlit run shop/main.py --server.port=8501 --server.address=0.0.0.0 --server.headless=true --browser.gatherUsageStats=false',
    ),
    'streamlit-below-a-path': (
        {
            'requirements.txt': 'streamlit==1.40\n',
            'app.py': "import streamlit as st\nst.title('x')\n",
            '.streamlit/config.toml': '[server]\nbaseUrlPath = "/prices/"\n',
        },
        'streamlit | app.py | web | 8501 | /prices/_stcore/health | streamlit run app.py --server.port=8501 --server.address=0.0.0.0 --server.headless=true --browser.gatherUsageStats=false',
    ),
    'program-whose-guard-sets-what-its-handlers-read': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'speak.py': "import argparse\nimport uvicorn\nfrom fastapi import FastAPI\napp = FastAPI()\nargs = None\n@app.get('/health')\ndef health():\n    return args.voice\nif __name__ == '__main__':\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--voice', default='x')\n    args = parser.parse_args()\n    uvicorn.run(app, host='0.0.0.0', port=8010)\n",
        },
        'fastapi | speak.py | web | 8010 | /health | python speak.py',
    ),
    'application-of-the-program-that-the-command-starts': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'app.py': "from flask import Flask\nflask_app = Flask(__name__)\nif __name__ == '__main__':\n    flask_app.run(host='0.0.0.0', port=8080)\n",
            'old/legacy.py': "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=8080)\n",
            'Procfile': 'web: python app.py\n',
        },
        'flask | app:flask_app | web | 8080 | - | gunicorn app:flask_app --bind=0.0.0.0:8080',
    ),
    'loop-that-keeps-a-scheduler-alive': (
        {
            'requirements.txt': 'apscheduler==3.10\n',
            'jobs.py': "from apscheduler.schedulers.background import BackgroundScheduler\nscheduler = BackgroundScheduler()\nif __name__ == '__main__':\n    scheduler.start()\n    while True:\n        pass\n",
        },
        'apscheduler | jobs.py | worker | - | - | python jobs.py',
    ),
    'application-in-the-folder-that-the-command-runs-in': (
        {
            'app/requirements.txt': 'flask==3.0.0\ngunicorn==23.0.0\n',
            'app/main.py': "from flask import Flask\nserver = Flask(__name__)\n",
            'Dockerfile': 'FROM python:3.13\nCOPY ./app /app\nWORKDIR /app\nCMD ["gunicorn", "-b", "0.0.0.0:8050", "main:server"]\n',
        },
        'flask | main:server | web | 8050 | - | gunicorn main:server --bind=0.0.0.0:8050',
    ),
    'package-whose-program-imports-what-lies-beside-it': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'app/__init__.py': '',
            'app/helpers.py': 'def f(): pass\n',
            'app/main.py': "from flask import Flask\nfrom helpers import f\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=8000)\n",
            'Procfile': 'web: python ./app/main.py\n',
        },
        'flask | main:app | web | 8000 | - | gunicorn main:app --bind=0.0.0.0:8000',
    ),
    'package-with-a-module-called-like-a-distribution': (
        {
            'requirements.txt': 'flask==3.0.0\nredis==5.0\n',
            'app/__init__.py': '',
            'app/redis.py': 'x = 1\n',
            'app/main.py': "from flask import Flask\nimport redis\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=8000)\n",
            'Procfile': 'web: python app/main.py\n',
        },
        'flask | app.main:app | web | 8000 | - | gunicorn app.main:app --bind=0.0.0.0:8000',
    ),
    'django-with-a-manage-py-for-developing': (
        {
            'requirements.txt': 'django==5.1\ngunicorn==23.0.0\n',
            'manage.py': "import os, sys\nsys.path.insert(0, 'site')\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\n",
            'site/manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\n",
            'site/core/__init__.py': '',
            'site/core/settings.py': "ROOT_URLCONF = 'core.urls'\nWSGI_APPLICATION = 'core.wsgi.application'\n",
            'site/core/urls.py': 'urlpatterns = []\n',
            'site/core/wsgi.py': "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\napplication = get_wsgi_application()\n",
            'Procfile': 'web: gunicorn -c /opt/site/gunicorn.conf.py core.wsgi\n',
        },
        'django | core.wsgi:application | web | 8000 | - | gunicorn core.wsgi --bind=0.0.0.0:8000',
    ),
    'tool-with-a-web-page-on-request': (
        {
            'pyproject.toml': '[project]\nname = "squeeze"\nversion = "1"\ndependencies = ["flask"]\n[project.scripts]\nsq = "squeezing.__main__:main"\nget-it = "squeezing.get:main"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
            'squeezing/__init__.py': '',
            'squeezing/get.py': 'def main():\n    pass\n',
            'squeezing/__main__.py': "import argparse\nfrom flask import Flask\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--web', action='store_true')\n    args = vars(parser.parse_args())\n    web = args.pop('web')\n    if web:\n        app = Flask(__name__)\n        app.run('0.0.0.0')\n    else:\n        print('x')\nif __name__ == '__main__':\n    main()\n",
        },
        'flask | sq | cli | - | - | sq',
    ),
    'tool-with-a-web-page-on-a-port-that-somebody-gives': (
        {
            'pyproject.toml': '[project]\nname = "dossier"\nversion = "1"\ndependencies = ["flask"]\n[project.scripts]\ndossier = "dossier.cli:run"\nrefresh = "dossier.refresh:main"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
            'dossier/__init__.py': '',
            'dossier/refresh.py': 'def main():\n    pass\n',
            'dossier/pages/__init__.py': '',
            'dossier/pages/app.py': "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(port=5000)\n",
            'dossier/cli.py': "import argparse\ndef run():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--web', type=int, nargs='?', const=5000, default=None)\n    args = parser.parse_args()\n    if args.web is not None:\n        from dossier.pages.app import app\n        app.run(host='0.0.0.0', port=args.web)\n        return\n    print('x')\n",
            'Dockerfile': 'FROM python:3.13\nENTRYPOINT ["dossier"]\n',
        },
        'flask | dossier | cli | - | - | dossier',
    ),
    'console-script-of-a-package-with-a-module-of-the-same-name': (
        {
            'pyproject.toml': '[project]\nname = "watcher"\nversion = "1"\n[project.scripts]\nwatcher = "watcher:main"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
            'watcher/__init__.py': "def main():\n    from watcher.main import Options\n    print(Options())\n",
            'watcher/main.py': 'class Options:\n    pass\n',
            'make_docs.py': "print('docs')\n",
        },
        '- | watcher | cli | - | - | watcher',
    ),
    'bot-beside-its-variant-that-listens': (
        {
            'requirements.txt': 'slack-bolt==1.20.0\n',
            'app.py': "import os\nfrom slack_bolt import App\nfrom slack_bolt.adapter.socket_mode import SocketModeHandler\napp = App(token=os.environ.get('SLACK_BOT_TOKEN'))\nif __name__ == '__main__':\n    SocketModeHandler(app, os.environ.get('SLACK_APP_TOKEN')).start()\n",
            'app_oauth.py': "import os\nfrom slack_bolt import App\napp = App(signing_secret=os.environ.get('SLACK_SIGNING_SECRET'))\nif __name__ == '__main__':\n    app.start(3000)\n",
        },
        'slack-bolt | app.py | bot | - | - | python app.py',
    ),
    'start-script-with-defaults-of-its-own': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'main.py': 'from fastapi import FastAPI\napp = FastAPI()\n',
            'Dockerfile': 'FROM python:3.13\nENTRYPOINT ["bash", "start.sh"]\n',
            'start.sh': '#!/bin/bash\nPORT="${PORT:-9099}"\nHOST=${HOST:-0.0.0.0}\nuvicorn main:app --host "$HOST" --port "$PORT"\n',
        },
        'fastapi | main:app | web | 9099 | - | uvicorn main:app --host 0.0.0.0 --port 9099',
    ),
    'start-script-of-no-dockerfile-with-defaults-of-its-own': (
        {
            'requirements.txt': 'fastapi==0.115.0\nuvicorn==0.30.0\n',
            'main.py': 'from fastapi import FastAPI\napp = FastAPI()\n',
            'start.sh': '#!/bin/bash\nPORT="${PORT:-9098}"\nexec uvicorn main:app --host 0.0.0.0 --port $PORT\n',
        },
        'fastapi | main:app | web | 9098 | - | uvicorn main:app --host 0.0.0.0 --port 9098',
    ),
    'address-in-a-file-that-another-function-takes-apart': (
        {
            'requirements.txt': 'aiohttp==3.10.0\npyyaml==6.0\nredis==5.0.0\n',
            'config/config.yml': 'redis:\n  host: 127.0.0.1\n  port: 6379\nhost: 127.0.0.1\nport: 9001\n',
            'shorten/__init__.py': '',
            'shorten/__main__.py': 'from shorten.main import main\nmain()\n',
            'shorten/main.py': "import asyncio, pathlib, yaml\nfrom aiohttp import web\nROOT = pathlib.Path(__file__).parent.parent\nasync def redis_ctx(app):\n    conf = app['conf']['redis']\n    yield\nasync def init():\n    conf = yaml.safe_load((ROOT / 'config' / 'config.yml').read_text())\n    app = web.Application()\n    host, port = conf['host'], conf['port']\n    return app, host, port\ndef main():\n    app, host, port = asyncio.get_event_loop().run_until_complete(init())\n    web.run_app(app, host=host, port=port)\nif __name__ == '__main__':\n    main()\n",
        },
        'aiohttp | shorten/__main__.py | web | 9001 | - | python -m shorten',
    ),
    'port-that-only-root-may-take': (
        {
            'requirements.txt': 'flask==3.0.0\ngunicorn==23.0.0\n',
            'app.py': "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=80)\n",
            'Dockerfile': 'FROM python:3.13\nEXPOSE 80\nCMD ["gunicorn", "app:app", "-b", "0.0.0.0:80"]\n',
        },
        'flask | app:app | web | 8080 | - | gunicorn app:app --bind=0.0.0.0:8080',
    ),
    'program-called-like-the-package-that-it-serves-by-itself': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'shop.py': "from shop.main import main\nif __name__ == '__main__':\n    main()\n",
            'shop/__init__.py': 'from flask import Flask\nfrom .server import Server\napp = Flask(__name__)\nserver = Server()\n',
            'shop/server.py': 'class Server:\n    def start(self):\n        own_loop(self)\n',
            'shop/main.py': "from . import app, server\ndef main():\n    from .pages import pages\n    app.register_blueprint(pages)\n    server.start()\n",
            'shop/pages.py': "from flask import Blueprint\npages = Blueprint('pages', __name__)\n",
        },
        'flask | shop.py | web | 8000 | - | python shop.py',
    ),
    'program-that-its-dockerfile-asks-for-the-web-page': (
        {
            'requirements.txt': 'flask==3.0.0\n',
            'tool.py': "import argparse\nfrom flask import Flask\ndef main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument('--web', action='store_true')\n    args = parser.parse_args()\n    if args.web:\n        app = Flask(__name__)\n        app.run('0.0.0.0', 5001)\nif __name__ == '__main__':\n    main()\n",
            'Dockerfile': 'FROM python:3.13\nCMD ["python", "tool.py", "--web"]\n',
        },
        'flask | tool.py | web | 5001 | - | python tool.py --web',
    ),
    'django-beside-its-manage-py-in-a-package': (
        {
            'requirements.txt': 'django==5.1\ngunicorn==23.0.0\n',
            'site/__init__.py': '',
            'site/manage.py': "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\n",
            'site/core/__init__.py': '',
            'site/core/settings.py': "ROOT_URLCONF = 'core.urls'\nWSGI_APPLICATION = 'core.wsgi.application'\nALLOWED_HOSTS = ['*']\n",
            'site/core/urls.py': "from django.urls import include, path\nfrom api import urls as api_urls\nurlpatterns = [path('', include(api_urls))]\n",
            'site/core/wsgi.py': "import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'core.settings')\napplication = get_wsgi_application()\n",
            'site/api/__init__.py': '',
            'site/api/urls.py': "from django.urls import re_path\nfrom .views import health\nurlpatterns = [re_path('^status/?$', health)]\n",
            'site/api/views.py': "from django.http import HttpResponse\ndef health(request):\n    return HttpResponse('ok')\n",
        },
        'django | core.wsgi:application | web | 8000 | /status | gunicorn core.wsgi:application --bind=0.0.0.0:8000',
    ),
    'factory-that-flask-is-told': (
        {
            'requirements.txt': 'flask==3.0.0\ngunicorn==23.0.0\n',
            'src/shop/__init__.py': "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n",
            '.flaskenv': 'FLASK_APP=src.shop:create_app\n',
        },
        'flask | src.shop:create_app | web | 8000 | - | gunicorn src.shop:create_app() --bind=0.0.0.0:8000',
    ),
    'folder-that-is-run-as-one': (
        {
            'requirements.txt': 'aiogram==3.15\n',
            'src/__init__.py': '',
            'src/__main__.py': "import asyncio\nfrom aiogram import Bot, Dispatcher\nfrom handlers import router\nasync def main():\n    await Dispatcher().start_polling(Bot('x'))\nif __name__ == '__main__':\n    asyncio.run(main())\n",
            'src/handlers.py': 'from aiogram import Router\nrouter = Router()\n',
        },
        'aiogram | src/__main__.py | bot | - | - | python src/__main__.py',
    ),
    'mcp-server-that-could-be-carried-by-starlette': (
        {
            'requirements.txt': 'mcp==1.9\nstarlette==0.40\nuvicorn==0.30\n',
            'server.py': "import sys\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\ndef over_http():\n    from starlette.applications import Starlette\n    return Starlette(routes=[])\nif __name__ == '__main__':\n    mcp.run()\n",
        },
        'mcp | server.py | cli | - | - | python server.py',
    ),
}
# fmt: on


@pytest.mark.parametrize("name", CASES)
def test_what_runs(tmp_path: Path, name: str) -> None:
    files, expected = CASES[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    facts = detect(Source(tmp_path))
    choice = decide_processes(facts, {})
    main = choice.processes[0]
    command = " ".join(word for word in main.command if word not in ALWAYS)
    said = (
        ",".join(fact.value for fact in facts.frameworks) or "-", choice.entry.value if choice.entry else "-", main.kind,
        str(main.port or "-"), main.health_path or "-", command,
    )  # fmt: skip
    assert " | ".join(said) == expected


def test_pserve_needs_the_project_installed(tmp_path: Path) -> None:
    for path, text in CASES["pyramid-ini"][0].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert any("egg:" in w.message for w in decide_processes(detect(Source(tmp_path)), {}).warnings)
    (tmp_path / "requirements.txt").unlink()
    assert not any("egg:" in w.message for w in decide_processes(detect(Source(tmp_path)), {}).warnings)


def test_a_console_script_that_names_a_module_is_told(tmp_path: Path) -> None:
    for path, text in CASES["module-script"][0].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    facts = detect(Source(tmp_path))
    assert facts.scripts == () and any("is a module and no function" in w.message for w in facts.warnings)


def test_robyn_is_reached_and_stops(tmp_path: Path) -> None:
    """Robyn 0.88: ROBYN_HOST counts before start()'s own; SIGTERM leaves the process running."""
    for path, text in CASES["robyn-default"][0].items():
        (tmp_path / path).write_text(text)
    choice = decide_processes(detect(Source(tmp_path)), {})
    assert choice.environment == (("ROBYN_HOST", "0.0.0.0"),) and choice.processes[0].stop_signal == "SIGINT"


def test_a_port_without_a_default_is_set_as_the_readme_has_it(tmp_path: Path) -> None:
    for path, text in CASES["readme-port"][0].items():
        (tmp_path / path).write_text(text)
    assert decide_processes(detect(Source(tmp_path)), {}).environment == (("WEB_PORT", "8067"),)


def test_several_sub_commands_that_serve_are_none(tmp_path: Path) -> None:
    code = "import click, uvicorn\n@click.group()\ndef main(): pass\n"
    for word in ("api", "site"):
        code += f"@main.command('{word}')\ndef run_{word}():\n    uvicorn.run('x:{word}', port=8000)\n"
    (tmp_path / "main.py").write_text(code + "if __name__ == '__main__':\n    main()\n")
    (tmp_path / "requirements.txt").write_text("click==8.1.7\nuvicorn==0.30.0\n")
    assert [p.subcommand for p in detect(Source(tmp_path)).programs] == [""]


def test_an_address_of_a_file_that_nobody_outside_reaches_is_told(tmp_path: Path) -> None:
    for name, text in CASES["address-in-a-file-that-another-function-takes-apart"][0].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    warnings = decide_processes(detect(Source(tmp_path)), {}).warnings
    assert [w for w in warnings if "binds 127.0.0.1" in str(w)]


def test_a_port_that_the_readme_gives_to_docker_run(tmp_path: Path) -> None:
    files = {**CASES["readme-port"][0], "README.md": "`docker run -it --env WEB_PORT=8068 --publish 8068:8068 x`\n"}
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    assert decide_processes(detect(Source(tmp_path)), {}).environment == (("WEB_PORT", "8068"),)
