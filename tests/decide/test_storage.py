"""Where the program writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dockgen.decide.storage import Storage, choose_storage, in_image
from dockgen.facts import Application, EnvVar, Evidence, Fact, Facts, Manager, Migration
from dockgen.plans import Link, Process, Project

HERE = (Evidence("a.py", 3, "opens a file for writing"),)
WEB = (Process("web", "web", ("serve",), 8000),)
PLAIN = Facts(name=Fact("shop"), manager=Manager("pip"), files=("main.py",))
SQLITE: dict[str, Any] = {
    "writes": (Fact(".", (Evidence("s.py", 9, "an SQLite file, db.sqlite3"),)),),
    "sqlite": (Fact("db.sqlite3", (Evidence("s.py", 9, "an SQLite file"),)),),
}
MIGRATES = (Migration("django", ("python", "manage.py", "migrate"), ()),)


def stored(facts: Facts, *services: str, project: Project | None = None, processes: Any = WEB) -> Storage:
    return choose_storage(facts, project or Project(), processes, frozenset(services))


def writes(*folders: str, **options: Any) -> Facts:
    return replace(PLAIN, writes=tuple(Fact(folder, HERE) for folder in folders), **options)


def test_nothing_written() -> None:
    assert stored(PLAIN) == Storage()


def test_a_volume_for_each_folder_of_data() -> None:
    storage = stored(writes("media", "data/files", "media/thumbs"))
    assert storage.volumes == (("media", "/app/media"), ("data-files", "/app/data/files"))
    assert storage.writable == ("/app/data/files", "/app/media", "/app/media/thumbs")
    assert storage.read_only


def test_a_volume_does_not_take_a_services_name() -> None:
    assert stored(writes("redis"), "redis").volumes == (("redis-files", "/app/redis"),)


@pytest.mark.parametrize("folder", [".", "shop", "src/shop", "api/files"])
def test_no_volume_over_code(folder: str) -> None:
    application = Application("flask", "wsgi", "api.app", "app", "api/app.py", 1)
    storage = stored(
        writes(folder, applications=(application,), manager=Manager("uv", packaged=True, packages=("shop",)))
    )
    assert storage.volumes == () and not storage.read_only


def test_sqlite_beside_the_code_lies_in_a_volume_behind_a_link() -> None:
    storage = stored(replace(PLAIN, migrations=MIGRATES, **SQLITE))
    assert storage.links == (Link("/app/db.sqlite3", "/data/db.sqlite3"),)
    assert (storage.writable, storage.volumes, storage.read_only) == (("/data",), (("data", "/data"),), True)
    assert "one container" in storage.warnings[0].message and storage.warnings[0].evidence[0].line == 9


def test_sqlite_in_a_folder_of_its_own_needs_no_link() -> None:
    storage = stored(
        replace(PLAIN, writes=(Fact("var", (Evidence("s.py", 9, "an SQLite file"),)),), sqlite=(Fact("var/a.db"),))
    )
    assert storage.links == () and storage.volumes == (("var", "/app/var"),)


def test_a_database_that_comes_with_the_project_stays_where_it_is() -> None:
    facts = replace(PLAIN, files=("db.sqlite3", "main.py"), **SQLITE)
    assert stored(facts).links == () and stored(facts).writable == ("/app",)
    assert stored(replace(facts, migrations=MIGRATES)).links, "its tables are made by the migrations"


def test_what_else_is_written_beside_sqlite_keeps_the_folder_writable() -> None:
    fact = Fact(".", (*SQLITE["writes"][0].evidence, *HERE))
    storage = stored(replace(PLAIN, writes=(fact,), sqlite=SQLITE["sqlite"]))
    assert storage.links and "/app" in storage.writable and not storage.read_only


def test_sqlite_is_not_written_when_a_database_takes_its_place() -> None:
    url = EnvVar("DATABASE_URL", service="postgres", part="url", evidence=HERE)
    assert stored(replace(PLAIN, env=(url,), **SQLITE), "postgres") == Storage()
    assert stored(replace(PLAIN, **SQLITE), "postgres").links, "nothing points the code at the database"


def test_a_script_may_write_where_it_runs() -> None:
    storage = stored(PLAIN, processes=(Process("app", "script", ("python", "a.py")),))
    assert storage.writable == ("/app",) and not storage.read_only
    assert stored(PLAIN, processes=(Process("app", "cli", ("tool",)),)).read_only


def test_paths_of_what_a_wheel_installs() -> None:
    facts = replace(PLAIN, manager=Manager("uv", packaged=True, packages=("shop",)))
    wheel = Project(wheels=(".",), tree=False)
    assert in_image("src/shop/cache", facts, wheel) == "/opt/app/shop/cache"
    assert in_image("shop/cache", facts, wheel) == "/opt/app/shop/cache"
    assert in_image("cache", facts, wheel) == "/app/cache"
    assert in_image("src/shop/cache", facts, Project()) == "/app/src/shop/cache"
    assert in_image(".", facts, Project()) == "/app"


@pytest.mark.parametrize(
    ("default", "folder"),
    [
        ("/data/bot.db", "/data"),
        ("/var/lib/bot/bot.sqlite3", "/var/lib/bot"),
        ("/tmp/bot.db", ""),
        ("/app/bot.db", ""),
        ("bot.db", ""),
        ("/etc/passwd", ""),
    ],
)
def test_an_sqlite_file_outside_of_the_code_has_a_volume(default: str, folder: str) -> None:
    known = replace(PLAIN, env=(EnvVar("DB_PATH", default=default, evidence=HERE),))
    storage = stored(known)
    assert storage.writable == ((folder,) if folder else ())
    assert [path for _, path in storage.volumes] == ([folder] if folder else [])


def test_links_and_a_file_outside_share_a_volume() -> None:
    known = replace(PLAIN, env=(EnvVar("DB_PATH", default="/data/bot.db", evidence=HERE),), **SQLITE)
    assert stored(known).volumes == (("data", "/data"),)
