"""The package index: what files it has of a distribution. The only module that talks to the network.

The simple repository API: JSON (PEP 691), or HTML (PEP 503) where an index knows nothing newer. The index is the
person's own, from pip's and uv's settings; what a project names is not asked, because the project is untrusted.
Nothing is downloaded but lists of file names, and all is bounded: bytes, seconds, names.
"""

from __future__ import annotations

import base64
import configparser
import json
import os
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from dockgen import __version__
from dockgen.errors import NoIndex

PAGE = 32 * 1024 * 1024
"""Bytes of one distribution's list; the longest on the public index has about a quarter of it."""
SECONDS = 20.0
"""For one page."""
DEADLINE = 120.0
"""Seconds for all."""
MOST = 300
"""Names in one run."""
AT_ONCE = 8

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the index: its name, and the Pythons that it says it is for ("" for any)."""

    name: str
    requires_python: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to ask. `urls`: the index and those besides it, with their credentials. `cafile`: "" for the system's."""

    urls: tuple[str, ...]
    cafile: str = ""


def settings(environment: Mapping[str, str] | None = None, home: Path | None = None) -> Settings:
    """The index that pip and uv are set to. Raises NoIndex where nothing says which."""
    env = os.environ if environment is None else environment
    configured = _pip_configuration(env, Path.home() if home is None else home)
    main = (
        env.get("UV_DEFAULT_INDEX")
        or env.get("UV_INDEX_URL")
        or env.get("PIP_INDEX_URL")
        or configured.get("index-url")
        or default_index()
    )
    besides = env.get("UV_EXTRA_INDEX_URL") or env.get("PIP_EXTRA_INDEX_URL") or configured.get("extra-index-url") or ""
    urls = [u.strip() for u in (main, *besides.split())]
    found = tuple(dict.fromkeys(u for u in urls if urlsplit(u).scheme in ("http", "https")))
    if not found:
        raise NoIndex("no package index is set that is reached by http", hint="Set PIP_INDEX_URL to your index.")
    return Settings(found, env.get("SSL_CERT_FILE") or env.get("PIP_CERT") or configured.get("cert", ""))


