import argparse
import sys
from datetime import date

from tabulate import tabulate

from paydays.calendar import paydays


def run(argv=None):
    parser = argparse.ArgumentParser(description="The paydays of a year.")
    parser.add_argument("--year", type=int, default=date.today().year)
    args = parser.parse_args(argv)
    rows = [(day.strftime("%B"), day.isoformat(), day.strftime("%A")) for day in paydays(args.year)]
    sys.stdout.write(tabulate(rows, headers=["Month", "Payday", "Weekday"]) + "\n")
    return 0
