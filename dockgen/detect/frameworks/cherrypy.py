"""Where CherryPy listens: "server.socket_port" and its kin in the dictionaries that configure it
(docs.cherrypy.dev, "Configure": cherrypy.config.update, quickstart's configuration)."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from dockgen.detect.names import Module, in_production
from dockgen.detect.ports import host_text, port_of

HOST = "server.socket_host"
PORT = "server.socket_port"


def configured(modules: Sequence[Module]) -> tuple[str | None, int | None, str | None]:
    """(host, port, environment variable of the port), None where the configuration does not say it."""
    host: str | None = None
    port: int | None = None
    variable: str | None = None
    for module in modules:
        if not in_production(module.path) or not any(
            origin.split(".")[0] == "cherrypy" for origin in module.imports.values()
        ):
            continue
        for node in module.nodes:
            for key, value in _pairs(module, node):
                if key == HOST and host is None:
                    host = host_text(module, value, others=modules)
                elif key == PORT and port is None:
                    port, variable = port_of(module, value, modules)
    return host, port, variable


def _pairs(module: Module, node: ast.AST) -> list[tuple[str, ast.expr]]:
    if isinstance(node, ast.Dict):
        keys = [module.string(key) if key is not None else None for key in node.keys]
        return [(key, value) for key, value in zip(keys, node.values, strict=True) if key in (HOST, PORT)]
    if isinstance(node, ast.Assign):
        targets = [t for t in node.targets if isinstance(t, ast.Attribute)]
        return [(name.removeprefix("cherrypy."), node.value) for t in targets if (name := module.resolve(t))]
    return []
