"""Variables that pydantic's settings classes read: BaseSettings of pydantic-settings, and of pydantic 1."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from dockgen.detect.names import Module, argument, assigned, keyword, text_of
from dockgen.detect.reads import NAME, Project, Read, make_read

FIELD_WHY = "a field of pydantic settings"

DSN_TYPES = {
    "PostgresDsn": "postgres",
    "CockroachDsn": "postgres",
    "RedisDsn": "redis",
    "AmqpDsn": "rabbitmq",
    "MySQLDsn": "mysql",
    "MariaDBDsn": "mariadb",
    "MongoDsn": "mongodb",
    "KafkaDsn": "kafka",
}


BASES = frozenset(
    {"pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings", "goodconf.GoodConf"}
)


def find_settings(project: Project) -> None:
    changed = True
    while changed:
        changed = False
        for name, (module, node) in project.classes.items():
            if name in project.settings:
                continue
            for base in node.bases:
                dotted = module.resolve(base)
                last = dotted.rpartition(".")[2]
                if dotted in BASES or (last == "BaseSettings" and last not in project.classes):
                    project.settings[name] = (
                        "1" if dotted in ("pydantic.BaseSettings", "pydantic.v1.BaseSettings") else "2"
                    )
                elif last in project.settings and last != name:
                    project.settings[name] = project.settings[last]
                else:
                    continue
                changed = True
                break


def find_given(project: Project) -> None:
    """Notes the fields that the code itself gives a settings class where it makes one (Settings(secret=...)), and the
    prefix that it makes it with: Settings(_env_prefix="APP_")."""
    for module in project.modules:
        for call in module.of(ast.Call):
            name = module.resolve(call.func).rpartition(".")[2]
            if name in project.settings and call.keywords:
                project.given.setdefault(name, set()).update(_keywords(module, call))
                prefix = module.string(keyword(call, "_env_prefix"))
                if prefix is not None:
                    project.prefixes.setdefault(name, prefix)


def is_settings(module: Module, node: ast.ClassDef, project: Project) -> bool:
    """Whether this is a settings class, not another of the same name: each of several modules may have its Settings."""
    if node.name not in project.settings:
        return False
    if project.classes[node.name][1] is node:
        return True
    bases = [module.resolve(base) for base in node.bases]
    return any(
        base in BASES or (base.rpartition(".")[2] in project.settings and base.rpartition(".")[2] != node.name)
        for base in bases
    )


def _keywords(module: Module, call: ast.Call) -> Iterator[str]:
    for given in call.keywords:
        if given.arg is not None:
            yield given.arg
            continue
        tables: list[ast.expr] = [given.value]
        if isinstance(given.value, ast.Name):
            pairs = [assigned(node) for node in module.of(ast.Assign, ast.AnnAssign)]
            tables = [pair[1] for pair in pairs if pair and pair[0] == given.value.id]
        for table in tables:
            if isinstance(table, ast.Dict):
                yield from (name for key in table.keys if (name := text_of(key)))


def _settings_config(module: Module, node: ast.ClassDef, project: Project, depth: int = 0) -> dict[str, ast.expr]:
    """The options of a settings class (model_config, class Config, class keywords), the base's first."""
    options: dict[str, ast.expr] = {}
    if depth < 5:
        for base in reversed(node.bases):
            last = module.resolve(base).rpartition(".")[2]
            if last in project.settings and last != node.name:
                other, definition = project.classes[last]
                options.update(_settings_config(other, definition, project, depth + 1))
    for given in node.keywords:
        if given.arg:
            options[given.arg] = given.value
    for statement in node.body:
        pair = assigned(statement)
        if pair and pair[0] == "model_config":
            if isinstance(pair[1], ast.Call):
                options.update({k.arg: k.value for k in pair[1].keywords if k.arg})
            elif isinstance(pair[1], ast.Dict):
                for key, value in zip(pair[1].keys, pair[1].values, strict=True):
                    name = text_of(key)
                    if name:
                        options[name] = value
        elif isinstance(statement, ast.ClassDef) and statement.name == "Config":
            for inner in statement.body:
                inner_pair = assigned(inner)
                if inner_pair:
                    options[inner_pair[0]] = inner_pair[1]
    return options


