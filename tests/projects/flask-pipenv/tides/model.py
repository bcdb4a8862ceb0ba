"""A harbour with one tidal wave, M2. Good enough for a paddle, not for a tanker."""

import math
from datetime import datetime, timedelta, timezone

PERIOD = timedelta(hours=12, minutes=25, seconds=14)
EPOCH = datetime(2026, 1, 1, 3, 20, tzinfo=timezone.utc)  # a high water
MEAN, AMPLITUDE = 1.8, 1.45


def height(when=None):
    when = when or datetime.now(timezone.utc)
    phase = 2 * math.pi * ((when - EPOCH) / PERIOD)
    return MEAN + AMPLITUDE * math.cos(phase)


def next_high_water(when=None):
    when = when or datetime.now(timezone.utc)
    return EPOCH + math.ceil((when - EPOCH) / PERIOD) * PERIOD
