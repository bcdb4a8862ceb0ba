from flask import Blueprint, abort, jsonify, request
from sqlalchemy.exc import IntegrityError

from inventory.extensions import db
from inventory.models import Item

bp = Blueprint("items", __name__)


@bp.get("/")
def list_items():
    items = db.session.scalars(db.select(Item).order_by(Item.name))
    return jsonify([item.as_dict() for item in items])


@bp.post("/")
def add_item():
    data = request.get_json()
    if not data.get("name") or not data.get("shelf"):
        abort(400, "an item has a name and a shelf")
    item = Item(name=data["name"], shelf=data["shelf"])
    db.session.add(item)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        abort(409, "there is such an item")
    return item.as_dict(), 201
