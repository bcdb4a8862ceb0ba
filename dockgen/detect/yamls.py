"""YAML of a project, which may be made to hurt: read in C, and refused where it nests deeper than any person writes.

libyaml's loader calls itself for every level and ends the process when the stack is full; its event parser does not.
"""

from __future__ import annotations

from typing import Any

DEEPEST = 100
"""Levels of nesting. GitHub's and Kubernetes' files have about a dozen."""

SURE = 500
"""So many brackets, dashes and columns of indentation cannot nest deep enough to hurt."""


class BadYaml(ValueError):
    """What is wrong, and the line (from 1; None where the parser does not tell)."""

    def __init__(self, problem: str, line: int | None = None):
        super().__init__(problem)
        self.problem, self.line = problem, line


def load_yaml(text: str) -> Any:
    """The content of a YAML document. Raises BadYaml, and nothing else."""
    import yaml  # type: ignore[import-untyped,unused-ignore]

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if _may_nest(text):
            _check_depth(yaml, text, loader)
        return yaml.load(text, loader)  # noqa: S506 - the safe loader, in C where there is one
    except yaml.MarkedYAMLError as error:
        raise BadYaml(str(error.problem), error.problem_mark.line + 1 if error.problem_mark else None) from error
    except BadYaml:
        raise
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise BadYaml("it cannot be read") from error


def _may_nest(text: str) -> bool:
    """Whether the text has enough of what opens a level; most has not, and is not parsed twice."""
    brackets = text.count("[") + text.count("{")
    return brackets > SURE or any(
        line.count("- ") + line.count("? ") + len(line) - len(line.lstrip()) + brackets > SURE
        for line in text.split("\n")
    )


def _check_depth(yaml: Any, text: str, loader: Any) -> None:
    depth = 0
    for event in yaml.parse(text, loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise BadYaml(f"it nests deeper than {DEEPEST} levels", event.start_mark.line + 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
