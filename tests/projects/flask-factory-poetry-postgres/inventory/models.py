from datetime import datetime, timezone

from inventory.extensions import db


class Item(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), nullable=False, unique=True)
    shelf = db.Column(db.String(20), nullable=False)
    added = db.Column(db.DateTime(timezone=True), default=lambda: datetime.now(timezone.utc))

    def as_dict(self) -> dict:
        return {"id": self.id, "name": self.name, "shelf": self.shelf}
