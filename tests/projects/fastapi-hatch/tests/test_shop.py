from shop.stock import price


def test_price():
    assert price("apple") == 30
