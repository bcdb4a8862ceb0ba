"""Where packs come from: a folder, a zip file, a git repository, an installed distribution.

Git repositories are kept as bare copies below the platform's cache folder, each commit of a pack unpacked once beside
them, so that what was used before works without a network. Nothing of a repository is run: no hooks, no
submodules, no filters, and only the protocols https, ssh and file.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dockgen.errors import DockgenError
from dockgen.packs.manifest import COUNT_LIMIT, Origin

BUILTIN = "dockgen"
HOSTS = {"gh": "https://github.com/", "gl": "https://gitlab.com/", "bb": "https://bitbucket.org/"}
ENTRY_POINTS = "dockgen.packs"
"""Group of entry points by which an installed distribution offers a pack: its value names the package that holds it."""
TOTAL_LIMIT = 50 * 2**20
"""Bytes of one pack, unpacked."""
GIT_SECONDS = 120


class NoPack(DockgenError):
    """A pack's source cannot be had: it is not there, or not without a network."""


@dataclass(frozen=True, slots=True)
class GitSource:
    """A pack in a git repository. `ref`: tag, branch or commit, "" for the remote's default branch."""

    url: str
    ref: str = ""
    folder: str = ""


def parse_git(source: str) -> GitSource | None:
    """`gh:owner/repo@v1#folder`, `git+https://host/repo@v1#folder`, `git+ssh://…`, `git+file:///…`; None for others."""
    bare, _, folder = source.partition("#")
    folder = folder.removeprefix("subdirectory=").strip("/")
    short = re.fullmatch(r"(gh|gl|bb):([\w.-]+/[\w./-]+?)(?:@([\w./+-]+))?", bare)
    if short:
        return GitSource(HOSTS[short[1]] + short[2].removesuffix(".git") + ".git", short[3] or "", folder)
    full = re.fullmatch(r"git\+((?:https|ssh|file)://[^\s@]*(?:@[^\s@/]+(?=[:/])[^\s@]*)?)(?:@([\w./+-]+))?", bare)
    if full:
        return GitSource(full[1], full[2] or "", folder)
    return None


def fetch(source: str, commit: str = "", *, relative_to: Path | None = None) -> tuple[Path, Origin]:
    """The folder that holds the pack of this source, and where exactly it came from.

    With `commit` (as recorded) a git source is taken at that commit, from the cache where it is there: no network.
    Raises NoPack or BrokenPack.
    """
    if source == BUILTIN:
        from dockgen.rendering import builtin_pack

        return builtin_pack(), Origin(BUILTIN)
    git = parse_git(source)
    if git is not None:
        return _git(source, git, commit)
    if source.startswith(("git+", "gh:", "gl:", "bb:", "http://", "https://", "-")):
        raise NoPack(
            f"{source!r} is no source of a pack",
            hint="A folder, a .zip file, gh:owner/repo@tag#folder, git+https://host/repo@tag, or an installed pack's name.",
        )
    installed = _installed(source)
    if installed is not None:
        return installed, Origin(source, content_digest(installed))
    path = (relative_to or Path()) / Path(source).expanduser()
    if path.is_dir():
        return path, Origin(source, content_digest(path))
    if path.is_file() and path.suffix == ".zip":
        return _zip(source, path)
    raise NoPack(
        "there is no such folder, .zip file or installed pack",
        file=source,
        hint="A repository is written gh:owner/repo@tag#folder or git+https://host/repo@tag.",
    )


def known() -> list[tuple[str, str]]:
    """(source, what it is) of the packs that can be used without a network."""
    from importlib.metadata import entry_points

    rows = [(BUILTIN, "the built-in pack")]
    rows += [(point.name, f"installed ({point.value})") for point in sorted(entry_points(group=ENTRY_POINTS))]
    for copy in sorted(cache_folder().glob("git/*.git")):
        url = _run(["-C", str(copy), "config", "--get", "remote.origin.url"])[0].decode().strip()
        commits = sorted(folder.name.partition("-")[2][:12] for folder in cache_folder().glob(f"packs/{copy.stem}-*"))
        rows.append((f"git+{url}", f"used before ({', '.join(commits)})"))
    return rows


