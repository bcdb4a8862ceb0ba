import datetime

from tabulate import tabulate
from timetable import HARBOURS, sailings


def main() -> None:
    day = datetime.date.today() + datetime.timedelta(days=1)
    rows = [(s.leaves, harbour, s.to) for harbour in HARBOURS for s in sailings(harbour, day)]
    print(tabulate(sorted(rows), headers=[str(day), "from", "to"]))
