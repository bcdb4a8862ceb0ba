"""The form of the tables of labelled repositories (tests/e2e/repositories.json, repositories_blind.json, repositories_blind3_b.json).

What the labels say is measured by tests/e2e/score_detection.py; here only a row that nothing could read is an error.
"""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import pytest

TABLES = tuple(
    Path(__file__).parent / "e2e" / name
    for name in (
        "repositories.json",
        "repositories_blind.json",
        "repositories_blind3_a.json",
        "repositories_blind3_b.json",
    )
)
ROWS: list[dict[str, Any]] = [row for table in TABLES for row in json.loads(table.read_text(encoding="utf-8"))]

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "uniqueItems": True}
STATUS = {"type": "array", "items": {"type": "integer", "minimum": 100, "maximum": 599}, "minItems": 1}
MINOR = {"type": "string", "pattern": r"^[23]\.\d+$"}
ROUTE = {"type": "string", "pattern": "^/"}


def record(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """A schema of an object with these keys and no other."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": sorted(required),
        "additionalProperties": False,
    }


EXPECT = {
    "oneOf": [
        record(
            {"kind": {"const": "http"}, "path": ROUTE, "status": STATUS},
            {"contains": TEXT, "without_services": record({"path": ROUTE, "status": STATUS})},
        ),
        record({"kind": {"const": "exit"}, "code": {"type": "integer"}}, {"command": TEXT, "stdout_contains": TEXTS}),
        record({"kind": {"const": "listen"}, "port": {"type": "integer"}}),
    ]
}
ROW = record(
    {
        "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"},
        "set": {"const": "own"},
        "suite": {"const": "own"},
        "repo": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$"},
        "commit": {"type": "string", "pattern": "^[0-9a-f]{40}$"},
        "commit_date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "subdir": {"type": "string"},
        "license": TEXT,
        "size_kb": {"type": "integer", "minimum": 0},
        "files": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["web", "worker", "scheduler", "bot", "cli", "script", "notebook", "release"]},
        "frameworks": TEXTS,
        "tags": TEXTS,
        "package_manager": {
            "enum": [
                "pip",
                "pip-tools",
                "uv",
                "poetry",
                "pdm",
                "pipenv",
                "hatch",
                "flit",
                "conda",
                "pixi",
                "pep723",
                "none",
            ]
        },
        "lock_file": {"type": ["string", "null"], "minLength": 1},
        "dependency_files": TEXTS,
        "python": record({"choose": MINOR, "acceptable": {"type": "array", "items": MINOR}, "evidence": TEXTS}),
        "entry": record(
            {
                "type": {"enum": ["asgi", "wsgi", "factory", "script", "module", "console", "command", "notebook"]},
                "value": TEXT,
            },
            {"acceptable": {**TEXTS, "minItems": 1}},
        ),
        "start": TEXT,
        "other_processes": {"type": "object", "additionalProperties": TEXT},
        "port": {"type": ["integer", "null"], "minimum": 1, "maximum": 65535},
        "health_path": {"type": ["string", "null"], "pattern": "^/"},
        "services": record({"required": TEXTS, "optional": TEXTS}),
        "env_required": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            "additionalProperties": {"type": "string"},  # an empty password is a value, too
        },
        "system_packages": record({"build": TEXTS, "run": TEXTS, "tools": TEXTS, "note": {"type": "string"}}),
        "node_frontend": {"type": ["string", "null"], "minLength": 1},
        "own_dockerfiles": {
            "type": "array",
            "items": record(
                {
                    "path": TEXT,
                    "base": TEXT,
                    "stages": {"type": "integer", "minimum": 1},
                    "multi_stage": {"type": "boolean"},
                    "non_root": {"type": "boolean"},
                }
            ),
        },
        "startable_without_services": {"enum": ["yes", "no"]},
        "startable_note": {"type": "string"},
        "expect": EXPECT,
        "traps": {**TEXTS, "minItems": 1},
        "label_basis": {"enum": ["files", "files+run"]},
        "confidence": {"enum": ["high", "medium", "low"]},
        "observed": {"type": "array"},
    }
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_a_row_has_the_form_of_the_table(row: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(ROW).validate(row)
    assert row["python"]["choose"] in row["python"]["acceptable"]
    for name in (row["subdir"], row["lock_file"] or "", *row["dependency_files"]):
        assert not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
    assert row["lock_file"] is None or row["lock_file"] in row["dependency_files"]
    assert not set(row["services"]["required"]) & set(row["services"]["optional"])


def test_no_case_stands_twice() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({(row["repo"], row["subdir"]) for row in ROWS}) == len(ROWS)


def test_no_package_index_is_named() -> None:
    """The table is committed: it must not tie anyone to one index or mirror."""
    hosts = re.findall(
        r"[\w.-]*(?:pypi|pythonhosted|npmjs|crates|mirror)[\w-]*\.[a-z]{2,}",
        "".join(table.read_text("utf-8") for table in TABLES),
    )
    assert hosts == []
