from flask import Blueprint, render_template

bp = Blueprint("pages", __name__)


@bp.get("/")
def index():
    return render_template("index.html", title="Shelves and what is on them")


@bp.get("/health")
def health():
    return {"status": "ok"}
