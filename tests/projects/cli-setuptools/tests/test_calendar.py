from datetime import date

from paydays.calendar import payday


def test_new_years_eve_is_free():
    assert payday(2026, 12) == date(2026, 12, 30)
