from django.http import HttpRequest, HttpResponse

from polls.celery import count
from votes.models import Vote


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Welcome to the polls: {Vote.objects.count()} votes")


def vote(request: HttpRequest) -> HttpResponse:
    Vote.objects.create(choice=request.GET.get("choice", "none"))
    count.delay("one two")
    return HttpResponse("voted")
