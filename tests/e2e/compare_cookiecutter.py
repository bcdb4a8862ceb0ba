"""Real cookiecutter templates: what dockgen makes of them, byte for byte against cookiecutter itself.

    python tests/e2e/compare_cookiecutter.py --cookiecutter .venv-cookiecutter/bin/cookiecutter TEMPLATE [TEMPLATE ...]

TEMPLATE is a folder with cookiecutter.json. Both render it with the same answers, filled from the facts of a small
project, and without hooks; files that are no text are left out, as dockgen leaves them out. Exit code 1 where they
differ.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

PROJECT = ROOT / "tests/projects/fastapi-pip"


def ours(template: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """dockgen's files, and the answers that it found for the template's variables."""
    from dockgen.cli.reading import read_project

    project = read_project(PROJECT, {"template": str(template)})
    made = project.make(*project.decide())
    return {name: text.encode() for name, text in made.files.items()}, dict(made.values)


def theirs(cookiecutter: str, template: Path, values: dict[str, Any], folder: Path) -> dict[str, bytes]:
    """cookiecutter's files. Raises CalledProcessError."""
    said = [f"{k}={v if isinstance(v, str) else 'yes' if v else 'no'}" for k, v in values.items()]
    words = [cookiecutter, str(template), "--no-input", "--accept-hooks", "no", "--output-dir", str(folder), *said]
    plain = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run(words, check=True, capture_output=True, text=True, env=plain)
    root = next(path for path in folder.iterdir() if path.is_dir())
    files = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    return {name: data for name, data in files.items() if b"\0" not in data}


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cookiecutter", default="cookiecutter", help="the program")
    parser.add_argument("templates", nargs="+", type=Path, metavar="TEMPLATE")
    options = parser.parse_args()
    failed = False
    for template in options.templates:
        made, values = ours(template.resolve())
        with tempfile.TemporaryDirectory() as folder:
            wanted = theirs(options.cookiecutter, template.resolve(), values, Path(folder))
        differing = sorted(name for name in {*made, *wanted} if made.get(name) != wanted.get(name))
        failed |= bool(differing)
        print(
            f"{template.name}: {len(made)} files, {len(differing)} differ{': ' if differing else ''}{', '.join(differing[:9])}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
