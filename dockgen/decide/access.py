"""Secrets of the build: mounted for the command that needs them, kept in no layer, argument or history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dockgen.facts import Evidence, Facts, Warning
from dockgen.plans import BuildSecret, Decision

NETRC = BuildSecret("netrc", "/root/.netrc", "$HOME/.netrc")
"""pip, uv and PDM look for the user and password of a host there; so does git."""

KNOWN_HOSTS = BuildSecret("known_hosts", "/root/.ssh/known_hosts", "$HOME/.ssh/known_hosts", required=True)
"""The builder's own: a key fetched in the build (ssh-keyscan) would be believed whoever sends it."""


def choose_access(
    facts: Facts, installs: bool, answers: Mapping[str, Any]
) -> tuple[tuple[BuildSecret, ...], list[Decision], tuple[Warning, ...]]:
    """(secrets, their decisions, warnings). `installs`: the image installs anything at all."""
    if not installs:
        return (), [], ()
    secrets: dict[str, BuildSecret] = {}
    decisions: list[Decision] = []
    for name in answers.get("build_secret") or ():
        secrets[name] = NETRC if name == "netrc" else BuildSecret(name, required=True)
        decisions.append(Decision("build_secret", name, "you named it", "flag"))
    for access in facts.access:
        secret = KNOWN_HOSTS if access.kind == "ssh" else NETRC
        if access.kind == "variable":
            secret = BuildSecret(access.name, required=access.required)
        if secret.name not in secrets:
            secrets[secret.name] = secret
            why = WHY[access.kind] + ("" if secret.required else "; the build goes on without it")
            decisions.append(Decision("build_secret", secret.name, why, "evidence", access.evidence))
    return tuple(secrets.values()), decisions, _told(facts.credentials)


WHY = {
    "variable": "an index or repository is read with it",
    "netrc": "the index may want a user and a password",
    "ssh": "a dependency is cloned over ssh: the hosts that your ssh knows, and its agent",
}


def _told(credentials: tuple[Evidence, ...]) -> tuple[Warning, ...]:
    if not credentials:
        return ()
    return (Warning(f"{EXPOSED}; dockgen init refuses to write until it is gone", credentials),)


EXPOSED = "there is a password or token in a URL, and whoever gets the image could read it"
REPLACE = (
    "Write ${NAME} in its place (pip, uv, pipenv and PDM take it from the environment), or leave it out and put it "
    "into ~/.netrc: dockgen mounts either as a secret of the build. Then revoke the old one."
)
