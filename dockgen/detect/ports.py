"""Where a server listens: host and port of the call that starts it, followed through names, options and settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from dockgen.detect.names import Module, argument, assigned
from dockgen.detect.names import keyword as keyword_of


def binding(module: Module, call: ast.Call, others: Sequence[Module] = ()) -> tuple[str | None, int | None, str | None]:
    """(host, port, environment variable of the port) of a call that serves, None where not literal."""
    host: str | None = None
    port: int | None = None
    variable: str | None = None
    for keyword in call.keywords:
        if keyword.arg in ("host", "server_name", "address", "listen"):
            host = host_text(module, keyword.value)
        if keyword.arg in ("port", "server_port"):
            port, variable = port_of(module, keyword.value, others)
        if keyword.arg in ("bind", "listen") and port is None:
            host, port, variable = _address(module, keyword.value)
    if port is None and isinstance(call.func, ast.Attribute) and call.func.attr in ("listen", "add_insecure_port"):
        for argument in call.args[:1]:
            port, variable = port_of(module, argument, others)
            host = host or ("0.0.0.0" if call.func.attr == "listen" else None)  # noqa: S104
    if port is None:
        for argument in call.args[:1]:  # HTTPServer((host, port)), TCPServer(("", PORT))
            pair: ast.expr | None = argument
            if isinstance(argument, ast.Name):
                pair = assigned_value(module, argument.id)
            if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
                host = host_text(module, pair.elts[0])
                port, variable = port_of(module, pair.elts[1], others)
                return host, port, variable
        if len(call.args) > 1 and host is None and isinstance(call.func, ast.Attribute):
            # make_server(host, port, app); app.run(host, port) and kin
            texts = [host_text(module, a) for a in call.args[:2]]
            if texts[0] is not None and ":" not in texts[0]:
                number, name = port_of(module, call.args[1], others)
                if number is not None:
                    return texts[0], number, name
    return host, port, variable


def _address(module: Module, node: ast.expr) -> tuple[str | None, int | None, str | None]:
    """Host and port of "0.0.0.0:8000", also within a list or an f-string."""
    texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    for text in texts:
        host, colon, number = text.rpartition(":")
        if colon and number.isdigit():
            return host or None, int(number), None
    if isinstance(node, ast.Name):
        inner = assigned_value(module, node.id)
        if inner is not None and not isinstance(inner, ast.Name):
            return _address(module, inner)
    return None, None, None


def assigned_value(module: Module, name: str) -> ast.expr | None:
    """What a variable of the module, or of what runs in it, is assigned (the first time)."""
    for node in module.of(ast.Assign, ast.AnnAssign):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return node.value
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return node.value
    return None


def _imported(module: Module, name: str, others: Sequence[Module]) -> tuple[Module, ast.expr] | None:
    """What an imported name is assigned, where one module of the project makes a name like it."""
    wanted = module.imports.get(name, "").rpartition(".")[2]
    pairs = [(other, pair) for other in others for s in other.tree.body if wanted and (pair := assigned(s)) is not None]
    found = [(other, pair[1]) for other, pair in pairs if pair[0] == wanted]
    return found[0] if len(found) == 1 else None


def _option(module: Module, node: ast.expr) -> ast.expr | None:
    """The default of `args.port`, where argparse declares --port."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return None
    wanted = {f"--{node.attr}", f"--{node.attr.replace('_', '-')}"}
    for call in module.of(ast.Call):
        if isinstance(call, ast.Call) and module.resolve(call.func) in ("tornado.options.define", "define"):
            if call.args and module.string(call.args[0]) == node.attr:
                return argument(call, 1, "default")
        elif isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument":
            names = {a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
            given = {k.value.value for k in call.keywords if k.arg == "dest" and isinstance(k.value, ast.Constant)}
            if names & wanted or node.attr in given:
                return next((k.value for k in call.keywords if k.arg == "default"), None)
    return None


def _parameter(module: Module, name: str) -> ast.expr | None:
    """The default of a function's parameter, or of the click option that fills it."""
    for node in module.of(ast.FunctionDef, ast.AsyncFunctionDef):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args]
        with_defaults = zip(reversed(arguments), reversed(node.args.defaults), strict=False)
        named = dict([*((a.arg, d) for a, d in with_defaults), *_keyword_only(node)])
        if name in named:
            return named[name]
        if name not in {a.arg for a in (*arguments, *node.args.kwonlyargs)}:
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and module.resolve(decorator.func).endswith("option"):
                flags = {a.value for a in decorator.args if isinstance(a, ast.Constant)}
                if {f"--{name}", f"--{name.replace('_', '-')}", name} & flags:
                    return keyword_of(decorator, "default")
    return None


