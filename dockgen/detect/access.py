"""What installing the dependencies needs besides the project's files: credentials of indexes and repositories.

And credentials that stand in those files themselves, which no image may get.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockgen.detect.managers.common import string_at, tables_at
from dockgen.detect.managers.requirements import logical_lines
from dockgen.facts import Access, Dependency, Evidence, Manager
from dockgen.source import Source

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""How pip, uv, pipenv and PDM take a part of a URL from the environment (pip: "Requirements File Format")."""

PUBLIC = re.compile(
    r"pypi|pythonhosted|pytorch|torch|nvidia|cuda|rocm|jax|mirror|tuna|aliyun|piwheels|wheels?\b|nightly"
)
"""Words in the name or the address of an index that everybody may read."""

INDEX_OPTION = re.compile(r"(?:-i|--index-url|--extra-index-url|-f|--find-links)[\s=]+(\S+)")

INLINE = re.compile(r"(?:git\+)?https?://(?P<user>[^\s/:@\"']*)(?::(?P<password>[^\s/@\"']*))?@")
TOKEN = 20
"""Characters from which a user without a password is a token, as GitHub takes them."""

SSH = re.compile(r"(?:git\+)?ssh://|[\w.-]+@[\w.-]+:")


def detect_access(source: Source, manager: Manager, dependencies: tuple[Dependency, ...]) -> tuple[Access, ...]:
    """Variables, netrc and ssh that the install reads; each once, with its places."""
    found: dict[tuple[str, str], Access] = {}
    for access in (*_named(source, manager), *_ssh(dependencies)):
        known = found.get((access.kind, access.name))
        if known is None or (access.required and not known.required):
            found[access.kind, access.name] = access
    return tuple(found[key] for key in sorted(found))


def detect_credentials(source: Source, manager: Manager) -> tuple[Evidence, ...]:
    """Lines with a password or token in a URL. The value itself is kept nowhere."""
    found = []
    for file in dict.fromkeys((*manager.files, *((manager.lock_file,) if manager.lock_file else ()))):
        for number, line in enumerate((source.text(file) or "").split("\n"), 1):
            if "@" in line and any(_is_credential(match) for match in INLINE.finditer(line[:10_000])):
                found.append(Evidence(file, number, "a credential in a URL"))
    return tuple(found)


def _is_credential(match: re.Match[str]) -> bool:
    user, password = match["user"], match["password"]
    if password is not None:
        return bool(password) and "$" not in password
    return len(user) >= TOKEN and "$" not in user


def _named(source: Source, manager: Manager) -> Iterator[Access]:
    for file in manager.files:
        if file.endswith("pyproject.toml"):
            data = source.toml(file) or {}
            yield from _uv(source, file, tables_at(data, "tool", "uv", "index"))
            for tool in ("poetry", "pdm"):
                if manager.name == tool:
                    yield from _sources(source, file, tables_at(data, "tool", tool, "source"))
        elif file.endswith("uv.toml"):
            yield from _uv(source, file, tables_at(source.toml(file) or {}, "index"))
        elif file.endswith("Pipfile"):
            yield from _sources(source, file, tables_at(source.toml(file) or {}, "source"))
        elif not file.endswith((".lock", ".toml", ".py", ".cfg", ".json", ".yml", ".yaml")):
            yield from _requirements(source, file)


def _requirements(source: Source, file: str) -> Iterator[Access]:
    for number, line in logical_lines(source.text(file) or ""):
        variables = VARIABLE.findall(line)
        for name in variables:
            yield Access("variable", name, True, (Evidence(file, number, "a variable of a URL"),))
        option = INDEX_OPTION.match(line)
        if option and "://" in option[1] and not variables and not PUBLIC.search(option[1].lower()):
            yield Access("netrc", "netrc", False, (Evidence(file, number, "an index of its own"),))


def _uv(source: Source, file: str, indexes: list[dict[str, object]]) -> Iterator[Access]:
    """uv's variables for a named index (docs.astral.sh/uv/concepts/indexes, "Authentication")."""
    for index in indexes:
        name, url = string_at(index, "name"), string_at(index, "url") or ""
        always = string_at(index, "authenticate") == "always"
        if not name or not (always or (url.startswith("http") and not PUBLIC.search(f"{name} {url}".lower()))):
            continue
        prefix = "UV_INDEX_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
        where = (Evidence(file, source.line_of(file, url), f"the index {name}"),)
        for part in ("USERNAME", "PASSWORD"):
            yield Access("variable", f"{prefix}_{part}", False, where)


def _sources(source: Source, file: str, tables: list[dict[str, object]]) -> Iterator[Access]:
    for table in tables:
        url = string_at(table, "url") or ""
        where = (Evidence(file, source.line_of(file, url) if url else None, f"the index {string_at(table, 'name')}"),)
        variables = VARIABLE.findall(url)
        for name in variables:
            yield Access("variable", name, True, where)
        if url and not variables and not PUBLIC.search(f"{string_at(table, 'name')} {url}".lower()):
            yield Access("netrc", "netrc", False, where)


def _ssh(dependencies: tuple[Dependency, ...]) -> Iterator[Access]:
    for dependency in dependencies:
        if dependency.source == "git" and not dependency.group and SSH.match(dependency.location):
            yield Access("ssh", "default", True, dependency.evidence)
