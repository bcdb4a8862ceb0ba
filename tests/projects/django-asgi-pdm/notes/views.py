import json

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from notes.models import Note

HEADING = "Chalk is cheap"


async def index(request):
    return render(request, "notes/index.html", {"heading": HEADING})


async def notes(request):
    if request.method == "POST":
        note = await Note.objects.acreate(text=json.loads(request.body)["text"])
        return JsonResponse({"id": note.pk}, status=201)
    return JsonResponse({"notes": [note.text async for note in Note.objects.order_by("pk")]})


async def health(request):
    return HttpResponse("fine")
