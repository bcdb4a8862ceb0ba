import os

from flask import Flask

from inventory.extensions import db, migrate


def create_app(config: dict | None = None) -> Flask:
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=os.environ["SECRET_KEY"],
        SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"],
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True},
    )
    app.config.update(config or {})

    db.init_app(app)
    migrate.init_app(app, db)

    from inventory import items, pages

    app.register_blueprint(pages.bp)
    app.register_blueprint(items.bp, url_prefix="/items")
    return app
