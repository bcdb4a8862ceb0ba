"""Models in the image: fetched from stand-ins for their places on this machine, and read in a container without a network.

What the real places hold was not downloaded: the machine that dockgen is tested on does not reach them. The tools that
fetch (uv, NLTK's downloader, huggingface_hub) and those that read (spaCy, NLTK, tokenizers) are the real ones.
"""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import lab

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("docker")]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "tokenizer.json": json.dumps(
        {
            "version": "1.0",
            "added_tokens": [],
            "pre_tokenizer": {"type": "Whitespace"},
            "model": {"type": "WordLevel", "vocab": {"hello": 7, "[UNK]": 0}, "unk_token": "[UNK]"},
        }
    ).encode(),
    "model.safetensors": b"safe",
    "pytorch_model.bin": b"pickle",
    "onnx/model.onnx": b"onnx",
}
PIPELINE = """
import spacy
def load(**overrides):
    nlp = spacy.blank("en")
    nlp.meta["name"] = "a stand-in"
    return nlp
"""
CODE = """
import nltk
import spacy
from nltk.corpus import stopwords
from tokenizers import Tokenizer

NAME = "corp/tiny"


def main():
    print(spacy.load("en_core_web_sm").meta["name"])
    print(stopwords.words("english"))
    print(Tokenizer.from_pretrained(NAME).encode("hello").ids)


if __name__ == "__main__":
    main()
"""


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[int, list[str]]]:
    """The port of a server that is spaCy's releases, NLTK's index and the Hub; and the paths that it was asked for."""
    wheel = zipped(
        {
            "en_core_web_sm/__init__.py": PIPELINE,
            "en_core_web_sm-3.8.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: en_core_web_sm\nVersion: 3.8.0\n",
            "en_core_web_sm-3.8.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "en_core_web_sm-3.8.0.dist-info/RECORD": "en_core_web_sm/__init__.py,,\n",
        }
    )
    data = zipped({"stopwords/english": "planted\n"})
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.partition("?")[0]
            body, kind = self.answer(path)
            self.send_response(404 if body is None else 200)
            if path.startswith("/corp/tiny/resolve/"):
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("ETag", f'"{hashlib.sha1(body or b"").hexdigest()}"')
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body or b"")

        do_HEAD = do_GET

        def answer(self, path: str) -> tuple[bytes | None, str]:
            if path == "/spacy/en_core_web_sm-3.8.0/en_core_web_sm-3.8.0-py3-none-any.whl":
                return wheel, "application/zip"
            if path == "/nltk/index.xml":
                return index(self.server.server_port).encode(), "text/xml"  # type: ignore[attr-defined]
            if path == "/nltk/stopwords.zip":
                return data, "application/zip"
            listed = [{"type": "file", "oid": "1", "size": len(b), "path": n} for n, b in FILES.items()]
            if path.startswith("/api/models/corp/tiny/tree/"):
                return json.dumps(listed).encode(), "application/json"
            if path.startswith("/api/models/corp/tiny"):
                siblings = [{"rfilename": name} for name in FILES]
                return json.dumps({"id": "corp/tiny", "sha": COMMIT, "siblings": siblings}).encode(), "application/json"
            prefix = "/corp/tiny/resolve/"
            if path.startswith(prefix):
                return FILES.get(path.removeprefix(prefix).partition("/")[2]), "application/octet-stream"
            return None, "text/plain"

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    def index(port: int) -> str:
        return (
            "<?xml version='1.0'?><nltk_data><packages>"
            f"<package id='stopwords' name='Stopwords' subdir='corpora' unzip='1' size='{len(data)}' "
            f"unzipped_size='8' checksum='{hashlib.md5(data).hexdigest()}' "
            f"sha256_checksum='{hashlib.sha256(data).hexdigest()}' url='http://127.0.0.1:{port}/nltk/stopwords.zip'/>"
            "</packages><collections></collections></nltk_data>"
        )

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()


def test_models_are_in_the_image(places: tuple[int, list[str]], tmp_path: Path) -> None:
    port, asked = places
    folder = tmp_path / "reader"
    folder.mkdir()
    (folder / "main.py").write_text(CODE)
    requirements = folder / "requirements.txt"
    requirements.write_text("spacy==3.8.7\nnltk==3.9.2\ntokenizers==0.22.1\n")
    made = lab.init(folder, "--models", "image", "--python", "3.13")
    assert made.code == 0, made.text
    here = f"http://127.0.0.1:{port}"
    words = [f"--build-arg={name}={here}{path}"
             for name, path in {"SPACY_MODELS": "/spacy", "NLTK_INDEX": "/nltk/index.xml", "HF_ENDPOINT": ""}.items()]  # fmt: skip
    first, second = lab.unique("models"), lab.unique("models")
    try:
        lab.build(folder, first, arguments=["--network=host", *words])
        ran = lab.docker("run", "--rm", "--network=none", *lab.HARDENED, first, timeout=120)
        assert ran.out.splitlines() == ["a stand-in", "['planted']", "[7]"], ran.text
        files = {
            path.rpartition("/")[2] for layer in lab.layers(first) for path in layer.files if "opt/models/" in path
        }
        links = lab.docker("run", "--rm", "--entrypoint=find", first, "/opt/models/huggingface", "-name", "*.*").out
        assert "model.safetensors" in links and ".onnx" not in links and ".bin" not in links
        assert "english" in files
        # Another dependency leaves what was fetched as it is.
        asked.clear()
        requirements.write_text(requirements.read_text() + "six==1.17.0\n")
        after = lab.build(folder, second, arguments=["--network=host", *words])
        assert not [path for path in asked if not path.startswith("/simple")], asked
        assert all(step.cached for step in after.steps if step.stage == "models"), after.log
    finally:
        lab.remove_image(first, second)
