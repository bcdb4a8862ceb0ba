"""render: Plan in, text out. Templates get the Plan and nothing else."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from dockgen.plan import Plan

TEMPLATES = {
    "Dockerfile": "Dockerfile.j2",
    ".dockerignore": "dockerignore.j2",
    "compose.yaml": "compose.yaml.j2",
    "gunicorn.docker.py": "gunicorn.docker.py.j2",
    "requirements.txt": "requirements.txt.j2",
}
"""Which template makes which file."""


def builtin_pack() -> Path:
    """The folder of the built-in templates: in the wheel, or at the top of a checkout."""
    installed = Path(str(files("dockgen"))) / "templates"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "templates"


def environment(pack: Path) -> Any:
    """The Jinja environment: sandboxed, strict about what is undefined, with the quoting filters."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from dockgen.render import quoting, yaml

    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(pack),
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
        mount_path=quoting.mount_path,
        comment=quoting.comment,
        ignore_pattern=quoting.ignore_pattern,
        yaml=yaml.yaml_scalar,
        compose_value=yaml.compose_value,
    )
    return env


def render(plan: Plan, pack: Path | None = None) -> dict[str, str]:
    """The text of every file of the plan, by name. The same plan gives the same bytes."""
    env = environment(pack or builtin_pack())
    return {name: env.get_template(TEMPLATES[name]).render(plan=plan) for name in plan.files}
