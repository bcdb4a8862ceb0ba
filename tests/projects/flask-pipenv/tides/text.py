from babel.dates import format_datetime


def clock(when, lang):
    return format_datetime(when, "EEEE HH:mm", locale=lang)
