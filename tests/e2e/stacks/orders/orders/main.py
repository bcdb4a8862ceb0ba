"""Orders over HTTP, kept in PostgreSQL."""

from fastapi import FastAPI
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select

from orders.settings import settings

# pool_pre_ping: a connection that a restart of the database cut is replaced, not handed out.
engine = create_engine(settings.database_url, pool_pre_ping=True)
metadata = MetaData()
orders = Table("orders", metadata, Column("id", Integer, primary_key=True), Column("text", String(200)))
app = FastAPI()


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@app.post("/items/{text}", status_code=201)
def add(text: str) -> dict[str, str]:
    with engine.begin() as connection:
        connection.execute(insert(orders).values(text=text))
    return {"added": text}


@app.get("/items")
def items() -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(orders.c.text)))
