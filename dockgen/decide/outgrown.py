"""Which requirements are held back in the image, because the newest releases lack what the project uses."""

from __future__ import annotations

from dockgen.facts import Facts, Warning
from dockgen.plans import Install


def choose_held(
    facts: Facts, reached: frozenset[str] | None, install: Install | None, channel: bool
) -> tuple[tuple[str, ...], tuple[Warning, ...]]:
    """(requirements for the install, what is told of them). `reached`: the modules that a process comes to, None where
    that cannot be told; what others use needs no other release.

    They are installed where they are resolved together with the project's own; a list that was resolved before (by a
    build back end, by conda) would contradict them, so there they are only told.
    """
    names = {d.name: d for d in facts.dependencies}
    held: list[str] = []
    warnings: list[Warning] = []
    joint = not channel and install is not None and install.lock is None
    for fact in facts.outgrown:
        places = [e for e in fact.evidence if not e.file.endswith(".py") or reached is None or e.file in reached]
        if not places:
            continue
        name = fact.value.partition("<")[0]
        where = next((e.file for e in names[name].evidence), "") if name in names else ""
        where = where or (facts.manager.files[0] if facts.manager.files else "the requirements")
        if joint:
            held.append(fact.value)
            text = f"{places[0].why}: the image holds {fact.value}; write that into {where}, or mend what uses it"
        else:
            text = f"{places[0].why}, and a build installs newer ones: write {fact.value} into {where}"
        warnings.append(Warning(text, tuple(places)))
    return tuple(held), tuple(warnings)
