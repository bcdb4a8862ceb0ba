"""Every project of tests/projects gives exactly the files of tests/golden, on any machine.

`pytest tests/test_golden.py --update-golden` writes them anew; the change is then read in review.
"""

from __future__ import annotations

import difflib
import json
import shutil
from pathlib import Path

import pytest

from tests.e2e import lab
from tests.expectations import EXPECTATIONS, Expectation

HERE = Path(__file__).parent
PROJECTS = tuple(sorted(p.name for p in (HERE / "projects").glob("*") if p.is_dir()))
GOLDEN = HERE / "golden"


def made(project: str) -> dict[str, str]:
    """The files that init would write, and explain.json."""
    folder = HERE / "projects" / project
    dry = lab.dockgen("init", str(folder), "--yes", "--dry-run", "--json")
    assert dry.code == 0, dry.text
    files: dict[str, str] = json.loads(dry.out)["files"]
    explain = lab.dockgen("explain", str(folder), "--json")
    assert explain.code == 0, explain.text
    return {**files, "explain.json": explain.out}


def golden_files(project: str) -> dict[str, bytes]:
    """Path in the project -> content; files of several applications lie in their folders."""
    folder = GOLDEN / project
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_there_are_projects() -> None:
    assert len(PROJECTS) >= 15
    assert {e.folder for e in EXPECTATIONS} <= set(PROJECTS)


def test_no_golden_files_of_projects_that_are_gone() -> None:
    assert sorted(p.name for p in GOLDEN.iterdir()) == list(PROJECTS)


@pytest.mark.parametrize("project", PROJECTS)
def test_golden(project: str, request: pytest.FixtureRequest) -> None:
    files = made(project)
    folder = GOLDEN / project
    if request.config.getoption("--update-golden"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())
        return
    there = {name: data.decode() for name, data in golden_files(project).items()}
    assert sorted(files) == sorted(there), "another set of files; pytest tests/test_golden.py --update-golden"
    difference = "".join(
        "".join(
            difflib.unified_diff(there[name].splitlines(True), files[name].splitlines(True), f"golden/{name}", name)
        )
        for name in sorted(files)
    )
    assert not difference, f"{difference}\npytest tests/test_golden.py --update-golden, if this is as it should be"


SETTINGS = (
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1"},
    {
        "LC_ALL": "tr_TR.UTF-8",
        "TZ": "America/St_Johns",
        "PYTHONHASHSEED": "4711",
        "SOURCE_DATE_EPOCH": "0",
        "COLUMNS": "40",
    },
)
"""Two machines that have nothing in common."""


@pytest.mark.parametrize("project", PROJECTS)
def test_same_bytes_on_any_machine(project: str, tmp_path: Path) -> None:
    """Written from elsewhere by relative path, and from inside, in other locales, time zones and hash seeds."""
    written = []
    for number, environment in enumerate(SETTINGS):
        folder = tmp_path / str(number) / project
        lab.copy_tree(HERE / "projects" / project, folder)
        before = {p.relative_to(folder) for p in folder.rglob("*")}
        place, cwd = (project, folder.parent) if number == 0 else (".", folder)
        explained = lab.dockgen("explain", place, "--json", env=environment, cwd=cwd)
        assert explained.code == 0, explained.text
        result = lab.dockgen("init", place, "--yes", env=environment, cwd=cwd)
        assert result.code == 0, result.text
        new = {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()} - before
        written.append({p.as_posix(): (folder / p).read_bytes() for p in sorted(new) if p.parts[0] != ".secrets"})
        written[-1]["explain.json"] = explained.out.encode()
    assert written[0] == written[1]
    assert {k: v for k, v in written[0].items() if k != ".dockgen.toml"} == golden_files(project)


@pytest.mark.parametrize("project", PROJECTS)
def test_a_second_init_changes_nothing(project: str, tmp_path: Path) -> None:
    folder = tmp_path / project
    lab.copy_tree(HERE / "projects" / project, folder)
    assert lab.dockgen("init", str(folder), "--yes").code == 0
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    again = lab.dockgen("init", str(folder), "--yes")
    assert again.code == 0, again.text
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("expected", EXPECTATIONS, ids=lambda e: e.folder)
def test_explain_says_what_a_person_would(expected: Expectation) -> None:
    """The golden files show what dockgen says; this, that it is right.

    Three answers have more than one right form: a worker's application may be named by its module or its
    object; requirements.txt without hashes is a lock file to some and not to others; and where no health route is
    seen, a connection to the port is the check. Another route than the right one is never right.
    """
    result = lab.dockgen("explain", str(expected.path), "--json")
    assert result.code == 0, result.text
    record = json.loads(result.out)
    facts, plan = record["facts"], record["plan"]
    loose_lock = expected.lock_file == "requirements.txt" and "--hash=" not in _text(expected.path / "requirements.txt")
    entry = facts["entry"] and facts["entry"]["value"]
    if expected.kind == "worker" and entry:
        entry = entry if not entry.startswith(expected.entry + ".") else expected.entry
    said = {
        "manager": facts["package_manager"]["value"],
        "lock_file": facts["lock_file"]["value"] if facts["lock_file"] else expected.lock_file if loose_lock else None,
        "python fits": facts["python"]["value"] in expected.python,
        "entry": entry,
        "kind": plan["processes"][0]["kind"],
        "frameworks missing": sorted(set(expected.frameworks) - {f["value"] for f in facts["frameworks"]}),
        "services": sorted(plan["services"]),
        "processes": [p["kind"] for p in plan["processes"]],
        "env_required missing": sorted(set(expected.env_required) - {v["name"] for v in facts["env"] if v["required"]}),
        "health_path": plan["processes"][0]["health_path"] or expected.health_path,
        "runtime missing": sorted(set(expected.runtime) - {p["value"] for p in facts["system_packages"]["runtime"]}),
        "build missing": sorted(set(expected.build) - {p["value"] for p in facts["system_packages"]["build"]}),
        "no compiler": "gcc" not in {p["value"] for p in facts["system_packages"]["build"]},
        "questions": record["questions"],
    }
    assert said == {
        "manager": expected.manager,
        "lock_file": expected.lock_file,
        "python fits": True,
        "entry": expected.entry,
        "kind": expected.kind,
        "frameworks missing": [],
        "services": sorted(expected.services),
        "processes": list(expected.processes),
        "env_required missing": [],
        "health_path": expected.health_path,
        "runtime missing": [],
        "build missing": [],
        "no compiler": expected.no_compiler,
        "questions": [],
    }


def _text(path: Path) -> str:
    return path.read_bytes().replace(b"\x00", b"").decode("utf-8", "replace")
