from stock.items import below_minimum


def test_below():
    assert below_minimum([{"name": "a", "count": 1, "minimum": 2}]) == ["a"]
