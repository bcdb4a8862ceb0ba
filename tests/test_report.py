"""The note that `dockgen explain` prints for a person."""

from __future__ import annotations

from pathlib import Path

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.report import SHOWN, as_text
from dockgen.source import Source


def note(root: Path, requirements: str, code: str) -> list[str]:
    (root / "requirements.txt").write_text(requirements)
    (root / "app.py").write_text(code)
    facts = detect(Source(root))
    return as_text(facts, decide(facts, {})).splitlines()


def test_packages_with_one_reason_stand_in_one_line(tmp_path: Path) -> None:
    lines = note(tmp_path, "flask==3.1.0\npython-ldap==3.4.4\n", "import flask\n\napp = flask.Flask(__name__)\n")
    build = [line for line in lines if line.startswith("  to build")]
    assert len(build) == 1
    assert build[0].split("   [")[0].split()[2:] == ["gcc", "libc6-dev", "libldap-dev", "libsasl2-dev"]


def test_what_is_required_comes_first_and_secrets_show_no_default(tmp_path: Path) -> None:
    code = """import os

import flask

app = flask.Flask(__name__)
app.secret_key = os.environ.get("A_SECRET_KEY", "hunter2")
app.config["LEVEL"] = os.environ.get("B_LEVEL", "info")
app.config["TENANT"] = os.environ["Z_TENANT"]
"""
    lines = [line for line in note(tmp_path, "flask==3.1.0\n", code) if line.startswith("  variable")]
    assert [line.split()[1] for line in lines] == ["Z_TENANT", "A_SECRET_KEY", "B_LEVEL"]
    assert "(required)" in lines[0] and "app.py:8" in lines[0]
    assert "hunter2" not in lines[1]
    assert "default 'info'" in lines[2]


def test_a_long_list_of_optional_variables_is_cut_and_says_so(tmp_path: Path) -> None:
    reads = "\n".join(f'os.getenv("OPTION_{n:02}")' for n in range(SHOWN + 5))
    lines = note(tmp_path, "flask==3.1.0\n", f"import os\nimport flask\n\napp = flask.Flask(__name__)\n{reads}\n")
    assert sum(line.startswith("  variable") for line in lines) == SHOWN
    assert any("and 5 more" in line for line in lines)
