from django.core.files.base import ContentFile
from django.core.mail import send_mail
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pictures.models import Picture


def index(request):
    return HttpResponse(f"{Picture.objects.count()} pictures on the wall, {request.scheme}")


@csrf_exempt
def picture(request, name):
    saved = Picture()
    saved.image.save(name, ContentFile(request.body))
    return HttpResponse(saved.image.url, status=201)


@csrf_exempt
def greet(request, name):
    send_mail("Hello", f"Welcome to the gallery, {name}.", "gallery@example.com", [f"{name}@example.com"])
    return HttpResponse("sent")
