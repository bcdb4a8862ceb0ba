from decimal import Decimal

import pytest

from rates.table import UnknownCurrency, convert


def test_there_and_back():
    assert convert(convert(Decimal(100), "EUR", "CZK"), "CZK", "EUR") == 100


def test_unknown():
    with pytest.raises(UnknownCurrency):
        convert(Decimal(1), "EUR", "XXX")
