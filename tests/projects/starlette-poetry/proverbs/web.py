import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from proverbs import __version__
from proverbs.sayings import of_the_day, sayings

TITLE = "A word for today"

templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


async def index(request: Request) -> Response:
    saying = of_the_day(datetime.date.today())
    return templates.TemplateResponse(request, "index.html", {"title": TITLE, "saying": saying})


async def today(request: Request) -> JSONResponse:
    return JSONResponse({"saying": of_the_day(datetime.date.today()), "of": len(sayings())})


async def health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "up", "version": __version__})


application = Starlette(
    routes=[
        Route("/", index),
        Route("/today.json", today),
        Route("/health", health, methods=["GET"]),
    ],
)
