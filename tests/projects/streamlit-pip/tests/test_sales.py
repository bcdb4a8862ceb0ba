from bakery.sales import by_day, read_sales


def test_days_in_order():
    assert list(by_day(read_sales(), ["rye"]).index) == ["Mon", "Tue", "Wed"]
