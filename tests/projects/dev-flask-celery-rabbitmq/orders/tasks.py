import os

from celery import Celery

celery = Celery("orders", broker=os.environ["CELERY_BROKER_URL"])


@celery.task
def pack(name):
    print(f"packed for {name}", flush=True)
