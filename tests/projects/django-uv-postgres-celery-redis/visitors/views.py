import json

from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from visitors.models import Line
from visitors.tasks import count_words

WELCOME = "Leave us a line"


@require_GET
def index(request):
    return render(request, "visitors/index.html", {"welcome": WELCOME, "lines": Line.objects.all()[:20]})


@csrf_exempt
@require_http_methods(["GET", "POST"])
def lines(request):
    if request.method == "POST":
        try:
            text = json.loads(request.body)["text"]
        except (ValueError, KeyError, TypeError):
            return JsonResponse({"error": "give a text"}, status=400)
        line = Line.objects.create(text=text)
        count_words.delay(line.pk)
        return JsonResponse({"id": line.pk}, status=201)
    found = Line.objects.values("id", "text", "words")[:100]
    return JsonResponse({"lines": list(found)})
