import argparse
import datetime
import json
from pathlib import Path

from platformdirs import user_config_path
from rich.console import Console

from moonphase import __version__
from moonphase.phase import illumination, phase_name

LABEL = "Moon on"


def read_config(path: Path) -> dict[str, object]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return {}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="moonphase", description="The moon's phase on a day.")
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=datetime.date.today())
    parser.add_argument("--config", type=Path, default=user_config_path("moonphase") / "config.json")
    parser.add_argument("--version", action="version", version=__version__)
    args = parser.parse_args(argv)

    config = read_config(args.config)
    console = Console(no_color=bool(config.get("plain")), highlight=False)
    name = phase_name(args.date)
    console.print(f"{LABEL} {args.date}: [bold]{name}[/bold] ({illumination(args.date):.0%})")
    return 0
