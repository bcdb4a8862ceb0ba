"""The process in the container: gunicorn's configuration, stop signals, variables of the image."""

from __future__ import annotations

import logging
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jinja2 import FileSystemLoader

from dockgen.decide import decide
from dockgen.decide.servers import choose_gunicorn, process_environment, serve, stop_signal
from dockgen.detect.gunicorn import detect_gunicorn
from dockgen.detect.schedules import detect_concurrency
from dockgen.facts import (
    Application,
    DeclaredCommand,
    Dependency,
    Evidence,
    Fact,
    Facts,
    Manager,
    PythonConstraint,
    ServerConfiguration,
)
from dockgen.plans import Gunicorn, Process
from dockgen.rendering import builtin_pack, environment, render
from dockgen.source import Source

SITE = Application("flask", "wsgi", "shop.wsgi", "application", "shop/wsgi.py", 3)
HERE = Evidence("pyproject.toml", 1, "seen")
WRITTEN = ("gunicorn", "shop.wsgi:application", "--bind=0.0.0.0:8000", "--config=gunicorn.docker.py")


def facts(*uses: str, **options: Any) -> Facts:
    dependencies = tuple(Dependency(n.partition("==")[0], version=n.partition("==")[2] or None) for n in uses)
    python = (PythonConstraint("range", ">=3.11", HERE),)
    return Facts(Fact("shop"), Manager("pip"), python, dependencies, applications=(SITE,), **options)


def declared(text: str) -> DeclaredCommand:
    return DeclaredCommand("web", text, tuple(text.split()), Evidence("Procfile", 1, "its web process"))


def project(tmp_path: Path, **files: str) -> Source:
    for name, text in files.items():
        (tmp_path / name.replace("__", ".")).write_text(text)
    return Source(tmp_path)


# ---- gunicorn's configuration


def test_gunicorn_gets_a_configuration_written_for_the_container() -> None:
    plan = decide(facts("gunicorn==26.1.0"), {})
    assert plan.main.command == WRITTEN
    assert "gunicorn.docker.py" in plan.files
    assert plan.gunicorn == Gunicorn(threads=4)
    assert 'CMD ["gunicorn", "shop.wsgi:application", "--bind=0.0.0.0:8000"' in render(plan)["Dockerfile"]


def test_a_packaged_project_gets_the_file_into_its_image() -> None:
    manager = Manager(
        "uv", packaged=True, packages=("shop",), files=("pyproject.toml",), build_backend="hatchling.build"
    )
    plan = decide(replace(facts("gunicorn"), manager=manager), {})
    assert not plan.project.tree
    assert "COPY --link gunicorn.docker.py ./gunicorn.docker.py" in render(plan)["Dockerfile"]


@pytest.mark.parametrize(
    ("settings", "uses", "expected"),
    [
        ((), "gunicorn==26.1.0", "--worker-tmp-dir=/dev/shm --access-logfile=- --no-control-socket"),
        ((), "gunicorn==23.0.0", "--worker-tmp-dir=/dev/shm --access-logfile=-"),
        (("accesslog", "worker_tmp_dir"), "gunicorn==26.1.0", "--no-control-socket"),
        (("logconfig_dict", "control_socket_disable"), "gunicorn==26.1.0", "--worker-tmp-dir=/dev/shm"),
    ],
)
def test_a_configuration_of_the_project_is_kept_and_what_it_lacks_is_added(
    settings: tuple[str, ...], uses: str, expected: str
) -> None:
    known = facts(uses, gunicorn=ServerConfiguration("gunicorn.conf.py", settings))
    plan = decide(known, {})
    assert " ".join(plan.main.command) == f"gunicorn shop.wsgi:application --bind=0.0.0.0:8000 {expected}"
    assert "gunicorn.docker.py" not in plan.files and plan.gunicorn is None
    named = replace(known, commands=(declared("gunicorn -c conf/g.py shop.wsgi"),))
    assert (
        " ".join(serve(named, SITE, 8000).command) == f"gunicorn -c conf/g.py shop.wsgi --bind=0.0.0.0:8000 {expected}"
    )


def test_the_configuration_that_a_command_names_is_the_one_in_use(tmp_path: Path) -> None:
    source = project(
        tmp_path, gunicorn__conf__py="workers = 2\n", own__py="if 1:\n    accesslog: str = '-'\ndef on_exit(s): ...\n"
    )
    found = detect_gunicorn(source, (declared("gunicorn -c file:own.py shop.wsgi"),))
    assert found is not None and (found.file, found.settings) == ("own.py", ("accesslog", "on_exit"))
    found = detect_gunicorn(source, (declared("gunicorn shop.wsgi"),))
    assert found is not None and (found.file, found.settings) == ("gunicorn.conf.py", ("workers",))
    (tmp_path / "gunicorn.conf.py").unlink()
    assert detect_gunicorn(Source(tmp_path), (declared("gunicorn --config=gone.py shop.wsgi"),)) is None


def test_threads_only_where_the_worker_has_them_and_one_process_for_sockets() -> None:
    asked = (*WRITTEN, "--worker-class", "uvicorn_worker.UvicornWorker")
    assert choose_gunicorn(facts(), asked) == Gunicorn(threads=0)
    assert choose_gunicorn(facts(), (*WRITTEN, "-k", "gthread")) == Gunicorn(threads=4)
    sockets = choose_gunicorn(facts("flask-socketio"), WRITTEN)
    assert sockets is not None and (sockets.workers, sockets.threads, sockets.recycled) == (1, 100, False)
    assert choose_gunicorn(facts(), ("gunicorn", "a:b")) is None


PLAIN = Gunicorn(threads=4)


