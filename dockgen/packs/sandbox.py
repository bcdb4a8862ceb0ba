"""Templates of others are rendered in a process of their own: Jinja's sandbox, no file, bounded in time and size.

Jinja's sandbox keeps a template from Python's insides, but not from looping for ever or from asking for 10 GB; a
process that can be ended does. It gets the templates' texts, so it has no reason to open a file, and answers in JSON,
so that nothing it says is run.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dockgen.packs.manifest import BrokenPack

SECONDS = 20.0
"""For all that one command renders of a pack."""
OUTPUT_LIMIT = 2 * 2**20
"""Bytes of one rendered file."""
MEMORY_LIMIT = 2**30
"""Bytes of address space of the process, where the platform can limit it."""

INHERITED = ("PATH", "PYTHONPATH", "PYTHONHOME", "SYSTEMROOT", "LD_LIBRARY_PATH", "SOURCE_DATE_EPOCH")
"""What the process sees of the environment: nothing that could be a secret."""

START = "import sys; sys.path.insert(0, sys.argv[1]); from dockgen.packs.worker import main; main()"
"""The same dockgen as this one, wherever it lies."""


class Sandbox:
    """Renders texts and expressions of a pack over one context. Use as a context manager.

    `templates`: name -> text, as {% extends %} and {% include %} name them. `context`: what they see.
    """

    def __init__(self, templates: Mapping[str, str], context: Mapping[str, Any], *, cookiecutter: bool = False):
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-c", START, str(Path(__file__).resolve().parents[2])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, env=kept,
        )  # fmt: skip
        self._buffer = b""
        self._late = False
        self._timer = threading.Timer(SECONDS, self._stop)
        self._timer.daemon = True
        self._timer.start()
        limits = {"output": OUTPUT_LIMIT, "memory": MEMORY_LIMIT, "seconds": int(SECONDS) + 5}
        start = pickle.dumps({"templates": dict(templates), "context": dict(context), "limits": limits,
                              "cookiecutter": cookiecutter})  # fmt: skip
        self._write(len(start).to_bytes(8, "big") + start, "the pack")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        self._process.kill()
        self._process.communicate()

    def _stop(self) -> None:
        self._late = True
        self._process.kill()

    def file(self, name: str, values: Mapping[str, Any], plan: object = None) -> str:
        """The template of this name, rendered with `values` (and another `plan`) over the context. Raises BrokenPack
        with file and line."""
        request: dict[str, Any] = {"do": "file", "name": name, "values": values}
        if plan is not None:
            request["plan"] = base64.b64encode(pickle.dumps(plan)).decode()
        return str(self._ask(request, name))

    def text(self, text: str, values: Mapping[str, Any], where: str) -> str:
        """A short text of a manifest, rendered. `where` names it in errors."""
        return str(self._ask({"do": "text", "text": text, "values": values}, where)) if "{" in text else text

    def expression(self, text: str, values: Mapping[str, Any], where: str) -> Any:
        """A Jinja expression of a manifest, evaluated to plain values."""
        return self._ask({"do": "expression", "text": text, "values": values}, where)

    def undefined(self, name: str) -> list[str]:
        """Names that the template asks for and neither the context nor Jinja has."""
        return list(self._ask({"do": "undefined", "name": name, "values": {}}, name))

    def _ask(self, request: Mapping[str, Any], where: str) -> Any:
        self._write(json.dumps(request).encode() + b"\n", where)
        answer = json.loads(self._line(where))
        if "error" in answer:
            raise BrokenPack(answer["error"], file=answer.get("file") or where, line=answer.get("line"))
        return answer["value"]

    def _write(self, data: bytes, where: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
        except OSError as error:
            raise self._ended(where) from error

    def _line(self, where: str) -> bytes:
        assert self._process.stdout is not None
        while b"\n" not in self._buffer:
            data = self._process.stdout.read(2**16)
            if not data:
                raise self._ended(where)
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _ended(self, where: str) -> BrokenPack:
        if self._late:
            return BrokenPack(f"was not rendered in {SECONDS:g} s; it was stopped", file=where)
        return BrokenPack("used more memory or time than a template may; it was stopped", file=where)
