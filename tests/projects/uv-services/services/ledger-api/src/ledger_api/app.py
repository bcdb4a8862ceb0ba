"""Takes entries, and asks the other service for their total."""

import json
import os
import urllib.request

import ledger
from fastapi import FastAPI

TOTALS_URL = os.environ.get("TOTALS_URL", "http://localhost:8001")

api = FastAPI(title="Ledger")


@api.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@api.post("/entries/{amount}")
def entries(amount: int) -> dict[str, int]:
    ledger.add(amount)
    return {"amount": amount}


@api.get("/summary")
def summary() -> dict[str, object]:
    with urllib.request.urlopen(f"{TOTALS_URL}/total", timeout=5) as answer:
        return {"by": "ledger-api", **json.load(answer)}
