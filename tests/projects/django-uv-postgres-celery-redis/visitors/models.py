from django.db import models


class Line(models.Model):
    text = models.CharField(max_length=280)
    words = models.PositiveIntegerField(null=True)
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-written"]

    def __str__(self):
        return self.text[:40]
