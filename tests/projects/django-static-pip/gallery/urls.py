from django.contrib import admin
from django.urls import path
from pictures import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", views.index),
    path("pictures/<str:name>", views.picture),
    path("greet/<str:name>", views.greet),
]
