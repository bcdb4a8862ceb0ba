import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "polls.settings")
app = Celery("polls")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task
def count(words: str) -> int:
    return len(words.split())
