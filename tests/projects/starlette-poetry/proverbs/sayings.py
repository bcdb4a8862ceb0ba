import datetime
from importlib.resources import files


def sayings() -> list[str]:
    text = files("proverbs").joinpath("data/sayings.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def of_the_day(day: datetime.date) -> str:
    found = sayings()
    return found[day.toordinal() % len(found)]
