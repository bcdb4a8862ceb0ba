"""What the moon looks like tonight; the author never wrote down what it needs."""

from datetime import datetime, timezone

import yaml
from flask import Flask, abort

app = Flask(__name__)
NEW_MOON = datetime(2000, 1, 6, 18, 14, tzinfo=timezone.utc)
MONTH = 29.530588853  # days
PHASES = yaml.safe_load("[new moon, waxing crescent, first quarter, waxing gibbous, full moon, waning gibbous, last quarter, waning crescent]")


@app.get("/")
def index():
    return "Ask for /2026-11-23"


@app.get("/<day>")
def phase(day):
    try:
        when = datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
    except ValueError:
        abort(404)
    age = (when - NEW_MOON).total_seconds() / 86400 % MONTH
    return PHASES[round(age / MONTH * 8) % 8]


if __name__ == "__main__":
    app.run(debug=True)
