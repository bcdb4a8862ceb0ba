"""Entries, kept in PostgreSQL."""

import os

import psycopg

TABLE = "CREATE TABLE IF NOT EXISTS entries (id serial PRIMARY KEY, amount integer NOT NULL)"


def connect() -> psycopg.Connection:
    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection.execute("SELECT pg_advisory_lock(1)")  # two services may start at once
    connection.execute(TABLE)
    connection.execute("SELECT pg_advisory_unlock(1)")
    return connection


def add(amount: int) -> None:
    with connect() as connection:
        connection.execute("INSERT INTO entries (amount) VALUES (%s)", (amount,))


def total() -> int:
    with connect() as connection:
        row = connection.execute("SELECT coalesce(sum(amount), 0) FROM entries").fetchone()
    return int(row[0]) if row else 0
