"""Puts stock-taking into the slow queue, again and again."""

import time

from shop.queues import slow
from shop.tasks import total


def main() -> None:
    while True:
        slow.enqueue(total, [])
        time.sleep(600)


if __name__ == "__main__":
    main()
