from flask import Flask, request

app = Flask(__name__)


@app.get("/health")
def health():
    return "ok"


@app.get("/")
def index():
    return f"the site, by {request.scheme} at {request.host}"
