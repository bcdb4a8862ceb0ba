"""Counts its rounds in redis; it stays up, and waits where redis is away."""

import os
import time

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

store = redis.Redis.from_url(os.environ["REDIS_URL"], retry=Retry(ExponentialBackoff(cap=1), 20), decode_responses=True)


def main() -> None:
    while True:
        print("round", store.incr("rounds"), flush=True)
        time.sleep(1)


if __name__ == "__main__":
    main()
