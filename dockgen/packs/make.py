"""What a chain of packs makes of a project: dockgen's own files, and the packs' beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dockgen.errors import Usage
from dockgen.facts import Facts
from dockgen.plans import Plan, System

if TYPE_CHECKING:  # every run comes here, and most have no pack
    from dockgen.packs.ask import Asker
    from dockgen.packs.chain import Chain

FILE_LIMIT = 2_000
"""Files that a pack may make of one project."""


@dataclass(frozen=True, slots=True)
class Made:
    """`files`: path below the target -> text. `values`: the pack's answers, defaults among them. `notes`: what a
    person should know, such as hooks that were not run."""

    files: Mapping[str, str]
    values: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def make(
    chain: Chain | None, facts: tuple[Facts, ...], plan: Plan | System, given: Mapping[str, Any], *, ask: Asker | None = None,
    trust: bool = False,
) -> Made:  # fmt: skip
    """Renders everything: the built-in pack (None) in this process, others in a sandbox. Raises BrokenPack, Usage."""
    from dockgen.rendering import render

    if chain is None:
        if given:
            raise Usage(f"--set {next(iter(given))}: without --template nothing asks for it")
        return Made(render(plan), {})
    from dockgen.packs.ask import settle
    from dockgen.packs.manifest import MANIFEST, BrokenPack, safe_path
    from dockgen.packs.sandbox import Sandbox
    from dockgen.report import whole_json

    project = whole_json(facts, plan)
    top = chain.top
    if top.cookiecutter:
        from dockgen.packs.cookiecutter import make_cookiecutter

        files, values, notes = make_cookiecutter(chain, project, given, ask=ask, trust=trust)
        return Made(files, values, notes)
    with Sandbox(chain.templates, {"project": project, "plan": plan}) as sandbox:
        values = settle(chain, sandbox, given, ask)
        files = render(plan, lambda name, one: sandbox.file(name, {"answers": values}, one))
        for file in chain.files:
            if file.when and not sandbox.expression(file.when, {"answers": values}, f"{MANIFEST}: {file.path}"):
                continue
            path = safe_path(sandbox.text(file.path, {"answers": values}, f"{MANIFEST}: {file.path}"), top.name)
            files[path] = sandbox.file(file.template, {"answers": values})
            if len(files) > FILE_LIMIT:
                raise BrokenPack(f"makes more than {FILE_LIMIT} files", file=top.name)
    notes = ()
    hooks = [(pack, hook) for pack in reversed(chain.packs) for hook in pack.hooks]
    if hooks and trust:
        from dockgen.packs.hooks import run_hooks

        files = run_hooks([(pack.folder / path, when) for pack, (when, path) in hooks], files)
    elif hooks:
        names = ", ".join(f"{pack.name}/{path}" for pack, (_, path) in hooks)
        notes = (f"the pack's hooks were not run: {names}; --trust runs them, after showing them",)
    return Made(files, values, notes)
