"""Cookiecutter templates as packs: cookiecutter.json asks, `{{cookiecutter.…}}/` is what gets written.

The form is cookiecutter's own (cookiecutter.readthedocs.io, "Advanced Usage"); rendering is done here, in the
sandbox, because cookiecutter itself runs what a template says.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockgen.packs.ask import Asker, settle
from dockgen.packs.chain import Chain
from dockgen.packs.manifest import BrokenPack, Origin, Pack, PackQuestion, bounded_text, read_templates, safe_path

CONFIG = "cookiecutter.json"
FROM_FACTS = {
    "project_name": "{{ project.project.name }}",
    "app_name": "{{ project.project.name }}",
    "name": "{{ project.project.name }}",
    "project_slug": "{{ project.project.name | slugify(separator='_') }}",
    "repo_name": "{{ project.project.name | slugify }}",
    "repository_name": "{{ project.project.name | slugify }}",
    "app_slug": "{{ project.project.name | slugify }}",
    "package_name": "{{ (project.facts.entry.value.split(':')[0].split('.')[0] if project.facts.entry and ':' in "
    "project.facts.entry.value else project.project.name | slugify(separator='_')) }}",
    "python_version": "{{ project.facts.python.value }}",
    "python_interpreter": "python3",
    "port": "{{ project.plan.processes[0].port if project.plan.processes else '' }}",
    "http_port": "{{ project.plan.processes[0].port if project.plan.processes else '' }}",
    "app_port": "{{ project.plan.processes[0].port if project.plan.processes else '' }}",
    "container_port": "{{ project.plan.processes[0].port if project.plan.processes else '' }}",
    "docker_base_image": "{{ project.plan.base_image }}",
    "base_image": "{{ project.plan.base_image }}",
    "entry_point": "{{ project.facts.entry.value if project.facts.entry else '' }}",
    "package_manager": "{{ project.facts.package_manager.value }}",
}
"""What a template's variable of this name is filled with. An empty result leaves the template's own default."""

EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n", "jinja2.ext.debug")
ENVIRONMENT = ("trim_blocks", "lstrip_blocks", "block_start_string", "block_end_string", "variable_start_string",
               "variable_end_string", "comment_start_string", "comment_end_string")  # fmt: skip


def read_cookiecutter(folder: Path, origin: Origin) -> Pack:
    """The template in this folder as a pack. Raises BrokenPack naming the file."""
    try:
        config = json.loads(bounded_text(folder / CONFIG, CONFIG))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BrokenPack(f"is not valid JSON: {error}", file=CONFIG) from error
    if not isinstance(config, dict):
        raise BrokenPack("must hold an object", file=CONFIG)
    prompts = config.get("__prompts__", {})
    questions = []
    for name, value in config.items():
        if name.startswith("_") or isinstance(value, dict):
            continue
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise BrokenPack(f"{name!r} is no variable's name", file=CONFIG)
        prompt = prompts.get(name, "") if isinstance(prompts, dict) else ""
        help_ = prompt if isinstance(prompt, str) else str(prompt.get("__prompt__", ""))
        if isinstance(value, list):
            questions.append(PackQuestion(name, "choice", help_, str(value[0]) if value else "",
                                          tuple(map(str, value)) or ("",)))  # fmt: skip
        elif isinstance(value, bool):
            questions.append(PackQuestion(name, "bool", help_, value))
        else:
            questions.append(PackQuestion(name, "text", help_, "" if value is None else str(value)))
    hooks = tuple(
        (path.stem, f"hooks/{path.name}")
        for path in sorted((folder / "hooks").glob("*_gen_project*"))
        if path.is_file() and not path.is_symlink()
    )
    return Pack(
        name=re.sub(r"[^a-z0-9._-]+", "-", Path(origin.source.partition("#")[0]).name.lower()).strip("-.")
        or "cookiecutter",
        version="0",
        folder=folder,
        origin=origin,
        description="a cookiecutter template",
        questions=tuple(questions),
        templates=read_templates(folder),
        hooks=hooks,
        cookiecutter=True,
    )


def make_cookiecutter(
    chain: Chain, project: Mapping[str, Any], given: Mapping[str, Any], *, ask: Asker | None, trust: bool
) -> tuple[dict[str, str], dict[str, Any], tuple[str, ...]]:
    """What the template makes of this project: the files of its one folder, below the target itself; the values of
    its variables; what a person should know."""
    from dataclasses import replace

    from dockgen.packs.sandbox import Sandbox

    pack: Pack = chain.top
    config = json.loads(pack.templates[CONFIG])
    root = next((n.split("/")[0] for n in pack.templates if "cookiecutter" in n.split("/")[0] and "{{" in n), "")
    if not root:
        raise BrokenPack("has no folder {{cookiecutter.…}}: a template of templates is not rendered; name one of its "
                         "folders behind a #", file=CONFIG)  # fmt: skip
    with Sandbox(pack.templates, {"project": project, "_config": _jinja_config(config)}, cookiecutter=True) as sandbox:
        filled = []
        for question in pack.questions:
            known = sandbox.text(FROM_FACTS.get(question.name, ""), {}, CONFIG)
            usable = known and (question.type == "text" or known in question.choices)
            filled.append(replace(question, default=known) if usable and question.type != "bool" else question)
        values = settle(Chain((replace(pack, questions=tuple(filled)), *chain.packs[1:])), sandbox, given, ask)
        context: dict[str, Any] = {
            **{k: v for k, v in config.items() if k.startswith("_") or isinstance(v, dict)},
            **values,
        }
        context |= {"_template": pack.origin.source, "_output_dir": ".", "_repo_dir": ""}
        for name, value in config.items():
            if name.startswith("__") and name != "__prompts__" and isinstance(value, str):
                context[name] = sandbox.text(value, {"cookiecutter": context}, CONFIG)
        plain = [str(p) for p in config.get("_copy_without_render", [])]
        files: dict[str, str] = {}
        for name, text in pack.templates.items():
            if not name.startswith(root + "/"):
                continue
            below = name[len(root) + 1 :]
            path = sandbox.text(below, {"cookiecutter": context}, name)
            if any(part == "" for part in path.split("/")):
                continue  # an empty name means that this file is not wanted
            raw = any(fnmatch.fnmatch(below, p) or fnmatch.fnmatch(path, p) for p in plain)
            files[safe_path(path, name)] = text if raw else sandbox.file(name, {"cookiecutter": context})
        rendered = {path: sandbox.file(path, {"cookiecutter": context}) for _, path in pack.hooks if trust}
        slug = sandbox.text(root, {"cookiecutter": context}, root)
    binary = _binary(pack.folder / root)
    notes = [f"left out, because they are no text: {', '.join(binary)}"] if binary else []
    if pack.hooks and trust:
        files = _hooked(pack, rendered, files, slug)
    elif pack.hooks:
        names = ", ".join(path for _, path in pack.hooks)
        notes.append(f"the template's hooks were not run: {names}; --trust runs them, after showing them")
    return files, values, tuple(notes)


def _hooked(pack: Pack, rendered: Mapping[str, str], files: Mapping[str, str], slug: str) -> dict[str, str]:
    import tempfile

    from dockgen.packs.hooks import run_hooks

    with tempfile.TemporaryDirectory(prefix="dockgen-hooks-") as temporary:
        scripts = []
        for when, path in pack.hooks:
            script = Path(temporary, Path(path).name)
            script.write_bytes(rendered[path].encode())
            script.chmod(0o700)
            scripts.append((script, when))
        return run_hooks(scripts, files, slug if re.fullmatch(r"[\w.-]+", slug) else "")


def _binary(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as file:
                if b"\0" in file.read(2**16):
                    found.append(path.relative_to(folder).as_posix())
    return found[:20]


def _jinja_config(config: Mapping[str, Any]) -> dict[str, Any]:
    wanted = config.get("_extensions", [])
    for name in wanted if isinstance(wanted, list) else []:
        if name not in EXTENSIONS and not str(name).startswith("cookiecutter.extensions."):
            raise BrokenPack(f"needs the Jinja extension {name}, which is code that dockgen does not load", file=CONFIG)
    given = config.get("_jinja2_env_vars", {})
    return {
        "extensions": [n for n in wanted if n in EXTENSIONS],
        "variables": {k: v for k, v in given.items() if k in ENVIRONMENT} if isinstance(given, dict) else {},
    }


def environment(loader: Any, config: Mapping[str, Any]) -> Any:
    """Jinja as cookiecutter sets it up, with the filters and the `now` tag of its own extensions, in the sandbox."""
    import datetime
    import os
    import random
    import string
    import uuid

    from jinja2 import StrictUndefined, nodes
    from jinja2.ext import Extension
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Now(Extension):
        """{% now 'utc', '%Y' %}: the day of SOURCE_DATE_EPOCH where it is set, so that a build can be repeated."""

        tags = {"now"}  # noqa: RUF012

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            parser.parse_expression()
            form: Any = nodes.Const("%a %b %d %H:%M:%S %Y")
            if parser.stream.skip_if("comma"):
                form = parser.parse_expression()
            return nodes.Output([self.call_method("_now", [form])], lineno=line)

        def _now(self, form: str) -> str:
            given = os.environ.get("SOURCE_DATE_EPOCH")
            moment = (
                datetime.datetime.fromtimestamp(int(given), datetime.UTC)
                if given
                else datetime.datetime.now(datetime.UTC)
            )
            return moment.strftime(form)

    def slugify(value: Any, separator: str = "-", **_: Any) -> str:
        import unicodedata

        text = unicodedata.normalize("NFKD", str(value)).encode("ascii", "ignore").decode().lower()
        return re.sub(r"[^a-z0-9]+", separator, text).strip(separator)

    def random_ascii_string(length: int, punctuation: bool = False) -> str:
        letters = string.ascii_letters + (string.punctuation if punctuation else "")
        return "".join(random.SystemRandom().choice(letters) for _ in range(min(int(length), 1000)))

    env = ImmutableSandboxedEnvironment(
        loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False,
        extensions=[Now, *config["extensions"]], **config["variables"],
    )  # fmt: skip
    env.filters.update(
        slugify=slugify, jsonify=lambda value, indent=4: json.dumps(value, sort_keys=True, indent=indent)
    )
    env.globals.update(random_ascii_string=random_ascii_string, uuid4=lambda: str(uuid.uuid4()))
    return env
