"""The peers' rules, on projects that their own documentation describes."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.peers import nixpacks, railpack


def tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_txt", ".txt").replace("_toml", ".toml").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_railpack_takes_main_app_for_every_fastapi_project(tmp_path: Path) -> None:
    said = railpack(tree(tmp_path, server_py="", requirements_txt="fastapi[standard]\nuvicorn\npydub\n"))
    assert said["facts"]["entry"]["value"] == "main:app"
    assert said["plan"]["processes"][0]["port"] == 8000
    assert said["facts"]["system_packages"]["runtime"] == [{"value": "ffmpeg"}]


def test_django_is_found_by_its_setting(tmp_path: Path) -> None:
    settings = 'WSGI_APPLICATION = "shop.wsgi.application"\n'
    folder = tree(tmp_path, manage_py="", shop__settings_py=settings, requirements_txt="Django\n")
    for peer in (railpack, nixpacks):
        assert peer(folder)["facts"]["entry"]["value"] == "shop.wsgi:application"


def test_nixpacks_runs_the_projects_name_as_a_module(tmp_path: Path) -> None:
    said = nixpacks(tree(tmp_path, pyproject_toml='[project]\nname = "shop"\n'))
    assert (said["facts"]["entry"]["value"], said["facts"]["python"]["value"]) == ("shop", "3.11")


def test_nothing_is_said_of_what_neither_takes_for_python(tmp_path: Path) -> None:
    folder = tree(tmp_path, other_py="print(1)")
    assert railpack(folder) == nixpacks(folder)
    assert railpack(folder)["facts"]["entry"] is None
