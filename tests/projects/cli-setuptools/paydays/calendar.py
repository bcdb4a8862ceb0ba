from datetime import date, timedelta
from pathlib import Path

from dateutil.relativedelta import relativedelta

HOLIDAYS = frozenset(
    line for line in Path(__file__).with_name("holidays.txt").read_text().split() if line[0].isdigit()
)


def payday(year, month):
    """The last day of the month that is neither at a weekend nor a public holiday."""
    day = date(year, month, 1) + relativedelta(months=1) - timedelta(days=1)
    while day.weekday() > 4 or day.strftime("%m-%d") in HOLIDAYS:
        day -= timedelta(days=1)
    return day


def paydays(year):
    return [payday(year, month) for month in range(1, 13)]
