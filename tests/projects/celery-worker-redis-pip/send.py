"""Sends one text to the worker and prints the answer."""

import sys

from digester.tasks import digest_text

if __name__ == "__main__":
    text = sys.argv[1] if len(sys.argv) > 1 else "hello"
    print(digest_text.delay(text).get(timeout=15))
