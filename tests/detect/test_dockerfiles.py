"""What the project's own Dockerfile starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockgen.detect.commands import detect_commands, without_runner
from dockgen.detect.dockerfiles import find_dockerfile
from dockgen.source import Source

PYTHON = "FROM python:3.13\n"


def read(root: Path, files: dict[str, str]) -> list[tuple[str, str, str, int | None]]:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [(c.process, c.text, c.evidence.file, c.evidence.line) for c in detect_commands(Source(root))]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["Dockerfile", "docker/Dockerfile"], "Dockerfile"),
        (["dockerfile"], "dockerfile"),
        (["Containerfile"], "Containerfile"),
        (["docker/Dockerfile"], "docker/Dockerfile"),
        (["Dockerfile.dev", "Dockerfile.prod"], "Dockerfile.prod"),
        (["docker/app.Dockerfile", "docker/nginx.Dockerfile"], "docker/app.Dockerfile"),
        (["Dockerfile.dev"], None),
        (["Dockerfile.a", "Dockerfile.b"], None),
        (["services/shop/Dockerfile"], None),
        (["Dockerfile_guide.md/x", "dockerfiles.py"], None),
    ],
)
def test_which_dockerfile_counts(tmp_path: Path, names: list[str], found: str | None) -> None:
    read(tmp_path, dict.fromkeys(names, PYTHON))
    assert find_dockerfile(Source(tmp_path)) == found


@pytest.mark.parametrize(
    ("text", "command", "port"),
    [
        ('CMD ["gunicorn", "a:b"]', "gunicorn a:b", None),
        ('ENTRYPOINT ["python"]\nCMD ["main.py"]', "python main.py", None),
        ('ENTRYPOINT ["tini", "--", "python", "main.py"]', "python main.py", None),
        ('CMD ["sh", "-c", "exec gunicorn a:b"]', "gunicorn a:b", None),
        ("CMD gunicorn \\\n  a:b", "gunicorn a:b", None),
        ('CMD ["uv", "run", "--no-dev", "--extra", "web", "python", "-m", "shop"]', "python -m shop", None),
        ("ARG p=7000\nENV PORT=$p\nEXPOSE ${PORT}/tcp\nCMD x y", "x y", "7000"),
        ("EXPOSE $NOWHERE\nCMD x y", "x y", None),
        ('CMD ["a"]\nFROM python AS prod\nCMD ["b", "c"]\nFROM prod AS dev\nCMD ["d"]', "b c", None),
        ('AS base\nEXPOSE 9000\nCMD ["a", "b"]\nFROM base AS runtime\nRUN true', "a b", "9000"),
        ("CMD [not json", "[not json", None),
    ],
)
def test_what_it_starts_and_exposes(tmp_path: Path, text: str, command: str, port: str | None) -> None:
    head = "FROM python:3.13 " if text.startswith("AS ") else PYTHON
    found = read(tmp_path, {"Dockerfile": head + text + "\n"})
    assert [(process, given) for process, given, *_ in found] == [
        ("web", command),
        *([("port", port)] if port else []),
    ]


@pytest.mark.parametrize(
    ("script", "start", "command"),
    [
        ("set -e\nexec gunicorn a:b\n", 'ENTRYPOINT ["./boot.sh"]', "gunicorn a:b"),
        ("python manage.py migrate\ngunicorn \\\n  a:b\n", 'CMD ["bash", "/srv/boot.sh"]', "gunicorn a:b"),
        ('wait-for db\nexec "$@"\n', 'ENTRYPOINT ["/boot.sh"]\nCMD ["gunicorn", "a:b"]', "gunicorn a:b"),
        ('exec "$@"\n', 'ENTRYPOINT ["/boot.sh", "python", "x.py"]', "python x.py"),
        ("echo hello\n", 'CMD ["./boot.sh"]', "./boot.sh"),
    ],
)
def test_a_start_script_is_followed(tmp_path: Path, script: str, start: str, command: str) -> None:
    found = read(tmp_path, {"Dockerfile": PYTHON + start + "\n", "scripts/boot.sh": script})
    assert [text for _, text, *_ in found] == [command]


@pytest.mark.parametrize(
    ("boot", "commands"),
    [
        ("bash before.sh && bash serve.sh; bash after.sh\n", ["uvicorn a:b"]),
        ("sh ./before.sh\nexec ./serve.sh\n", ["uvicorn a:b"]),
        ("./work.sh &\n./serve.sh\n", ["celery -A a worker", "uvicorn a:b"]),
        ("./boot.sh\n", ["./boot.sh"]),
        ("./both.sh\n", ["celery -A a worker", "uvicorn a:b"]),
        ("./missing.sh\n", ["./boot.sh"]),
    ],
)
def test_scripts_that_a_start_script_calls_are_followed(tmp_path: Path, boot: str, commands: list[str]) -> None:
    scripts = {
        "boot": boot,
        "before": "alembic upgrade head\n",
        "serve": "uvicorn a:b\n",
        "work": "celery -A a worker\n",
    }
    scripts["both"] = "celery -A a worker &\nuvicorn a:b\n"
    files = {f"{name}.sh": text for name, text in scripts.items()}
    found = read(tmp_path, {"Dockerfile": PYTHON + 'CMD ["./boot.sh"]\n', **files})
    assert [text for _, text, *_ in found] == commands


def test_the_evidence_is_the_line_of_the_file(tmp_path: Path) -> None:
    text = "FROM python:3.13\n# EXPOSE 1\nEXPOSE 8081\nCMD x y\n"
    assert read(tmp_path, {"docker/Dockerfile": text}) == [
        ("web", "x y", "docker/Dockerfile", 4),
        ("port", "8081", "docker/Dockerfile", 3),
    ]


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("uv run gunicorn a:b", "gunicorn a:b"),
        ("uv run --frozen --group prod -m shop", "python -m shop"),
        ("uv run -- gunicorn a:b", "gunicorn a:b"),
        ("poetry run python x.py", "python x.py"),
        ("uv tool run x", "x"),
        ("uv run", "uv run"),
        ("gunicorn run", "gunicorn run"),
    ],
)
def test_runners(words: str, plain: str) -> None:
    assert " ".join(without_runner(tuple(words.split()))) == plain


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_passed_over(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "Dockerfile").write_bytes(b"FROM python\nENTRYPOINT " + data)
    (folder / "Procfile").write_bytes(data)
    (folder / "compose.yaml").write_bytes(data)
    detect_commands(Source(folder))
