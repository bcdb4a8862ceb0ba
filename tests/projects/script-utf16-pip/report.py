import sys
from datetime import date

from colorama import Fore, Style, just_fix_windows_console
from jinja2 import Environment, PackageLoader, select_autoescape
from tabulate import tabulate

from stock.items import below_minimum, load_items

HEADLINE = "Stock report"


def render(items):
    env = Environment(loader=PackageLoader("stock"), autoescape=select_autoescape(), trim_blocks=True)
    rows = [(i["name"], i["count"], i["minimum"]) for i in items]
    table = tabulate(rows, headers=["item", "count", "minimum"], tablefmt="github")
    return env.get_template("report.txt").render(headline=HEADLINE, table=table, missing=below_minimum(items))


def main():
    just_fix_windows_console()
    if sys.platform == "win32":
        import win32api

        print("printed by", win32api.GetUserName())
    print(render(load_items()))
    print(Fore.GREEN + f"done on {date.today()}" + Style.RESET_ALL)


if __name__ == "__main__":
    main()
