"""The shop's HTTP interface."""

from fastapi import FastAPI, HTTPException

from shop.stock import STOCK, price

api = FastAPI(title="shop")


@api.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@api.get("/")
def index() -> dict[str, list[str]]:
    return {"greeting": ["Welcome to the shop"], "stock": sorted(STOCK)}


@api.get("/price/{name}")
def one(name: str) -> dict[str, int]:
    if name not in STOCK:
        raise HTTPException(404)
    return {"cents": price(name)}
