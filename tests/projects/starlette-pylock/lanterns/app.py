"""The lights of the harbour over HTTP."""

from pathlib import Path

import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

LIGHTS = yaml.load(Path(__file__).with_name("lights.yaml").read_text("utf-8"), yaml.CSafeLoader)


async def index(request: Request) -> PlainTextResponse:
    return PlainTextResponse("Every light has its colour\n")


async def light(request: Request) -> JSONResponse:
    found = LIGHTS.get(request.path_params["name"])
    return JSONResponse(found or {"error": "no such light"}, 200 if found else 404)


async def healthz(request: Request) -> PlainTextResponse:
    return PlainTextResponse("lit")


harbour = Starlette(
    routes=[Route("/", index), Route("/healthz", healthz), Route("/lights/{name}", light)],
)
