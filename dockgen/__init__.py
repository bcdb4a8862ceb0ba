"""Write the Dockerfile, .dockerignore and compose file that a Python project needs.

The Python interface: `explain`, `plan` and `render`, each for a project's folder and the answers that the command
line takes as flags (`python="3.13"`, `service=["postgres"]`, `template="gh:acme/pack@v1"`). They write nothing,
read the environment and the person's defaults as the command does, and raise `DockgenError`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

from dockgen.errors import DockgenError, Undecided

if TYPE_CHECKING:
    from dockgen.plans import Plan, System


def explain(path: str | Path = ".", **answers: Any) -> dict[str, Any]:
    """What `dockgen explain --json` prints (schema 1, docs/explain.schema.json), as plain values."""
    from dockgen.cli.reading import read_project
    from dockgen.report import whole_json

    project = read_project(Path(path), answers)
    facts, decided = project.decide()
    return whole_json(facts, project.pinned(decided, ask=False))


def plan(path: str | Path = ".", **answers: Any) -> Plan | System:
    """What would be done: frozen records. Open questions are in `questions`.

    dockgen.plans.Plan for one application; dockgen.plans.System, with a Plan of each, for several in one tree.
    """
    from dockgen.cli.reading import read_project

    project = read_project(Path(path), answers)
    return project.pinned(project.decide()[1], ask=False)


def render(path: str | Path = ".", **answers: Any) -> dict[str, str]:
    """Path -> text of every file that `dockgen init` would write. Raises Undecided where an answer is missing."""
    from dockgen.cli.reading import read_project
    from dockgen.cli.saving import refuse_open_questions

    project = read_project(Path(path), answers)
    facts, decided = project.decide()
    refuse_open_questions(decided)
    return dict(project.make(facts, project.pinned(decided, ask=False)).files)


__all__ = ["DockgenError", "Undecided", "__version__", "explain", "plan", "render"]
