"""`dockgen template check`: what is wrong with a pack, found before a hundred projects do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from dockgen.errors import DockgenError
from dockgen.packs.chain import Chain
from dockgen.packs.manifest import MANIFEST, Pack
from dockgen.write import Change, write

SAMPLES = "samples"
"""samples/NAME/project is a project, samples/NAME/expected what the pack must make of it."""


def lint(chain: Chain, *, update: bool = False) -> list[str]:
    """A line a finding, "" for none. With `update` the samples' results are written as what is expected."""
    findings = [] if chain.top.cookiecutter else [*_unused(chain), *_undefined(chain)]
    for sample in sorted(p for p in (chain.top.folder / SAMPLES).glob("*/project") if p.is_dir()):
        findings += _sample(chain, sample, update)
    return findings


def _unused(chain: Chain) -> list[str]:
    """Questions whose answer no template, path, condition or later question looks at."""
    texts = [text for pack in chain.packs for name, text in pack.templates.items() if name != MANIFEST]
    texts += [text for file in chain.files for text in (file.path, file.when)]
    texts += [str(text) for question in chain.questions for text in (question.default, question.when)]
    everything = "\n".join(texts)
    return [
        f"{MANIFEST}: nothing uses the answer to {question.name}"
        for question in chain.questions
        if not re.search(rf"answers(\.{question.name}\b|\[.{question.name}.\])", everything)
    ]


def _undefined(chain: Chain) -> list[str]:
    from dockgen.packs.sandbox import Sandbox

    findings = []
    known: dict[str, Any] = {"project": {}, "plan": {}, "answers": {}}
    with Sandbox(chain.templates, known) as sandbox:
        for pack in chain.packs[:-1]:
            for name in sorted(n for n in pack.templates if n.endswith(".j2")):
                try:
                    missing = sandbox.undefined(f"{pack.name}/{name}")
                except DockgenError as error:
                    findings.append(str(error))
                    continue
                findings += [f"{pack.name}/{name}: {one} is not defined" for one in missing]
                findings += _asked(chain, pack, name)
    return findings


def _asked(chain: Chain, pack: Pack, name: str) -> list[str]:
    """answers.NAME of a question that nobody asks."""
    questions = {question.name for question in chain.questions}
    found = []
    for number, line in enumerate(pack.templates[name].splitlines(), 1):
        for one in re.findall(r"\banswers\.([A-Za-z_]\w*)", line):
            if one not in questions and one not in dir(dict):
                found.append(f"{pack.name}/{name}:{number}: answers.{one} is asked by no question")
    return found


def _sample(chain: Chain, sample: Path, update: bool) -> list[str]:
    """Renders one sample project, as `dockgen init --yes` would, and compares."""
    from dockgen.answers import check
    from dockgen.decide import decide
    from dockgen.detect import detect
    from dockgen.knowledge import override
    from dockgen.packs.make import make
    from dockgen.source import Source

    where = sample.parent.relative_to(chain.top.folder).as_posix()
    override(chain.knowledge)
    try:
        facts = detect(Source(sample))
        plan = decide(facts, check(chain.answers))
        if plan.questions:
            return [f"{where}: cannot decide: {plan.questions[0].why}"]
        files = make(chain, (facts,), plan, {}).files
    except DockgenError as error:
        return [f"{where}: {error}"]
    expected = sample.parent / "expected"
    there = {
        path.relative_to(expected).as_posix(): path.read_bytes().decode("utf-8", "replace")
        for path in sorted(expected.rglob("*"))
        if path.is_file()
    }
    if update:
        write(expected, files, gone=[name for name in there if name not in files])
        return []
    if not there:
        return []
    names = sorted({*files, *there})
    return [
        f"{where}/expected/{name}: is not what the pack makes; template check --update writes it\n"
        + Change(name, "", there.get(name, ""), files.get(name, "")).diff().rstrip("\n")
        for name in names
        if there.get(name) != files.get(name)
    ]
