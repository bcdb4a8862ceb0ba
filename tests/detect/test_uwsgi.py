"""What uWSGI's configuration needs to be compiled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.uwsgi import uwsgi_needs
from dockgen.source import Source


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("[uwsgi]\nmodule = a\nroute = ^/static/ addheader:A: b\n", {"libpcre2-dev": 3}),
        ("[uwsgi:prod]\nerror-route-status = 404 redirect:/\n", {"libpcre2-dev": 2}),
        ("[uwsgi]\nhttps = :8443,a.crt,a.key\n", {"libssl-dev": 2}),
        ("[uwsgi]\nhttp = :8000\nmaster = true\n# route = x\nprocesses=2\n", {}),
        ("[tool]\nroute = x\n", {}),
        ("\x00\xff[[\n", {}),
    ],
)
def test_needs(tmp_path: Path, text: str, needs: dict[str, int]) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "uwsgi.ini").write_bytes(text.encode("latin-1"))
    (tmp_path / "a.py").write_text("")
    found = {fact.value: fact.evidence[0].line for fact in uwsgi_needs(Source(tmp_path))}
    assert found == needs
