import json

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from books.models import Book


def index(request):
    return HttpResponse("The reading room is open.\n", content_type="text/plain")


@require_http_methods(["GET", "POST"])
def books(request):
    if request.method == "POST":
        book = Book.objects.create(title=json.loads(request.body)["title"])
        return JsonResponse({"id": book.pk}, status=201)
    return JsonResponse({"books": list(Book.objects.values("id", "title", "reader"))})


def livez(request):
    return HttpResponse("alive", content_type="text/plain")
