from tracker.store import Parcel, Store


def test_the_oldest_is_forgotten() -> None:
    store = Store(limit=1)
    store.put(Parcel(code="NL000001", place="Delft"))
    store.put(Parcel(code="NL000002", place="Gouda"))
    assert store.get("NL000001") is None
    assert len(store) == 1
