from django.urls import path

from votes import views

urlpatterns = [path("", views.index), path("vote", views.vote)]
