"""What .env.example says: every variable that the program reads, what it is for, and where its value comes from.

One story for a person who edits: what the stack sets stands in compose.yaml, what is secret or theirs alone in the
env file below .secrets/, and everything else is a default of the code that a line in that same file changes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from dockgen.decide.required import reached_files
from dockgen.decide.storage import documented
from dockgen.facts import EnvVar, Facts, place
from dockgen.knowledge import table
from dockgen.plans import Compose, Decision, EnvExample, EnvLine, Process

EXAMPLE = ".env.example"
OWN = re.compile(
    r"\.?env[._-](example|sample|template|dist|tmpl|defaults?)|(example|sample|template)\.env"
    r"|\.env\.[a-z]+\.(example|sample|template)|.*\.template\.env",
    re.IGNORECASE,
)
"""Names that a project's own example of an env file goes by."""
SHORT = 100
"""Characters of a default that are shown: a longer one is read better in the code."""


def choose_env_example(
    facts: Facts,
    compose: Compose | None,
    processes: tuple[Process, ...],
    entry: Any,
    answers: Mapping[str, Any],
    image: frozenset[str] = frozenset(),
) -> tuple[EnvExample | None, tuple[Decision, ...]]:
    """The file's content, None where there is nothing to say or the project says it itself. `image`: names of the
    variables that the image sets."""
    if "env-example" in (answers.get("without") or ()):
        return None, ()
    own = _own_example(facts)
    if own:
        why = "the project's own example documents the variables, and stays as it is"
        return None, (Decision("env-example", own, why, "evidence"),)
    reached = reached_files(facts, processes, entry)
    lines = []
    for variable in facts.env:
        read = not documented(variable)
        if read and (variable.required or reached is None or not variable.files or reached & {*variable.files}):
            lines.append(_line(variable, compose, image))
    if not lines:
        return None, ()
    return EnvExample(tuple(sorted(lines, key=lambda line: line.name))), ()


def _own_example(facts: Facts) -> str:
    """The project's own example of an env file, "" for none."""
    named = [e.file for v in facts.env for e in v.evidence if OWN.fullmatch(posixpath.basename(e.file))]
    return next((f for f in (*facts.files, *named) if OWN.fullmatch(posixpath.basename(f))), "")


def _line(variable: EnvVar, compose: Compose | None, image: frozenset[str]) -> EnvLine:
    given = {name for name, _ in compose.environment} if compose else set()
    secret = {s.variable for s in compose.secrets if s.variable and s.file == compose.env_file} if compose else set()
    if variable.name in given:
        source = "compose"
    elif variable.name in image:
        source = "image"
    elif variable.name in secret:
        source = "secret"
    elif variable.required:
        source = "person"
    else:
        source = "default"
    default = variable.default
    shown = default is not None and default.isprintable() and len(default) <= SHORT and not variable.secret
    return EnvLine(
        variable.name,
        source,
        meaning(variable),
        required=variable.required,
        secret=variable.secret,
        default=default if shown and default else "",
        words=variable.words,
        place=place(variable.evidence),
    )


PARTS = {
    "url": "Address of {service}",
    "host": "Host of {service}",
    "port": "Port of {service}",
    "user": "Account at {service}",
    "password": "Password of the account at {service}",
    "name": "Name of what is used in {service} (database, number, bucket)",
    "scheme": "Driver by which {service} is spoken to",
    "choice": "Chooses {service}",
}


def meaning(variable: EnvVar) -> str:
    """What it is for, as far as its name and its use tell; "" where they do not: a guess would be noise."""
    if variable.service and variable.part in PARTS:
        account = ", with account and password" if variable.part == "url" and variable.secret else ""
        return PARTS[variable.part].format(service=variable.service) + account
    known = table("variables")
    words = [word for word in re.split(r"_+", variable.name.upper()) if word]
    for row in known["meanings"]:
        for name in row["names"]:
            tail = name.split("_")
            if words[-len(tail) :] == tail and (len(words) == len(tail) or not row.get("whole")):
                about = " ".join(words[: -len(tail)]).lower()
                text = row["meaning"] if about or "alone" not in row else row["alone"]
                return str(text).replace("{about}", about)
    return ""


__all__ = ["EXAMPLE", "choose_env_example", "meaning"]
