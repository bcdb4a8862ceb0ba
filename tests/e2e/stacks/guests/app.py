"""A guest book in MariaDB."""

import os

import pymysql
from flask import Flask, jsonify

app = Flask(__name__)


def connect():
    return pymysql.connect(
        host=os.environ["MARIADB_HOST"], user=os.environ["MARIADB_USER"], password=os.environ["MARIADB_PASSWORD"],
        database=os.environ["MARIADB_DATABASE"], autocommit=True,
    )  # fmt: skip


def table() -> None:
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS guests (name VARCHAR(200))")


table()


@app.get("/health")
def health():
    return "ok"


@app.post("/items/<text>")
def add(text: str):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO guests VALUES (%s)", (text,))
    return jsonify(added=text), 201


@app.get("/items")
def items():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name FROM guests")
        return jsonify([name for (name,) in cursor.fetchall()])
