"""Where a server listens: host and port of the call that starts it, followed through names, options and settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from dockgen.detect.modules import statements
from dockgen.detect.names import Module, argument, assigned, in_production
from dockgen.detect.names import keyword as keyword_of
from dockgen.detect.typed import field_default


def binding(module: Module, call: ast.Call, others: Sequence[Module] = ()) -> tuple[str | None, int | None, str | None]:
    """(host, port, environment variable of the port) of a call that serves, None where not literal."""
    host: str | None = None
    port: int | None = None
    variable: str | None = None
    for keyword, value in given(module, call):
        if keyword in ("host", "server_name", "address", "listen"):
            host = host_text(module, value, others=others)
        if keyword in ("port", "server_port"):
            port, variable = port_of(module, value, others)
        if keyword in ("bind", "listen") and port is None:
            host, port, variable = _address(module, value)
        if keyword == "sock" and port is None:
            host, port, variable = _socket(module, value, others)
    if module.resolve(call.func) in AFTER_HANDLER:
        for value in call.args[1:2]:
            host = host or host_text(module, value, others=others)
        for value in call.args[2:3]:
            port, variable = port_of(module, value, others)
        return host, port, variable
    if module.resolve(call.func) in METRICS and port is None:
        for value in call.args[:1]:
            port, variable = port_of(module, value, others)
        return host or "0.0.0.0", port, variable  # noqa: S104
    if module.resolve(call.func) == "tornado.httpserver.HTTPServer" and port is None:
        later = _listens(module, call)
        if later is not None:
            return binding(module, later, others)
    if (
        port is None
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("bind", "listen", "add_insecure_port")
    ):
        for argument in call.args[:1]:
            port, variable = port_of(module, argument, others)
            host = host or ("0.0.0.0" if call.func.attr != "add_insecure_port" else None)  # noqa: S104
    if port is None:
        for argument in call.args[:1]:  # HTTPServer((host, port)), TCPServer(("", PORT))
            pair: ast.expr | None = argument
            if isinstance(argument, ast.Name):
                pair = assigned_value(module, argument.id)
            if isinstance(pair, ast.Call) and module.resolve(pair.func) == "eventlet.listen" and pair.args:
                pair = pair.args[0]
            if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
                host = host_text(module, pair.elts[0], others=others)
                port, variable = port_of(module, pair.elts[1], others)
                return host, port, variable
        if len(call.args) > 1 and host is None:
            # make_server(host, port, app); app.run(host, port) and kin
            texts = [host_text(module, a, others=others) for a in call.args[:2]]
            if texts[0] is not None and ":" not in texts[0]:
                number, name = port_of(module, call.args[1], others)
                if number is not None:
                    return texts[0], number, name
    if port is None:
        for argument in call.args[1:2]:  # hypercorn's serve(app, config), with config.bind = ["0.0.0.0:8000"]
            if isinstance(argument, ast.Name):
                for value in _set_on(module, argument.id, "bind"):
                    host, port, variable = _address(module, value)
    return host, port, variable


def _listens(module: Module, made: ast.Call) -> ast.Call | None:
    """The call that gives a server of Tornado its port: `HTTPServer(app).listen(8000)`, or of the variable that holds it
    (tornadoweb.org, "tornado.httpserver")."""
    holder = module.parents.get(id(made))
    names = {t.id for t in holder.targets if isinstance(t, ast.Name)} if isinstance(holder, ast.Assign) else set()
    for call in module.of(ast.Call):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ("listen", "bind"):
            owner = call.func.value
            if owner is made or (isinstance(owner, ast.Name) and owner.id in names):
                return call
    return None


AFTER_HANDLER = frozenset({"websockets.serve", "websockets.asyncio.server.serve", "websockets.server.serve",
                           "asyncio.start_server", "trio_websocket.serve_websocket", "aiohttp.web.TCPSite"})  # fmt: skip
"""Calls whose arguments are a handler (or aiohttp's runner), the host and the port."""


METRICS = frozenset({"prometheus_client.start_http_server", "prometheus_client.start_wsgi_server",
                     "prometheus_client.exposition.start_http_server", "prometheus_client.exposition.start_wsgi_server",
                     "prometheus_async.aio.web.start_http_server"})  # fmt: skip
"""Calls that serve metrics on a port, on all addresses."""


def _socket(module: Module, node: ast.expr, others: Sequence[Module]) -> tuple[str | None, int | None, str | None]:
    """Host and port of a socket that a server is given: bind_socket(address=..., port=...), or sock.bind((host, port))."""
    made = assigned_value(module, node.id) if isinstance(node, ast.Name) else node
    if isinstance(made, ast.Call) and keyword_of(made, "port") is not None:
        port, variable = port_of(module, keyword_of(made, "port") or node, others)
        address = keyword_of(made, "address", "host")
        return host_text(module, address, others=others) if address is not None else None, port, variable
    name = node.id if isinstance(node, ast.Name) else ""
    for call in module.of(ast.Call) if name else ():
        if isinstance(call, ast.Call) and module.resolve(call.func) == f"{name}.bind" and call.args:
            pair = call.args[0]
            if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
                port, variable = port_of(module, pair.elts[1], others)
                return host_text(module, pair.elts[0], others=others), port, variable
    return None, None, None


def given(module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The keyword arguments of a call, with those of literal dictionaries behind **."""
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value
        else:
            yield from _spread(module, keyword.value, 4)


def _spread(module: Module, held: ast.expr | None, depth: int) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(held, ast.Name) and depth:
        yield from _spread(module, assigned_value(module, held.id), depth - 1)
    elif isinstance(held, ast.Dict):
        for key, value in zip(held.keys, held.values, strict=True):
            text = module.string(key)
            if key is None and depth:
                yield from _spread(module, value, depth - 1)
            elif text is not None:
                yield text, value
    elif isinstance(held, ast.Call) and isinstance(held.func, ast.Name) and held.func.id == "dict":
        yield from ((one.arg, one.value) for one in held.keywords if one.arg is not None)


def _set_on(module: Module, name: str, attribute: str) -> Iterator[ast.expr]:
    """What `name.attribute` is assigned."""
    for node in module.of(ast.Assign):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if (
                isinstance(target, ast.Attribute)
                and target.attr == attribute
                and isinstance(target.value, ast.Name)
                and target.value.id == name
            ):
                yield node.value


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


VALUES = 5
"""How many assignments to one name are looked at."""


def assigned_values(module: Module, name: str) -> list[ast.expr]:
    """Everything that a variable of the module, or of what runs in it, is assigned."""
    found: list[ast.expr] = []
    for node in module.of(ast.Assign, ast.AnnAssign):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        if value is not None and any(isinstance(t, ast.Name) and t.id == name for t in targets):
            found.append(value)
    return found[:VALUES] or [*_in_pairs(module, name)][:1]


def _in_pairs(module: Module, name: str) -> Iterator[ast.expr]:
    """What `host, port = config["host"], config["port"]` gives a name."""
    for node in module.of(ast.Assign):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            for one, value in zip(target.elts, node.value.elts, strict=False):
                if isinstance(one, ast.Name) and one.id == name and not isinstance(value, ast.Starred):
                    yield value


def assigned_value(module: Module, name: str) -> ast.expr | None:
    """What a variable of the module, or of what runs in it, is assigned (the first time)."""
    for node in module.of(ast.Assign, ast.AnnAssign):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return node.value
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return node.value
    return next(_in_pairs(module, name), None)


def _imported(module: Module, name: str, others: Sequence[Module]) -> tuple[Module, ast.expr] | None:
    """What an imported name is assigned, where one module of the project makes a name like it."""
    wanted = module.imports.get(name, "").rpartition(".")[2]
    pairs = [(other, pair) for other in others for s in other.tree.body if wanted and (pair := assigned(s)) is not None]
    found = [(other, pair[1]) for other, pair in pairs if pair[0] == wanted]
    return found[0] if len(found) == 1 else None


def of_module(module: Module, node: ast.expr, others: Sequence[Module]) -> tuple[Module, ast.expr] | None:
    """What `settings.PORT` is assigned, where `settings` is an imported module of the project."""
    if not isinstance(node, ast.Attribute):
        return None
    root = node.value
    while isinstance(root, ast.Attribute):
        root = root.value
    wanted = module.resolve(node.value).lstrip(".").replace(".", "/")
    if not wanted or not isinstance(root, ast.Name) or root.id not in module.imports:
        return None
    for other in others:
        stem = other.path.removesuffix(".py").removesuffix("/__init__")
        if stem == wanted or stem.endswith("/" + wanted):
            for statement in statements(other.tree.body):
                pair = assigned(statement)
                if pair is not None and pair[0] == node.attr:
                    return other, pair[1]
    return None


def option_call(module: Module, node: ast.expr) -> ast.Call | None:
    """What declares the option behind `args.port`: argparse's add_argument, tornado's define."""
    if not isinstance(node, ast.Attribute):
        return None
    wanted = {f"--{node.attr}", f"--{node.attr.replace('_', '-')}"}
    for call in module.of(ast.Call):
        if isinstance(call, ast.Call) and module.resolve(call.func) in DEFINES:
            if call.args and module.string(call.args[0]) == node.attr:
                return call
        elif isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument":
            names = {a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
            dest = {k.value.value for k in call.keywords if k.arg == "dest" and isinstance(k.value, ast.Constant)}
            if names & wanted or node.attr in dest:
                return call
    return None


DEFINES = ("tornado.options.define", "define")


def _option(module: Module, node: ast.expr) -> ast.expr | None:
    """The default of `args.port`, where argparse or tornado declares --port."""
    named = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    call = option_call(module, node) if named else None
    if call is None:
        return None
    return argument(call, 1, "default") if module.resolve(call.func) in DEFINES else keyword_of(call, "default")


Function = ast.FunctionDef | ast.AsyncFunctionDef


def parameters(function: Function) -> dict[str, ast.expr | None]:
    """Parameter -> its default, None for none, in their order."""
    places = [*function.args.posonlyargs, *function.args.args]
    found: dict[str, ast.expr | None] = dict.fromkeys((a.arg for a in places), None)
    found |= {a.arg: d for a, d in zip(reversed(places), reversed(function.args.defaults), strict=False)}
    return found | {a.arg: d for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)}


def click_option(module: Module, function: Function, name: str) -> ast.Call | None:
    """The decorator of click that fills a function's parameter."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and module.resolve(decorator.func).endswith("option"):
            flags = {a.value for a in decorator.args if isinstance(a, ast.Constant)}
            if {f"--{name}", f"--{name.replace('_', '-')}", name} & flags:
                return decorator
    return None


def _parameter(module: Module, name: str) -> ast.expr | None:
    """The default of a function's parameter, or of the click option that fills it."""
    for node in module.of(ast.FunctionDef, ast.AsyncFunctionDef):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        taken = parameters(node)
        if name not in taken:
            continue
        default = taken[name]
        if default is not None:
            return default
        option = click_option(module, node, name)
        if option is not None:
            return keyword_of(option, "default")
    return None


def asked_port(module: Module, call: ast.Call, others: Sequence[Module]) -> tuple[int | None, str | None]:
    """Port and variable of a call whose port comes from the command line by way of other functions: the default of the
    one option of the project (argparse, click) that is called as what the call is given (port, options["port"])."""
    values = [value for name, value in given(module, call) if name in ("port", "server_port")]
    for value in (*values, *call.args):
        key = option_key(module, value)
        if key and "port" in key.lower():
            found = {said for other in (module, *others) for said in _options(other, key, others) if any(said)}
            return found.pop() if len(found) == 1 else (None, None)
    return None, None


def option_key(module: Module, node: ast.expr) -> str | None:
    """The name in port, args.port, options["port"], options.get("port") and int() of them."""
    if isinstance(node, ast.Name):
        inner = assigned_value(module, node.id)
        return (option_key(module, inner) if inner is not None and not isinstance(inner, ast.Name) else None) or node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return module.string(node.slice)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("get", "pop")
        and node.args
    ):
        return module.string(node.args[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "int" and node.args:
        return option_key(module, node.args[0])
    return None


def _options(module: Module, key: str, others: Sequence[Module]) -> Iterator[tuple[int | None, str | None]]:
    """The defaults of options called --key that a production module declares."""
    flags = {f"--{key}", f"--{key.replace('_', '-')}"}
    for call in module.of(ast.Call) if in_production(module.path) else ():
        if not isinstance(call, ast.Call) or not flags & {module.string(a) for a in call.args}:
            continue
        if module.resolve(call.func).rpartition(".")[2] in ("add_argument", "option"):
            default = keyword_of(call, "default")
            port = port_of(module, default, others) if default is not None else (None, None)
            variable = keyword_of(call, "envvar")
            yield port[0], port[1] or (module.string(variable) if variable is not None else None)


def switch(modules: Sequence[Module], key: str) -> bool:
    """Whether the project has an option --key (argparse, click) that takes no value and is off unless it is given."""
    flags = {f"--{key}", f"--{key.replace('_', '-')}"}
    for module in modules:
        for call in module.of(ast.Call):
            if not isinstance(call, ast.Call) or not flags & {module.string(a) for a in call.args}:
                continue
            action, bare, default = keyword_of(call, "action"), keyword_of(call, "is_flag"), keyword_of(call, "default")
            off = default is None or (isinstance(default, ast.Constant) and not default.value)
            named = module.string(action) or (module.resolve(action).rpartition(".")[2] if action is not None else "")
            truth = isinstance(bare, ast.Constant) and bool(bare.value)
            if off and (named in ("store_true", "BooleanOptionalAction") or truth):
                return True
    return False


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


def _entries(module: Module, node: ast.expr, others: Sequence[Module]) -> list[tuple[Module, ast.expr]]:
    """What a key stands for in the project's literal dictionaries: that of the variable before the brackets, else
    the one entry that a telling key ("http_port") has anywhere, also where it is asked for as an attribute."""
    key = node.attr if isinstance(node, ast.Attribute) else None
    owner: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        owner, key = node.value, module.string(node.slice)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        owner, key = node.func.value, module.string(node.args[0])
    if key is None:
        return []
    held = assigned_value(module, owner.id) if isinstance(owner, ast.Name) else None
    if held is None and isinstance(owner, ast.Name) and others:
        origin = _imported(module, owner.id, others)
        held = origin[1] if origin is not None else None
    if isinstance(held, ast.Dict):
        return [
            (module, v)
            for k, v in zip(held.keys, held.values, strict=True)
            if k is not None and module.string(k) == key
        ]
    if "port" not in key.lower() or key.lower() == "port":
        return []
    found: dict[str, tuple[Module, ast.expr]] = {}
    for other in (module, *others):
        for one in other.of(ast.Dict):
            for k, v in zip(one.keys, one.values, strict=True) if isinstance(one, ast.Dict) else ():
                if isinstance(k, ast.Constant) and k.value == key and v is not node:
                    found.setdefault(ast.dump(v), (other, v))
    return list(found.values())[:VALUES]


def _config_key(module: Module, node: ast.expr) -> str | None:
    """The key of `app.config["PORT"]` and `app.config.get("PORT")`, which Flask and its kin fill from objects."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        owner, key = node.func.value, module.string(node.args[0])
    elif isinstance(node, ast.Subscript):
        owner, key = node.value, module.string(node.slice)
    else:
        return None
    return key if key and isinstance(owner, ast.Attribute) and owner.attr == "config" else None


def _kept(key: str, among: Sequence[Module]) -> ast.expr | None:
    """What a settings class or module keeps under this name in capitals, where all agree."""
    found: dict[str, ast.expr] = {}
    if not key.isupper() or "PORT" not in key:
        return None
    for module in [m for m in among if in_production(m.path)]:
        for node in module.of(ast.Assign, ast.AnnAssign):
            pair = assigned(node)
            if pair and pair[0] == key and isinstance(module.parents.get(id(node)), (ast.Module, ast.ClassDef)):
                found.setdefault(ast.dump(pair[1]), pair[1])
    return next(iter(found.values())) if len(found) == 1 else None


def _own_attribute(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    """What `self.name` is assigned, other than a parameter handed on."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Name):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr == name and isinstance(target.value, ast.Name):
                    yield node.value


def host_text(module: Module, node: ast.expr, depth: int = 4, others: Sequence[Module] = ()) -> str | None:
    """A literal string, directly, by a variable, as the default of an option or of os.environ.get."""
    if depth <= 0:
        return None
    text = module.string(node)
    if text is not None:
        return text
    if isinstance(node, ast.Name):
        inner = assigned_value(module, node.id) or _parameter(module, node.id)
        return host_text(module, inner, depth - 1, others) if inner is not None else None
    elsewhere = of_module(module, node, others) or field_default(module, node, (module, *others))
    if elsewhere is not None:
        return host_text(*elsewhere, depth - 1, others)
    option = _option(module, node)
    if option is not None:
        return host_text(module, option, depth - 1)
    if isinstance(node, ast.Call) and environment_name(module, node) and len(node.args) > 1:
        return host_text(module, node.args[1], depth - 1)
    if isinstance(node, ast.BoolOp):
        return next((t for t in (host_text(module, v, depth - 1) for v in node.values) if t is not None), None)
    return None


ENVIRONMENT = ("os.environ.get", "os.getenv", "environ.get", "getenv", "os.environ.setdefault", "decouple.config")


def environment_name(module: Module, node: ast.AST) -> str | None:
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
    module: Module, node: ast.expr, others: Sequence[Module] = (), depth: int = 6
) -> tuple[int | None, str | None]:
    """The literal port in an expression such as int(os.environ.get("PORT", 8080)), and its variable."""
    if depth <= 0:
        return None, None
    if isinstance(node, ast.Name):
        for value in assigned_values(module, node.id):
            said = port_of(module, value, others, depth - 1)
            if any(said):
                return said
        default = _parameter(module, node.id)
        origin = _imported(module, node.id, others) if default is None else None
        if origin is not None:
            return port_of(*origin, others, depth - 1)
        return port_of(module, default, others, depth - 1) if default is not None else (None, None)
    elsewhere = of_module(module, node, others) or field_default(module, node, (module, *others))
    if elsewhere is not None:
        return port_of(*elsewhere, others, depth - 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("int", "str") and node.args:
        return port_of(module, node.args[0], others, depth)
    entries = {said for o, held in _entries(module, node, others) if any(said := port_of(o, held, others, depth - 1))}
    if len(entries) == 1:
        return entries.pop()
    key = _config_key(module, node) or (node.attr if isinstance(node, ast.Attribute) else None)
    option = (
        _option(module, node) or _field(node, (module, *others)) or (_kept(key, (module, *others)) if key else None)
    )
    if option is not None:
        return port_of(module, option, others, depth - 1)
    if isinstance(node, ast.Call) and module.resolve(node.func).rpartition(".")[2] in ("Field", "field", "Option"):
        default = argument(node, 0, "default")
        return port_of(module, default, others, depth - 1) if default is not None else (None, None)
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
            if inner is None and "port" in part.id.lower():
                inner = _parameter(module, part.id)  # f"[::]:{port}" in serve(port=50051)
            if inner is not None and part.id not in module.imports:
                port, found = port_of(module, inner, others, depth - 1)
                variable = variable or found
    return port, variable
