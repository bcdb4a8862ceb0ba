from flask import Flask, request

from shop.queues import connection, urgent
from shop.tasks import total

GREETING = "shop is open"
app = Flask(__name__)


@app.get("/")
def index() -> str:
    return GREETING


@app.post("/totals")
def add() -> dict[str, str]:
    return {"job": urgent.enqueue(total, request.get_json()["prices"]).id}


@app.get("/totals")
def last() -> dict[str, str]:
    return {"total": (connection.get("total") or b"").decode()}
