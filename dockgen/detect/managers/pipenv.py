"""Pipenv: Pipfile and Pipfile.lock."""

from __future__ import annotations

import re
from typing import Any

from dockgen.detect.managers.common import (
    Managed,
    at,
    clean_url,
    exact,
    inside,
    normal,
    on_linux,
    ordered,
    string_at,
    strings_at,
    table_at,
    toml_line,
    windows_only,
)
from dockgen.detect.managers.metadata import Metadata
from dockgen.errors import BrokenManifest
from dockgen.facts import Dependency, Evidence, Manager, Warning
from dockgen.source import Source

PIPFILE, LOCK = "Pipfile", "Pipfile.lock"


def read_pipenv(source: Source, metadata: Metadata) -> Managed:
    """The project as Pipfile and Pipfile.lock say."""
    data = source.toml(PIPFILE) or {}
    direct: list[Dependency] = []
    for section, group in (("packages", ""), ("dev-packages", "dev")):
        if section in data and not isinstance(data[section], dict):
            raise BrokenManifest(f"[{section}] is not a table", file=PIPFILE, line=toml_line(source, PIPFILE, section))
        for name, value in table_at(data, section).items():
            direct.append(
                _entry(name, value, group, Evidence(PIPFILE, toml_line(source, PIPFILE, section, name), f"[{section}]"))
            )
    locked = source.has(LOCK)
    warnings: list[Warning] = []
    dependencies = direct
    if locked:
        dependencies = _locked(source, direct)
    elif any(not d.group for d in direct):
        warnings.append(
            Warning(
                "there is no Pipfile.lock: every build may install other releases; `pipenv lock` writes one",
                (Evidence(PIPFILE, 1, "Pipfile"),),
            )
        )
    own = any(d.source == "path" and d.location == "." and not d.group for d in dependencies)
    packages: tuple[str, ...] = ()
    evidence = [Evidence(LOCK, 1, "Pipenv's lock file")] if locked else []
    if source.has(PIPFILE):
        evidence.append(Evidence(PIPFILE, 1, "Pipenv's manifest"))
    if own:
        from dockgen.detect.managers.packages import find_packages

        found = find_packages(source, metadata)
        packages = found.packages
        evidence.append(Evidence(PIPFILE, None, found.why))
    dependencies = [d for d in dependencies if not (d.source == "path" and d.location == ".")]
    local = sorted(
        {d.location for d in dependencies if d.source == "path" and not d.group and d.location in source.folders}
    )
    warnings += windows_only(d for d in dependencies if d.direct)
    requires = string_at(data, "requires", "python_version") or string_at(data, "requires", "python_full_version")
    manager = Manager(
        name="pipenv",
        lock_file=LOCK if locked else None,
        files=(*((PIPFILE,) if source.has(PIPFILE) else ()), *((LOCK,) if locked else ())),
        hashed=locked and bool(dependencies),
        build_backend=metadata.backend,
        packaged=own and bool(packages),
        packages=packages if own else (),
        static_dependencies=False,
        dynamic_version=metadata.dynamic_version,
        local=tuple(local),
        requires_python=metadata.requires_python
        or (f"=={requires}.*" if requires and re.fullmatch(r"\d+\.\d+", requires) else None),
        evidence=tuple(evidence),
    )
    return Managed(metadata.name, manager, ordered(dependencies), tuple(metadata.scripts), (), tuple(warnings))


def declared_packages(source: Source) -> list[Dependency]:
    """What Pipfile's [packages] lists."""
    packages = table_at(source.toml(PIPFILE) or {}, "packages")
    return [
        _entry(name, value, "", Evidence(PIPFILE, toml_line(source, PIPFILE, "packages", name), "[packages]"))
        for name, value in packages.items()
    ]


def _entry(name: str, value: Any, group: str, evidence: Evidence) -> Dependency:
    if isinstance(value, str):
        specifier = "" if value.strip() == "*" else value.strip()
        return Dependency(normal(name), specifier, exact(specifier), group=group, evidence=(evidence,))
    if not isinstance(value, dict):
        raise BrokenManifest(f"{name} is neither a version nor a table", file=evidence.file, line=evidence.line)
    version = string_at(value, "version") or ""
    specifier = "" if version.strip() == "*" else version.strip()
    kind, location = "index", ""
    if isinstance(value.get("git"), str):
        kind = "git"
        location = clean_url(value["git"]) + (f"@{value['ref']}" if isinstance(value.get("ref"), str) else "")
    elif isinstance(value.get("path"), str) or isinstance(value.get("file"), str):
        text = value.get("path") if isinstance(value.get("path"), str) else value.get("file")
        kind, location = (
            ("url", clean_url(str(text))) if "://" in str(text) else ("path", inside("", str(text)) or str(text))
        )
    markers = [string_at(value, "markers") or ""]
    for key in ("sys_platform", "platform_system", "os_name", "platform_machine", "python_version"):
        text = value.get(key)
        if isinstance(text, str):
            markers.append(f"{key} {text}")
    marker = " and ".join(m for m in markers if m)
    return Dependency(
        normal(name), specifier, exact(specifier), tuple(sorted(strings_at(value, "extras"))), group=group,
        source=kind, location=location, marker=marker, evidence=(evidence,),
    )  # fmt: skip


def _locked(source: Source, direct: list[Dependency]) -> list[Dependency]:
    lock = source.json(LOCK)
    if not isinstance(lock, dict):
        raise BrokenManifest("is not a Pipfile.lock", file=LOCK, line=1)
    lines = _lines(source.text(LOCK) or "")
    directs = {(d.name, d.group): d for d in direct}
    result: list[Dependency] = []
    default = {normal(n) for n in table_at(lock, "default")}
    for section, group in (("default", ""), ("develop", "dev")):
        if section in lock and not isinstance(lock[section], dict):
            raise BrokenManifest(f'"{section}" is not an object', file=LOCK)
        for name, value in table_at(lock, section).items():
            if group and normal(name) in default:
                continue
            if not isinstance(value, dict):
                raise BrokenManifest(f"{name} is not an object", file=LOCK, line=lines.get((section, name)))
            locked = _entry(name, value, group, Evidence(LOCK, lines.get((section, name)), "locked"))
            if not on_linux(locked.marker):
                continue
            known = directs.get((locked.name, group))
            result.append(
                Dependency(
                    locked.name,
                    known.specifier if known else "",
                    locked.version,
                    locked.extras or (known.extras if known else ()),
                    direct=known is not None,
                    group=group,
                    source=locked.source,
                    location=locked.location,
                    marker=locked.marker,
                    evidence=(*(known.evidence if known else ()), *locked.evidence),
                )
            )
    return result


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Lines of the packages in a Pipfile.lock, which pipenv writes with one key a line."""
    section = ""
    found: dict[tuple[str, str], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'( {4,8}|\t{1,2})"([^"]+)": \{', line)
        if match:
            if match.group(1) in ("    ", "\t"):
                section = match.group(2)
            else:
                found.setdefault((section, match.group(2)), number)
    return found


__all__ = ["at", "read_pipenv"]
