"""Models that the code loads by name, by the names that can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.models import detect_models
from dockgen.facts import Dependency, ModelUse
from dockgen.source import Source

DECLARED = ("spacy", "nltk", "transformers", "sentence-transformers", "faster-whisper", "openai-whisper", "torch")


def uses(tmp_path: Path, code: str, *names: str, **files: str) -> tuple[ModelUse, ...]:
    (tmp_path / "app.py").write_text(code)
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = detect_models(Source(tmp_path), [Dependency(name) for name in names or DECLARED])
    assert all(use.evidence and use.evidence[0].line for use in found)
    return found


def named(tmp_path: Path, code: str, *names: str) -> set[str]:
    return {f"{use.library} {use.name}" for use in uses(tmp_path, code, *names)}


@pytest.mark.parametrize(
    ("code", "models"),
    [
        ("import spacy\nspacy.load('en_core_web_sm')", {"spacy en_core_web_sm"}),
        ("from spacy import load\nload(name='de_core_news_lg')", {"spacy de_core_news_lg"}),
        ("import os, spacy\nspacy.load(os.getenv('M', 'en_core_web_md'))", {"spacy en_core_web_md"}),
        ("import spacy\nspacy.load('./trained')\nspacy.load(path)", set()),
        ("import os\nos.system('python -m spacy download en_core_web_sm')", {"spacy en_core_web_sm"}),
        ("run([sys.executable, '-m', 'spacy', 'download', 'xx_ent_wiki_sm'])", {"spacy xx_ent_wiki_sm"}),
        ("import nltk\nnltk.download('punkt')", {"nltk punkt"}),
        ("import nltk\nnltk.download(['punkt', 'stopwords'])", {"nltk punkt", "nltk stopwords"}),
        ("import nltk\nfor p in ('punkt', 'wordnet'):\n    nltk.download(p)", {"nltk punkt", "nltk wordnet"}),
        ("import nltk\nnltk.data.find('tokenizers/punkt_tab')", {"nltk punkt_tab"}),
        ("import nltk\nnltk.data.find('corpora/wordnet.zip')", {"nltk wordnet"}),
        ("from nltk.tokenize import word_tokenize\nword_tokenize('a')", {"nltk punkt_tab"}),
        ("from nltk.corpus import stopwords", {"nltk stopwords"}),
        ("import nltk\nnltk.download('a; rm -rf /')", set()),
        ("from transformers import pipeline\npipeline('ner', model='org/ner')", {"huggingface org/ner"}),
        ("from transformers import pipeline\npipeline('ner')", set()),
        ("from transformers import AutoModel as A\nN = 'bert-base'\nA.from_pretrained(N)", {"huggingface bert-base"}),
        ("from transformers import AutoModel\nAutoModel.from_pretrained(sys.argv[1])", {"huggingface "}),
        ("from transformers import AutoModel\nAutoModel.from_pretrained('./out')", set()),
        ("class A:\n    @classmethod\n    def from_pretrained(c, n): ...\nA.from_pretrained('org/x')", set()),
        (
            "from sentence_transformers import SentenceTransformer\nclass E:\n"
            "    def __init__(self, name='all-MiniLM-L6-v2'):\n        self.m = SentenceTransformer(name)",
            {"huggingface sentence-transformers/all-MiniLM-L6-v2"},
        ),
        ("from faster_whisper import WhisperModel\nWhisperModel('base')", {"huggingface Systran/faster-whisper-base"}),
        ("import whisper\nwhisper.load_model('base')", {"openai-whisper "}),
        ("import torch\ntorch.hub.load('org/repo', 'x')", {"torch "}),
    ],
)
def test_names(code: str, models: set[str], tmp_path: Path) -> None:
    assert named(tmp_path, code) == models


def test_a_revision_a_file_and_a_whole_repository(tmp_path: Path) -> None:
    code = (
        "from huggingface_hub import hf_hub_download, snapshot_download\nfrom transformers import AutoModel\n"
        "AutoModel.from_pretrained('org/a', revision='abc123')\n"
        "hf_hub_download('org/b', 'w.safetensors')\nsnapshot_download(repo_id='org/c')\n"
        "hf_hub_download('org/d', name)\n"
    )
    found = {(u.name, u.revision, u.file, u.whole) for u in uses(tmp_path, code)}
    assert found == {
        ("org/a", "abc123", "", False),
        ("org/b", "", "w.safetensors", False),
        ("org/c", "", "", True),
        ("", "", "", False),
    }


def test_what_is_there_already_is_no_download(tmp_path: Path) -> None:
    code = "import spacy\nspacy.load('en_core_web_sm')"
    assert named(tmp_path, code, "spacy", "en-core-web-sm") == set(), "the pipeline is a dependency"
    assert named(tmp_path, code, "flask") == set(), "nothing of spaCy is installed"
    (tmp_path / "models/tiny").mkdir(parents=True)
    (tmp_path / "models/tiny/config.json").write_text("{}")
    assert named(tmp_path, "from transformers import AutoModel\nAutoModel.from_pretrained('models/tiny')") == set()


def test_tests_are_not_the_program_and_nltk_txt_is(tmp_path: Path) -> None:
    code = "import nltk\nnltk.download('brown')"
    found = uses(tmp_path, "print()", tests__test_app="", **{"tests__test_x.py": code, "nltk.txt": "wordnet\n# no\n\n"})
    assert [(u.name, u.evidence[0].file) for u in found] == [("wordnet", "nltk.txt")]


def test_names_that_go_in_circles(tmp_path: Path) -> None:
    assert named(tmp_path, "import nltk\na = b\nb = a\nnltk.download(a)\nc = c or c\nnltk.download(c)") == set()