def settings_reads(module: Module, node: ast.ClassDef, project: Project) -> Iterator[Read]:
    options = _settings_config(module, node, project)
    prefix = project.prefixes.get(node.name, module.string(options.get("env_prefix")) or "")
    delimiter = module.string(options.get("env_nested_delimiter")) or ""
    exact = text_of(options.get("case_sensitive")) == "true"
    version = project.settings[node.name]
    legacy: dict[str, ast.expr] = {}
    fields = options.get("fields")
    if isinstance(fields, ast.Dict):
        for key, value in zip(fields.keys, fields.values, strict=True):
            if (name := text_of(key)) and isinstance(value, ast.Dict):
                for inner_key, inner in zip(value.keys, value.values, strict=True):
                    if text_of(inner_key) == "env":
                        legacy[name] = inner
    done: set[str] = set()
    chain: list[tuple[Module, ast.ClassDef]] = [(module, node)]
    seen = {node.name}
    while chain:  # fields of base classes are read under this class's prefix
        owner, definition = chain.pop(0)
        for statement in definition.body:
            if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
                continue
            if statement.target.id not in done:
                done.add(statement.target.id)
                if statement.target.id in project.given.get(node.name, ()):
                    reads = _field(owner, statement, prefix, delimiter, exact, version, project, legacy)
                    yield from (replace(read, required=False, absent="replaced") for read in reads)
                    continue
                yield from _field(owner, statement, prefix, delimiter, exact, version, project, legacy)
        for base in definition.bases:
            last = owner.resolve(base).rpartition(".")[2]
            if last in project.settings and last not in seen:
                seen.add(last)
                chain.append(project.classes[last])


def _field(
    module: Module,
    statement: ast.AnnAssign,
    prefix: str,
    delimiter: str,
    exact: bool,
    version: str,
    project: Project,
    legacy: dict[str, ast.expr],
    depth: int = 0,
) -> Iterator[Read]:
    assert isinstance(statement.target, ast.Name)
    field = statement.target.id
    types = _type_names(module, statement.annotation)
    if field.startswith("_") or field == "model_config" or "ClassVar" in types:
        return

    def cased(name: str) -> str:
        return name if exact else name.upper()

    value = statement.value
    metadata = _field_call(module, statement.annotation)
    has_default, default = value is not None, _literal(module, value)
    names = [cased(prefix + field)]
    call = value if isinstance(value, ast.Call) and module.resolve(value.func).rpartition(".")[2] == "Field" else None
    if call is not None:
        given = argument(call, 0, "default")
        ellipsis = isinstance(given, ast.Constant) and given.value is Ellipsis
        has_default = (given is not None and not ellipsis) or keyword(call, "default_factory") is not None
        default = None if ellipsis else _literal(module, given)
    elif isinstance(value, ast.Constant) and value.value is Ellipsis:
        has_default, default = False, None
    for options in (call, metadata):
        if options is not None:
            alias = keyword(options, "validation_alias", "alias", "env")
            given_names = _alias_names(module, alias)
            if given_names:
                names = [cased(name) for name in given_names]
            elif alias is not None:
                return
            if keyword(options, "default_factory") is not None:
                has_default = True
    if field in legacy and _alias_names(module, legacy[field]):
        names = [cased(name) for name in _alias_names(module, legacy[field])]
    if default == "" and isinstance(given if call is not None else value, (ast.List, ast.Tuple)):
        default = None  # an empty list is what the author chose, and no place for a value
    optional = bool({"Optional", "None"} & types)
    required = not has_default and not (version == "1" and optional)
    nested = next((name for name in types if name in project.classes), None)
    if nested and _is_collection(module, statement.annotation):
        nested = None  # one variable with all of them, as JSON
    if nested and nested in project.settings and not delimiter:
        return  # a settings class of its own: it reads its own variables
    if nested and _is_model(nested, project):
        if delimiter and depth < 3:
            owner, definition = project.classes[nested]
            for inner in definition.body:
                if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
                    for read in _field(
                        owner, inner, names[0] + delimiter, delimiter, exact, version, project, {}, depth + 1
                    ):
                        yield read if required else _optional(read)
            return
        if has_default:
            return
    kind = next((DSN_TYPES[name] for name in types if name in DSN_TYPES), "")
    line = statement
    for index, name in enumerate(names):
        yield make_read(
            module,
            line,
            name,
            FIELD_WHY,
            required=required and index == 0,
            default=default,
            secret="SecretStr" in types or "SecretBytes" in types,
            kind=kind,
            # Names after the first are other ways to give the same; Optional asks for no more than None.
            absent="tested" if index else "asked" if field in project.asked else "",
        )


