from collections import OrderedDict
from datetime import datetime, timezone

from pydantic import BaseModel, Field


class Parcel(BaseModel):
    code: str = Field(pattern=r"^[A-Z]{2}\d{6}$")
    place: str
    seen: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))


class Store:
    """The newest parcels; the oldest are forgotten when there are too many."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parcels: OrderedDict[str, Parcel] = OrderedDict()

    def put(self, parcel: Parcel) -> None:
        self._parcels[parcel.code] = parcel
        self._parcels.move_to_end(parcel.code)
        while len(self._parcels) > self._limit:
            self._parcels.popitem(last=False)

    def get(self, code: str) -> Parcel | None:
        return self._parcels.get(code)

    def __len__(self) -> int:
        return len(self._parcels)
