import os

import psycopg

AMQP_URL = os.environ["AMQP_URL"]


def connect() -> psycopg.Connection:
    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection.execute("CREATE TABLE IF NOT EXISTS letters (text text)")
    return connection
