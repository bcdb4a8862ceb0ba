import datetime

from fastapi import FastAPI, HTTPException
from timetable import HARBOURS, sailings

from ferry_api.schemas import SailingOut

api = FastAPI(title="Ferry")


@api.get("/")
def root() -> dict[str, object]:
    return {"harbours": list(HARBOURS), "greeting": "welcome aboard"}


@api.get("/sailings/{harbour}")
def list_sailings(harbour: str, day: datetime.date | None = None) -> list[SailingOut]:
    if harbour not in HARBOURS:
        raise HTTPException(404, "no such harbour")
    found = sailings(harbour, day or datetime.date.today())
    return [SailingOut(leaves=s.leaves, to=s.to, winter=s.winter) for s in found]


@api.get("/readyz")
def readyz() -> dict[str, bool]:
    return {"ready": True}
