""".dockerignore from what is there: what the build needs stays in, secrets and the rest stay out."""

from __future__ import annotations

import re

from dockgen.facts import Facts
from dockgen.plans import Frontend, Project

ALWAYS = (".git", ".venv", "**/__pycache__")
SECRETS = (
    "**/.env", "**/.env.*", ".secrets", "**/*.pem", "**/*.key", "**/id_rsa*", "**/id_ecdsa*", "**/id_ed25519*", "**/.netrc",
    "**/.pypirc",
)  # fmt: skip
PIXI = (".pixi",)
"""Where pixi keeps environments, in the image too: the machine's own would go over it."""
OWN = ("Dockerfile", ".dockerignore", "compose.yaml", ".dockgen.toml")
BAKE = "docker-bake.hcl"
OVERRIDE = "compose.override.yaml"

DEVELOPMENT = (
    ".github/", ".gitlab/", ".gitlab-ci.yml", ".circleci/", ".devcontainer/", ".idea/", ".vscode/", ".husky/", ".gitignore",
    ".gitattributes", ".gitmodules", ".editorconfig", ".pre-commit-config.yaml", ".flake8", ".pylintrc", ".ruff.toml", "ruff.toml",
    "mypy.ini", ".mypy.ini", "pytest.ini", "tox.ini", "noxfile.py", ".coveragerc", "codecov.yml", ".codecov.yml", "conftest.py",
    "tests/", "test/", "docs/", "doc/", "Makefile", "justfile", "Justfile", "Taskfile.yml", "Procfile", "render.yaml", "fly.toml",
    "app.json", "heroku.yml", "railway.json", "railpack.json", "vercel.json", "docker-compose.yml", "docker-compose.yaml",
    "compose.yml", "Vagrantfile", "CHANGELOG.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md", "renovate.json",
    ".readthedocs.yaml", ".readthedocs.yml", "mkdocs.yml", "node_modules/", "venv/", ".python-version", ".tool-versions", ".DS_Store",
)  # fmt: skip
"""Top-level names that serve development only, in the order of the list."""

DOCUMENTS = (
    "README.md",
    "README.rst",
    "README.txt",
    "README",
    "LICENSE",
    "LICENSE.md",
    "LICENSE.txt",
    "COPYING",
    "AUTHORS",
    "NOTICE",
)
"""Needed by a build back end (readme and license of pyproject.toml), by nothing else."""


def literal(name: str) -> str:
    """A file's name as a pattern for that name alone. BuildKit makes a regular expression of a pattern and hands on
    what follows a backslash: `C:\\Users` would end the build."""
    return re.sub(r"([\\*?\[!#])", r"\\\1", name)


def choose_ignore(
    facts: Facts,
    project: Project,
    entry: str,
    sqlite: tuple[str, ...],
    frontend: Frontend | None = None,
    tested: tuple[str, ...] = (),
    made: tuple[str, ...] = (),
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Groups of (why, patterns). Names are matched exactly as they are at the top of the project. `tested`: what the
    test target needs; `made`: files of dockgen's that not every project gets."""
    there = set(facts.files)
    needed = set(tested) | {read.value.rstrip("/") for read in facts.reads}
    needed |= {f.split("/")[0] for f in facts.manager.files}
    needed |= {f.split("/")[0] for f in facts.manager.local}
    if project.wheels:
        needed |= {f.split("/")[0] for f in facts.manager.documents}
    needed |= {package.split(".")[0] for package in facts.manager.packages}
    needed |= {entry.partition(":")[0].split(".")[0].split("/")[0]}
    if facts.manager.local:
        needed |= {"docs", "tests", "test"} & {f.split("/")[0] for f in facts.manager.local}
    unneeded = [n for n in DEVELOPMENT if n in there and n.rstrip("/") not in needed]
    if frontend:
        unneeded = [n for n in unneeded if n != "node_modules/"]
    if not project.wheels:
        unneeded += [n for n in DOCUMENTS if n in there and n not in needed]
    env = tuple(f for f in sorted(there) if f.startswith(".env.") and f in needed)
    groups = [
        ("version control, environments and caches", (*ALWAYS, *(PIXI if facts.manager.name == "pixi" else ()))),
        ("secrets", (*SECRETS, *(f"!{literal(name)}" for name in env))),
    ]
    if frontend:
        mixed = facts.node.mixed if facts.node else ()
        built = tuple(path for path in facts.node.outputs if path not in mixed) if facts.node else ()
        groups.append(("built in the image", ("**/node_modules", *(literal(path) for path in built))))
    if sqlite:
        groups.append(("local data", tuple(literal(name) for name in sqlite)))
    if unneeded:
        groups.append(("what the image does not need", tuple(n.rstrip("/") for n in unneeded)))
    groups.append(("dockgen's own output", (*OWN, *made)))
    return tuple(groups)
