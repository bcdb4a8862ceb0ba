"""Packs lie beside the tests as a platform team would keep them; caches go to a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dockgen.knowledge import override

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the person's defaults nor their cache have a say; no pack's rows stay behind."""
    monkeypatch.setenv("DOCKGEN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    override({})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Flask application with PostgreSQL."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "requirements.txt").write_text("flask==3.1.2\npsycopg2==2.9.10\ngunicorn==23.0.0\n")
    (folder / "app.py").write_text(
        'import os\n\nimport psycopg2\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/healthz")\n'
        'def health():\n    return "ok"\n\n\ndef store():\n    return psycopg2.connect(os.environ["DATABASE_URL"])\n'
    )
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Makes a pack of these files; without a manifest among them it gets a plain one."""

    def make(name: str = "mine", **files: str) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        manifest = files.pop("manifest", f'name = "{name}"\nversion = "1"\n')
        (folder / "dockgen-pack.toml").write_text(manifest)
        for path, text in files.items():
            place = folder / path.replace("__", "/").replace("_j2", ".j2")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return folder

    return make
