from django.db import models


class Picture(models.Model):
    image = models.FileField(upload_to="pictures")
