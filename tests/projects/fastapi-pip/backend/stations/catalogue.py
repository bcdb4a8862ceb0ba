import csv
import math
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).with_name("stations.csv")


@dataclass(frozen=True)
class Station:
    name: str
    lat: float
    lon: float
    mean: float

    def as_dict(self):
        return asdict(self)


@lru_cache
def all_stations():
    with DATA.open(newline="", encoding="utf-8") as lines:
        return tuple(
            Station(r["name"], float(r["lat"]), float(r["lon"]), float(r["mean"])) for r in csv.DictReader(lines)
        )


def nearest(lat, lon):
    return min(all_stations(), key=lambda s: math.hypot(s.lat - lat, s.lon - lon))
