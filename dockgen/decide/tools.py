"""Programs of a distribution that serve what the project gives them: MLflow's and vLLM's servers, Functions Framework,
Pyramid's pserve, Ray Serve. The table is [tools] of knowledge/frameworks.toml."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from dockgen.decide.declared import container_words
from dockgen.decide.folders import Folder
from dockgen.facts import LOOPBACK_WHY, Evidence, Fact, Facts, Warning
from dockgen.knowledge import table
from dockgen.plans import Process

ALL = "0.0.0.0"  # noqa: S104 - inside the container; compose publishes on 127.0.0.1


def tool(facts: Facts) -> Folder | None:
    """The process of such a program: as the project's own command has it, else by what the code defines for it."""
    return _declared(facts) or _functions(facts)


def _declared(facts: Facts) -> Folder | None:
    for command in facts.commands:
        if command.process in ("port", "release", "worker"):
            continue
        words = container_words(command)
        if words[:1] in (("python",), ("python3",)) and words[1:3] == ("-m", "vllm.entrypoints.openai.api_server"):
            words = ("vllm", "serve", *words[3:])
        for name, row in table("frameworks")["tools"].items():
            start = tuple(name.split())
            if words[: len(start)] != start or facts.dependency(*row["distribution"]) is None:
                continue
            kept, port = _without_address(words, row)
            if name == "pserve" and facts.dependency("waitress") and _on_loopback(facts, words[-1]):
                kept = ["python", "-c", PASTE.format(file=repr(words[-1]), all=ALL, port="{port}")]
            process = Process(
                "web",
                "web",
                tuple(_addressed(kept, row)),
                why="the project's own command",
                evidence=(command.evidence,),
            )
            entry = Fact(words[0], (command.evidence,))
            warnings: tuple[Warning, ...] = ()
            if name == "pserve" and not facts.manager.packaged and not facts.manager.local:
                text = (
                    f"{words[-1]} names the project as an installed package (egg:...), and {facts.manager.name} does not "
                    "install it: add a line -e . to the requirements"
                )
                warnings = (Warning(text, (command.evidence,)),)
            return Folder(process, entry, port or row["default_port"], row.get("health_path"), warnings=warnings)
    return None


PASTE = (
    "from pyramid.paster import get_app, setup_logging; from waitress import serve; "
    "setup_logging({file}); serve(get_app({file}), listen='{all}:{port}')"
)
"""What pserve does with a file whose server is waitress; pserve itself has no option for the address."""


def _on_loopback(facts: Facts, file: str) -> bool:
    """Whether the server of a PasteDeploy file listens on the loopback alone."""
    ports = [c.evidence for c in facts.commands if c.process == "port" and c.evidence.file == file]
    return any(where.why.endswith(LOOPBACK_WHY) for where in ports)


def _without_address(words: tuple[str, ...], row: dict[str, Any]) -> tuple[list[str], int | None]:
    """The words without host and port, and the port that they named."""
    hosts = {row["host"], *row.get("short", ())} - {""}
    ports = {row["port"], *row.get("short_port", ())} - {""}
    kept: list[str] = []
    port: int | None = None
    rest = iter(words)
    for word in rest:
        flag, equals, value = word.partition("=")
        if flag in hosts | ports:
            value = value if equals else next(rest, "")
            if flag in ports and value.isdigit():
                port = int(value)
            continue
        kept.append(word)
    return kept, port


def _addressed(words: list[str], row: dict[str, Any]) -> Iterator[str]:
    yield from words
    if row["host"]:
        yield from (row["host"], ALL)
    if row["port"]:
        yield from (row["port"], "{port}")


def _functions(facts: Facts) -> Folder | None:
    """`functions-framework --target=NAME`: one decorated function, which is asked on every path."""
    found = [a for a in facts.applications if a.interface == "functions-framework" and not a.test]
    if len(found) != 1 or facts.dependency("functions-framework") is None:
        return None
    row = table("frameworks")["tools"]["functions-framework"]
    evidence = (Evidence(found[0].file, found[0].line, "a function of Functions Framework"),)
    words = ["functions-framework", f"--target={found[0].object}"]
    if found[0].file != "main.py":
        words.append(f"--source={found[0].file}")
    process = Process("web", "web", tuple(_addressed(words, row)), why="a function to serve", evidence=evidence)
    return Folder(process, Fact(found[0].entry, evidence), row["default_port"])


MCP_ADDRESS = {"host": "--host", "port": "--port", "short_port": ["-p"]}
MCP_PORT = 8000
"""What FastMCP binds when nothing is said (gofastmcp.com, "Running your server")."""


def fastmcp(facts: Facts) -> tuple[Fact[str], tuple[str, ...], int | None] | None:
    """(entry, command without its address, port) of the project's own `fastmcp run FILE[:OBJECT]`; no port where it
    speaks over stdio, which is what it does unless --transport says otherwise (gofastmcp.com, "FastMCP CLI")."""
    for command in facts.commands:
        words = container_words(command)
        if words[:2] != ("fastmcp", "run") or facts.dependency("fastmcp") is None:
            continue
        file, _, name = next((w for w in words[2:] if not w.startswith("-")), "").removeprefix("./").partition(":")
        if file not in {a.file for a in facts.applications if a.framework in ("fastmcp", "mcp")}:
            continue
        module = file.removesuffix(".py").replace("/", ".")
        entry = Fact(f"{module}:{name}" if name else file, (command.evidence,))
        kept, port = _without_address(words, MCP_ADDRESS)
        flags = dict(pairwise(kept)) | {w.partition("=")[0]: w.partition("=")[2] for w in kept if "=" in w}
        spoken = flags.get("--transport", flags.get("-t", "stdio"))
        return entry, tuple(kept), None if spoken == "stdio" else port or MCP_PORT
    return None


RAY_PORT = 8000


def ray(facts: Facts) -> Folder | None:
    """`serve run module:app` (docs.ray.io, "Serve CLI"); its proxy listens on the loopback unless a variable says
    otherwise, and answers /-/healthz by itself."""
    found = [a for a in facts.applications if a.interface == "ray" and not a.test]
    if len(found) != 1 or facts.dependency("ray") is None:
        return None
    evidence = (Evidence(found[0].file, found[0].line, "a Ray Serve application"),)
    command = ("serve", "run", found[0].entry)
    process = Process("web", "web", command, why="a Ray Serve application", evidence=evidence)
    text = "Ray keeps its objects in /dev/shm and its session in /tmp: give the container memory for both (shm_size)"
    return Folder(
        process, Fact(found[0].entry, evidence), RAY_PORT, "/-/healthz", warnings=(Warning(text, evidence),),
        environment=(("RAY_SERVE_DEFAULT_HTTP_HOST", ALL),), fixed=True,
    )  # fmt: skip
