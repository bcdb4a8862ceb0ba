"""Where models lie: in the image, or in a volume that the program fills."""

from __future__ import annotations

from typing import Any

import pytest

from dockgen.answers import check
from dockgen.decide import decide
from dockgen.errors import Usage
from dockgen.facts import Application, Dependency, Evidence, Fact, Facts, Leads, Manager, ModelUse
from dockgen.plans import Plan
from dockgen.rendering import render

E = Evidence("app.py", 5, "nltk.download loads it")
SPACY = ModelUse("spacy", "en_core_web_sm", evidence=(E,))
NLTK = ModelUse("nltk", "punkt_tab", evidence=(E,))
HUB = ModelUse("huggingface", "org/tiny", evidence=(E,))
UNREAD = ModelUse("huggingface", "", evidence=(E,))


def planned(
    *models: ModelUse, versions: dict[str, str] | None = None, leads: tuple[Leads, ...] = (), **answers: Any
) -> Plan:
    found = {"fastapi": "0.1", "uvicorn": "0.2", "spacy": "3.8.7", "nltk": "3.9.2", **(versions or {})}
    dependencies = tuple(
        Dependency(name, version=version or None, specifier="" if version else "<3.8")
        for name, version in found.items()
    )
    facts = Facts(
        Fact("shop"),
        Manager("pip", "requirements.txt", files=("requirements.txt",), requirements=("requirements.txt",)),
        dependencies=dependencies,
        applications=(Application("fastapi", "asgi", "app", "app", "app.py", 1),),
        models=models,
        leads=leads,
    )
    return decide(facts, {"python": "3.13", **answers})


def environment(plan: Plan) -> dict[str, str]:
    return dict(plan.environment)


def test_what_is_small_comes_into_the_image_unasked() -> None:
    plan = planned(SPACY, NLTK)
    assert plan.models is not None
    assert [(f.library, f.words) for f in plan.models.fetches] == [
        ("spacy", ("en_core_web_sm-3.8.0/en_core_web_sm-3.8.0-py3-none-any.whl",)),
        ("nltk", ("/opt/models/nltk", "punkt_tab")),
    ]
    assert environment(plan)["PYTHONPATH"] == "/opt/models/spacy"
    assert environment(plan)["NLTK_DATA"] == "/opt/models/nltk:/tmp", "a read-only root leaves /tmp to write to"
    assert plan.compose is not None and plan.compose.volumes == () and plan.offers == ()
    assert plan.start_period == 30
    dockerfile = render(plan)["Dockerfile"]
    assert "COPY --link --from=models /opt/models /opt/models\nCOPY --link --from=dependencies" in dockerfile


def test_repositories_are_fetched_into_a_volume_and_a_person_is_asked() -> None:
    plan = planned(HUB)
    assert plan.models is None and plan.questions == ()
    assert [(q.answer, q.choices) for q in plan.offers] == [("models", ("volume", "image"))]
    assert plan.compose is not None and plan.compose.volumes == (("huggingface", "/models/huggingface"),)
    assert plan.compose.read_only and "/models/huggingface" in plan.writable
    assert environment(plan)["HF_HOME"] == "/models/huggingface"
    assert plan.start_period == 600, "the first start downloads"
    files = render(plan)
    assert "--start-period=600s" in files["Dockerfile"]
    assert "install -d -o 10001 -g 10001 /models/huggingface" in files["Dockerfile"]
    assert "huggingface:/models/huggingface" in files["compose.yaml"]


def test_repositories_in_the_image() -> None:
    pinned = ModelUse("huggingface", "org/big", revision="abc", evidence=(E,))
    whole = ModelUse("huggingface", "org/all", whole=True, evidence=(E,))
    plan = planned(HUB, pinned, whole, models="image")
    assert plan.models is not None and plan.offers == ()
    first, second = plan.models.fetches
    assert first.words == ("org/tiny", "org/big@abc")
    assert (*second.command, *second.words) == ("hf", "download", "--quiet", "org/all")
    assert environment(plan)["HF_HUB_OFFLINE"] == "1" and environment(plan)["HF_HOME"].startswith("/tmp/")
    assert plan.compose is not None and plan.compose.volumes == ()
    told = [w.message for w in plan.warnings if "day of the build" in w.message]
    assert told == ["org/tiny, org/all are whatever the day of the build has: name a commit in the code (revision=)"]
    assert render(plan)["Dockerfile"].count("ARG HF_ENDPOINT=") == 1


def test_a_name_that_cannot_be_read_keeps_the_volume() -> None:
    plan = planned(HUB, UNREAD, models="image")
    assert plan.models is None and environment(plan)["HF_HOME"] == "/models/huggingface"
    assert any("cannot be read" in w.message for w in plan.warnings)


def test_volume_and_without() -> None:
    plan = planned(SPACY, NLTK, models="volume")
    assert plan.models is not None and [f.library for f in plan.models.fetches] == ["spacy"], "pip cannot run there"
    assert environment(plan)["NLTK_DATA"] == "/models/nltk"
    left = planned(SPACY, NLTK, HUB, without=("models",))
    assert left.models is None and left.offers == () and "PYTHONPATH" not in environment(left)
    assert left.compose is not None and dict(left.compose.volumes).keys() == {"nltk", "huggingface"}


def test_a_volume_that_nothing_fills_is_told() -> None:
    silent = ModelUse("nltk", "stopwords", evidence=(Evidence("app.py", 3, "nltk.corpus.stopwords is imported"),))
    told = [w.message for w in planned(silent, NLTK, models="volume").warnings]
    assert any("nltk.download()" in message for message in told)
    assert not any("nltk.download()" in w.message for w in planned(NLTK, models="volume").warnings)


@pytest.mark.parametrize(("version", "pipeline"), [("3.7.5", "3.7.0"), ("3.8.11", "3.8.0"), ("", "3.7.0")])
def test_the_pipeline_is_of_the_minor_release(version: str, pipeline: str) -> None:
    plan = planned(SPACY, versions={"spacy": version})
    assert plan.models is not None
    assert plan.models.fetches[0].words[0].startswith(f"en_core_web_sm-{pipeline}/")
    assert any("spaCy is not pinned" in w.message for w in plan.warnings) == (not version)


def test_an_old_nltk_reads_pickles() -> None:
    plan = planned(NLTK, versions={"nltk": "3.8.1"})
    assert plan.models is not None and plan.models.fetches[0].words[1:] == ("punkt",)


def test_only_what_a_process_comes_to_counts() -> None:
    elsewhere = ModelUse("nltk", "brown", evidence=(Evidence("train.py", 1, "nltk.download loads it"),))
    leads = (Leads("app.py", ()), Leads("train.py", ("app.py",)))
    assert planned(elsewhere, leads=leads).models is None
    assert planned(elsewhere, NLTK, leads=leads).models is not None


def test_names_are_quoted() -> None:
    odd = ModelUse("nltk", "a b", evidence=(E,))
    assert " 'a b' " in render(planned(odd))["Dockerfile"]


def test_other_words_are_refused() -> None:
    assert check({"models": "volume"}) == {"models": "volume"}
    with pytest.raises(Usage):
        check({"models": "cloud"})


def test_python_3_6_compiles_without_hashes() -> None:
    dockerfile = render(planned(SPACY, python="3.6"))["Dockerfile"]
    assert "invalidation-mode" not in dockerfile and "COMPILE_BYTECODE" not in dockerfile
    assert "PYC_INVALIDATION" not in dockerfile.partition("FROM base AS models")[0]
    assert "python -m compileall -q . || true" in dockerfile
    assert "uv pip install --requirements requirements.txt" in dockerfile
