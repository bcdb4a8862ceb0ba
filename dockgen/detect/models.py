"""Models and data that the program loads by name: pipelines of spaCy, packages of NLTK, repositories of Hugging Face,
and what a few other libraries fetch at run time (dockgen/knowledge/models.toml).

A name counts where it is literal: as an argument, through constants, the defaults of parameters and settings, a loop
over a list. What the tree itself holds is no download.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dockgen.detect.modules import view
from dockgen.detect.names import Module, argument, is_helper, keyword, modules
from dockgen.detect.values import Values
from dockgen.errors import DockgenError
from dockgen.facts import Dependency, Evidence, ModelUse
from dockgen.knowledge import table
from dockgen.source import Source

REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?")
PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}")
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,100}")
DOWNLOAD = re.compile(r"\bspacy download (?:--\S+ )*([a-z0-9_]+)")
DEPTH = 5
"""How many names an argument is followed through; more is a cycle."""
LINES = 100
"""How many packages of an nltk.txt are read."""


def detect_models(source: Source, dependencies: Iterable[Dependency]) -> tuple[ModelUse, ...]:
    """Each model once, with where it is loaded. A use whose name cannot be read has the name ""."""
    production = [d for d in dependencies if not d.group]
    declared = {d.name for d in production}
    known = table("models")
    libraries = {name for name in ("spacy", "nltk", "huggingface") if declared & set(known[name]["with"])}
    libraries |= {row["library"] for row in known["downloads"].values()} & declared
    if not libraries:
        return ()
    reader = _Reader(source, known, libraries)
    found: dict[tuple[str, str, str, str, bool], list[Evidence]] = {}
    for use in (*_listed(source, libraries), *reader.uses()):
        if use.library == "spacy" and use.name.replace("_", "-") in declared:
            continue
        key = (use.library, use.name, use.revision, use.file, use.whole)
        found.setdefault(key, []).extend(use.evidence)
    return tuple(ModelUse(*key, tuple(evidence[:3])) for key, evidence in sorted(found.items()))


def _listed(source: Source, libraries: set[str]) -> Iterator[ModelUse]:
    """The packages of nltk.txt, as Heroku's buildpack reads it: a name a line."""
    if "nltk" not in libraries or not source.has("nltk.txt"):
        return
    try:
        text = source.text("nltk.txt") or ""
    except DockgenError:
        return
    for number, line in enumerate(text.splitlines()[:LINES], 1):
        if PACKAGE.fullmatch(line.strip()):
            yield ModelUse("nltk", line.strip(), evidence=(Evidence("nltk.txt", number, "nltk.txt lists it"),))