def cache_folder() -> Path:
    """Where packs are kept: DOCKGEN_CACHE_DIR, else the platform's cache folder."""
    given = os.environ.get("DOCKGEN_CACHE_DIR")
    if given:
        return Path(given)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("dockgen", appauthor=False))


def content_digest(folder: Path) -> str:
    """ "sha256:..." of every file's path and bytes below the folder, for the record."""
    import hashlib

    total, size = hashlib.sha256(), 0
    for count, path in enumerate(sorted(folder.rglob("*"))):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or ".git" in name.split("/"):
            continue
        size += path.stat().st_size
        if count > COUNT_LIMIT * 10 or size > TOTAL_LIMIT:
            raise NoPack("is too large for a pack", file=str(folder))
        total.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return "sha256:" + total.hexdigest()


def _installed(name: str) -> Path | None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        return None
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    for point in entry_points(group=ENTRY_POINTS, name=name):
        spec = find_spec(point.value)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            return Path(location)
        raise NoPack(f"the entry point {point.value} names no package", file=name)
    return None


def _zip(source: str, path: Path) -> tuple[Path, Origin]:
    import hashlib
    import stat
    import zipfile

    from dockgen.packs.manifest import MANIFEST, BrokenPack

    if path.stat().st_size > TOTAL_LIMIT:
        raise NoPack("is too large for a pack", file=source)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    target = cache_folder() / "packs" / f"zip-{digest[:32]}"
    if not target.is_dir():
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
                if len(members) > COUNT_LIMIT or sum(m.file_size for m in members) > TOTAL_LIMIT:
                    raise NoPack("is too large for a pack", file=source)
                for member in members:
                    if stat.S_ISLNK(member.external_attr >> 16):
                        raise BrokenPack("is a symbolic link; a pack holds files alone", file=member.filename)
                _unpack(((m.filename, archive.read(m)) for m in members if not m.is_dir()), target)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
            raise BrokenPack(f"is no zip file that can be read: {error}", file=source) from error
    inner = [p for p in target.iterdir() if p.is_dir()]
    if not any((target / name).is_file() for name in (MANIFEST, "cookiecutter.json")) and len(inner) == 1:
        return inner[0], Origin(source, f"sha256:{digest}")  # as GitHub and GitLab pack their archives
    return target, Origin(source, f"sha256:{digest}")


def _unpack(members: Iterable[tuple[str, bytes]], target: Path) -> None:
    """Writes (path, bytes) pairs below `target`, which appears whole or not at all. Raises BrokenPack for a bad path."""
    import shutil
    import tempfile

    from dockgen.packs.manifest import BrokenPack

    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".unpack-", dir=target.parent))
    try:
        for name, data in members:
            parts = name.split("/")
            if name.startswith("/") or "\\" in name or ":" in parts[0] or any(p in ("", ".", "..") for p in parts):
                raise BrokenPack("is no path below the pack", file=name)
            place = staging / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        os.replace(staging, target)
    except OSError:
        if not target.is_dir():  # else: another run was faster
            raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _git(source: str, git: GitSource, recorded: str) -> tuple[Path, Origin]:
    import hashlib

    from dockgen.packs.manifest import BrokenPack

    key = hashlib.sha256(git.url.encode()).hexdigest()[:24]
    copy = cache_folder() / "git" / f"{key}.git"
    wanted = recorded if re.fullmatch(r"[0-9a-f]{40,64}", recorded) else git.ref
    exact = bool(re.fullmatch(r"[0-9a-f]{40,64}", wanted))
    commit = _resolve(copy, wanted) if exact and copy.is_dir() else ""
    if not commit:
        failure = _refresh(copy, git.url)
        commit = _resolve(copy, wanted) if copy.is_dir() else ""
        if not commit:
            why = failure or f"has no tag, branch or commit {wanted or 'HEAD'}"
            raise NoPack(why, file=git.url, hint="Used before, a pack works without a network; this one was not.")
    target = cache_folder() / "packs" / f"{key}-{commit}"
    if not target.is_dir():
        _unpack(_members(copy, commit), target)
    folder = target / git.folder if git.folder else target
    if ".." in git.folder.split("/") or not folder.is_dir():
        raise BrokenPack(f"has no folder {git.folder}", file=source)
    return folder, Origin(source, commit)


