import json
from pathlib import Path


def load_items():
    return json.loads(Path(__file__).with_name("items.json").read_text(encoding="utf-8"))


def below_minimum(items):
    return [i["name"] for i in items if i["count"] < i["minimum"]]
