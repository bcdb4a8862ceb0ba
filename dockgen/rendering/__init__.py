"""render: Plan in, text out. Templates get the Plan and nothing else."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from dockgen.plans import Plan, System

TEMPLATES = {
    "Dockerfile": "Dockerfile.j2",
    ".dockerignore": "dockerignore.j2",
    "compose.yaml": "compose.yaml.j2",
    "compose.override.yaml": "compose.override.yaml.j2",
    "gunicorn.docker.py": "gunicorn.docker.py.j2",
    "requirements.txt": "requirements.txt.j2",
    "nginx.docker.conf": "nginx.docker.conf.j2",
    "Caddyfile": "Caddyfile.j2",
    "docker-bake.hcl": "docker-bake.hcl.j2",
    ".env.example": "env.example.j2",
}
"""Which template makes which file."""


def builtin_pack() -> Path:
    """The folder of the built-in templates: in the wheel, or at the top of a checkout."""
    installed = Path(str(files("dockgen"))) / "templates"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "templates"


def environment(loader: Any) -> Any:
    """The Jinja environment: sandboxed, strict about what is undefined, with the quoting filters."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from dockgen.rendering import quoting, yaml

    env = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    env.filters.update(
        copy_paths=quoting.copy_paths,
        exec_form=quoting.exec_form,
        shell=quoting.shell,
        shell_words=quoting.shell_words,
        env_name=quoting.env_name,
        env_value=quoting.env_value,
        env_line=quoting.env_line,
        mount_path=quoting.mount_path,
        comment=quoting.comment,
        url_path=quoting.url_path,
        ignore_pattern=quoting.ignore_pattern,
        hcl=quoting.hcl,
        under=lambda paths, folder: [folder + path for path in paths],
        parent=posixpath.dirname,
        yaml=yaml.yaml_scalar,
        compose_value=yaml.compose_value,
    )
    return env


def render(plan: Plan | System, template: Callable[[str, Plan | System], str] | None = None) -> dict[str, str]:
    """The text of every file of the plan, by name. The same plan gives the same bytes.

    `template` renders a template of this name over a plan; the built-in pack's where it is not given.
    """
    if template is None:
        from jinja2 import FileSystemLoader

        template = partial(_render, environment(FileSystemLoader(builtin_pack())))
    if isinstance(plan, System):
        from dockgen.rendering.system import render_system

        return render_system(plan, partial(_named, template))
    return {name: template(TEMPLATES[name], plan) for name in plan.files}


def _render(env: Any, name: str, plan: Plan | System) -> str:
    return str(env.get_template(name).render(plan=plan))


def _named(template: Callable[[str, Plan | System], str], name: str, plan: Plan | System) -> str:
    return template(TEMPLATES[name], plan)
