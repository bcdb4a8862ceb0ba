"""Credentials that the install reads, and those that stand in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.detect.access import detect_credentials
from dockgen.facts import Facts, Manager
from dockgen.rendering import render
from dockgen.source import Source
from tests.e2e import lab

PYPROJECT = "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['flask']\n"
POETRY = "[build-system]\nrequires = ['poetry-core']\nbuild-backend = 'poetry.core.masonry.api'\n[tool.poetry]\n"


def project(tmp_path: Path, **files: str) -> Source:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    for name, text in files.items():
        (tmp_path / name.replace("__", ".")).write_text(text)
    return Source(tmp_path)


def said(facts: Facts) -> list[tuple[str, str, bool]]:
    return [(access.kind, access.name, access.required) for access in facts.access]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"requirements__txt": "--index-url https://${CORP_USER}:${CORP_TOKEN}@index.example/simple\nflask\n"},
            [("variable", "CORP_TOKEN", True), ("variable", "CORP_USER", True)],
        ),
        ({"requirements__txt": "--extra-index-url=https://index.example/simple\nflask\n"}, [("netrc", "netrc", False)]),
        ({"requirements__txt": "--extra-index-url https://download.pytorch.example/whl/cpu\nflask\n"}, []),
        ({"requirements__txt": "flask\nx @ git+https://${TOKEN}@git.example/x\n"}, [("variable", "TOKEN", True)]),
        ({"requirements__txt": "flask\nx @ git+ssh://git@git.example/x.git\n"}, [("ssh", "default", True)]),
        ({"requirements__txt": "flask\nx @ git+https://git.example/x.git\n"}, []),
        (
            {"pyproject__toml": PYPROJECT + "[[tool.uv.index]]\nname = 'my-corp.x'\nurl = 'https://index.example/simple'\n"},
            [("variable", "UV_INDEX_MY_CORP_X_PASSWORD", False), ("variable", "UV_INDEX_MY_CORP_X_USERNAME", False)],
        ),
        ({"pyproject__toml": PYPROJECT + "[[tool.uv.index]]\nname = 'pytorch-cpu'\nurl = 'https://index.example/'\n"}, []),
        (
            {"pyproject__toml": PYPROJECT + "[[tool.uv.index]]\nname = 'pypi'\nauthenticate = 'always'\nurl = 'https://i.example/'\n"},
            [("variable", "UV_INDEX_PYPI_PASSWORD", False), ("variable", "UV_INDEX_PYPI_USERNAME", False)],
        ),
        (
            {"pyproject__toml": PYPROJECT + POETRY + "[[tool.poetry.source]]\nname = 'corp'\nurl = 'https://index.example/'\n"},
            [("netrc", "netrc", False)],
        ),
        (
            {"Pipfile": "[[source]]\nname = 'corp'\nurl = 'https://${PIP_USER}:x@index.example/simple'\n[packages]\nflask = '*'\n"},
            [("variable", "PIP_USER", True)],
        ),
    ],
)  # fmt: skip
def test_what_the_install_reads(tmp_path: Path, files: dict[str, str], expected: list[tuple[str, str, bool]]) -> None:
    assert said(detect(project(tmp_path, **files))) == expected


@pytest.mark.parametrize(
    ("line", "exposed"),
    [
        ("--index-url https://me:hunter2@index.example/simple", True),
        ("x @ git+https://ghp_0123456789abcdefghij@git.example/x", True),
        ("# --index-url https://me:hunter2@index.example/simple", True),
        ("--index-url https://${ME}:${HUNTER}@index.example/simple", False),
        ("--index-url https://me:${HUNTER}@index.example/simple", False),
        ("--index-url https://me@index.example/simple", False),
        ("x @ git+ssh://git@git.example/x", False),
        ("x @ https://index.example/x@1.0/x.zip", False),
    ],
)
def test_a_credential_in_a_url(tmp_path: Path, line: str, exposed: bool) -> None:
    source = project(tmp_path, requirements__txt=f"flask\n{line}\n")
    found = detect_credentials(source, Manager("pip", files=("requirements.txt",)))
    assert [(e.file, e.line) for e in found] == ([("requirements.txt", 2)] if exposed else [])


def test_init_refuses_a_credential_and_does_not_repeat_it(tmp_path: Path) -> None:
    project(tmp_path, requirements__txt="flask\n--index-url https://me:hunter2@index.example/simple\n")
    before = sorted(tmp_path.iterdir())
    result = lab.dockgen("init", str(tmp_path), "--yes")
    assert result.code == 1 and "requirements.txt:2" in result.err and "${NAME}" in result.err
    assert "hunter2" not in result.text and sorted(tmp_path.iterdir()) == before
    explained = lab.dockgen("explain", str(tmp_path), "--json")
    assert explained.code == 0 and "refuses to write" in explained.out and "hunter2" not in explained.out


def test_secrets_are_mounted_for_the_install_and_named_in_compose(tmp_path: Path) -> None:
    text = (
        "--index-url https://${CORP_USER}:${CORP_TOKEN}@index.example/simple\nflask\ny @ git+ssh://git@git.example/y\n"
    )
    plan = decide(detect(project(tmp_path, requirements__txt=text)), {"no_syntax_line": True})
    files = render(plan)
    mount = "--mount=type=secret,id=CORP_TOKEN,env=CORP_TOKEN,required=true"
    assert files["Dockerfile"].count(mount) == 1
    install = files["Dockerfile"].partition("AS dependencies")[2].partition("AS project")[0]
    assert "--mount=type=ssh,required=true" in install and "--requirements requirements.txt" in install
    assert "id=known_hosts,target=/root/.ssh/known_hosts,required=true" in install
    assert "openssh-client" in files["Dockerfile"].partition("AS runtime")[0]
    assert "openssh-client" not in files["Dockerfile"].partition("AS runtime")[2]
    assert "ARG CORP" not in files["Dockerfile"] and "ENV CORP" not in files["Dockerfile"]
    import yaml

    compose = yaml.safe_load(files["compose.yaml"])
    assert compose["services"]["web"]["build"] == {
        "context": ".", "secrets": ["known_hosts", "CORP_TOKEN", "CORP_USER"], "ssh": ["default"],
    }  # fmt: skip
    assert compose["secrets"]["CORP_TOKEN"] == {"environment": "CORP_TOKEN"}
    assert compose["secrets"]["known_hosts"] == {"file": "~/.ssh/known_hosts"}
    assert plan.build_command.startswith(
        "docker build --secret id=known_hosts,src=$HOME/.ssh/known_hosts --secret id=CORP_TOKEN,env="
    )
    assert "--ssh default" in plan.build_command


def test_a_project_build_reads_its_requirements_from_the_same_index(tmp_path: Path) -> None:
    """The back end of a packaged project is installed in the stage of its wheel."""
    text = PYPROJECT + "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    source = project(tmp_path, pyproject__toml=text + "[[tool.uv.index]]\nname = 'corp'\nurl = 'https://i.example/'\n")
    plan = decide(detect(source), {"entry": "shop:app"})
    assert render(plan)["Dockerfile"].count("id=UV_INDEX_CORP_PASSWORD,env=UV_INDEX_CORP_PASSWORD \\") == 2


def test_a_secret_that_only_the_person_knows_of(tmp_path: Path) -> None:
    source = project(tmp_path, requirements__txt="flask\n")
    result = lab.dockgen(
        "init", str(tmp_path), "--dry-run", "--build-secret", "PIP_INDEX_URL", "--build-secret", "netrc"
    )
    assert "--mount=type=secret,id=PIP_INDEX_URL,env=PIP_INDEX_URL,required=true" in result.out
    assert "--mount=type=secret,id=netrc,target=/root/.netrc " in result.out
    assert lab.dockgen("init", str(tmp_path), "--dry-run", "--build-secret", "a b").code == 2
    assert not detect(source).access
