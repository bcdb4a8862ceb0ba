"""README and docs say what the command line does: every command shown there runs, every flag is described."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from functools import cache
from pathlib import Path

import pytest

from tests.e2e import lab

HERE = Path(__file__).parent
DOCUMENTS = (HERE.parent / "README.md", *sorted((HERE.parent / "docs").glob("*.md")))
COMMANDS = ("init", "explain", "check", "update")
TEMPLATE = ("list", "show", "new", "check", "export")


@cache
def flags(command: str) -> frozenset[str]:
    """The flags that `dockgen COMMAND --help` lists; of dockgen itself for ""."""
    result = lab.dockgen(*command.split(), "--help", env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.code == 0, result.text
    return frozenset(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", result.out))


def shown() -> list[tuple[str, tuple[str, ...]]]:
    """(place, words) of every `dockgen ...` in a code block or between backticks."""
    found = []
    for document in DOCUMENTS:
        fenced = False
        for number, line in enumerate(document.read_text("utf-8").splitlines(), 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
                continue
            spans = [line] if fenced else re.findall(r"`([^`]+)`", line)
            for span in spans:
                text = re.sub(r"(^|\s)#.*", "", span).strip().removeprefix("$ ")
                for part in re.split(r"&&|\|\||;|\|", text):
                    words = part.split()
                    if words and re.fullmatch(r"(\S*/)?dockgen", words[0]) and len(words) > 1 and words[1] != "=":
                        found.append((f"{document.name}:{number}", tuple(shlex.split(part)[1:])))
    return found


SHOWN = shown()


def test_commands_are_shown() -> None:
    assert {words[0] for _, words in SHOWN} >= set(COMMANDS)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that the documents could be speaking of."""
    folder = tmp_path_factory.mktemp("docs") / "shop"
    folder.mkdir()
    (folder / "requirements.txt").write_text("flask==3.1.0\n")
    (folder / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    return folder


@pytest.mark.parametrize(("place", "words"), SHOWN, ids=[f"{place} {' '.join(words)}" for place, words in SHOWN])
def test_shown_command_runs(place: str, words: tuple[str, ...], project: Path) -> None:
    """Each flag exists, and the command runs dry on a small project without being wrong usage."""
    name = "" if words[0].startswith("-") or words[0].isupper() else words[0]
    if name == "template" and words[1:]:
        assert set(words[1].split("|")) <= set(TEMPLATE), f"{place}: there is no command template {words[1]}"
        name = f"template {words[1].split('|')[0]}"
    assert not name or name in COMMANDS or name.startswith("template"), f"{place}: there is no command {name}"
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0] in flags(name) | {"--help"}, f"{place}: {name} has no flag {word}"
    if not name or "--help" in words or name.startswith("template") or any(word.startswith("gh:") for word in words):
        return  # tests/packs runs what has to do with packs
    if name in ("check", "update"):
        before = sorted(project.iterdir())
        assert lab.dockgen("init", "--yes", cwd=project).code == 0
        try:
            result = lab.dockgen(*words, cwd=project)
            assert result.code == 0, f"{place}: {result.text}"
        finally:
            for path in set(project.iterdir()) - set(before):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return
    here = [str(lab.ROOT / w) if w.startswith("tests/") else w for w in words]
    for word in here:
        assert not word.startswith(str(lab.ROOT)) or Path(word).is_dir(), f"{place}: there is no {word}"
    result = lab.dockgen(*here, *(("--yes", "--dry-run") if name == "init" else ()), cwd=project)
    assert result.code == 0, f"{place}: {result.text}"
    assert [p.name for p in sorted(project.iterdir())] == ["app.py", "requirements.txt"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_is_in_the_reference(command: str) -> None:
    reference = (HERE.parent / "docs" / "reference.md").read_text("utf-8")
    described = set(re.findall(r"`(--?[a-z][\w-]*)", reference))
    assert flags(command) - {"--help", "-h"} - described == set()


def test_no_flag_is_described_that_is_not_there() -> None:
    reference = (HERE.parent / "docs" / "reference.md").read_text("utf-8")
    first_cells = re.findall(r"(?m)^\| `(--?[a-z][\w-]*)", reference)
    known = frozenset().union(*(flags(command) for command in (*COMMANDS, "")))
    assert first_cells
    assert set(first_cells) - known == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example_that_runs(command: str, project: Path) -> None:
    result = lab.dockgen(command, "--help", env={"COLUMNS": "200"})
    found = re.search(r"Example: dockgen (.+)", result.out)
    assert found, result.out
    words = shlex.split(found[1])
    if command in ("check", "update"):
        return  # their examples are among the shown commands
    ran = lab.dockgen(*words, *(("--dry-run",) if command == "init" else ()), cwd=project)
    assert ran.code == 0, ran.text


@pytest.mark.parametrize("golden", sorted((HERE / "golden").glob("*/explain.json")), ids=lambda p: p.parent.name)
def test_explain_follows_its_schema(golden: Path) -> None:
    import jsonschema

    schema = json.loads((HERE.parent / "docs" / "explain.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(golden.read_text("utf-8")))


def test_links_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"