class _Reader:
    """What the modules of a tree say."""

    def __init__(self, source: Source, known: Mapping[str, Any], libraries: set[str]):
        self.source = source
        self.known = known
        self.libraries = libraries
        self.values = Values(view(source), lambda _module, _call: False)

    def uses(self) -> Iterator[ModelUse]:
        for module in modules(self.source):
            if is_helper(module.path):
                continue
            for call in module.of(ast.Call):
                yield from self._called(module, call)
            if "spacy" in self.libraries:
                yield from self._said(module)
            if "nltk" in self.libraries:
                yield from self._corpora(module)

    def _called(self, module: Module, call: ast.Call) -> Iterator[ModelUse]:
        dotted = module.resolve(call.func)
        root = dotted.split(".")[0]
        place = (Evidence(module.path, call.lineno, f"{dotted or 'a call'} loads it"),)
        if root == "spacy" and "spacy" in self.libraries and dotted in self.known["spacy"]["load"]:
            for name in self._texts(module, argument(call, 0, "name", "model")):
                if re.fullmatch(self.known["spacy"]["name"], name):
                    yield ModelUse("spacy", name, evidence=place)
        elif root == "nltk" and "nltk" in self.libraries:
            for name in self._packages(module, call, dotted):
                yield ModelUse("nltk", name, evidence=place)
        elif "huggingface" in self.libraries and (row := self._loader(module, call, dotted)) is not None:
            yield from self._repositories(module, call, row, dotted)
        row = self.known["downloads"].get(dotted)
        if row is not None and row["library"] in self.libraries:
            yield ModelUse(row["library"], "", evidence=(Evidence(module.path, call.lineno, f"{dotted} fetches it"),))

    def _said(self, module: Module) -> Iterator[ModelUse]:
        """`python -m spacy download NAME` in a string or a list of words."""
        for node in module.of(ast.Constant):
            match = DOWNLOAD.search(node.value) if isinstance(node.value, str) and len(node.value) < 500 else None
            if match and re.fullmatch(self.known["spacy"]["name"], match[1]):
                yield ModelUse("spacy", match[1], evidence=(Evidence(module.path, node.lineno, "it is downloaded"),))
        for listed in module.of(ast.List):
            words = [e.value if isinstance(e, ast.Constant) else "" for e in listed.elts]
            match = DOWNLOAD.search(" ".join(str(word) for word in words))
            if match and re.fullmatch(self.known["spacy"]["name"], match[1]):
                yield ModelUse("spacy", match[1], evidence=(Evidence(module.path, listed.lineno, "it is downloaded"),))

    def _packages(self, module: Module, call: ast.Call, dotted: str) -> Iterator[str]:
        """NLTK's packages that a call downloads, finds or reads."""
        last = dotted.rpartition(".")[2]
        if dotted in ("nltk.download", "nltk.downloader.download"):
            yield from (n for n in self._texts(module, argument(call, 0, "info_or_id")) if PACKAGE.fullmatch(n))
        elif dotted in ("nltk.data.find", "nltk.data.load"):
            for path in self._texts(module, argument(call, 0, "resource_name", "resource_url")):
                parts = path.removeprefix("nltk:").split("/")
                if len(parts) > 1 and PACKAGE.fullmatch(parts[1].removesuffix(".zip")):
                    yield parts[1].removesuffix(".zip")
        else:
            yield from self.known["nltk"]["reads"].get(last, ())

    def _corpora(self, module: Module) -> Iterator[ModelUse]:
        """Readers of nltk.corpus that are imported. They read when they are used."""
        for node in module.of(ast.ImportFrom):
            if node.module == "nltk.corpus" and not node.level:
                for alias in node.names:
                    name = self.known["nltk"]["corpora"].get(alias.name)
                    if name:
                        why = f"nltk.corpus.{alias.name} is imported"
                        yield ModelUse("nltk", name, evidence=(Evidence(module.path, node.lineno, why),))

    def _loader(self, module: Module, call: ast.Call, dotted: str) -> dict[str, Any] | None:
        """The row of a callable that takes the name of a repository, None for any other call."""
        table_ = self.known["huggingface"]
        row: dict[str, Any] | None = table_["calls"].get(dotted)
        if row is None and dotted.count(".") > 1:  # sentence_transformers.models.SentenceTransformer
            first, last = dotted.split(".")[0], dotted.rpartition(".")[2]
            row = table_["calls"].get(f"{first}.{last}")
        if row is not None:
            return row
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "from_pretrained":
            return None
        roots = {name.split(".")[0] for name in module.imports.values()}
        return {"keywords": ["pretrained_model_name_or_path"]} if roots & set(table_["roots"]) else None

    def _repositories(self, module: Module, call: ast.Call, row: dict[str, Any], dotted: str) -> Iterator[ModelUse]:
        given = argument(call, row.get("at", 0), *row["keywords"])
        place = (Evidence(module.path, call.lineno, f"{dotted or 'from_pretrained'} loads it"),)
        if given is None:
            return  # the library's own choice (pipeline("ner")), or none
        names = self._texts(module, given)
        if not names:
            yield ModelUse("huggingface", "", evidence=place)
            return
        revisions = self._texts(module, keyword(call, "revision"))
        revision = revisions[0] if len(revisions) == 1 and REVISION.fullmatch(revisions[0]) else ""
        files = self._texts(module, argument(call, 1, "filename")) if row.get("file") else ()
        for name in names:
            if self._here(name) or not REPOSITORY.fullmatch(name):
                continue
            if "/" not in name and row.get("owner"):
                name = f"{row['owner']}/{row.get('prefix', '')}{name}"
            file = files[0] if len(files) == 1 and REVISION.fullmatch(files[0]) else ""
            if row.get("file") and not file:
                yield ModelUse("huggingface", "", evidence=place)
            else:
                yield ModelUse("huggingface", name, revision, file, bool(row.get("whole")), place)

    def _here(self, name: str) -> bool:
        """Whether the name is a path: of a folder or file that is there, or that the program makes."""
        path = name.removeprefix("./").rstrip("/")
        return name.startswith((".", "/", "~")) or self.source.has(path) or bool(self.source.under(path))

    def _texts(self, module: Module, node: ast.AST | None, depth: int = DEPTH) -> tuple[str, ...]:
        """The texts that an argument can be, () where they cannot be read."""
        if node is None or depth <= 0:
            return ()
        if isinstance(node, (ast.List, ast.Tuple)):
            return tuple(text for element in node.elts for text in self._texts(module, element, depth - 1))
        if isinstance(node, ast.BoolOp):
            return tuple(text for value in node.values for text in self._texts(module, value, depth - 1))
        text = self.values.text(module, node)
        if text is not None:
            return (text,) if text else ()
        bound = self._bound(module, node) if isinstance(node, ast.Name) else None
        return self._texts(module, bound, depth - 1)

    @staticmethod
    def _bound(module: Module, node: ast.Name) -> ast.expr | None:
        """What a loop, the default of a parameter or an assignment around it makes of a name."""
        for _, parent in module.ancestors(node):
            if isinstance(parent, (ast.For, ast.AsyncFor)) and getattr(parent.target, "id", "") == node.id:
                return parent.iter
            if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
                default = _default(parent.args, node.id)
                if default is not None:
                    return default
        assigned = [a.value for a in module.of(ast.Assign) if any(getattr(t, "id", "") == node.id for t in a.targets)]
        return assigned[0] if len(assigned) == 1 else None


def _default(arguments: ast.arguments, name: str) -> ast.expr | None:
    positional = [*arguments.posonlyargs, *arguments.args]
    given = dict(zip((a.arg for a in reversed(positional)), reversed(arguments.defaults), strict=False))
    found = given.get(name)
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if one.arg == name:
            found = default
    return found
