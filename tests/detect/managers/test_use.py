"""Several candidates: lock files of two tools, several requirement files, a Pipfile without a lock, extras."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.decide.install import choose_install
from dockgen.detect import detect
from dockgen.detect.managers.use import manager_in_use
from dockgen.source import Source
from tests.detect.managers.test_locks import managed, production

UV_LOCK = """\
version = 1
requires-python = ">=3.11"
[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "flask" }]
[[package]]
name = "flask"
version = "3.0"
source = { registry = "https://index.example/simple" }
"""
POETRY_LOCK = """\
[[package]]
name = "flask"
version = "3.0"
[metadata]
lock-version = "2.1"
python-versions = ">=3.11"
"""
BOTH = {
    "pyproject.toml": """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = ["flask"]
[tool.poetry]
package-mode = false
[tool.uv]
package = false
""",
    "uv.lock": UV_LOCK,
    "poetry.lock": POETRY_LOCK,
}


@pytest.mark.parametrize(
    ("files", "manager"),
    [
        ({"Dockerfile": "FROM python:3.12\nRUN pip install poetry && poetry install\n"}, "poetry"),
        ({".github/workflows/ci.yml": "steps:\n  - uses: astral-sh/setup-uv@v5\n"}, "uv"),
        (
            {"README.md": "Run `uv sync`.\n", "Dockerfile": "RUN poetry install\n"},
            "poetry",
        ),  # what is deployed weighs more
        ({"Makefile": "install:\n\tuv sync\n\tpoetry install\n", "README.md": "poetry install\n"}, "poetry"),
        ({"Dockerfile": "# poetry install\n"}, None),
        ({"README.md": "Great poetry; the uv index is high.\n"}, None),
    ],
)
def test_the_manager_that_the_projects_files_call(tmp_path: Path, files: dict[str, str], manager: str | None) -> None:
    result = managed(tmp_path, {**BOTH, **files})
    used = manager_in_use(Source(tmp_path), ("uv", "poetry"))
    assert (used[0] if used else None) == manager
    if manager is None:
        assert [a.answer for a in result.ambiguities] == ["manager"]
    else:
        assert (result.manager.name, result.ambiguities) == (manager, ())
        assert any("is left over" in w.message for w in result.warnings)


def test_a_lock_that_lacks_a_requirement_is_told(tmp_path: Path) -> None:
    lock = '{"default": {"flask": {"version": "==3.0"}}}'
    result = managed(tmp_path, {"Pipfile": '[packages]\nflask = "*"\nredis = "*"\n', "Pipfile.lock": lock})
    (warning,) = [w for w in result.warnings if "redis" in w.message]
    assert (warning.evidence[0].file, warning.evidence[0].line) == ("Pipfile", 3)


def test_a_pipfile_without_a_lock_is_installed_by_its_names(tmp_path: Path) -> None:
    text = '[packages]\nflask = ">=3"\nlib = {git = "https://git.example/lib.git", ref = "abc"}\n'
    text += 'redis = {version = "*", extras = ["hiredis"]}\n[dev-packages]\npytest = "*"\n'
    managed(tmp_path, {"Pipfile": text, "app.py": ""})
    install = choose_install(detect(Source(tmp_path)), ())
    assert install is not None and install.lock is None
    words = install.commands[-1]
    assert words == ("uv", "pip", "install", "flask>=3", "lib @ git+https://git.example/lib.git@abc", "redis[hiredis]")


@pytest.mark.parametrize(
    ("files", "requirements", "asks"),
    [
        ({"requirements.txt": "flask\npytest\nblack\n", "requirements-prod.txt": "flask\ngunicorn\n"}, ["requirements-prod.txt"], False),
        ({"requirements.txt": "flask\n", "requirements-prod.txt": "gunicorn\n"}, ["requirements.txt", "requirements-prod.txt"], False),
        ({"requirements.txt": "flask\na\nb\n", "requirements-prod.txt": "flask\ngunicorn\n"}, ["requirements.txt"], True),
        ({"requirements.txt": "flask\n", "requirements-dev.txt": "gunicorn\n"}, ["requirements.txt"], False),
        ({"requirements/base.txt": "flask\n", "requirements/prod.txt": "-r base.txt\n"}, ["requirements/prod.txt"], False),
        ({"requirements-api.txt": "flask\n", "requirements-worker.txt": "celery\n"}, ["requirements-api.txt"], True),
        ({"requirements-all.txt": "-r requirements-web.txt\n", "requirements-web.txt": "flask\n"}, ["requirements-all.txt"], False),
        ({"requirements-web.txt": "flask\n", "requirements-test.txt": "pytest\n", "requirements-web.in": "flask"}, ["requirements-web.txt"], False),
    ],
)  # fmt: skip
def test_which_requirement_files_production_installs(
    tmp_path: Path, files: dict[str, str], requirements: list[str], asks: bool
) -> None:
    result = managed(tmp_path, files)
    assert list(result.manager.requirements) == requirements
    assert [a.answer for a in result.ambiguities] == (["requirements"] if asks else [])


def test_an_extra_that_brings_the_server_is_installed(tmp_path: Path) -> None:
    text = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi"]\n[project.optional-dependencies]\n'
    text += 'serve = ["uvicorn"]\ntest = ["gunicorn", "pytest"]\n'
    result = managed(tmp_path, {"pyproject.toml": text})
    assert (result.manager.extras, production(result)) == (("serve",), {"fastapi", "uvicorn"})
    managed(tmp_path, {"pyproject.toml": text.replace('"fastapi"', '"fastapi", "hypercorn"')})
    assert detect(Source(tmp_path)).manager.extras == ()


PLAIN = "[project]\nname = 'shop'\nversion = '1'\ndependencies = ['flask']\n"


@pytest.mark.parametrize(
    ("readme", "manager"),
    [
        ("pip install git+https://example.org/a/shop", "pip"),
        ("python -m pip install -e .", "pip"),
        ("pip install '.[dev]'", "pip"),
        ("pip install uv\nuv sync", "uv"),
        ("uv pip install .", "uv"),
        ("pip install shop", "uv"),
        ("", "uv"),
    ],
)
def test_the_readme_says_that_pip_installs_it(tmp_path: Path, readme: str, manager: str) -> None:
    result = managed(tmp_path, {"pyproject.toml": PLAIN, "README.md": f"```\n{readme}\n```\n"})
    assert result.manager.name == manager
