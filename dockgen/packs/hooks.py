"""Scripts that a pack wants to run: only with --trust, in a copy of what was rendered, never in the project."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from dockgen.packs.manifest import BrokenPack, safe_path

SECONDS = 60
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")


def run_hooks(scripts: Sequence[tuple[Path, str]], files: Mapping[str, str], name: str = "") -> dict[str, str]:
    """The files after the scripts have run over them, "pre..." before they are there and the others after.

    `scripts`: (path, when). Raises BrokenPack for a script that fails: nothing is written then.
    """
    with tempfile.TemporaryDirectory(prefix="dockgen-hooks-") as temporary:
        folder = Path(temporary, name or "project")
        folder.mkdir()
        for script, when in scripts:
            if when.startswith("pre"):
                _run(script, folder)
        for path, text in files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode())
        for script, when in scripts:
            if not when.startswith("pre"):
                _run(script, folder)
        found: dict[str, str] = {}
        for place in sorted(folder.rglob("*")):
            path = place.relative_to(folder).as_posix()
            if place.is_file() and not place.is_symlink() and ".git" not in path.split("/"):
                found[safe_path(path, "a hook")] = place.read_bytes().decode("utf-8", "replace")
        order = {path: at for at, path in enumerate(files)}
        return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def _run(script: Path, folder: Path) -> None:
    starter = {".py": [sys.executable], ".sh": ["sh"]}.get(script.suffix, [])
    environment = {key: os.environ[key] for key in INHERITED if key in os.environ}
    try:
        done = subprocess.run(  # noqa: S603
            [*starter, str(script.resolve())], cwd=folder, env=environment, capture_output=True, text=True,
            timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BrokenPack(f"cannot be run: {error}", file=script.name) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise BrokenPack(f"ended with {done.returncode}: {said[-1] if said else ''}; nothing was written",
                         file=script.name)  # fmt: skip
