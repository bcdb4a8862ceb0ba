import pytest

from digester.digests import digest


def test_known():
    assert digest("").endswith(":e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


def test_unknown_kind():
    with pytest.raises(ValueError):
        digest("", "crc")
