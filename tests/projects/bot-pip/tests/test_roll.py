import pytest

from dice.roll import BadRoll, roll


def test_one_side():
    assert roll("3d1+2") == "3d1+2: 1 + 1 + 1 = 5"


def test_bad():
    with pytest.raises(BadRoll):
        roll("six")
