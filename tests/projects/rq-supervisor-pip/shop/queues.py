import os

from redis import Redis
from rq import Queue

connection = Redis.from_url(os.environ["REDIS_URL"])
urgent = Queue("urgent", connection=connection)
slow = Queue("slow", connection=connection)
