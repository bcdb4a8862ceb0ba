"""Filters that make any value safe where it is printed: Dockerfile, shell, .dockerignore.

Every value comes from an untrusted project. A value that cannot be quoted is refused, never bent.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable

from dockgen.errors import DockgenError

CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
MOUNTABLE = re.compile(r"[A-Za-z0-9_.+@%~/-]+")
"""What a --mount flag takes unquoted: Docker splits it at spaces and commas and expands $."""


class Unquotable(DockgenError):
    """A value of the project cannot be written into a generated file."""


def plain(value: str) -> str:
    """The value, refused when a control character or line break is in it."""
    if CONTROL.search(value):
        raise Unquotable(f"{value!r} holds a control character; it cannot go into a generated file")
    return value


def exec_form(words: Iterable[str]) -> str:
    """A JSON array, as CMD, ENTRYPOINT and HEALTHCHECK take it. Docker expands no variable in it."""
    return json.dumps([plain(word) for word in words], ensure_ascii=False)


def copy_paths(paths: Iterable[str]) -> str:
    """Sources and target of COPY: plain words where they are plain, else the JSON form. A variable would
    be expanded in both."""
    words = [plain(path).replace("$", "\\$") for path in paths]
    if all(re.fullmatch(r"[A-Za-z0-9._/@+=,~-]+", word) for word in words):
        return " ".join(words)
    return exec_form(words)


def shell(word: str) -> str:
    """One word of a shell command in RUN (no variable is expanded).

    A shell-form RUN is one logical line: a trailing backslash inside quotes cannot end it, because
    shlex puts the closing quote behind it.
    """
    return shlex.quote(plain(word))


def shell_words(words: Iterable[str]) -> str:
    """A command for RUN."""
    return " ".join(shell(word) for word in words)


def env_name(name: str) -> str:
    """An environment variable's name."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise Unquotable(f"{name!r} is no name of an environment variable")
    return name


def env_value(value: str) -> str:
    """The right side of ENV name=value; `$PATH` at the end of a PATH is meant and stays."""
    value = plain(value)
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,=-]*(:\$PATH)?", value):
        return value
    return '"' + re.sub(r'(["\\$])', r"\\\1", value) + '"'


def env_line(value: str) -> str:
    """The right side of NAME=value in an env file: single quotes where compose would read something else into it."""
    value = plain(value)
    if re.fullmatch(r"[A-Za-z0-9_./:@%+,=*-]*", value):
        return value
    return f"'{value}'" if "'" not in value else '"' + re.sub(r'(["\\$])', r"\\\1", value) + '"'


def mount_path(path: str) -> str:
    """A path in a --mount or COPY flag."""
    if not MOUNTABLE.fullmatch(path) or ".." in path.split("/"):
        raise Unquotable(
            "has a name that a Dockerfile's --mount cannot carry",
            file=path,
            hint="Rename it, or write this line by hand.",
        )
    return path


def comment(text: str) -> str:
    """Text for a comment line: one line, nothing that a parser directive could be."""
    return re.sub(r"\s+", " ", CONTROL.sub(" ", text)).strip()


def url_path(path: str) -> str:
    """A path of URLs in the configuration of a web server, which has its own ideas of quotes, spaces and braces."""
    if not re.fullmatch(r"/([A-Za-z0-9._~-]+/)*", path):
        raise Unquotable(f"{path!r} is no path that a web server's configuration can carry")
    return path


def ignore_pattern(pattern: str) -> str:
    """A line of .dockerignore."""
    return plain(pattern)


def hcl(value: str) -> str:
    """A string of HCL, in which no template is expanded (HCL's native syntax, "Quoted Literals")."""
    text = json.dumps(plain(value), ensure_ascii=False)
    return text.replace("${", "$${").replace("%{", "%%{")
