"""Recipes as JSON, and the page that shows them."""

from pathlib import Path

from flask import Flask, jsonify, send_from_directory

PAGE = Path(__file__).resolve().parent.parent / "frontend" / "dist"
RECIPES = [{"name": "Pancakes", "minutes": 20}, {"name": "Minestrone", "minutes": 45}]


def create_app():
    app = Flask(__name__, static_folder=None)

    @app.get("/")
    def index():
        return send_from_directory(PAGE, "index.html")

    @app.get("/assets/<path:name>")
    def assets(name):
        return send_from_directory(PAGE / "assets", name)

    @app.get("/api/recipes")
    def recipes():
        return jsonify(RECIPES)

    @app.get("/healthz")
    def healthz():
        return "ok"

    return app
