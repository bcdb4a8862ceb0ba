"""Models and data that the program loads by name: in the image by a stage of their own, or in a volume.

spaCy's pipelines and NLTK's packages are small and do not change: they come into the image unasked. How large a
repository of Hugging Face is, and whether its terms allow it to be passed on in an image, is not in the code: without a
word (`--models image`) it is fetched at the first start, into a volume that outlives the container.

In the image they are a layer that hangs on their names alone. Nothing of the project's environment is used to fetch
them, so a change of the dependencies leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dockgen.decide.base import image
from dockgen.decide.system_packages import below
from dockgen.facts import Evidence, Facts, ModelUse, Warning
from dockgen.knowledge import table
from dockgen.plans import Decision, ModelFetch, Models, Question

PATH = "/opt/models"
VOLUME = "/models"
SCRATCH = "/tmp/huggingface"  # noqa: S108 - in the container, where /tmp is the one place to write
HOMES = {"huggingface": "HF_HOME", "nltk": "NLTK_DATA"}
"""The variable that says where a library keeps what it fetches (huggingface_hub's and NLTK's documentation)."""

SPACY = "https://github.com/explosion/spacy-models/releases/download"
NLTK = "https://raw.githubusercontent.com/nltk/nltk_data/gh-pages/index.xml"
HUB = ("HF_ENDPOINT", "https://huggingface.co")

PACKAGES = (
    "import sys; from nltk.downloader import Downloader; data = Downloader(sys.argv[1]); "
    "[data.download(name, download_dir=sys.argv[2], quiet=True, raise_on_error=True) for name in sys.argv[3:]]"
)
"""Fetches NLTK's packages. The downloader's own command line ends with 0 also where it got none."""

REPOSITORIES = (
    "import sys, huggingface_hub as hub; "
    "[hub.snapshot_download(name, revision=at or None, ignore_patterns="
    '["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot", "*.tflite", "*.gguf", "*.mlmodel"] '
    '+ ["*.bin", "*.pt", "*.pth", "*.ckpt"] '
    '* any(file.endswith(".safetensors") for file in hub.list_repo_files(name, revision=at or None))) '
    'for name, _, at in (word.partition("@") for word in sys.argv[1:])]'
)
"""Fetches repositories without the weights that from_pretrained leaves aside: those of other frameworks, and pickles
where there are safetensors (transformers' and diffusers' documentation of from_pretrained, `use_safetensors`)."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """`models`: what the image holds, None for nothing. `environment`: of the image. `volumes`: (name, path)."""

    models: Models | None = None
    environment: tuple[tuple[str, str], ...] = ()
    volumes: tuple[tuple[str, str], ...] = ()
    decisions: tuple[Decision, ...] = ()
    warnings: tuple[Warning, ...] = ()
    questions: tuple[Question, ...] = ()


def choose_models(
    facts: Facts,
    answers: Mapping[str, Any],
    registry: str | None = None,
    *,
    reached: frozenset[str] | None = None,
    channel: bool = False,
) -> ModelChoice:
    """Where each model of the facts comes to lie. `reached`: modules that the chosen processes come to, None for all.
    `channel`: the environment is one of conda's packages, and no build stage has a Python before it."""
    uses = tuple(use for use in facts.models if reached is None or any(_counts(e, reached) for e in use.evidence))
    if not uses:
        return ModelChoice()
    evidence = tuple(dict.fromkeys(e for use in uses for e in use.evidence))
    wanted = answers.get("models")
    left_out = channel or "models" in (answers.get("without") or ())
    fetches: list[ModelFetch] = []
    environment: list[tuple[str, str]] = []
    volumes: list[tuple[str, str]] = []
    decisions: list[Decision] = []
    warnings: list[Warning] = []
    spacy = [use for use in uses if use.library == "spacy"]
    nltk = [use for use in uses if use.library == "nltk"]
    repositories = [use for use in uses if use.library == "huggingface"]
    if spacy and not left_out:  # installing one at run time takes pip and a place to write: spacy.cli.download
        wheels = tuple(dict.fromkeys(_pipeline(use, facts) for use in spacy))
        fetches.append(ModelFetch("spacy", wheels, mirror=("SPACY_MODELS", SPACY)))
        environment.append(("PYTHONPATH", f"{PATH}/spacy"))
        decisions.append(
            _told(spacy, "image", "a pipeline of spaCy is a distribution, installed in a layer of its own")
        )
        warnings += _unpinned(facts)
    if nltk and wanted != "volume" and not left_out:
        names = tuple(sorted({_aged(use.name, facts) for use in nltk}))
        tool = table("tools")["models"]["nltk"]
        fetches.append(
            ModelFetch("nltk", (f"{PATH}/nltk", *names), tool, ("python", "-c", PACKAGES), ("NLTK_INDEX", NLTK))
        )
        # Whoever calls nltk.download() at a start gets the first folder that can be written to.
        environment.append(("NLTK_DATA", f"{PATH}/nltk:/tmp"))
        decisions.append(_told(nltk, "image", "NLTK's packages are small: in a layer of their own"))
    elif nltk:
        environment.append(("NLTK_DATA", f"{VOLUME}/nltk"))
        volumes.append(("nltk", f"{VOLUME}/nltk"))
        decisions.append(_told(nltk, "volume", "fetched at the first start, into a volume"))
        warnings += _not_fetched(nltk)
    named = [use for use in repositories if use.name]
    unread = [use for use in repositories if not use.name]
    in_image = wanted == "image" and not left_out and bool(named) and not unread
    if repositories and in_image:
        fetches += _repositories(named)
        environment += [("HF_HUB_CACHE", f"{PATH}/huggingface"), ("HF_HOME", SCRATCH), ("HF_HUB_OFFLINE", "1")]
        decisions.append(_told(named, "image", "you have them in the image: nothing is fetched at run time"))
        warnings += _moving(named)
    elif repositories:
        environment.append(("HF_HOME", f"{VOLUME}/huggingface"))
        volumes.append(("huggingface", f"{VOLUME}/huggingface"))
        why = "fetched at the first start, into a volume: their size and terms are not in the code"
        decisions.append(_told(repositories, "volume", why))
        if wanted == "image" and not left_out:
            warnings.append(_not_read(unread))
    others = sorted({(row["library"], row["variable"]) for row in table("models")["downloads"].values()})
    for library, variable in others:
        found = [use for use in uses if use.library == library]
        if found:
            environment.append((variable, f"{VOLUME}/{library}"))
            volumes.append((library, f"{VOLUME}/{library}"))
            decisions.append(_told(found, "volume", "what the library fetches by itself is kept in a volume"))
    questions: tuple[Question, ...] = ()
    if named and not unread and not wanted and not left_out:
        listed = ", ".join(dict.fromkeys(use.name for use in named))
        why = f"{listed}: fetched at the first start into a volume, or at build into the image"
        questions = (Question("models", why, ("volume", "image")),)
    uv = image(f"ghcr.io/astral-sh/uv:{table('tools')['uv']}", registry)
    models = Models(tuple(fetches), PATH, uv, table("tools")["models"]["exclude_newer"]) if fetches else None
    if models:
        hosts = {"spacy": "github.com", "nltk": "raw.githubusercontent.com"}
        names_of = sorted({hosts.get(fetch.library, "huggingface.co") for fetch in fetches})
        message = f"the build fetches models from {' and '.join(names_of)}, which it must be able to reach"
        warnings.append(Warning(message, evidence[:5]))
    return ModelChoice(models, tuple(environment), tuple(volumes), tuple(decisions), tuple(warnings), questions)


