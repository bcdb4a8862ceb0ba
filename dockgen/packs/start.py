"""The files of a new pack: small, complete, and right at the first `dockgen template check`."""

from __future__ import annotations

import json
import re

MANIFEST_TEXT = """\
name = {name}
version = "0.1.0"
description = "House rules for our containers"
extends = "dockgen"
dockgen = ">=0.1"

# Defaults for dockgen's own answers; a project's own word is stronger.
[answers]
# registry = "registry.example.com/mirror"

# Asked once, recorded in .dockgen.toml; templates see answers.team.
[[questions]]
name = "team"
type = "text"
help = "Which team owns this service?"
default = "{{{{ project.project.name }}}}"
validate = "[a-z0-9-]+"

# A file beside dockgen's own.
[[files]]
path = "OWNERS"
template = "OWNERS.j2"
when = "project.plan.processes"

# A row of dockgen's tables: knowledge.services, knowledge.system_packages, knowledge.frameworks.
# [knowledge.services.services.postgres]
# image = "registry.example.com/postgres:17"
"""

DOCKERFILE = """\
{% extends "dockgen/Dockerfile.j2" %}
{% block labels %}
LABEL org.opencontainers.image.vendor="Example" \\
    com.example.team={{ answers.team | env_value }}
{% endblock %}
"""

SAMPLE = """\
from flask import Flask

app = Flask(__name__)


@app.get("/healthz")
def health() -> str:
    return "ok"
"""


def start_files(name: str) -> dict[str, str]:
    """Path -> text of a pack of this name."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.") or "pack"
    return {
        "dockgen-pack.toml": MANIFEST_TEXT.format(name=json.dumps(plain)),
        "Dockerfile.j2": DOCKERFILE,
        "OWNERS.j2": "* @{{ answers.team }}\n",
        "samples/flask/project/app.py": SAMPLE,
        "samples/flask/project/requirements.txt": "flask==3.1.2\n",
    }