def configured(
    monkeypatch: pytest.MonkeyPatch, cgroup: dict[str, str], plan: Gunicorn = PLAIN, **variables: str
) -> dict[str, Any]:
    """The generated configuration as gunicorn would read it, in a container with these files below /sys/fs/cgroup."""

    class Logger:
        access_log = logging.getLogger("access")

        def atoms(self, *_: object) -> dict[str, object]:
            return dict.fromkeys("thmUqsBMa", 'a "quoted" \\ back\nslash')

    module = types.ModuleType("gunicorn.glogging")
    module.Logger = Logger  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gunicorn", types.ModuleType("gunicorn"))
    monkeypatch.setitem(sys.modules, "gunicorn.glogging", module)

    def read_text(path: Path) -> str:
        name = str(path).removeprefix("/sys/fs/cgroup/")
        if name not in cgroup:
            raise FileNotFoundError(name)
        return cgroup[name]

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)), raising=False)
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    text = TEMPLATE.render(plan=types.SimpleNamespace(gunicorn=plan, base=types.SimpleNamespace(old=False)))
    assert len(text.splitlines()) <= 60
    read: dict[str, Any] = {"__name__": "__config__"}
    exec(compile(text, "gunicorn.docker.py", "exec"), read)
    return read


TEMPLATE = environment(FileSystemLoader(builtin_pack())).get_template("gunicorn.docker.py.j2")


@pytest.mark.parametrize(
    ("cgroup", "workers"),
    [
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "250000 100000\n"}, 3),
        ({"cpu.max": "max 100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "150000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({}, 4),
    ],
)
def test_workers_follow_the_quota(monkeypatch: pytest.MonkeyPatch, cgroup: dict[str, str], workers: int) -> None:
    assert configured(monkeypatch, cgroup)["workers"] == workers
    assert configured(monkeypatch, cgroup, WEB_CONCURRENCY="7")["workers"] == 7


def test_the_settings_and_the_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    import gc
    import json

    read = configured(monkeypatch, {})
    assert (read["threads"], read["keepalive"], read["max_requests"], read["graceful_timeout"]) == (4, 0, 10_000, 25)
    assert read["control_socket_disable"] is True and read["worker_tmp_dir"] == "/dev/shm"
    with caplog.at_level(logging.INFO, "access"):
        read["logger_class"]().access(None, None, {}, None)
    line = caplog.records[-1].getMessage()
    assert "\n" not in line and json.loads(line)["path"] == 'a "quoted" \\ back\nslash'
    try:
        read["post_worker_init"](None)
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()
    without = configured(monkeypatch, {}, Gunicorn(threads=0))
    assert "threads" not in without and "keepalive" not in without
    sockets = configured(monkeypatch, {}, Gunicorn(100, 1, False, "one"))
    assert (sockets["workers"], sockets["threads"]) == (1, 100) and "max_requests" not in sockets


# ---- signals


@pytest.mark.parametrize(
    ("kind", "command", "expected"),
    [
        ("bot", "python bot.py", "SIGINT"),
        ("script", "python -m shop", "SIGINT"),
        ("web", "waitress-serve --port=8000 a:b", "SIGINT"),
        ("worker", "huey_consumer shop.huey", "SIGINT"),
        ("worker", "python manage.py run_huey", "SIGINT"),
        ("worker", "python manage.py qcluster", None),
        ("web", "gunicorn a:b", None),
        ("worker", "celery --app=a worker", None),
        ("release", "python manage.py migrate", None),
        ("cli", "python -m shop", None),
    ],
)
def test_the_signal_that_each_process_understands(kind: str, command: str, expected: str | None) -> None:
    assert stop_signal(kind, tuple(command.split())) == expected


def test_the_signal_is_in_the_dockerfile() -> None:
    files = render(decide(facts("waitress"), {}))
    assert "STOPSIGNAL SIGINT" in files["Dockerfile"]
    assert "STOPSIGNAL" not in render(decide(facts("gunicorn"), {}))["Dockerfile"]


# ---- variables


def test_heaps_of_threads_and_trusted_proxies() -> None:
    plan = decide(facts("gunicorn"), {"trusted_proxy": "10.0.0.0/8"})
    text = render(plan)["Dockerfile"]
    assert "MALLOC_ARENA_MAX=2" in text and "FORWARDED_ALLOW_IPS=10.0.0.0/8" in text
    assert "FORWARDED_ALLOW_IPS" not in render(decide(facts("gunicorn"), {}))["Dockerfile"]
    plan = decide(facts("waitress"), {"trusted_proxy": "*"})
    assert any("waitress-serve does not read which proxies" in w.message for w in plan.warnings)


def test_a_celery_worker_does_not_count_the_machines_cpus() -> None:
    worker = Process("worker", "worker", ("celery", "--app=shop", "worker"))
    assert process_environment(facts(), (worker,), None)[0] == (("CELERY_WORKER_CONCURRENCY", "2"),)
    told = replace(worker, command=(*worker.command, "--concurrency=8"))
    assert process_environment(facts(), (told,), None)[0] == ()
    assert process_environment(facts(concurrency=(HERE,)), (worker,), None)[0] == ()


@pytest.mark.parametrize(
    "text",
    ["CELERY_WORKER_CONCURRENCY = 4", "app.conf.worker_concurrency = 4", "app.conf.update(worker_concurrency=4)",
     "CELERY = {'worker_concurrency': 4}", "import os\nn = os.environ.get('CELERY_WORKER_CONCURRENCY')"],
)  # fmt: skip
def test_a_concurrency_that_the_code_sets_is_seen(tmp_path: Path, text: str) -> None:
    source = project(tmp_path, tasks__py=f"from celery import Celery\napp = Celery()\n{text}\n")
    assert detect_concurrency(source, (Dependency("celery"),))
    assert not detect_concurrency(source, ())