def _counts(evidence: Evidence, reached: frozenset[str]) -> bool:
    return not evidence.file.endswith(".py") or evidence.file in reached


def _told(uses: list[ModelUse], where: str, why: str) -> Decision:
    names = ", ".join(dict.fromkeys(use.name or f"what {use.library} is asked for" for use in uses))
    evidence = tuple(dict.fromkeys(e for use in uses for e in use.evidence))
    return Decision("models", f"{where}: {names}", why, "evidence", evidence)


def _pipeline(use: ModelUse, facts: Facts) -> str:
    """The path of a pipeline's wheel below the releases of spacy-models."""
    version = f"{_minor(facts)}.0"
    return f"{use.name}-{version}/{use.name}-{version}-py3-none-any.whl"


def _minor(facts: Facts) -> str:
    """spaCy's minor release: the locked or pinned one, the one that a bound below the newest leaves, the newest."""
    newest: str = table("models")["spacy"]["newest"]
    spacy = facts.dependency("spacy")
    if spacy is None:
        return newest
    if spacy.version:
        return ".".join(spacy.version.split(".")[:2])
    major, minor = (int(part) for part in newest.split("."))
    for lower in range(minor, -1, -1):
        if not below(spacy, f"{major}.{lower}.0"):
            return f"{major}.{lower}"
    return newest


def _unpinned(facts: Facts) -> list[Warning]:
    spacy = facts.dependency("spacy")
    if spacy is not None and spacy.version:
        return []
    evidence = spacy.evidence[:1] if spacy is not None else ()
    minor = _minor(facts)
    return [Warning(f"spaCy is not pinned: the pipelines are those of {minor}, so pin spacy to {minor}.*", evidence)]


def _aged(name: str, facts: Facts) -> str:
    """The package by the name that this release of NLTK reads."""
    known = table("models")["nltk"]
    nltk = facts.dependency("nltk")
    return str(known["older"].get(name, name)) if nltk is not None and below(nltk, known["newer"]) else name


def _not_fetched(uses: list[ModelUse]) -> list[Warning]:
    message = (
        "NLTK fetches nothing by itself: the code must call nltk.download() before it reads "
        + ", ".join(dict.fromkeys(use.name for use in uses))
        + ", or take --models image"
    )
    silent = [e for use in uses for e in use.evidence if "download" not in e.why]
    asked = {use.name for use in uses for e in use.evidence if "download" in e.why}
    return [Warning(message, tuple(silent[:3]))] if any(use.name not in asked for use in uses) else []


def _repositories(uses: list[ModelUse]) -> list[ModelFetch]:
    hub = table("tools")["models"]["hub"]
    loaded = [f"{use.name}@{use.revision}".rstrip("@") for use in uses if not use.whole and not use.file]
    fetches = [ModelFetch("huggingface", tuple(dict.fromkeys(loaded)), hub, ("python", "-c", REPOSITORIES), HUB)]
    if not loaded:
        fetches = []
    for use in uses:
        if use.whole or use.file:
            revision = (f"--revision={use.revision}",) if use.revision else ()
            words = (use.name, *((use.file,) if use.file else ()), *revision)
            fetches.append(ModelFetch("huggingface", words, hub, ("hf", "download", "--quiet"), HUB))
    return fetches


def _moving(uses: list[ModelUse]) -> list[Warning]:
    loose = [use for use in uses if not use.revision]
    if not loose:
        return []
    names = ", ".join(dict.fromkeys(use.name for use in loose))
    verb = "is" if len(loose) == 1 else "are"
    message = f"{names} {verb} whatever the day of the build has: name a commit in the code (revision=)"
    return [Warning(message, tuple(e for use in loose for e in use.evidence[:1]))]


def _not_read(uses: list[ModelUse]) -> Warning:
    message = "the name of a model cannot be read here: models of Hugging Face stay in a volume"
    return Warning(message, tuple(e for use in uses for e in use.evidence[:1]))
