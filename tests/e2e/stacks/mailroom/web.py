"""Takes letters and hands them to the queue; the consumer files them."""

import pika
from fastapi import FastAPI
from store import AMQP_URL, connect

app = FastAPI()


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@app.post("/items/{text}", status_code=201)
def add(text: str) -> dict[str, str]:
    broker = pika.BlockingConnection(pika.URLParameters(AMQP_URL))
    channel = broker.channel()
    channel.queue_declare("letters", durable=True)
    channel.basic_publish("", "letters", text, pika.BasicProperties(delivery_mode=2))
    broker.close()
    return {"added": text}


@app.get("/items")
def items() -> list[str]:
    with connect() as connection:
        return [text for (text,) in connection.execute("SELECT text FROM letters")]
