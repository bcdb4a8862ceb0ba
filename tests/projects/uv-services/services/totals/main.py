"""Sums up what the ledger holds."""

import ledger
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def total(request: Request) -> JSONResponse:
    return JSONResponse({"total": ledger.total(), "unit": "EUR"})


def health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "up"})


app = Starlette(routes=[Route("/total", total), Route("/health", health)])