def _refresh(copy: Path, url: str) -> str:
    """Brings the bare copy up to date. Returns why it could not, "" when it could."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    if not copy.is_dir():
        import tempfile

        staging = Path(tempfile.mkdtemp(prefix=".clone-", dir=copy.parent))
        failure = _run(["clone", "--quiet", "--bare", "--no-local", "--", url, str(staging)])[1]
        if failure:
            import shutil

            shutil.rmtree(staging, ignore_errors=True)
            return failure
        os.replace(staging, copy) if not copy.is_dir() else None
        return ""
    refs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    return _run(["-C", str(copy), "fetch", "--quiet", "--prune", "--force", "--", url, *refs])[1]


def _resolve(copy: Path, ref: str) -> str:
    """The commit that a name stands for: a tag before a branch, as pip and copier take it; "" for none."""
    names = [f"refs/tags/{ref}", f"refs/heads/{ref}", ref] if ref else ["HEAD"]
    for name in names:
        out, failure = _run(
            ["-C", str(copy), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        )
        if not failure and out:
            return out.decode().strip()
    return ""


def _members(copy: Path, commit: str) -> list[tuple[str, bytes]]:
    """Every file of the commit, as git stores it. Raises BrokenPack for a symbolic link."""
    from dockgen.packs.manifest import BrokenPack

    listing, failure = _run(["-C", str(copy), "ls-tree", "-r", "-z", "-l", commit])
    if failure:
        raise NoPack(failure, file=str(copy))
    rows = [row.split("\t", 1) for row in listing.decode("utf-8", "surrogateescape").split("\0") if row]
    if len(rows) > COUNT_LIMIT * 10:
        raise NoPack("is too large for a pack", file=str(copy))
    wanted, total = [], 0
    for head, name in rows:
        mode, kind, blob, size = head.split()
        if mode == "120000":
            raise BrokenPack("is a symbolic link; a pack holds files alone", file=name)
        if kind == "blob":
            total += int(size)
            wanted.append((name, blob))
    if total > TOTAL_LIMIT:
        raise NoPack("is too large for a pack", file=str(copy))
    out, failure = _run(["-C", str(copy), "cat-file", "--batch"], "".join(f"{blob}\n" for _, blob in wanted).encode())
    if failure:
        raise NoPack(failure, file=str(copy))
    members, at = [], 0
    for name, _ in wanted:
        end = out.index(b"\n", at)
        length = int(out[at:end].split()[2])
        members.append((name, out[end + 1 : end + 1 + length]))
        at = end + 2 + length
    return members


def _run(words: list[str], data: bytes = b"") -> tuple[bytes, str]:
    """Output of git, and the last line of what it complained of ("" when it succeeded)."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in ("GIT_SSH_COMMAND", "GIT_SSL_CAINFO")
    }
    environment = {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:ssh:file", "LC_ALL": "C"}
    safe = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "safe.bareRepository=all"]
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *safe, *words],  # noqa: S607
            input=data, capture_output=True, timeout=GIT_SECONDS, env=environment, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return b"", "git is not installed here"
    except subprocess.TimeoutExpired:
        return b"", f"git did not answer in {GIT_SECONDS} s"
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return b"", (lines[-1] if lines else f"git ended with {done.returncode}")
    return done.stdout, ""
