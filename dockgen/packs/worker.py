"""The process in which templates of others are rendered, started by sandbox.py.

Standard input: the length (8 bytes) and a pickle of dockgen's own records, then requests, a JSON object a line.
Standard output: an answer a line. It opens no file after it has its modules.
"""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import sys
from collections.abc import Mapping
from typing import Any


def limit(limits: Mapping[str, int]) -> None:
    """Memory, processor time and files of this process, where the platform has such limits."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
        resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


class TooMuch(Exception):
    """A template makes more than it may."""


def bounded(chunks: Any, most: int) -> str:
    """The chunks joined. Raises TooMuch above `most` bytes."""
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk.encode("utf-8", "replace"))
        if size > most:
            raise TooMuch(f"makes more than {most:,} bytes; it was stopped")
        parts.append(chunk)
    return "".join(parts)


def answer(env: Any, context: Mapping[str, Any], request: Mapping[str, Any], most: int) -> Any:
    """The value of one request."""
    values = {**context, **request["values"]}
    if "plan" in request:
        values["plan"] = pickle.loads(base64.b64decode(request["plan"]))  # noqa: S301  # sandbox.py's, as the context
    if request["do"] == "file":
        return bounded(env.get_template(request["name"]).generate(values), most)
    if request["do"] == "text":
        return bounded(env.from_string(request["text"]).generate(values), most)
    if request["do"] == "undefined":
        from jinja2 import meta

        source = env.loader.get_source(env, request["name"])[0]
        missing = meta.find_undeclared_variables(env.parse(source))
        return sorted(missing - set(values) - set(env.globals))
    found = env.compile_expression(request["text"], undefined_to_none=False)(values)
    return json.loads(json.dumps(found, default=str))


def main() -> None:
    """Serves requests until standard input ends."""
    from jinja2 import FunctionLoader, TemplateSyntaxError, meta  # noqa: F401

    from dockgen.rendering import environment

    length = int.from_bytes(sys.stdin.buffer.read(8), "big")
    start = pickle.loads(sys.stdin.buffer.read(length))  # noqa: S301  # written by sandbox.py, of dockgen's own records
    templates: dict[str, str] = start["templates"]
    # A template's name as its file name: tracebacks then tell the place.
    loader = FunctionLoader(lambda name: (templates[name], name, None) if name in templates else None)
    if start["cookiecutter"]:
        from dockgen.packs.cookiecutter import environment as cookiecutter_environment

        env = cookiecutter_environment(loader, start["context"]["_config"])
    else:
        env = environment(loader)
    env.from_string("{{ x }}").render(x=1)  # loads what rendering loads, before files can be limited
    limit(start["limits"])
    for line in sys.stdin.buffer:
        result: dict[str, Any]
        try:
            result = {"value": answer(env, start["context"], json.loads(line), start["limits"]["output"])}
        except TemplateSyntaxError as error:
            result = {"error": f"cannot be read: {error.message}", "file": error.name, "line": error.lineno}
        except (TooMuch, RecursionError, MemoryError, OverflowError) as error:
            result = {"error": str(error) or f"is stopped: {type(error).__name__}", **_place(error, templates)}
        except Exception as error:  # whatever a template of others can raise is told, with its place
            result = {"error": f"{type(error).__name__}: {error}", **_place(error, templates)}
        text = json.dumps(result)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _place(error: BaseException, templates: Mapping[str, str]) -> dict[str, Any]:
    """The template and line that an error came from: the last frame that belongs to one."""
    place: dict[str, Any] = {}
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in templates:
            place = {"file": name, "line": trace.tb_lineno}
        trace = trace.tb_next
    return place
