"""What an image registry says a tag is today: the OCI distribution API, asked anonymously.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests, and for the token
https://distribution.github.io/distribution/spec/auth/token/. Imported only for --pin-digests.
"""

from __future__ import annotations

import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from http.client import HTTPException
from typing import Any

from dockgen.errors import DockgenError

SECONDS = 10
"""How long one answer may take."""

LARGEST = 4 * 1024 * 1024
"""Bytes of a manifest or token that are read; the specification asks registries for no more."""

ACCEPT = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""An index first: its digest stands for the image on every platform."""

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class RegistryError(DockgenError):
    """A registry did not say what the digest of a tag is. Nothing was written."""


def ask_digests(names: Iterable[str]) -> dict[str, str]:
    """Image name → digest, for names with a tag ("python:3.13-slim"). Raises RegistryError for the first that fails."""
    return {name: digest_of(name) for name in names}


def digest_of(name: str) -> str:
    """The digest of one image. Raises RegistryError."""
    host, repository, tag = parts(name)
    scheme = "http" if re.match(r"(localhost|127\.0\.0\.1|\[::1\])(:|$)", host) else "https"
    url = f"{scheme}://{host}/v2/{repository}/manifests/{tag}"
    try:
        # HEAD first: registries that count pulls do not count it.
        headers, _ = _open("HEAD", url, repository)
        digest = headers.get("Docker-Content-Digest") or ""
        if not DIGEST.fullmatch(digest):
            _, body = _open("GET", url, repository)
            digest = "sha256:" + hashlib.sha256(body).hexdigest()
        return digest
    except urllib.error.HTTPError as error:
        reason = "there is no such image" if error.code == 404 else f"it answered {error.code}"
        raise _failed(host, name, reason) from error
    except urllib.error.URLError as error:
        raise _failed(host, name, str(getattr(error.reason, "strerror", None) or error.reason)) from error
    except (OSError, ValueError, HTTPException) as error:
        raise _failed(host, name, str(error) or type(error).__name__) from error


def parts(name: str) -> tuple[str, str, str]:
    """(host, repository, tag) as Docker reads an image's name."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        host, path = first, rest
    else:
        host, path = "docker.io", name
    repository, _, tag = path.partition(":")
    if host in ("docker.io", "index.docker.io"):
        host = "registry-1.docker.io"
        repository = repository if "/" in repository else f"library/{repository}"
    return host, repository, tag or "latest"


def _open(method: str, url: str, repository: str) -> tuple[Any, bytes]:
    """The answer's headers and body; where the registry asks for a token, with an anonymous one."""
    headers = {"Accept": ", ".join(ACCEPT), "User-Agent": "dockgen"}
    try:
        return _read(urllib.request.Request(url, headers=headers, method=method))  # noqa: S310 - http(s) by digest_of
    except urllib.error.HTTPError as error:
        challenge = error.headers.get("WWW-Authenticate", "") if error.code == 401 else ""
        token = _token(challenge, url, repository)
        if not token:
            raise
        headers["Authorization"] = f"Bearer {token}"
        return _read(urllib.request.Request(url, headers=headers, method=method))  # noqa: S310


def _read(request: urllib.request.Request) -> tuple[Any, bytes]:
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        body = answer.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise ValueError("the answer is larger than a manifest may be")
        return answer.headers, body


def _token(challenge: str, url: str, repository: str) -> str:
    """An anonymous token from where the registry says, "" where it says nothing of tokens."""
    kind, _, fields = challenge.partition(" ")
    said = dict(re.findall(r'(\w+)="([^"]*)"', fields))
    realm = said.get("realm", "")
    if kind.lower() != "bearer" or urllib.parse.urlsplit(realm).scheme not in {
        "https",
        urllib.parse.urlsplit(url).scheme,
    }:
        return ""
    query = {"scope": said.get("scope") or f"repository:{repository}:pull"}
    if "service" in said:
        query["service"] = said["service"]
    _, body = _read(urllib.request.Request(f"{realm}?{urllib.parse.urlencode(query)}"))  # noqa: S310
    answer = json.loads(body)
    token = (answer.get("token") or answer.get("access_token")) if isinstance(answer, dict) else None
    return token if isinstance(token, str) and token.isprintable() else ""


def _failed(host: str, name: str, reason: str) -> RegistryError:
    return RegistryError(
        f"{host} did not say what {name} is: {reason}; nothing was written",
        hint="Without --pin-digests the tag is used as it is.",
    )
