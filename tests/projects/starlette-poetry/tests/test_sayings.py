import datetime

from proverbs.sayings import of_the_day, sayings


def test_every_day_has_one() -> None:
    day = datetime.date(2026, 1, 1)
    found = {of_the_day(day + datetime.timedelta(days=n)) for n in range(3)}
    assert found == set(sayings())
