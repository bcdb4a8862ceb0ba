from celery import shared_task

from visitors.models import Line


@shared_task
def count_words(line_id):
    line = Line.objects.get(pk=line_id)
    line.words = len(line.text.split())
    line.save(update_fields=["words"])
