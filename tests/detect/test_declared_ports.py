"""What the project's own files say of its container: ports of compose.yaml, Dockerfiles, gunicorn; platforms' commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.commands import detect_commands
from dockgen.source import Source

IMAGE = 'FROM python:3.13\nEXPOSE {}\nCMD ["python", "main.py"]\n'


def found(tmp_path: Path, files: dict[str, str]) -> list[tuple[str, str]]:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return [(c.process, c.text) for c in detect_commands(Source(tmp_path))]


@pytest.mark.parametrize(
    ("service", "ports"),
    [
        ("{build: ., ports: ['80:5000']}", ["5000"]),
        ("{build: ., ports: ['127.0.0.1:80:${PORT:-5001}/tcp']}", ["5001"]),
        ("{build: {context: .}, ports: [{target: 5002, published: 80}]}", ["5002"]),
        ("{build: ., ports: ['8000:8000', '5678:5678']}", ["8000"]),
        ("{build: ., ports: ['8000:8000', '9000:9000']}", []),
        ("{build: ./other, ports: ['8000:8000']}", []),
        ("{image: redis, ports: ['6379:6379']}", []),
        ("{build: ., ports: ['${PORT}:${PORT}']}", []),
        ("{build: ., ports: 8000}", []),
    ],
)
def test_compose(tmp_path: Path, service: str, ports: list[str]) -> None:
    said = found(tmp_path, {"compose.yaml": f"services:\n  site: {service}\n"})
    assert said == [("port", port) for port in ports]


def test_an_entrypoint_of_compose_comes_before_its_command(tmp_path: Path) -> None:
    service = "{build: ., entrypoint: [python, app.py], command: [--port, '7000']}"
    assert found(tmp_path, {"compose.yaml": f"services:\n  site: {service}\n"}) == [
        ("site", "python app.py --port 7000")
    ]


@pytest.mark.parametrize(
    ("files", "port"),
    [
        ({"docker/default.Dockerfile": "9090", "docker/alpine.Dockerfile": "9090"}, "9090"),
        ({"docker/default.Dockerfile": "9090", "docker/alpine.Dockerfile": "9091"}, None),
        ({"docker/default.Dockerfile": "9090", "docker/alpine.Dockerfile": "9090", "docker/dev.Dockerfile": "1234"}, "9090"),
        ({"docker/Dockerfile": "5000", "docker/arm.Dockerfile": "5001"}, "5000"),
    ],
)  # fmt: skip
def test_dockerfiles(tmp_path: Path, files: dict[str, str], port: str | None) -> None:
    said = found(tmp_path, {name: IMAGE.format(number) for name, number in files.items()})
    assert [text for process, text in said if process == "port"] == ([port] if port else [])


@pytest.mark.parametrize(
    ("files", "ports"),
    [
        ({"gunicorn.conf.py": "bind = ':8120'\n", "other_gunicorn.py": "bind = ':1'\n"}, ["8120"]),
        ({"site/docker_gunicorn_configuration.py": "bind = '0.0.0.0:8120'\n"}, ["8120"]),
        ({"a_gunicorn.py": "bind = ':1'\n", "b_gunicorn.py": "bind = ':2'\n"}, []),
        ({"gunicorn.conf.py": "workers = 4\n"}, []),
    ],
)
def test_gunicorn(tmp_path: Path, files: dict[str, str], ports: list[str]) -> None:
    assert found(tmp_path, files) == [("port", port) for port in ports]


def test_elastic_beanstalk(tmp_path: Path) -> None:
    text = "option_settings:\n  'aws:elasticbeanstalk:container:python':\n    WSGIPath: {}\n"
    name = ".ebextensions/python.config"
    assert found(tmp_path, {name: text.format("site.wsgi:app")}) == [("web", "gunicorn site.wsgi:app")]
    assert found(tmp_path, {name: text.format("site/wsgi.py")}) == []


def test_a_compose_file_of_another_name_where_it_is_the_only_one(tmp_path: Path) -> None:
    service = "services:\n  site: {build: ., ports: ['8001:8001']}\n"
    files = {"docker-compose-base.yml": service, "docker-compose-dev.yml": "services: {}\n"}
    assert found(tmp_path, files) == [("port", "8001")]


def test_no_compose_file_is_chosen_among_several_of_other_names(tmp_path: Path) -> None:
    service = "services:\n  site: {{build: ., ports: ['{0}:{0}']}}\n"
    assert found(tmp_path, {"compose.east.yaml": service.format(8001), "compose.west.yaml": service.format(8002)}) == []


def test_a_service_takes_over_what_it_extends(tmp_path: Path) -> None:
    services = "services:\n  base: {build: .}\n  web: {extends: base, command: ./serve.sh}\n"
    files = {"compose.yaml": services, "src/serve.sh": "exec gunicorn --bind 0.0.0.0:3000 shop.wsgi\n"}
    assert found(tmp_path, files) == [("web", "gunicorn --bind 0.0.0.0:3000 shop.wsgi")]


def test_a_service_that_extends_itself_ends(tmp_path: Path) -> None:
    assert found(tmp_path, {"compose.yaml": "services:\n  web: {extends: web, build: ., command: python a.py}\n"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python -m shop.prepare; gunicorn -b 0.0.0.0:8050 shop:server", "gunicorn -b 0.0.0.0:8050 shop:server"),
        ("if true; then gunicorn shop:app; fi", ""),
        ("cd src; gunicorn shop:app", ""),
    ],
)
def test_what_runs_last(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "Procfile").write_text(f"web: {text}\n")
    assert [" ".join(c.words) for c in detect_commands(Source(tmp_path))] == [words]


def test_a_program_of_supervisor_under_observation(tmp_path: Path) -> None:
    text = "[program:site]\ncommand=newrelic-admin run-program gunicorn --config conf/gunicorn.conf.py shop:app\n"
    files = {
        "conf/supervisord.conf": text,
        "conf/gunicorn.conf.py": 'bind = "0.0.0.0:9099"\n',
        "conf/gunicorn-dev.conf.py": 'bind = "0.0.0.0:1234"\n',
    }
    assert found(tmp_path, files) == [("web", "gunicorn --config conf/gunicorn.conf.py shop:app"), ("port", "9099")]


@pytest.mark.parametrize(("beside", "ports"), [("celery -A x flower --port=5555", ["5000"]), ("python other.py", [])])
def test_the_web_service_s_port_beside_a_tool_s(tmp_path: Path, beside: str, ports: list[str]) -> None:
    text = (
        "services:\n  web:\n    build: .\n    command: python manage.py run -h 0.0.0.0\n    ports: ['5004:5000']\n"
        f"  api:\n    build: .\n    command: {beside}\n    ports: ['5556:5555']\n"
    )
    said = found(tmp_path, {"docker-compose.yml": text})
    assert [text for process, text in said if process == "port"] == ports
