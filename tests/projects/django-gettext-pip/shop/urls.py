from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext
urlpatterns = [path("", lambda request: HttpResponse(gettext("Good day")))]