def _pip_configuration(env: Mapping[str, str], home: Path) -> dict[str, str]:
    """[global] and [install] of pip's files, the nearer over the farther
    (pip.pypa.io/en/stable/topics/configuration)."""
    named = env.get("PIP_CONFIG_FILE")
    user = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    paths = [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", user, *([Path(named)] if named else [])]
    if named == os.devnull:
        paths = []
    found: dict[str, str] = {}
    for path in paths:
        parser = configparser.RawConfigParser()
        try:
            with open(path, encoding="utf-8") as file:
                parser.read_string(file.read(256 * 1024))
        except (OSError, configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {k.replace("_", "-"): v for k, v in parser.items(section) if v.strip()}
    return found


def default_index() -> str:
    """pip's own default: from the pip that is there, or from the one that Python brings for venv. "" for neither."""
    import ensurepip
    import zipfile

    import_path = "pip/_internal/models/index.py"
    text = ""
    try:
        from importlib.util import find_spec

        spec = find_spec("pip")
        if spec is not None and spec.origin:
            text = (Path(spec.origin).parent / "_internal" / "models" / "index.py").read_text("utf-8")
        else:
            for wheel in sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")):
                text = zipfile.ZipFile(wheel).read(import_path).decode()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return ""
    match = re.search(r'PyPI\s*=\s*PackageIndex\(\s*"(https://[^"/]+/)"', text)
    return f"{match[1]}simple" if match else ""


def ask(names: Iterable[str], where: Settings) -> dict[str, tuple[File, ...]]:
    """The files of each distribution, by its normal name; none where the index does not have it.

    Raises NoIndex where the index cannot be reached or does not answer as one.
    """
    wanted = sorted(set(names))
    if len(wanted) > MOST:
        raise NoIndex(f"{len(wanted)} requirements are more than are asked for ({MOST})", hint="Lock them instead.")
    end = time.monotonic() + DEADLINE
    try:
        context = ssl.create_default_context(cafile=where.cafile or None)
    except OSError as error:
        raise NoIndex(f"the certificates at {where.cafile} cannot be read: {error.strerror}") from error
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            pages = list(pool.map(lambda name: _files(name, where.urls, context, end), wanted))
        except NoIndex:
            pool.shutdown(cancel_futures=True)
            raise
    return dict(zip(wanted, pages, strict=True))


def _files(name: str, urls: tuple[str, ...], context: ssl.SSLContext, end: float) -> tuple[File, ...]:
    found: dict[str, File] = {}
    for url in urls:
        for file in _page(url, name, context, end):
            found.setdefault(file.name, file)
    return tuple(found[name] for name in sorted(found))


def _page(url: str, name: str, context: ssl.SSLContext, end: float) -> tuple[File, ...]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    left = end - time.monotonic()
    if left <= 0:
        raise NoIndex(f"{host} answers too slowly: {DEADLINE:.0f} seconds are over", hint=HINT)
    address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], f"{parts.path.rstrip('/')}/{name}/", "", ""))
    request = urllib.request.Request(  # noqa: S310 - the opener knows http and https alone
        address, headers={"Accept": ACCEPT, "User-Agent": f"dockgen/{__version__}"}
    )
    if parts.username:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        # unredirected: another host that the index sends us to must not see it
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(words.encode()).decode())
    try:
        with _opener(context).open(request, timeout=min(SECONDS, left)) as answer:
            kind = answer.headers.get_content_type()
            body = _read(answer, host, end)
    except urllib.error.HTTPError as error:
        if error.code in (404, 410):
            return ()
        told = "wants other credentials" if error.code in (401, 403) else "fails"
        raise NoIndex(f"the package index at {host} {told}: HTTP {error.code} for {name}", hint=HINT) from error
    except (OSError, ValueError) as error:  # URLError, timeouts, certificates, what is no HTTP at all
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, (TimeoutError, socket.timeout)):
            reason = "no answer in time"
        raise NoIndex(f"the package index at {host} cannot be reached: {reason}", hint=HINT) from error
    except Exception as error:  # http.client's own, which are no OSError
        raise NoIndex(f"the package index at {host} does not answer as one: {error!r}", hint=HINT) from error
    files = _from_json(body) if kind.endswith("json") else _from_html(body)
    if files is None:
        raise NoIndex(f"what {host} says of {name} is no list of files", hint=HINT)
    return files


HINT = "Without a network leave --resolve out; PIP_INDEX_URL names another index. Nothing was written."


def _opener(context: ssl.SSLContext) -> urllib.request.OpenerDirector:
    """http and https, with the system's proxies and with redirects; no files and no ftp, which urllib adds unasked."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _read(answer: object, host: str, end: float) -> bytes:
    """The body, within the bounds. `answer`: a response of urllib."""
    chunks: list[bytes] = []
    size = 0
    while chunk := answer.read(64 * 1024):  # type: ignore[attr-defined]
        size += len(chunk)
        if size > PAGE:
            raise NoIndex(f"{host} sends a list of more than {PAGE // 1024 // 1024} MB", hint=HINT)
        if time.monotonic() > end:
            raise NoIndex(f"{host} answers too slowly: {DEADLINE:.0f} seconds are over", hint=HINT)
        chunks.append(chunk)
    return b"".join(chunks)


def _from_json(body: bytes) -> tuple[File, ...] | None:
    """PEP 691. Yanked files (PEP 592) are left out. None for what is no such list."""
    try:
        files = json.loads(body)["files"]
        return tuple(
            File(str(f["filename"]), str(f.get("requires-python") or "")) for f in files if not f.get("yanked")
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


class _Links(HTMLParser):
    """The links of a PEP 503 page: the text is the file's name."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[File] = []
        self.open: tuple[str, list[str]] | None = None
        self.html = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.html = True
        if tag == "a":
            given = dict(attrs)
            self.open = None if "data-yanked" in given else (given.get("data-requires-python") or "", [])

    def handle_data(self, data: str) -> None:
        if self.open is not None:
            self.open[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.open is not None:
            self.files.append(File("".join(self.open[1]).strip(), self.open[0]))
            self.open = None


def _from_html(body: bytes) -> tuple[File, ...] | None:
    parser = _Links()
    try:
        parser.feed(body.decode("utf-8", "replace"))
        parser.close()
    except (ValueError, AssertionError, RecursionError):
        return None
    return tuple(parser.files) if parser.html else None
