"""What a Django project says of itself, read from manage.py, wsgi.py and the settings module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from dockgen.detect.django_settings import SETTINGS, VARIABLE, deployed_settings, is_fixed, named_settings
from dockgen.detect.files import Paths
from dockgen.detect.names import Module, in_production
from dockgen.detect.ports import assigned_value, environment_name
from dockgen.detect.unset import UNKNOWN, value_of
from dockgen.detect.variables import service_of_engine
from dockgen.facts import DeclaredCommand, Dependency, Django, Evidence, Fact
from dockgen.knowledge import table
from dockgen.source import Source

HOST = re.compile(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""A host name that a request can be made for; one with a dot before it stands for those below it too."""

STAR_DEPTH = 5
"""How many settings modules are followed through `from .base import *`."""


def is_aside(
    source: Source, django: Django | None, commands: Iterable[DeclaredCommand], dependencies: Iterable[Dependency]
) -> bool:
    """Whether a Django project lies beside what the project runs: production lists dependencies, and no Django among
    them, and the command that the project's own files start is another file of the tree."""
    listed = {d.name for d in dependencies if not d.group}
    if django is None or not listed or "django" in listed:
        return False
    for command in commands:
        if command.process != "web" or command.words[:1] not in (("python",), ("python3",)):
            continue
        file = next((word for word in command.words[1:] if not word.startswith("-")), "")
        parts = file.removeprefix("./").strip("/").split("/")
        places = ("/".join(parts[at:]) for at in range(len(parts)))  # by its place in the author's image
        return any(place.endswith(".py") and source.has(place) and place != django.manage for place in places)
    return False


def detect_django(
    source: Source, dependencies: tuple[Dependency, ...], commands: Iterable[DeclaredCommand] = ()
) -> Django | None:
    """The Django project, or None. The manage.py nearest to the root counts, of those beside the settings they name:
    one that puts another folder on sys.path first is for developing.

    The settings are those that the project's own deployment sets; else those that wsgi.py or asgi.py name, because
    servers start these; manage.py's where they name none.
    """
    candidates = [p for p in source.named("manage.py") if in_production(p) and VARIABLE in (source.text(p) or "")]
    if not candidates:
        return None
    manage = next((p for p in candidates if beside_settings(source, p)), candidates[0])
    folder = manage.rpartition("/")[0]
    prefix = folder + "/" if folder else ""
    managed = named_settings(source, manage)
    evidence = [Evidence(manage, source.line_of(manage, VARIABLE), "Django's manage.py names its settings")]
    served: str | None = None
    found = _Settings(source, prefix, managed)
    wsgi = _application(source, prefix, managed, found.text("WSGI_APPLICATION"), "wsgi")
    asgi = _application(source, prefix, managed, found.text("ASGI_APPLICATION"), "asgi")
    files = [f"{prefix}{dotted.replace('.', '/')}.py" for dotted in (wsgi, asgi) if dotted]
    for path in files:
        named = named_settings(source, path)
        if named and served is None:
            served = named
            if served != managed:
                evidence.insert(0, Evidence(path, source.line_of(path, VARIABLE), "names the settings for servers"))
    deployed = None if any(is_fixed(source, path) for path in files) else deployed_settings(source, prefix, commands)
    settings = served or managed
    if deployed and deployed[0] != settings:
        settings = deployed[0]
        evidence.insert(0, deployed[1])
    if settings != managed:
        found = _Settings(source, prefix, settings)
    apps = found.places("INSTALLED_APPS")
    return Django(
        manage=manage,
        settings=settings,
        manage_settings=managed,
        served_settings=served,
        wsgi=wsgi,
        asgi=asgi,
        engine=found.engine(frozenset(d.name for d in dependencies if not d.group)),
        static_root=found.path("STATIC_ROOT"),
        media_root=found.path("MEDIA_ROOT"),
        staticfiles="django.contrib.staticfiles" in apps,
        migrations=found.has("DATABASES"),
        allowed_hosts=found.literal_list("ALLOWED_HOSTS"),
        channels="channels" in apps or any(d.name == "channels" and d.direct and not d.group for d in dependencies),
        evidence=tuple(evidence),
        apps=tuple(Fact(app, (apps[app],)) for app in sorted(apps)),
        static_url=found.url("STATIC_URL"),
        media_url=found.url("MEDIA_URL"),
        serves_static=tuple(_serves_static(source, found, prefix, (wsgi, asgi), dependencies)),
        host=found.host(),
        hosts_variable=found.variable("ALLOWED_HOSTS"),
        https_only=found.on("SECURE_SSL_REDIRECT"),
        debug=found.evidence("DEBUG") if found.on("DEBUG") else None,
        debug_variable=found.variable("DEBUG"),
    )


