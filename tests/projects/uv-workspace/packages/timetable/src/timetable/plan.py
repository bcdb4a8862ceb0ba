import datetime
from dataclasses import dataclass

from dateutil.rrule import HOURLY, rrule

HARBOURS = {"north": "south", "south": "north"}


@dataclass(frozen=True)
class Sailing:
    leaves: datetime.time
    to: str
    winter: bool


def sailings(harbour: str, day: datetime.date) -> list[Sailing]:
    """Every two hours from seven, every three in winter."""
    winter = day.month in (11, 12, 1, 2)
    first = datetime.datetime.combine(day, datetime.time(7))
    last = first.replace(hour=21)
    times = rrule(HOURLY, interval=3 if winter else 2, dtstart=first, until=last)
    return [Sailing(t.time(), HARBOURS[harbour], winter) for t in times]
