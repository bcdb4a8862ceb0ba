"""Notes: the application factory."""

from flask import Flask


def build_site() -> Flask:
    site = Flask(__name__)

    @site.get("/")
    def index() -> str:
        return "Welcome to the notes"

    return site
