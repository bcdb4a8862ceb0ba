import os

import redis
from flask import Flask

app = Flask(__name__)
queue = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/orders/<name>")
def order(name):
    queue.lpush("orders", name)
    return {"ordered": name}, 202


@app.get("/mails")
def mails():
    return {"mails": queue.lrange("mails", 0, -1)}
