from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=200)
    reader = models.CharField(max_length=100, blank=True)

    def __str__(self):
        return self.title
