"""Keeps prices in memcached for as long as it likes."""

import os

from flask import Flask, jsonify
from pymemcache.client.base import Client
from pymemcache.client.retrying import RetryingClient

app = Flask(__name__)
cache = RetryingClient(
    Client(os.environ["MEMCACHED_SERVER"], connect_timeout=2, timeout=2), attempts=3, retry_delay=0.5
)


@app.get("/health")
def health():
    return "ok"


@app.post("/items/<text>")
def add(text: str):
    cache.set("price", text)
    return jsonify(added=text), 201


@app.get("/items")
def items():
    value = cache.get("price")
    return jsonify([value.decode()] if value else [])