def _keyword_only(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ast.expr]]:
    for a, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if default is not None:
            yield a.arg, default


def _field(node: ast.expr, among: Sequence[Module]) -> ast.expr | None:
    """The default of the settings field that `settings.port` names, where one class of the project has such a field."""
    if not isinstance(node, ast.Attribute) or "port" not in node.attr.lower():
        return None
    found: dict[str, ast.expr] = {}
    for module in among:
        for one in module.of(ast.ClassDef):
            if isinstance(one, ast.ClassDef):
                for statement in one.body:
                    pair = assigned(statement)
                    if pair and pair[0] == node.attr:
                        found.setdefault(ast.dump(pair[1]), pair[1])
                    elif isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
                        for value in _own_attribute(statement, node.attr):
                            found.setdefault(ast.dump(value), value)
    return next(iter(found.values())) if len(found) == 1 else None


def _own_attribute(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """What `self.name` is assigned, other than a parameter handed on."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Name):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr == name and isinstance(target.value, ast.Name):
                    yield node.value


def host_text(module: Module, node: ast.expr, depth: int = 4) -> str | None:
    """A literal string, directly, by a variable, as the default of an option or of os.environ.get."""
    if depth <= 0:
        return None
    text = module.string(node)
    if text is not None:
        return text
    if isinstance(node, ast.Name):
        inner = assigned_value(module, node.id)
        return host_text(module, inner, depth - 1) if inner is not None else None
    option = _option(module, node)
    if option is not None:
        return host_text(module, option, depth - 1)
    if isinstance(node, ast.Call) and environment_name(module, node) and len(node.args) > 1:
        return host_text(module, node.args[1], depth - 1)
    if isinstance(node, ast.BoolOp):
        return next((t for t in (host_text(module, v, depth - 1) for v in node.values) if t is not None), None)
    return None


ENVIRONMENT = ("os.environ.get", "os.getenv", "environ.get", "getenv", "os.environ.setdefault", "decouple.config")


def environment_name(module: Module, node: ast.expr) -> str | None:
    """The variable that an expression reads from the environment."""
    if isinstance(node, ast.Call) and module.resolve(node.func) in ENVIRONMENT and node.args:
        return module.string(node.args[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("int", "str", "get"):
        text = module.string(node.args[0]) if node.args else None  # django-environ, environs, decouple
        return text if text and text.isidentifier() and text.isupper() else None
    if isinstance(node, ast.Subscript) and module.resolve(node.value) == "os.environ":
        return module.string(node.slice)
    return None


def port_of(
    module: Module, node: ast.expr, others: Sequence[Module] = (), depth: int = 5
) -> tuple[int | None, str | None]:
    """The literal port in an expression such as int(os.environ.get("PORT", 8080)), and its variable."""
    if depth <= 0:
        return None, None
    if isinstance(node, ast.Name):
        inner = assigned_value(module, node.id) or _parameter(module, node.id)
        origin = _imported(module, node.id, others) if inner is None else None
        if origin is not None:
            return port_of(*origin, others, depth - 1)
        return port_of(module, inner, others, depth - 1) if inner is not None else (None, None)
    option = _option(module, node) or _field(node, (module, *others))
    if option is not None:
        return port_of(module, option, others, depth - 1)
    if isinstance(node, ast.Call) and module.resolve(node.func).rpartition(".")[2] in ("Field", "field", "Option"):
        given = argument(node, 0, "default")
        return port_of(module, given, others, depth - 1) if given is not None else (None, None)
    port: int | None = None
    variable: str | None = None
    for part in ast.walk(node):
        if isinstance(part, ast.Constant):
            if isinstance(part.value, int) and not isinstance(part.value, bool) and 0 < part.value < 65536:
                port = port or part.value
            elif isinstance(part.value, str):
                digits = part.value.rpartition(":")[2]
                if digits.isdigit() and 0 < int(digits) < 65536:
                    port = port or int(digits)
        elif isinstance(part, (ast.Call, ast.Subscript)):
            variable = variable or environment_name(module, part)
        elif isinstance(part, ast.Name) and part is not node and port is None:
            inner = assigned_value(module, part.id)
            if inner is not None and part.id not in module.imports:
                port, found = port_of(module, inner, others, depth - 1)
                variable = variable or found
    return port, variable