def _optional(read: Read) -> Read:
    return replace(read, required=False)


COLLECTIONS = frozenset({"list", "dict", "set", "tuple", "frozenset", "sequence", "mapping", "iterable", "collection"})


def _is_collection(module: Module, annotation: ast.expr) -> bool:
    """Whether the type is a list or a table of others: List[Server], Optional[dict[str, Server]]."""
    if isinstance(annotation, ast.BinOp):
        return _is_collection(module, annotation.left) or _is_collection(module, annotation.right)
    if not isinstance(annotation, ast.Subscript):
        return False
    name = module.resolve(annotation.value).rpartition(".")[2]
    if name in ("Optional", "Annotated", "Union"):
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        return any(_is_collection(module, one) for one in inner)
    return name.lower() in COLLECTIONS


def _is_model(name: str, project: Project, seen: frozenset[str] = frozenset()) -> bool:
    module, node = project.classes[name]
    bases = {module.resolve(base).rpartition(".")[2] for base in node.bases}
    return bool(bases & {"BaseModel", "BaseSettings"}) or any(
        base in project.classes and base not in seen | {name} and _is_model(base, project, seen | {name})
        for base in bases
    )


TYPED = re.compile(r"\w*(Dsn|Url|SecretStr|Path)|str")
"""Types of pydantic and pathlib that a literal is put into."""


def _literal(module: Module, node: ast.expr | None) -> str | None:
    """A default as text, also put into its type: RedisDsn("redis://localhost"), SecretStr("x"), Path("/data")."""
    if isinstance(node, ast.Call) and node.args and TYPED.fullmatch(module.resolve(node.func).rpartition(".")[2]):
        return text_of(node.args[0])
    return text_of(node)


def _field_call(module: Module, annotation: ast.expr) -> ast.Call | None:
    """The Field(...) in Annotated[str, Field(...)]."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Call) and module.resolve(node.func).rpartition(".")[2] == "Field":
            return node
    return None


def _alias_names(module: Module, node: ast.expr | None) -> list[str]:
    text = module.string(node)
    if text is not None:
        return [text] if NAME.fullmatch(text) else []
    if isinstance(node, (ast.List, ast.Tuple)):
        return [name for item in node.elts if (name := module.string(item)) and NAME.fullmatch(name)]
    if isinstance(node, ast.Call) and module.resolve(node.func).rpartition(".")[2] == "AliasChoices":
        return [name for item in node.args if (name := module.string(item)) and NAME.fullmatch(name)]
    return []


def _type_names(module: Module, annotation: ast.expr) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(annotation):
        if isinstance(node, (ast.Name, ast.Attribute)):
            names.add(module.resolve(node).rpartition(".")[2])
        elif isinstance(node, ast.Constant):
            if node.value is None:
                names.add("None")
            elif isinstance(node.value, str) and NAME.fullmatch(node.value):
                names.add(node.value)
    return names
