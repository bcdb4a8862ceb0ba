"""The environment variables that the program reads, by whatever way: os.environ, pydantic-settings,
django-environ, environs, python-decouple, Starlette's Config, dj-database-url, Flask, click.

A real `.env` is never opened: it may hold secrets. `.env.example` and its kin are documentation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from dockgen.detect.absence import (
    asked_attributes,
    caught,
    fails,
    guarded,
    is_asked,
    is_placeholder,
    of_command_line,
    or_default,
    platform_guards,
    platform_modules,
    replaced_by_placeholder,
    set_by_code,
    test_fails,
)
from dockgen.detect.choices import service_choices
from dockgen.detect.chosen import by_choice, chosen_names, scope_names
from dockgen.detect.composed import composed_services
from dockgen.detect.config_classes import class_reads
from dockgen.detect.library_reads import SETTINGS_WHY, library_reads, project_reads
from dockgen.detect.loose import loose_modules
from dockgen.detect.modules import is_guard
from dockgen.detect.names import (
    Module,
    argument,
    assigned,
    is_development_settings,
    is_helper,
    keyword,
    modules,
    text_of,
)
from dockgen.detect.pydantic_settings import FIELD_WHY, find_given, find_settings, is_settings, settings_reads
from dockgen.detect.reads import INJECTED_WHY, NAME, WHOLE_WHY, Project, Read, Wrapper, WrapperKey, keys_of, make_read
from dockgen.detect.unset import skipped
from dockgen.detect.uses import need_of
from dockgen.detect.variables import (
    URL,
    Context,
    classify,
    extended_urls,
    is_platform,
    is_secret,
    parts_of_urls,
    service_of_engine,
    service_of_scheme,
)
from dockgen.errors import DockgenError
from dockgen.facts import Dependency, EnvVar, Evidence
from dockgen.knowledge import table
from dockgen.source import Source

EXAMPLE_FILE = re.compile(
    r"\.?env[._-](example|sample|template|dist|tmpl|default|defaults)|(example|sample|template)\.env"
    r"|\.env\.[a-z]+\.(example|sample|template)|.*\.template\.env",
    re.IGNORECASE,
)
EXAMPLE_WHY = "documented in the example of an env file"

READERS = {
    "environ.Env": "django-environ",
    "environ.FileAwareEnv": "django-environ",
    "environs.Env": "environs",
    "environs.FileAwareEnv": "environs",
    "envparse.Env": "environs",
    "starlette.config.Config": "starlette",
    "decouple.Config": "decouple",
    "decouple.AutoConfig": "decouple",
}
READER_OBJECTS = {
    "decouple.config": "decouple",
    "environs.env": "environs",
    "envparse.env": "environs",
    "prettyconf.config": "decouple",
}
URL_METHODS = {
    "db": ("DATABASE_URL", "db"),
    "db_url": ("DATABASE_URL", "db"),
    "dj_db_url": ("DATABASE_URL", "db"),
    "cache": ("CACHE_URL", "cache"),
    "cache_url": ("CACHE_URL", "cache"),
    "dj_cache_url": ("CACHE_URL", "cache"),
    "channels": ("CHANNELS_URL", "cache"),
    "channels_url": ("CHANNELS_URL", "cache"),
    "email": ("EMAIL_URL", ""),
    "email_url": ("EMAIL_URL", ""),
    "dj_email_url": ("EMAIL_URL", ""),
    "search_url": ("SEARCH_URL", ""),
}
READ_METHODS = frozenset(
    [
        "str",
        "bool",
        "int",
        "float",
        "list",
        "tuple",
        "json",
        "dict",
        "url",
        "path",
        "bytes",
        "unicode",
        "decimal",
        "date",
        "datetime",
        "time",
        "timedelta",
        "uuid",
        "log_level",
        "enum",
        "get_value",
        "secret_str",
    ]
)


def detect_env(source: Source, dependencies: Iterable[Dependency]) -> tuple[EnvVar, ...]:
    """Every variable that the program reads, by name. Variables of the platform (PATH, CI ...) are left out."""
    found = (*modules(source), *loose_modules(source))
    setters: dict[str, list[str]] = {}
    for module in found:
        for name in set_by_code(module) if not is_development_settings(module.path) else ():
            setters.setdefault(name, []).append(module.path)
    reads = [*_code_reads(found)]
    production = {read.name for read in reads if not is_development_settings(read.file)}
    # What only the settings of development read is optional, and their defaults are not production's.
    reads = [
        replace(read, required=False, absent="tested") if read.name not in production else read
        for read in reads
        if read.name not in production or not is_development_settings(read.file)
    ]
    names = {read.name for read in reads}
    whole = [module for module in found if _takes_all(module)]
    for read in _example_reads(source):
        if read.name not in names:
            reads += _known_in(whole, read.name)
        if read.name in names or re.fullmatch(r"[A-Z][A-Z0-9_]*", read.name):
            reads.append(read)
    grouped: dict[str, list[Read]] = {}
    for read in reads:
        # What a settings class cannot be made without is the project's, whatever its name.
        own = read.why == SETTINGS_WHY or (read.required and read.why == FIELD_WHY)
        # Linux sets no USERNAME: where the program cannot do without, it is an account's.
        own |= read.name == "USERNAME" and read.required
        if NAME.fullmatch(read.name) and (own or not is_platform(read.name)):
            grouped.setdefault(read.name, []).append(read)
    context = Context.of(found, dependencies, composed_services(source))
    choices = service_choices(found)
    if len(context.databases()) > 1:
        context = replace(context, chosen=_chosen(choices, grouped, context))
    parts = parts_of_urls(found)
    extended = extended_urls(found)
    merged = (_merge(n, g, context, setters.get(n, [])) for n, g in grouped.items())
    variables = (_chooses(_in_url(one, parts), choices, context) for one in merged)
    marked = (replace(v, extended=True) if v.part == "url" and v.name.upper() in extended else v for v in variables)
    return tuple(sorted(marked, key=lambda v: v.name))


def _in_url(variable: EnvVar, parts: dict[str, tuple[str, str]]) -> EnvVar:
    """The variable with the service into whose URL the code puts it, where its name says none."""
    service, part = parts.get(variable.name.upper(), ("", ""))
    if variable.service or not service:
        return variable
    return replace(variable, service=service, part=part, secret=variable.secret or part == "password")


def _chooses(variable: EnvVar, choices: dict[str, dict[str, str]], context: Context) -> EnvVar:
    """The variable with the service that a word of it chooses, where the project has a driver for that."""
    known = {*context.databases(), context.cache(), context.broker()}
    open_ = not variable.service or variable.part in ("", "scheme")
    for service, word in choices.get(variable.name, {}).items():
        if service in known and open_:
            return replace(variable, service=service, part="choice", scheme=word)
    return variable


def _chosen(choices: dict[str, dict[str, str]], reads: dict[str, list[Read]], context: Context) -> str:
    """Of several databases that the project has drivers for, the one that a variable's default chooses; without a
    default of these, the first that the code asks for."""
    databases = context.databases()
    for name, words in choices.items():
        defaults = {read.default for read in reads.get(name, ()) if read.why != EXAMPLE_WHY}
        ours = [service for service in words if service in databases]
        if name in reads and ours:
            return next((service for service in ours if words[service] in defaults), ours[0])
    return ""


def only_documented(variable: EnvVar) -> bool:
    """Whether no code reads the variable: an example file alone names it."""
    return bool(variable.evidence) and all(e.why == EXAMPLE_WHY for e in variable.evidence)


def _merge(name: str, reads: list[Read], context: Context, setters: list[str]) -> EnvVar:
    required = any(read.required and (read.file not in setters or read.why == SETTINGS_WHY) for read in reads)
    setters = [] if any(read.required and read.why == SETTINGS_WHY for read in reads) else setters
    reads = sorted(reads, key=lambda r: (r.why == EXAMPLE_WHY, not r.required, r.file, r.line))
    default = next((read.default for read in reads if read.default is not None and read.why != EXAMPLE_WHY), None)
    kind = next((read.kind for read in reads if read.kind), "")
    in_code = [read for read in reads if read.why != EXAMPLE_WHY]
    service, part, scheme = classify(name, default, kind, context)
    if not service and default is None:
        # What the example gives is no default, but its scheme says what the variable is for.
        given = next((read.default for read in reads if read.default and read.why == EXAMPLE_WHY), "")
        match = URL.match(given)
        service = service_of_scheme(match[1]) if match and in_code else ""
        if service:
            part, scheme = "url", context.scheme(service, name)
    holds_password = part == "url" and bool(table("services")["services"].get(service, {}).get("password"))
    secret = part == "password" or holds_password or any(read.secret for read in reads) or is_secret(name)
    if part in ("host", "port", "user", "name"):
        secret = False
    seen: dict[tuple[str, int], Evidence] = {}
    for read in reads:
        seen.setdefault((read.file, read.line), Evidence(read.file, read.line, read.why))
    files = tuple(dict.fromkeys(r.file for r in in_code if r.required == required))
    # One that is not required here may turn out to be needed (needed.py), by the same files.
    anyway = {r.file for r in in_code if r.required == required and not r.guarded}
    return EnvVar(
        name,
        required=required,
        default=None if required else default,
        secret=secret,
        service=service,
        part=part,
        scheme=scheme,
        evidence=tuple(seen.values())[:5],
        files=files,
        absent=_absent(in_code),
        example=any(read.why == EXAMPLE_WHY and read.default for read in reads),
        set_in=tuple(dict.fromkeys(setters)) if required else (),
        guarded=tuple(file for file in files if file not in anyway),
    )


def _absent(reads: list[Read]) -> str:
    """What the code as a whole does without the variable."""
    if any(read.absent == "replaced" for read in reads):
        return "replaced"
    # A name that is asked for once (`if key:`) is asked for, also where it is passed on elsewhere.
    return next((what for what in ("tested", "asked", "passed") if any(read.absent == what for read in reads)), "")


# ---- the environment as a whole --------------------------------------------------------------------


def _takes_all(module: Module) -> bool:
    """Whether the file goes through every variable: `for k, v in os.environ.items()`, `config.update(os.environ)`."""
    for node in module.calls("items", "update", "from_mapping"):
        if module.resolve(node.func) == "os.environ.items":
            return True
        attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if attribute in ("update", "from_mapping") and any(module.resolve(a) == "os.environ" for a in node.args):
            return True
    return False


def _known_in(modules: list[Module], name: str) -> Iterator[Read]:
    """The variable as such a file knows it, by its name in a string of any case."""
    for module in modules:
        for node in module.of(ast.Constant):
            if isinstance(node.value, str) and node.value.upper() == name.upper():
                entry = module.parents.get(id(node))
                if isinstance(entry, ast.Dict) and node in entry.keys:  # the defaults, over which it is put
                    value = entry.values[entry.keys.index(node)]
                    default = text_of(value)
                    absent = "" if default is not None or _is_none(value) else "replaced"
                    yield make_read(module, node, name, WHOLE_WHY, default=default, absent=absent)
                else:
                    yield make_read(module, node, name, WHOLE_WHY, absent="replaced")
                return


# ---- example files --------------------------------------------------------------------------------


def _example_reads(source: Source) -> Iterator[Read]:
    for path in source.near(2):
        if not EXAMPLE_FILE.fullmatch(PurePosixPath(path).name):
            continue
        try:
            text = source.text(path, 1_000_000) or ""
        except DockgenError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*([^\s#]*)", line)
            if match:
                # What the example gives is never a default: only whether it gives something counts.
                yield Read(match[1], path, number, EXAMPLE_WHY, default=match[2].strip("\"'") or None)


# ---- code -----------------------------------------------------------------------------------------


def _code_reads(found: tuple[Module, ...]) -> Iterator[Read]:
    project = Project(found, {}, {}, {}, {})
    for module in found:
        _aliases(module)
        own = _module_name(module)
        for node in module.of(ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
            pair = assigned(node)
            if pair and isinstance(pair[1], ast.Call) and module.resolve(pair[1].func) in READERS:
                project.readers[(own, pair[0])] = READERS[module.resolve(pair[1].func)]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                wrapper = _wrapper(module, node)
                if wrapper:
                    project.wrappers[(own, node.name)] = wrapper
            elif isinstance(node, ast.ClassDef):
                project.classes.setdefault(node.name, (module, node))
    for module in found if project.wrappers else ():
        for node in module.of(ast.FunctionDef, ast.AsyncFunctionDef):
            key = (_module_name(module), getattr(node, "name", ""))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and key not in project.wrappers:
                outer = _outer_wrapper(module, node, project)
                if outer is not None:
                    project.wrappers[key] = outer
    find_settings(project)
    if project.settings:
        find_given(project)
        project.asked = frozenset(name for module in found for name in asked_attributes(module))
    _find_schemes(project)
    tables = _tables(found)
    chosen: frozenset[str] | None = None
    helpers = not all(_beside(module.path) for module in found)
    elsewhere = platform_modules(found)
    for module in found:
        if module.path in elsewhere:
            continue
        guarded = platform_guards(module)
        for read, place in _module_reads(module, project):
            around = [parent for _, parent in module.ancestors(place)]
            if any(id(parent) in guarded for parent in around):
                continue
            if any(is_guard(parent) for parent in around):
                read = replace(read, guarded=True)
            if read.required and ((helpers and _beside(module.path)) or _entry_of_table(module, place, tables)):
                read = replace(read, required=False)
            by_library = read.required and read.why.endswith(" itself")
            if by_library and not isinstance(place, (ast.FunctionDef, ast.AsyncFunctionDef)):
                # The client of one of several ways: the class that makes it is only made where a condition says so.
                if chosen is None:
                    chosen = chosen_names(found)
                if chosen & {*scope_names(module, place)}:
                    read = replace(read, required=False, absent=read.absent or "tested")
            if skipped(module, place):
                read = replace(read, required=False, absent=read.absent or "tested")
            yield read
    yield from project_reads(project)
    yield from class_reads(project)


def _beside(path: str) -> bool:
    """Whether the file lies in a folder of helpers: at the top, or one of scripts anywhere. What else the program
    does not come to decide/required.py sees; `misc` and `tools` within a package are often parts of it."""
    folders = path.split("/")[:-1]
    return is_helper("/".join([*folders[:1], "x.py"])) or bool({"scripts", "script", "ci", "hack"} & {*folders})


def _tables(found: tuple[Module, ...]) -> frozenset[str]:
    """Classes and functions that are entries of a literal dictionary and that nothing calls by their name: one of
    several that the person chooses from (plugins, providers, back ends)."""
    entries: set[str] = set()
    called: set[str] = set()
    for module in found:
        for node in module.of(ast.Dict, ast.Call, ast.ClassDef):
            if isinstance(node, ast.Dict):
                values = [one for one in node.values if isinstance(one, (ast.Name, ast.Attribute))]
                entries |= {module.resolve(one).rpartition(".")[2] for one in values}
            elif isinstance(node, ast.Call):
                called.add(module.resolve(node.func).rpartition(".")[2])
            elif isinstance(node, ast.ClassDef):
                called |= {module.resolve(base).rpartition(".")[2] for base in node.bases}
    return frozenset(entries - called)


def _entry_of_table(module: Module, node: ast.AST, tables: frozenset[str]) -> bool:
    """Whether the read is inside of such a class or function: what the program does not choose it does not need."""
    scopes = [p for _, p in module.ancestors(node) if isinstance(p, (ast.ClassDef, ast.FunctionDef))]
    return bool(scopes) and scopes[-1].name in tables


def _module_name(module: Module) -> str:
    folder, _, name = module.path.rpartition("/")
    return folder.rpartition("/")[2] if name == "__init__.py" else name.rpartition(".")[0] or name


def _aliases(module: Module) -> None:
    """`env = os.environ` and `get = os.environ.get` are names for the same thing."""
    for node in module.of(ast.Assign, ast.AnnAssign):
        pair = assigned(node)
        if pair and module.resolve(pair[1]) in ("os.environ", "os.getenv", "os.environ.get"):
            module.alias(pair[0], module.resolve(pair[1]))
        elif pair and _is_copy(module, pair[1]):
            module.alias(pair[0], "os.environ")


def _is_copy(module: Module, node: ast.expr) -> bool:
    """os.environ.copy(), dict(os.environ), {**os.environ}, os.environ | {...}."""
    if isinstance(node, ast.Call):
        dotted = module.resolve(node.func)
        if dotted in ("os.environ.copy", "os.environb.copy"):
            return True
        given = node.args[0] if node.args else None
        return dotted in ("dict", "copy.copy", "copy.deepcopy") and module.resolve(given) == "os.environ"
    if isinstance(node, ast.Dict):
        return any(
            key is None and module.resolve(value) == "os.environ"
            for key, value in zip(node.keys, node.values, strict=True)
        )
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and module.resolve(node.left) == "os.environ"


def _lookup(module: Module, name: str) -> tuple[str, str]:
    """(module's last name, name) that a local name was imported from, or its own."""
    dotted = module.imports.get(name)
    if dotted and "." in dotted:
        base, _, last = dotted.rpartition(".")
        return base.rpartition(".")[2] or module.path.rpartition("/")[0].rpartition("/")[2], last
    return _module_name(module), name


def _reader(module: Module, node: ast.AST, project: Project) -> str:
    dotted = module.resolve(node)
    if dotted in READER_OBJECTS:
        return READER_OBJECTS[dotted]
    if isinstance(node, ast.Name):
        return project.readers.get(_lookup(module, node.id), "")
    if isinstance(node, ast.Attribute) and dotted.count(".") >= 1:
        base, _, last = dotted.rpartition(".")
        return project.readers.get((base.rpartition(".")[2], last), "")
    return ""


def _wrapper(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Wrapper | None:
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    if not parameters or not module.reads_environment():
        return None
    inside = [node for node in module.inside(function) if isinstance(node, (ast.Subscript, ast.Call))]
    for node in inside:
        if isinstance(node, ast.Subscript):
            if module.resolve(node.value) != "os.environ":
                continue
            key: ast.AST | None = node.slice
            fails = not caught(module, node)
        else:
            if module.resolve(node.func) not in ("os.environ.get", "os.getenv"):
                continue
            key = argument(node, 0, "key")
            fails = False
        keys = _key_parameters(module, function, key, parameters)
        if keys:
            # What is returned as it was read cannot be what the function fails for.
            returned = isinstance(module.parents.get(id(node)), ast.Return)
            raises = not returned and any(
                isinstance(n, ast.Raise) or (isinstance(n, ast.Call) and module.resolve(n.func) in ("sys.exit", "exit"))
                for n in module.inside(function)
            )
            others = [p for p in parameters if p not in ("self", "cls", *(one.parameter for one in keys))]
            default = next((p for p in others if "default" in p.lower() or p in ("fallback", "value")), None)
            shift = 1 if parameters[0] in ("self", "cls") else 0
            defaults = function.args.defaults
            has_default = False
            if default is not None:
                index = parameters.index(default) - (len(parameters) - len(defaults))
                has_default = index >= 0 and text_of(defaults[index]) is not None
            return Wrapper(
                tuple(replace(one, position=parameters.index(one.parameter) - shift) for one in keys),
                None if default is None else parameters.index(default) - shift,
                default,
                (fails or raises) and not has_default,
            )
    return None


def _outer_wrapper(
    module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef, project: Project
) -> Wrapper | None:
    """A function that hands the name which it is given on to such a function, also within a lambda: the usual
    `field(default_factory=get_env("URL", "..."))` of dataclasses."""
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    for call in module.inside(function):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        inner = project.wrappers.get(_lookup(module, call.func.id))
        for key in inner.keys if inner is not None else ():
            given = argument(call, key.position, key.parameter)
            if inner is None or not isinstance(given, ast.Name) or given.id not in parameters:
                continue
            default: ast.expr | None = None
            if inner.default_parameter is not None and inner.default_position is not None:
                default = argument(call, inner.default_position, inner.default_parameter)
            name = default.id if isinstance(default, ast.Name) and default.id in parameters else None
            return Wrapper(
                (replace(key, position=parameters.index(given.id), parameter=given.id),),
                parameters.index(name) if name else None,
                name,
                inner.required and default is None and not caught(module, call),
            )
    return None


def _key_parameters(
    module: Module, function: ast.AST, key: ast.AST | None, parameters: list[str], depth: int = 3
) -> list[WrapperKey]:
    """The parameters that the name of the variable is made of, by themselves, in upper case or behind a prefix; the one
    that is taken first before the others."""
    if isinstance(key, ast.Name):
        pairs = [pair for n in module.inside(function) if (pair := assigned(n)) and pair[0] == key.id] if depth else []
        if len(pairs) == 1:
            return _key_parameters(module, function, pairs[0][1], parameters, 0 if key.id in parameters else depth - 1)
        return [WrapperKey(0, key.id)] if key.id in parameters else []
    if isinstance(key, ast.Call) and isinstance(key.func, ast.Attribute) and key.func.attr == "upper" and not key.args:
        inner = _key_parameters(module, function, key.func.value, parameters, depth)
        return [replace(one, upper=True) for one in inner]
    if isinstance(key, (ast.IfExp, ast.BoolOp)):
        ways = [key.body, key.orelse] if isinstance(key, ast.IfExp) else key.values
        return [one for way in ways for one in _key_parameters(module, function, way, parameters, depth)]
    parts: list[ast.expr] = []
    if isinstance(key, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in key.values]
    elif isinstance(key, ast.BinOp) and isinstance(key.op, ast.Add):
        parts = [key.left, key.right]
    prefix = module.string(parts[0]) if len(parts) == 2 else None
    if prefix is None:
        return []
    inner = _key_parameters(module, function, parts[1], parameters, depth)
    return [replace(one, prefix=prefix + one.prefix) for one in inner]


def _module_reads(module: Module, project: Project) -> Iterator[tuple[Read, ast.AST]]:
    for node in module.of(ast.Subscript, ast.Compare, ast.Call, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            if module.resolve(node.value) == "os.environ" and not _parameter(module, node.value):
                for name in keys_of(module, node.slice):
                    required = not caught(module, node) and not guarded(module, node, name)
                    yield make_read(module, node, name, "read by os.environ[...]", required=required), node
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            if module.resolve(node.comparators[0]) in ("os.environ", "os.environ.keys"):
                names = keys_of(module, node.left) if not _parameter(module, node.comparators[0]) else []
                for at, name in enumerate(names):
                    missing = isinstance(node.ops[0], ast.NotIn) and _is_end(module, node, first=at == 0)
                    why = "looked for in os.environ"
                    yield make_read(module, node, name, why, required=missing, absent="tested"), node
        elif isinstance(node, ast.Call):
            for read in (*_call_reads(module, node, project), *library_reads(module, node)):
                yield read, node
        elif isinstance(node, ast.ClassDef) and is_settings(module, node, project):
            for read in settings_reads(module, node, project):
                yield read, node
        elif not isinstance(node, (ast.Subscript, ast.Compare)):
            for decorator in getattr(node, "decorator_list", ()):
                for read in library_reads(module, decorator):
                    yield read, node


def _is_end(module: Module, node: ast.Compare, *, first: bool) -> bool:
    """Whether the program ends where the variable is not there: by a test of its own, or `any(n not in os.environ for n
    in [...])`. Of those in `all(...)` one suffices: the first."""
    above = module.parents.get(id(node))
    call = module.parents.get(id(above)) if isinstance(above, ast.GeneratorExp) else None
    if isinstance(call, ast.Call) and module.resolve(call.func) in ("any", "all"):
        return (first or module.resolve(call.func) == "any") and test_fails(module, call)
    return test_fails(module, node)


def _parameter(module: Module, node: ast.AST | None) -> bool:
    """Whether the name is a parameter of a function around it: a WSGI request's `environ` is not the process's."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if not isinstance(node, ast.Name):
        return False
    for _, parent in module.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            given = parent.args
            every = [*given.posonlyargs, *given.args, *given.kwonlyargs]
            if any(one.arg == node.id for one in every):
                return True
    return False


def _call_reads(module: Module, call: ast.Call, project: Project) -> Iterator[Read]:
    dotted = module.resolve(call.func)
    if dotted in ("os.environ.get", "os.getenv", "os.environ.pop", "os.environ.setdefault"):
        if _parameter(module, call.func):
            return
        given = argument(call, 1, "default")
        for name in keys_of(module, argument(call, 0, "key")):
            default = _constant(module, given, project)
            if is_placeholder(default) and is_secret(name):
                given = default = None
            after_or = or_default(module, call)
            aliases, whole = _aliases_of(module, call)
            if aliases and name != aliases[0]:  # an older name: the first is the one to set
                yield make_read(module, call, name, f"read by {dotted}", absent="replaced")
                continue
            after_or = None if aliases else after_or
            empty = isinstance(given, ast.Constant) and given.value == ""
            has_default = given is not None and not empty and not _is_none(given) and not of_command_line(module, given)
            replaced = has_default or bool(after_or) or (after_or is not None and not empty)
            required = not replaced and dotted != "os.environ.pop" and fails(module, whole, name, empty=empty)
            default = default or (after_or if after_or else default)
            computed = (replaced and default is None) or _overridden(module, call)
            plain = not replaced and not required and dotted in ("os.environ.get", "os.getenv")
            plain = plain and not caught(module, call) and not guarded(module, call, name)
            need = need_of(module, whole, project.modules, empty=empty) if plain else ""
            required |= plain and not empty and _of_database(module, call)
            kind = _of_cache(module, call)
            required |= plain and bool(kind)
            required |= need == "fails" or (plain and replaced_by_placeholder(module, call))
            absent = (
                "replaced" if computed else "tested" if is_asked(module, whole) else need if need == "passed" else ""
            )
            yield make_read(
                module, call, name, f"read by {dotted}", required=required, default=default, kind=kind, absent=absent
            )
        return
    if dotted in ("dj_database_url.config", "dj_database_url.parse"):
        if dotted.endswith("config"):
            name = text_of(argument(call, 0, "env")) or "DATABASE_URL"
            default = text_of(keyword(call, "default"))
            yield make_read(module, call, name, "read by dj_database_url.config", default=default, kind="db")
        else:
            inner = argument(call, 0, "url")
            for read in _inner(module, inner, project):
                yield make_read(
                    module, call, read.name, read.why, required=read.required, default=read.default, kind="db"
                )
        return
    if isinstance(call.func, ast.Attribute) and call.func.attr == "from_prefixed_env":
        prefix = text_of(argument(call, 0, "prefix")) or "FLASK"
        yield from _prefixed(module, call, prefix, project)
        return
    if isinstance(call.func, ast.Attribute) and call.func.attr == "from_env" and _injects(module):
        given = argument(call, 1, "default")
        for name in keys_of(module, argument(call, 0, "name")):
            yield make_read(module, call, name, INJECTED_WHY, default=text_of(given))
        return
    variable = text_of(keyword(call, "envvar"))
    if variable and dotted.split(".")[0] in ("click", "typer", "rich_click", "asyncclick", "cyclopts"):
        first = call.args[0] if call.args and dotted.endswith((".Option", ".Argument")) else None  # Typer's default
        demanded = text_of(keyword(call, "required")) == "true"
        demanded |= isinstance(first, ast.Constant) and first.value is Ellipsis
        default = text_of(keyword(call, "default")) or (text_of(first) if not isinstance(first, ast.Starred) else None)
        # The command line could give it, and a container's gives no options. Of several commands one may be started
        # that has no such option.
        required = demanded and default is None and _one_command(module)
        yield make_read(module, call, variable, f"option of {dotted}", required=required, default=default)
        return
    yield from _reader_call(module, call, project)
    wrapper = project.wrappers.get(_lookup(module, call.func.id)) if isinstance(call.func, ast.Name) else None
    if wrapper is None and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        own = call.func.value.id in ("self", "cls")
        base = _module_name(module) if own else module.imports.get(call.func.value.id, "")
        wrapper = project.wrappers.get((base.rpartition(".")[2], call.func.attr)) if base else None
    if wrapper is not None:
        given = None
        if wrapper.default_parameter is not None and wrapper.default_position is not None:
            given = argument(call, wrapper.default_position, wrapper.default_parameter)
        for name in _wrapped_names(module, call, wrapper):
            required = wrapper.required and given is None and not caught(module, call)
            required = required and not guarded(module, call, name)
            default = text_of(given)
            absent = "replaced" if given is not None and default is None and not _is_none(given) else ""
            why = "read by a function of the project"
            yield make_read(module, call, name, why, required=required, default=default, absent=absent)


def _aliases_of(module: Module, call: ast.Call) -> tuple[list[str], ast.expr]:
    """(the names, the whole) of a value that is read under one name or another: `os.getenv("TOKEN") or
    os.getenv("BOT_TOKEN", "")`. No names where there is one alone, or something else stands in."""
    whole = module.parents.get(id(call))
    if not isinstance(whole, ast.BoolOp) or not isinstance(whole.op, ast.Or):
        return [], call
    found: list[str] = []
    for value in whole.values:
        read = isinstance(value, ast.Call) and module.resolve(value.func) in ("os.environ.get", "os.getenv")
        if not isinstance(value, ast.Call) or not read:
            return [], call
        given = argument(value, 1, "default")
        if given is not None and not (isinstance(given, ast.Constant) and given.value in (None, "")):
            return [], call
        found += keys_of(module, argument(value, 0, "key"))[:1]
    return (found, whole) if len(found) == len(whole.values) else ([], call)


def _of_database(module: Module, call: ast.Call) -> bool:
    """Whether it is the name, account or host of a server in Django's DATABASES: without a name Django ends, without the
    others the driver takes the socket and the account of this machine (ref/settings, "DATABASES")."""
    table_ = module.parents.get(id(call))
    if not isinstance(table_, ast.Dict) or by_choice(module, call):
        return False
    held = {text_of(key): value for key, value in zip(table_.keys, table_.values, strict=True)}
    if not service_of_engine(module.string(held.get("ENGINE")) or ""):
        return False
    return any(held.get(key) is call for key in ("NAME", "USER", "PASSWORD", "HOST"))


def _of_cache(module: Module, call: ast.AST) -> str:
    """ "redis" where it is the whole address of a cache of Django's in Redis, "" elsewhere: without it the backend fails at
    its first use (ref/settings, "CACHES")."""
    entry = module.parents.get(id(call))
    if not isinstance(entry, ast.Dict) or by_choice(module, call):
        return ""
    held = {text_of(key): value for key, value in zip(entry.keys, entry.values, strict=True)}
    return "redis" if held.get("LOCATION") is call and "redis" in (text_of(held.get("BACKEND")) or "").lower() else ""


def _wrapped_names(module: Module, call: ast.Call, wrapper: Wrapper) -> list[str]:
    for key in wrapper.keys:
        given = argument(call, key.position, key.parameter)
        text = module.string(given)
        names = keys_of(module, given)
        if text is not None and not names:
            continue  # no name of a variable: another parameter gives it
        if names:
            return [key.prefix + (name.upper() if key.upper else name) for name in names]
    return []


def _one_command(module: Module) -> bool:
    """Whether the file makes one command line without sub-commands."""
    if module.calls("run") and any(module.resolve(c.func) == "typer.run" for c in module.calls("run")):
        return True
    commands = 0
    for function in module.of(ast.FunctionDef, ast.AsyncFunctionDef):
        for decorator in getattr(function, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            last = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if last in ("group", "callback"):
                return False
            commands += last == "command"
    return commands == 1


def _overridden(module: Module, call: ast.Call) -> bool:
    """Whether it is an attribute of a class of settings that a class built on it gives a literal: the configuration
    that is chosen decides whether the variable is asked."""
    statement = module.parents.get(id(call))
    pair = assigned(statement) if statement is not None else None
    owner = module.parents.get(id(statement)) if pair else None
    if pair is None or not isinstance(owner, ast.ClassDef):
        return False
    for other in module.of(ast.ClassDef):
        if isinstance(other, ast.ClassDef) and any(module.resolve(base) == owner.name for base in other.bases):
            own = [assigned(inner) for inner in other.body]
            if any(one and one[0] == pair[0] and text_of(one[1]) for one in own):
                return True
    return False


def _constant(module: Module, node: ast.AST | None, project: Project) -> str | None:
    """The text of a literal, or of a constant that this or another module of the project gives a literal."""
    text = text_of(node)
    if text is None and isinstance(node, (ast.Name, ast.Attribute)):
        base, _, name = module.resolve(node).rpartition(".")
        if not base:
            return module.constants.get(name)
        home = base.rpartition(".")[2]
        return next(
            (m.constants[name] for m in project.modules if _module_name(m) == home and name in m.constants), None
        )
    return text


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _injects(module: Module) -> bool:
    return any(name.partition(".")[0] == "dependency_injector" for name in module.imports.values())


def _inner(module: Module, node: ast.AST | None, project: Project) -> Iterator[Read]:
    if isinstance(node, ast.Call):
        yield from _call_reads(module, node, project)
    elif isinstance(node, ast.Subscript) and module.resolve(node.value) == "os.environ":
        for name in keys_of(module, node.slice):
            yield make_read(module, node, name, "read by os.environ[...]", required=True)


def _prefixed(module: Module, call: ast.Call, prefix: str, project: Project) -> Iterator[Read]:
    """Flask takes every variable with the prefix; those whose key the code asks for are known."""
    keys = {key for other in project.modules for key in _config_keys(other)}
    for key in sorted(keys):
        yield make_read(module, call, f"{prefix}_{key}", "read by Flask's from_prefixed_env")


def _config_keys(module: Module) -> set[str]:
    keys = set()
    for node in module.of(ast.Subscript):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "config":
            text = text_of(node.slice)
            if text and re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
                keys.add(text)
    return keys


# ---- django-environ, environs, decouple, Starlette ------------------------------------------------


def _find_schemes(project: Project) -> None:
    for module in project.modules:
        for node in module.calls("Env", "FileAwareEnv"):  # django-environ's schemes: names with a default
            if READERS.get(module.resolve(node.func)) == "django-environ":
                _note_scheme(node, project)


def _note_scheme(call: ast.Call, project: Project) -> None:
    for given in call.keywords:
        if given.arg and isinstance(given.value, ast.Tuple) and len(given.value.elts) == 2:
            project.readers[("", given.arg)] = "scheme"


def _reader_call(module: Module, call: ast.Call, project: Project) -> Iterator[Read]:
    dotted = module.resolve(call.func)
    if READERS.get(dotted) == "django-environ":
        for given in call.keywords:  # Env(DEBUG=(bool, False)): a scheme with defaults
            if given.arg and given.arg.isupper():
                default = None
                if isinstance(given.value, ast.Tuple) and len(given.value.elts) == 2:
                    default = text_of(given.value.elts[1])
                yield make_read(module, given.value, given.arg, "in the scheme of django-environ", default=default)
        return
    if isinstance(call.func, ast.Attribute):
        kind = _reader(module, call.func.value, project)
        method = call.func.attr
    else:
        kind, method = "", ""
    if not kind or (kind in ("decouple", "starlette") and method != "get"):
        kind, method = _reader(module, call.func, project), ""
    if not kind:
        return
    if kind in ("django-environ", "environs") and method in URL_METHODS:
        fallback, what = URL_METHODS[method]
        key = argument(call, 0, "var", "name")
        given_default = argument(call, 1, "default")
        names = keys_of(module, key) if key is not None else [fallback]
    elif method in ("", "get") or method in READ_METHODS:
        what = ""
        names = keys_of(module, argument(call, 0, "var", "name", "key", "option"))
        position = 2 if kind == "starlette" or (kind == "django-environ" and method == "") else 1
        given_default = argument(call, position, "default", "subcast_default")
        if kind == "starlette" and given_default is None:
            given_default = keyword(call, "default")
    else:
        return
    prefix = _prefix(module, call) if kind == "environs" else ""
    cast = module.resolve(argument(call, 1, "cast")) if kind == "starlette" else ""
    for name in names:
        declared = kind == "django-environ" and _in_scheme(name, project)
        required = given_default is None and not declared and not caught(module, call)
        secret = cast.rpartition(".")[2] == "Secret"
        yield make_read(
            module,
            call,
            prefix + name,
            f"read by {kind}",
            required=required and not guarded(module, call, name),
            default=text_of(given_default),
            secret=secret,
            kind=what,
        )


def _in_scheme(name: str, project: Project) -> bool:
    return ("", name) in project.readers


def _prefix(module: Module, call: ast.Call) -> str:
    """environs: `with env.prefixed("APP_"):` around the call."""
    found = []
    for _, parent in module.ancestors(call):
        if isinstance(parent, (ast.With, ast.AsyncWith)):
            for item in parent.items:
                context = item.context_expr
                if isinstance(context, ast.Call) and module.resolve(context.func).endswith(".prefixed"):
                    found.append(text_of(argument(context, 0)) or "")
    return "".join(reversed(found))
