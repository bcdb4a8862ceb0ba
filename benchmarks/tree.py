"""How long `dockgen explain` takes on trees of 1,000, 10,000 and 100,000 files, and how much memory.

    python benchmarks/tree.py [--files 1000 10000 100000] [--seconds 3] [--megabytes 200] [--keep DIR]

A tenth of the files are Python: packages of a web application that import each other, with routes, models,
settings and tasks, as large as such modules are (about 90 lines). The rest is what lies beside them: templates,
static files, JSON, translations. Once more as many files lie in folders that no reader needs to enter:
node_modules, .git, .venv and what .gitignore names. Every run is a fresh process. Exits 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PER_FOLDER = 50

MODULE = '''"""Orders of the {name} part: what is asked for, what is checked, what is kept."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import DateTime, ForeignKey, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from shop.database import Base, session
from shop.{other} import helpers as other_helpers
from shop.settings import settings

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/{name}", tags=["{name}"])
LIMIT = {number}
STATES = {{"new": 0, "paid": 1, "sent": 2, "back": 3}}


class {title}(Base):
    __tablename__ = "{name}"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    state: Mapped[int] = mapped_column(Integer, default=STATES["new"])
    made: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    owner = relationship("User", back_populates="{name}")


@dataclass(frozen=True)
class Filter:
    """What a list is asked for."""

    name: str = ""
    states: tuple[int, ...] = ()
    since: datetime | None = None
    words: list[str] = field(default_factory=list)

    def fits(self, row: {title}) -> bool:
        if self.name and self.name.lower() not in row.name.lower():
            return False
        if self.states and row.state not in self.states:
            return False
        return not (self.since and row.made < self.since)


@router.get("/")
def index(name: str = "", limit: int = LIMIT, db: Session = Depends(session)) -> list[dict[str, object]]:
    rows = db.scalars(select({title}).where({title}.name.contains(name)).limit(min(limit, LIMIT)))
    return [{{"id": row.id, "name": row.name, "state": row.state, "made": row.made.isoformat()}} for row in rows]


@router.get("/{{row_id}}")
def show(row_id: int, db: Session = Depends(session)) -> dict[str, object]:
    row = db.get({title}, row_id)
    if row is None:
        raise HTTPException(404, f"no {name} {{row_id}}")
    return {{"id": row.id, "name": row.name, "age": age(row).total_seconds()}}


@router.post("/", status_code=201)
def create(name: str, db: Session = Depends(session)) -> dict[str, int]:
    if len(name) > settings.longest_name:
        raise HTTPException(422, "too long")
    row = {title}(name=name.strip(), made=datetime.now(timezone.utc))
    db.add(row)
    db.commit()
    logger.info("made %s %d", "{name}", row.id)
    return {{"id": row.id}}


def age(row: {title}) -> timedelta:
    return datetime.now(timezone.utc) - row.made


def summary(rows: list[{title}]) -> dict[str, int]:
    counts = dict.fromkeys(STATES, 0)
    for row in rows:
        for word, number in STATES.items():
            if row.state == number:
                counts[word] += 1
    if other_helpers.strict() and sum(counts.values()) != len(rows):
        raise ValueError("a state that nobody knows")
    return counts


def strict() -> bool:
    return LIMIT > 100 and settings.strict
'''
MAIN = '''"""The application."""

import uvicorn
from fastapi import FastAPI

from shop import parts
from shop.settings import settings

app = FastAPI(title="shop")
for router in parts.routers():
    app.include_router(router)


@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=settings.port)
'''
SETTINGS = '''"""Settings from the environment."""

import os

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str
    port: int = 8000
    longest_name: int = 200
    strict: bool = False
    region: str = os.environ.get("REGION", "eu")


settings = Settings()
'''
ROOT = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.12"\n'
    'dependencies = ["fastapi", "uvicorn", "sqlalchemy", "psycopg", "pydantic-settings"]\n',
    ".gitignore": "node_modules/\n.venv/\n__pycache__/\n*.pyc\n/build/\n/data/\n*.log\n.env\n!keep.log\ndist/\n",
    "shop/__init__.py": "",
    "shop/main.py": MAIN,
    "shop/settings.py": SETTINGS,
    "shop/database.py": "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n",
    "shop/parts.py": "def routers():\n    return []\n",
}
BESIDE = ("html", "css", "json", "svg", "po", "md", "txt", "png", "js")


def make_tree(root: Path, files: int) -> int:
    """Writes the tree; returns how many Python files it has."""
    for name, text in ROOT.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    python = files // 10
    for number in range(python - 5):
        folder = root / "shop" / f"part{number // PER_FOLDER}" / f"sub{number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        name = f"orders{number}"
        other = f"part{number // PER_FOLDER // 2}.sub{number % 7}"
        text = MODULE.format(name=name, title=name.title(), other=other, number=number)
        (folder / f"{name}.py").write_text(text)
    for number in range(files - python):
        folder = (
            root
            / "shop"
            / f"part{number // PER_FOLDER % max(python // PER_FOLDER, 1)}"
            / "assets"
            / f"set{number % 11}"
        )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number}.{BESIDE[number % len(BESIDE)]}").write_text("x\n")
    for number in range(files):
        place = ("node_modules", ".git/objects", ".venv/lib", "build", "data")[number % 5]
        folder = root / place / f"p{number // 200}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}.py").touch()
    return python


def measure(root: Path) -> tuple[float, float]:
    """(seconds, megabytes at the most) of one explain in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "dockgen", "explain", "--json", str(root)], stdout=subprocess.DEVNULL, env=ENVIRONMENT
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"tree.py: explain ended with {os.waitstatus_to_exitcode(status)}; nothing was measured")
    return seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)


def main() -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--megabytes", type=float, default=200.0)
    parser.add_argument("--keep", type=Path, help="make the trees here, and leave them")
    options = parser.parse_args()
    passed = False
    print(f"{'files':>8} {'Python':>7} {'seconds':>8} {'MB':>6}")
    for files in options.files:
        with tempfile.TemporaryDirectory() as folder:
            root = (options.keep or Path(folder)) / f"tree{files}"
            python = len(list(root.rglob("shop/**/*.py"))) if root.exists() else make_tree(root, files)
            measure(root)  # the operating system's caches, and dockgen's bytecode
            seconds, megabytes = min(measure(root) for _ in range(3))
        print(f"{files:8} {python:7} {seconds:8.2f} {megabytes:6.0f}")
        passed = passed or seconds > options.seconds or megabytes > options.megabytes
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
