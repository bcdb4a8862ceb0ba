"""Says which base it was made for."""

from flask import Flask

app = Flask(__name__)


@app.get("/healthz")
def health() -> str:
    return "well"


@app.get("/")
def hello() -> str:
    return "made for cuda"
