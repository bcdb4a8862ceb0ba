"""Mean lunations counted from a known new moon: right to about half a day."""

import datetime
import math

SYNODIC = 29.530588853
NEW_MOON = datetime.datetime(2000, 1, 6, 18, 14, tzinfo=datetime.timezone.utc)
NAMES = (
    "new moon", "waxing crescent", "first quarter", "waxing gibbous",
    "full moon", "waning gibbous", "last quarter", "waning crescent",
)  # fmt: skip


def _turn(day: datetime.date) -> float:
    noon = datetime.datetime.combine(day, datetime.time(12), datetime.timezone.utc)
    return (noon - NEW_MOON) / datetime.timedelta(days=SYNODIC) % 1


def phase_name(day: datetime.date) -> str:
    return NAMES[round(_turn(day) * 8) % 8]


def illumination(day: datetime.date) -> float:
    return (1 - math.cos(2 * math.pi * _turn(day))) / 2
