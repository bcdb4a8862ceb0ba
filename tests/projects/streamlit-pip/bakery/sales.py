from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parent.parent / "data" / "sales.csv"
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]


def read_sales():
    return pd.read_csv(DATA, dtype={"day": "string", "kind": "string"})


def by_day(sales, kinds):
    """Loaves by day (rows) and kind (columns)."""
    wanted = sales[sales["kind"].isin(kinds)]
    table = wanted.pivot_table(index="day", columns="kind", values="loaves", aggfunc="sum")
    return table.reindex([d for d in DAYS if d in table.index])
