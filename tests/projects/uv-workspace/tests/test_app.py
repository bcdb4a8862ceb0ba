from ferry_api.app import readyz


def test_ready() -> None:
    assert readyz() == {"ready": True}
