"""Which of several package managers is in use: what the project's own builds, CI and notes call.

Read line by line for the commands of each tool; a comment counts as little as a word in prose. The
strongest kind of file that names exactly one of the tools decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dockgen.errors import DockgenError
from dockgen.facts import Evidence
from dockgen.source import Source

CALLS = {
    "uv": r"\buv\s+(sync|run|pip|lock|export|add|venv)\b|astral-sh/(setup-)?uv\b|pip3?\s+install\s+([^#\n]*\s)?uv\b",
    "poetry": r"\bpoetry\s+(install|run|export|lock|add|config|sync)\b|snok/install-poetry|pip3?\s+install\s+([^#\n]*\s)?poetry\b",
    "pdm": r"\bpdm\s+(install|run|sync|export|lock|add)\b|pdm-project/setup-pdm|pip3?\s+install\s+([^#\n]*\s)?pdm\b",
    "pipenv": r"\bpipenv\s+(install|run|sync|requirements|lock|shell)\b|pip3?\s+install\s+([^#\n]*\s)?pipenv\b",
}
"""How each tool is called in a shell or set up in CI."""

KINDS = (
    r"(.*/)?([^/]*[.-])?(Dockerfile|Containerfile)([.-][^/]*)?|Procfile|nixpacks\.toml|render\.yaml|app\.json|heroku\.yml",
    r"\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|azure-pipelines\.yml|\.travis\.yml",
    r"Makefile|justfile|Justfile|Taskfile\.yml|tox\.ini|noxfile\.py|[^/]+\.sh|(scripts|bin)/[^/]+|\.pre-commit-config\.yaml",
    r"(README|CONTRIBUTING|INSTALL|DEVELOPMENT)[^/]*",
)
"""Files by what they weigh, the strongest first: deployment, CI, developers' commands, prose."""

LIMIT = 60


def manager_in_use(source: Source, managers: Iterable[str]) -> tuple[str, Evidence] | None:
    """The one of these managers that the project's files call, with the first place."""
    wanted = [m for m in managers if m in CALLS]
    for kind in KINDS:
        found: dict[str, Evidence] = {}
        for path in [f for f in source.near(2) if re.fullmatch(kind, f)][:LIMIT]:
            try:
                lines = (source.text(path, 1_000_000) or "").split("\n")
            except DockgenError:
                continue
            for number, line in enumerate(lines, 1):
                text = re.sub(r"(^|\s)#.*", "", line[:1000]) if not path.endswith(".md") else line[:1000]
                for name in wanted:
                    if name not in found and re.search(CALLS[name], text):
                        found[name] = Evidence(path, number, f"it calls {name}")
        if len(found) == 1:
            return next(iter(found.items()))
    return None
