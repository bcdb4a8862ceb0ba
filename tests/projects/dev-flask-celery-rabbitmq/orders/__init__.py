import os

import pymysql
from flask import Flask

from orders.tasks import pack


def connect():
    return pymysql.connect(
        host=os.environ["MYSQL_HOST"],
        user=os.environ["MYSQL_USER"],
        password=os.environ["MYSQL_PASSWORD"],
        database=os.environ["MYSQL_DATABASE"],
    )


def create_app():
    app = Flask(__name__)

    @app.get("/healthz")
    def healthz():
        return "ok"

    @app.get("/")
    def index():
        with connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 40 + 2")
            return f"{cursor.fetchone()[0]} orders are on their way"

    @app.post("/orders/<name>")
    def order(name):
        pack.delay(name)
        return "taken", 202

    return app