def beside_settings(source: Source, manage: str) -> bool:
    """Whether the settings module that a manage.py names is found from its own folder."""
    match = SETTINGS.search(source.text(manage) or "")
    folder = manage.rpartition("/")[0]
    base = f"{folder}/{match[1].replace('.', '/')}".lstrip("/") if match else ""
    return bool(base) and (source.has(f"{base}.py") or source.has(f"{base}/__init__.py"))


SERVERS = ("whitenoise", "dj-static", "servestatic", "django-heroku", "django-on-heroku")
"""Distributions by which the application itself serves its static files in production."""
SERVING = ("whitenoise", "servestatic", "dj_static", "StaticFilesHandler", "blacknoise")
"""Names in settings and wsgi.py of what does so."""
STORES = ("storages.", "cloudinary", "django_s3", "s3", "gcloud", "azure", "uploadcare")
"""Words in the names of storages that keep static files with a vendor."""


def _serves_static(
    source: Source, found: _Settings, prefix: str, applications: tuple[str | None, ...], dependencies: tuple[Dependency, ...]
) -> Iterator[Evidence]:  # fmt: skip
    """Where static files get served in production without a web server: by middleware, a wrapper, a view, a vendor."""
    for dependency in dependencies:
        if dependency.name in SERVERS and dependency.direct and not dependency.group:
            yield from dependency.evidence[:1] or (Evidence(".", None, f"{dependency.name} is a dependency"),)
    for text, evidence in found.places("MIDDLEWARE").items():
        if text.split(".")[0] in SERVING:
            yield evidence
    for text, evidence in found.places("STATICFILES_STORAGE").items():
        if any(word in text.lower() for word in STORES):
            yield evidence
    storages = found.entry("STORAGES", "staticfiles")
    if storages and any(word in storages[0].lower() for word in STORES):
        yield storages[1]
    for dotted in applications:
        path = f"{prefix}{(dotted or '').replace('.', '/')}.py"
        text = (source.text(path) or "") if dotted and source.has(path) else ""
        word = next((word for word in SERVING if word in text), None)
        if word:
            yield Evidence(path, source.line_of(path, word), f"{word} serves static files")
    urls = f"{prefix}{(found.text('ROOT_URLCONF') or '').replace('.', '/')}.py"
    text = (source.text(urls) or "") if source.has(urls) else ""
    if "django.views.static" in text and "STATIC_ROOT" in text:
        yield Evidence(urls, source.line_of(urls, "STATIC_ROOT"), "a view serves static files")


