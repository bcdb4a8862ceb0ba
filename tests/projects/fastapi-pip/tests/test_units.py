from backend.stations.catalogue import nearest
from backend.stations.units import to_fahrenheit


def test_freezing():
    assert to_fahrenheit(0) == 32


def test_nearest():
    assert nearest(54, 8).name == "Helgoland"
