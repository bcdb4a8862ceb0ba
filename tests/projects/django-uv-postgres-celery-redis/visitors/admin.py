from django.contrib import admin

from visitors.models import Line


@admin.register(Line)
class LineAdmin(admin.ModelAdmin):
    list_display = ["text", "words", "written"]