class _Settings:
    """The assignments of a settings module and of those it imports with a star; the last one counts."""

    def __init__(self, source: Source, prefix: str, dotted: str | None):
        self.modules: list[Module] = []
        self.values: dict[str, tuple[Module, ast.expr]] = {}
        self.added: dict[str, list[tuple[Module, ast.expr]]] = {}  # by +=
        self.source = source
        if dotted:
            self._read(prefix, dotted, STAR_DEPTH)

    def _read(self, prefix: str, dotted: str, depth: int) -> None:
        base = prefix + dotted.replace(".", "/")
        path = next((p for p in (f"{base}.py", f"{base}/__init__.py") if self.source.has(p)), None)
        if path is not None:
            package = dotted if path.endswith("/__init__.py") else dotted.rpartition(".")[0]
            self._read_file(prefix, path, package, depth)

    def _read_file(self, prefix: str, path: str, package: str, depth: int) -> None:
        tree = self.source.tree(path)
        if tree is None or depth <= 0 or any(m.path == path for m in self.modules):
            return
        module = Module(path, tree)
        self.modules.append(module)
        for node in module.nodes:  # in the order of the file: what is imported first is overridden below
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                parts = package.split(".") if package else []
                above = parts[: len(parts) - (node.level - 1)] if node.level else []
                self._read(prefix, ".".join([*above, *([node.module] if node.module else [])]), depth - 1)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.values[target.id] = (module, node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                self.values[node.target.id] = (module, node.value)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                self.added.setdefault(node.target.id, []).append((module, node.value))
            elif isinstance(node, ast.Call) and module.resolve(node.func) == "split_settings.tools.include":
                for piece in self._pieces(module, node):
                    self._read_file(prefix, piece, package, depth - 1)

    def _pieces(self, module: Module, call: ast.Call) -> Iterator[str]:
        """The files that django-split-settings puts together, in their order: include("base.py", "components/*.py",
        optional("local.py"))."""
        folder = module.path.rpartition("/")[0]
        given = list(call.args)
        for starred in [a for a in call.args if isinstance(a, ast.Starred)]:
            kept = assigned_value(module, getattr(starred.value, "id", ""))
            given += kept.elts if isinstance(kept, (ast.List, ast.Tuple)) else []
        for one in given:
            inner = one.args[0] if isinstance(one, ast.Call) and one.args else one
            text = module.string(inner)
            if text:
                pattern = f"{folder}/{text}".lstrip("/")
                yield from sorted(p for p in self.source.files if fnmatchcase(p, pattern))

    def has(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str | None:
        module, node = self.values.get(name, (None, None))
        return module.string(node) if module is not None else None

    def path(self, name: str) -> str | None:
        """The path of a setting relative to the project: "" where it is set but not literal, None where it is not."""
        if name not in self.values:
            return None
        module, node = self.values[name]
        if isinstance(node, ast.Constant) and not node.value:
            return None
        paths = Paths(module, self.source)
        whole = paths.of(node)
        inside = paths.known(whole) if whole and "\1" not in whole else None
        return inside if inside and inside != "." else ""

    def places(self, name: str, depth: int = 4) -> dict[str, Evidence]:
        """Every string in a setting's value and where it stands, through the names that it adds up."""
        if name not in self.values or depth <= 0:
            return {}
        found: dict[str, Evidence] = {}
        for module, node in (self.values[name], *self.added.get(name, ())):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found.setdefault(part.value, Evidence(module.path, part.lineno, f"one of {name}"))
                elif isinstance(part, ast.Name) and part.id != name:
                    found.update(self.places(part.id, depth - 1))
        return found

    def url(self, name: str) -> str | None:
        """A URL setting: as it is, or the default of what the environment may replace."""
        text = self.text(name)
        if text is not None or name not in self.values:
            return text
        parts = [
            n.value for n in ast.walk(self.values[name][1]) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        paths = [part for part in parts if part.endswith("/")]
        return paths[0] if len(paths) == 1 else None

    def entry(self, name: str, key: str) -> tuple[str, Evidence] | None:
        """The first string behind a key of a setting that is a dictionary."""
        module, node = self.values.get(name, (None, None))
        if module is None or not isinstance(node, ast.Dict):
            return None
        for item, value in zip(node.keys, node.values, strict=True):
            if module.string(item) == key:
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
                        return part.value, Evidence(module.path, part.lineno, f"{key} of {name}")
        return None

    def literal_list(self, name: str) -> tuple[str, ...] | None:
        module, node = self.values.get(name, (None, None))
        if module is None or not isinstance(node, (ast.List, ast.Tuple)):
            return None
        texts = [module.string(e) for e in node.elts]
        return None if None in texts else tuple(text for text in texts if text is not None)

    def on(self, name: str) -> bool:
        """Whether a setting is true with nothing set in the environment."""
        module, node = self.values.get(name, (None, None))
        if module is None or node is None:
            return False
        for child, parent in module.ancestors(node):
            if isinstance(parent, ast.If) and child in (*parent.body, *parent.orelse):
                test = value_of(module, parent.test)
                if test is UNKNOWN or bool(test) != (child in parent.body):
                    return False
        said = value_of(module, node)
        return said is not UNKNOWN and bool(said) and str(said).lower() not in ("false", "0", "no", "off")

    def host(self) -> str:
        """A host that is in ALLOWED_HOSTS whatever else is: a literal one of a list that is added to another."""
        module, node = self.values.get("ALLOWED_HOSTS", (None, None))
        if module is None or node is None:
            return ""
        parts = [node]
        while any(isinstance(part, ast.BinOp) for part in parts):
            parts = [p for part in parts for p in ((part.left, part.right) if isinstance(part, ast.BinOp) else (part,))]
        lists = [part for part in parts if isinstance(part, (ast.List, ast.Tuple))]
        lists += [n for _, n in self.added.get("ALLOWED_HOSTS", ()) if isinstance(n, (ast.List, ast.Tuple))]
        texts = [text for one in lists for e in one.elts if (text := module.string(e))]
        return next((text for text in texts if HOST.fullmatch(text)), "")

    def evidence(self, name: str) -> Evidence | None:
        module, node = self.values.get(name, (None, None))
        return Evidence(module.path, node.lineno, name) if module is not None and node is not None else None

    def variable(self, name: str) -> str:
        """The one environment variable that any assignment to a setting reads, "" for none and for several."""
        found: set[str] = set()
        for module in self.modules:
            for node in module.of(ast.Assign, ast.AnnAssign, ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                value = getattr(node, "value", None)
                if value is not None and any(isinstance(t, ast.Name) and t.id == name for t in targets):
                    found |= _variables(module, value, 3)
        return found.pop() if len(found) == 1 else ""

    def engine(self, distributions: frozenset[str]) -> str | None:
        """The ENGINE of the first database. Where the settings choose among several, one that production has a driver
        for: what only a developer's group or an optional one brings, the image cannot use."""
        named = [
            text
            for module in self.modules
            for node in _dicts(module)
            for key, value in zip(node.keys, node.values, strict=True)
            if module.string(key) == "ENGINE" and (text := module.string(value))
        ]
        rows = table("services")["services"]
        for engine in named:
            service = service_of_engine(engine)
            if not service or distributions & {*rows[service]["libraries"]}:
                return engine
        return named[0] if named else None


def _variables(module: Module, value: ast.expr, depth: int) -> set[str]:
    """The environment variables that an expression reads, also by a name that was assigned before."""
    found = set()
    for part in ast.walk(value):
        name = environment_name(module, part) or ""
        if name:
            found.add(name)
        elif isinstance(part, ast.Call) and part.args and not name:
            text = module.string(part.args[0])  # env.list("ALLOWED_HOSTS"), config("HOSTS", cast=Csv())
            if text and re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
                found.add(text)
        elif isinstance(part, ast.Name) and depth and part.id not in module.imports:
            made = [n for n in module.nodes if isinstance(n, ast.NamedExpr) and n.target.id == part.id]
            inner = assigned_value(module, part.id) or (made[0].value if made else None)
            if inner is not None and inner is not value:
                found |= _variables(module, inner, depth - 1)
    return found


def _dicts(module: Module) -> Iterator[ast.Dict]:
    return (node for node in module.nodes if isinstance(node, ast.Dict))


def _application(source: Source, prefix: str, settings: str | None, named: str | None, which: str) -> str | None:
    """The dotted module of the WSGI or ASGI application: wsgi.py and asgi.py beside the settings or above,
    because a server starts there; else what the settings name (Channels names its routing)."""
    parts = (settings or "").split(".")[:-1]
    candidates = [".".join([*parts[:length], which]) for length in range(len(parts), -1, -1)]
    if named and "." in named:
        candidates.append(named.rpartition(".")[0])
    for dotted in candidates:
        if source.has(f"{prefix}{dotted.replace('.', '/')}.py"):
            return dotted
    # The one place where it is, wherever that is.
    paths = [p for p in source.named(f"{which}.py") if p.startswith(prefix) and in_production(p)]
    return paths[0][len(prefix) : -3].replace("/", ".") if len(paths) == 1 else None
