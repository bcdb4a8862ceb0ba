"""What is written below .secrets: random values made once, and the env file that is built from them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence

from dockgen.plans import Compose, Secret

FOLDER = ".secrets"
IGNORE = f"{FOLDER}/.gitignore"
LENGTH = 32
"""Bytes of randomness of a value: 43 characters of A-Z a-z 0-9 - _, safe in URLs, env files and shells."""

NOTE = "# Only you know these: put the values in and take away the #."


def secret_files(
    stacks: Compose | Sequence[Compose],
    read: Callable[[str], str | None],
    make: Callable[[], str] = lambda: secrets.token_urlsafe(LENGTH),
) -> dict[str, str]:
    """Path below the project -> content, for each file that is missing or lacks lines.

    `read` gives the content of an existing file (path below the project), or None. A value that
    exists is never changed: it is used again in the lines that name it. An env file that lacks a line
    gets it at its end; a person's own lines stay as they are. Secrets of one name in several stacks are one.
    """
    stacks = (stacks,) if isinstance(stacks, Compose) else stacks
    wanted = {secret.name: secret for compose in stacks for secret in compose.secrets}.values()
    values: dict[str, str] = {}
    existing: dict[str, str | None] = {}
    for secret in wanted:
        path = f"{FOLDER}/{secret.file}"
        if path not in existing:
            existing[path] = read(path)
        old = existing[path]
        if old is None:
            continue
        if not secret.variable:
            values[secret.name] = old.rstrip("\r\n")
        elif (value := env_values(old).get(secret.variable)) is not None:
            values[secret.name] = value
    for secret in wanted:
        if secret.name not in values and not secret.template:
            values[secret.name] = make()
    for _ in wanted:  # a template may name another: as many rounds as there are secrets settle all
        for secret in wanted:
            if secret.name not in values and set(_named(secret)) <= values.keys():
                values[secret.name] = fill(secret.template, values)
    files: dict[str, str] = {}
    if not wanted and not any(compose.unset for compose in stacks):
        return files
    if read(IGNORE) is None:
        files[IGNORE] = "*\n"
    lines: dict[str, list[str]] = {}
    for secret in wanted:
        path = f"{FOLDER}/{secret.file}"
        if not secret.variable:
            if existing[path] is None:
                files[path] = values[secret.name]
        elif secret.variable not in env_values(existing[path] or ""):
            lines.setdefault(path, []).append(f"{secret.variable}={values[secret.name]}")
    for compose in stacks:
        path = f"{FOLDER}/{compose.env_file}"
        existing.setdefault(path, read(path))
        old = existing[path] or ""
        mentioned = set(re.findall(r"^\s*#?\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=", old, re.MULTILINE))
        missing = [name for name in compose.unset if name not in mentioned]
        if missing:
            lines.setdefault(path, []).extend([NOTE, *(f"# {name}=" for name in missing)])
    for name, added in lines.items():
        before = existing[name]
        text = before or ""
        if text and not text.endswith("\n"):
            text += "\n"
        files[name] = text + "\n".join(added) + "\n"
    return dict(sorted(files.items()))


def env_values(text: str) -> Mapping[str, str]:
    """NAME=value lines of an env file as compose reads them, the last one of a name; quotes taken off."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        match = re.match(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$", line)
        if match:
            value = match[2]
            if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            values[match[1]] = value
    return values


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with {name} of every known secret put in; nothing else is expanded."""
    return re.sub(r"\{([A-Za-z0-9_]+)\}", lambda match: values.get(match[1], match[0]), template)


def _named(secret: Secret) -> list[str]:
    return re.findall(r"\{([A-Za-z0-9_]+)\}", secret.template)
