from tides.model import EPOCH, PERIOD, height, next_high_water


def test_high_water_is_high():
    assert height(EPOCH) > height(EPOCH + PERIOD / 4) > height(EPOCH + PERIOD / 2)


def test_next():
    assert next_high_water(EPOCH + PERIOD / 2) == EPOCH + PERIOD
