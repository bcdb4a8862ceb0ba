import datetime

from moonphase.phase import illumination, phase_name


def test_full_moon() -> None:
    day = datetime.date(2026, 1, 3)
    assert phase_name(day) == "full moon"
    assert illumination(day) > 0.97
