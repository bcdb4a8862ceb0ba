"""Writes a mail for every order."""

import os

import redis

GREETING = "Dear"


def main() -> None:
    queue = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    while True:
        _, name = queue.brpop("orders")
        queue.lpush("mails", f"{GREETING} {name}")
        print("mail to", name)


if __name__ == "__main__":
    main()
