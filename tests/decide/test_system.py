"""Several applications joined: names, ports, addresses, secrets, and what is asked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dockgen.cli.reading import read_project
from dockgen.decide.system import said
from dockgen.errors import Usage
from dockgen.facts import Facts
from dockgen.plans import Plan, System
from dockgen.rendering import render
from dockgen.rendering.secrets import secret_files
from tests.e2e import lab

WEB = """import os
import flask

app = flask.Flask(__name__)
app.secret_key = os.environ["JWT_SECRET"]
{reads}

@app.get("/health")
def health():
    return "ok"
"""


def web(*reads: str) -> str:
    return WEB.format(reads="\n".join(reads))


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def pip(*folders: str, code: str = "") -> dict[str, str]:
    files = {f"{folder}/requirements.txt": "flask==3.1.2\ngunicorn==23.0.0\n" for folder in folders}
    return files | {f"{folder}/app.py": code or web() for folder in folders}


def decided(root: Path, **answers: Any) -> tuple[tuple[Facts, ...], Plan | System]:
    return read_project(root, answers).decide()


def system(root: Path, **answers: Any) -> System:
    plan = decided(root, **answers)[1]
    assert isinstance(plan, System), plan.questions
    return plan


def stack(root: Path, **answers: Any) -> dict[str, Any]:
    document = yaml.safe_load(render(system(root, **answers))["compose.yaml"])
    assert isinstance(document, dict)
    return document


def test_ports_inside_are_the_same_and_on_the_host_differ(tmp_path: Path) -> None:
    services = stack(tree(tmp_path, pip("services/a", "services/b", "services/c")))["services"]
    assert [services[name]["ports"] for name in "abc"] == [
        ["127.0.0.1:8000:8000"], ["127.0.0.1:8001:8000"], ["127.0.0.1:8002:8000"],
    ]  # fmt: skip


def test_variables_that_name_another_application_get_its_address(tmp_path: Path) -> None:
    reads = [
        'os.getenv("BILLING_URL", "http://localhost:9000/v1")', 'os.getenv("BILLING_SERVICE_HOST")',
        'os.environ["BILLING_PORT"]', 'os.getenv("BILLING_ADDR")', 'os.getenv("UPSTREAM", "x")',
        'os.getenv("FAR_URL", "http://localhost:7777")', 'os.getenv("PUBLIC_BILLING_URL", "http://localhost:8001")',
    ]  # fmt: skip
    files = pip("services/billing") | {f"services/gateway/{n}": t for n, t in (
        ("requirements.txt", "flask==3.1.2\ngunicorn==23.0.0\n"), ("app.py", web(*reads)))}  # fmt: skip
    root = tree(tmp_path, files)
    assert stack(root)["services"]["gateway"]["environment"] == {
        "BILLING_URL": "http://billing:8000/v1",
        "BILLING_SERVICE_HOST": "billing",
        "BILLING_PORT": "8000",
        "BILLING_ADDR": "billing:8000",
    }
    warnings = [w.message for w in system(root).warnings]
    assert any("FAR_URL is http://localhost:7777" in w for w in warnings)
    assert not any("PUBLIC_BILLING_URL" in w or "BILLING_PORT is required" in w for w in warnings)


def test_a_default_with_the_port_of_exactly_one_other_is_evidence(tmp_path: Path) -> None:
    call = 'os.getenv("BACK_OFFICE_URL", "http://localhost:9001")'
    served = web() + "\nif __name__ == '__main__':\n    app.run(port=9001)\n"
    files = pip("services/admin", code=served) | pip("services/site", code=web(call))
    assert stack(tree(tmp_path, files))["services"]["site"]["environment"]["BACK_OFFICE_URL"] == "http://admin:9001"


def test_each_has_its_own_secrets_and_what_both_read_by_one_name_is_one_value(tmp_path: Path) -> None:
    plan = system(tree(tmp_path, pip("services/a", "services/b")))
    made = secret_files(plan.stacks, lambda _: None)
    values = {name: text.strip() for name, text in made.items() if name.endswith(".env")}
    assert sorted(values) == [".secrets/a.env", ".secrets/b.env"]
    assert re.fullmatch(r"JWT_SECRET=[\w-]{43}", values[".secrets/a.env"])
    assert len(set(values.values())) == 1
    # What exists is kept, and the other follows it.
    kept = secret_files(plan.stacks, {".secrets/b.env": "", ".secrets/a.env": "JWT_SECRET=mine\n"}.get)
    assert kept[".secrets/b.env"] == "JWT_SECRET=mine\n"


def test_a_service_that_two_use_stands_once(tmp_path: Path) -> None:
    code = web("import psycopg", 'psycopg.connect(os.environ["DATABASE_URL"])')
    files = pip("services/a", "services/b", code=code)
    files |= {n: t + "psycopg[binary]==3.2.9\n" for n, t in files.items() if n.endswith(".txt")}
    document = stack(tree(tmp_path, files))
    assert list(document["services"]) == ["a", "b", "postgres"]
    assert list(document["volumes"]) == ["postgres"]
    made = secret_files(system(tmp_path).stacks, lambda _: None)
    urls = {re.search(r"DATABASE_URL=(.*)", made[f".secrets/{n}.env"])[1] for n in "ab"}  # type: ignore[index]
    assert len(urls) == 1 and made[".secrets/db_password"].strip() in urls.pop()


def test_examples_are_a_question_with_the_folders_as_choices(tmp_path: Path) -> None:
    root = tree(tmp_path, pip("hello", "blog", "chat"))
    result = lab.dockgen("init", str(root), "--yes")
    assert result.code == 3
    assert "3 folders hold an application each" in result.err
    assert "--app blog | chat | hello\nNothing was written" in result.err  # and no other question
    assert sorted(p.name for p in root.iterdir()) == ["blog", "chat", "hello"]
    named = lab.dockgen("init", str(root), "--yes", "--app", "blog", "--app", "chat/")
    assert named.code == 0, named.text
    assert not (root / "hello/Dockerfile").exists()
    assert (root / "blog/Dockerfile").exists() and (root / "chat/Dockerfile").exists()
    assert 'app = ["blog", "chat"]' in (root / ".dockgen.toml").read_text()
    again = lab.dockgen("init", str(root), "--yes")  # the choice is recorded
    assert (again.code, "new " in again.out) == (0, False), again.text


def test_more_than_one_stack_is_for_is_a_question_even_in_services(tmp_path: Path) -> None:
    plan = decided(tree(tmp_path, pip(*(f"services/s{n:02}" for n in range(22)))))[1]
    assert [q.answer for q in plan.questions][:1] == ["app"]
    assert len(plan.questions[0].choices) == 22


def test_a_library_beside_is_no_application(tmp_path: Path) -> None:
    files = pip("services/a", "services/b") | {"packages/lib/pyproject.toml": '[project]\nname = "lib"\nversion = "1"\n',
                                              "packages/lib/lib.py": "x = 1\n"}  # fmt: skip
    assert [plan.part.folder for plan in system(tree(tmp_path, files)).plans if plan.part] == [
        "services/a",
        "services/b",
    ]


def test_an_answer_for_one_of_several(tmp_path: Path) -> None:
    root = tree(tmp_path, pip("services/a", "services/b"))
    plan = system(root, answer=["services/b:port=9000", "./services/b:health-path=/live"])
    assert [p.port for p in plan.processes] == [8000, 9000]
    assert plan.processes[1].health_path == "/live"
    with pytest.raises(Usage, match="--port can mean any of 2"):
        decided(root, port=9000)
    with pytest.raises(Usage, match="no application is there"):
        decided(root, answer=["services/x:port=9000"])
    with pytest.raises(Usage, match="not of the form"):
        decided(root, answer=["port=9000"])


def test_a_folder_with_a_record_of_its_own_is_heard(tmp_path: Path) -> None:
    files = pip("services/a", "services/b") | {"services/b/pyproject.toml": "[tool.dockgen]\nport = 9100\n"}
    assert [p.port for p in system(tree(tmp_path, files)).processes] == [8000, 9100]
    assert said({"answer": ("x:port=1234", "x:service=redis", "x:service=postgres")}) == {
        "x": {"port": 1234, "service": ("redis", "postgres")}
    }


def test_a_question_of_one_application_names_its_flag(tmp_path: Path) -> None:
    files = pip("services/a", "services/b") | {"services/b/other.py": web()}
    root = tree(tmp_path, files)
    result = lab.dockgen("init", str(root), "--yes")
    assert result.code == 3
    assert "services/b: 2 applications found" in result.err
    assert "--answer services/b:entry=app:app | other:app" in result.err
    done = lab.dockgen("init", str(root), "--yes", "--answer", "services/b:entry=other:app")
    assert done.code == 0, done.text
    assert '"other:app"' in (root / "services/b/Dockerfile").read_text()


def test_a_persons_file_in_a_subfolder_stops_all_of_it(tmp_path: Path) -> None:
    root = tree(tmp_path, pip("services/a", "services/b") | {"services/b/Dockerfile": "FROM scratch\n"})
    result = lab.dockgen("init", str(root), "--yes")
    assert result.code == 3 and "services/b/Dockerfile" in result.err
    assert not (root / "services/a/Dockerfile").exists() and not (root / "compose.yaml").exists()
    diff = lab.dockgen("init", str(root), "--diff")
    assert "--- a/services/b/Dockerfile" in diff.out and "+++ b/services/a/Dockerfile" in diff.out


def test_output_elsewhere_makes_the_folders(tmp_path: Path) -> None:
    root = tree(tmp_path / "in", pip("services/a", "services/b"))
    done = lab.dockgen("init", str(root), "--yes", "--output", str(tmp_path / "out"), "--with", "bake")
    assert done.code == 0, done.text
    written = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert {"services/a/Dockerfile", "services/b/.dockerignore", "compose.yaml", "docker-bake.hcl"} <= written


def test_path_dependencies_get_the_tree_as_context(tmp_path: Path) -> None:
    files = pip("services/a") | {
        "services/a/requirements.txt": "flask==3.1.2\ngunicorn==23.0.0\n-e ../../libs/core\n",
        "libs/core/pyproject.toml": '[project]\nname = "core"\nversion = "1"\ndependencies = ["redis"]\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
        "libs/core/core/__init__.py": 'import os\nimport redis\n\nredis.Redis.from_url(os.environ["REDIS_URL"])\n',
    }
    root = tree(tmp_path, files)
    made = render(system(root))
    text = made["services/a/Dockerfile"]
    assert "COPY services/a .\n" in text
    assert "--mount=type=bind,source=libs/core,target=libs/core,rw" in text
    assert "--no-deps --no-sources --target /opt/app --compile-bytecode ./libs/core" in text
    assert "WORKDIR /src/services/a\n" in text
    document = yaml.safe_load(made["compose.yaml"])
    assert document["services"]["a"]["build"] == {"context": ".", "dockerfile": "services/a/Dockerfile"}
    assert "redis" in document["services"]  # the package beside it is what reads the variable
    assert ".dockerignore" in made and "services/a/.dockerignore" not in made
    # On the folder alone: exit 3 with the command that works.
    alone = lab.dockgen("init", str(root / "services/a"), "--yes")
    assert alone.code == 3
    assert "Run: dockgen init ../.. --app services/a" in alone.err


def test_explain_has_every_process_with_its_root(tmp_path: Path) -> None:
    root = tree(tmp_path, pip("services/a", "services/b"))
    record = json.loads(lab.dockgen("explain", str(root), "--json").out)
    assert [(p["name"], p["root"]) for p in record["plan"]["processes"]] == [("a", "services/a"), ("b", "services/b")]
    assert [a["project"]["root"] for a in record["applications"]] == ["services/a", "services/b"]
    files = {e["file"] for f in record["facts"]["frameworks"] for e in f["evidence"]}
    assert files == {"services/a/app.py", "services/b/app.py"}


INI = "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"


def migrating(folder: str, *steps: str) -> dict[str, str]:
    """A web application with PostgreSQL and Alembic."""
    files = pip(folder, code=web('os.environ["DATABASE_URL"]'))
    files[f"{folder}/requirements.txt"] += "psycopg==3.2.1\nsqlalchemy==2.0.1\nalembic==1.13.0\n"
    files |= {f"{folder}/alembic.ini": INI, f"{folder}/migrations/env.py": "import alembic\n"}
    return files | {f"{folder}/migrations/versions/{step}.py": "revision = 1\n" for step in steps}


def test_two_copies_of_one_history_run_once_and_before_both(tmp_path: Path) -> None:
    files = migrating("services/api", "0001_a") | migrating("services/back", "0001_a", "0002_b")
    whole = system(tree(tmp_path, files))
    services = yaml.safe_load(render(whole)["compose.yaml"])["services"]
    assert [name for name in services if "migrate" in name] == ["back-migrate"]  # it has more of it
    for name in ("api", "back"):
        assert services[name]["depends_on"] == {"back-migrate": {"condition": "service_completed_successfully"}}
    assert services["back-migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert not [w for w in whole.warnings if "both migrate" in w.message]


def test_two_histories_run_one_after_the_other_and_are_told(tmp_path: Path) -> None:
    files = migrating("services/api", "0001_a") | migrating("services/back", "0001_b", "0002_b")
    whole = system(tree(tmp_path, files))
    services = yaml.safe_load(render(whole)["compose.yaml"])["services"]
    assert services["api-migrate"]["depends_on"] == {"back-migrate": {"condition": "service_completed_successfully"}}
    assert services["back-migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert any("services/api and services/back both migrate postgres" in w.message for w in whole.warnings)


def test_the_example_of_an_env_file_at_the_root_is_for_all(tmp_path: Path) -> None:
    files = pip("services/a", "services/b")
    assert "services/a/.env.example" in system(tree(tmp_path / "without", files)).files
    own = tree(tmp_path / "own", files | {".env.sample": "JWT_SECRET=\n"})
    assert not [name for name in system(own).files if name.endswith(".env.example")]
