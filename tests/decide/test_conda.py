"""Environments of conda and pixi that no index of Python packages can make up for."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from dockgen.decide import decide
from dockgen.detect import detect
from dockgen.plans import Plan
from dockgen.rendering import render
from dockgen.source import Source

ENVIRONMENT = """\
name: maps
dependencies:
  - python=3.13
  - opencv
  - ffmpeg=7
  - samtools
  - pip:
      - python-magic
"""
PIXI = """\
[workspace]
name = "maps"
[dependencies]
python = "3.13.*"
samtools = "*"
"""
CODE = "import subprocess\nfrom flask import Flask\napp = Flask(__name__)\nsubprocess.run(['ffmpeg'])\n"


def plan(root: Path, files: dict[str, str], **answers: object) -> Plan:
    for name, content in {"app.py": CODE, **files}.items():
        (root / name).write_text(content, "utf-8")
    return decide(detect(Source(root)), answers)


def words(made: Plan) -> list[str]:
    assert made.install
    return [" ".join(command) for command in made.install.commands]


def test_micromamba_makes_the_environment_and_debian_runs_it(tmp_path: Path) -> None:
    made = plan(tmp_path, {"environment.yml": ENVIRONMENT})
    assert made.install and made.install.image.startswith("mambaorg/micromamba:")
    assert words(made)[0] == "micromamba create --yes --prefix /opt/env --file environment.yml"
    assert words(made)[1].startswith("uv pip install --python /opt/env/bin/python gunicorn==")
    assert made.base.resolved == "debian:trixie-slim"
    text = render(made)["Dockerfile"]
    last = text[text.rindex("\nFROM ") :]
    assert "COPY --link --from=dependencies /opt/env /opt/env" in last
    assert "USER 10001:10001" in last and "micromamba" not in last
    assert "PATH=/opt/env/bin:$PATH" in text and ".venv" not in text


def test_debian_brings_only_what_the_pip_section_needs(tmp_path: Path) -> None:
    """conda's packages bring their libraries, and its ffmpeg is the one that the code starts."""
    made = plan(tmp_path, {"environment.yml": ENVIRONMENT})
    assert [p.name for p in made.runtime_packages] == ["libmagic1t64"]
    assert made.build_packages == ()


def test_condas_lock_is_what_is_installed(tmp_path: Path) -> None:
    made = plan(tmp_path, {"environment.yml": ENVIRONMENT, "conda-lock.yml": "version: 1\n"})
    assert words(made)[0].endswith("--file conda-lock.yml")
    assert made.install and [m.source for m in made.install.mounts] == ["environment.yml", "conda-lock.yml"]
    assert not any("no lock file" in w.message for w in made.warnings)


@pytest.mark.parametrize(("lock", "first"), [(True, "pixi install --locked"), (False, "pixi install")])
def test_pixi(tmp_path: Path, lock: bool, first: str) -> None:
    made = plan(tmp_path, {"pixi.toml": PIXI, **({"pixi.lock": "version: 6\n"} if lock else {})})
    assert made.install and made.install.image.startswith("ghcr.io/prefix-dev/pixi:")
    assert words(made)[0] == first
    assert any("no lock file" in w.message for w in made.warnings) is not lock
    assert ".pixi" in render(made)[".dockerignore"].splitlines()


def test_the_projects_own_folders_are_copied_before(tmp_path: Path) -> None:
    made = plan(tmp_path, {"environment.yml": ENVIRONMENT + "      - -e .\n"})
    text = render(made)["Dockerfile"]
    stage = text[text.index("AS dependencies") : text.index("AS project")]
    assert stage.index("COPY . .") < stage.index("micromamba create")
    assert "source=environment.yml" not in stage


def test_a_registry_goes_before_every_image(tmp_path: Path) -> None:
    made = plan(tmp_path, {"environment.yml": ENVIRONMENT}, registry="mirror.example")
    named = re.findall(r"(?:FROM |--from=)(\S+[:]\S+)", render(made)["Dockerfile"])
    assert len(named) == 3 and all(name.startswith("mirror.example/") for name in named)


def test_python_is_the_environments(tmp_path: Path) -> None:
    unnamed = plan(tmp_path, {"environment.yml": ENVIRONMENT.replace("  - python=3.13\n", "")})
    assert any("names no Python version" in w.message for w in unnamed.warnings)
    told = plan(tmp_path, {"environment.yml": ENVIRONMENT}, python="3.12")
    assert any("--python" in w.message for w in told.warnings)


def test_the_script_sets_the_variables_and_becomes_the_program(tmp_path: Path) -> None:
    """The words of the Dockerfile, run by this machine's shell on a folder of scripts like those of conda's packages."""
    text = render(plan(tmp_path, {"environment.yml": ENVIRONMENT}))["Dockerfile"]
    match = re.search(r"&& (printf .*?) > /activate", text, re.DOTALL)
    assert match
    script = tmp_path / "activate"
    subprocess.run(["sh", "-c", f"{match[1]} > {script}"], check=True)
    script.chmod(0o755)
    folder = tmp_path / "env/etc/conda/activate.d"
    folder.mkdir(parents=True)
    (folder / "gdal.sh").write_text('export GDAL_DATA="$CONDA_PREFIX/share/gdal"\nfalse\n')
    env = {**os.environ, "CONDA_PREFIX": str(tmp_path / "env")}
    command = [str(script), "sh", "-c", 'echo "$GDAL_DATA"; echo "$0" "$1"; exit 3', "a b", "c"]
    ran = subprocess.run(command, env=env, capture_output=True, text=True)
    assert (ran.stdout, ran.returncode) == (f"{tmp_path}/env/share/gdal\na b c\n", 3)
    for leftover in folder.iterdir():
        leftover.unlink()
    assert subprocess.run([str(script), "true"], env=env).returncode == 0


FEATURES = """\
[workspace]
name = "maps"
[dependencies]
python = "*"
[feature.web.dependencies]
python = "3.13.*"
samtools = "*"
[feature.web.pypi-dependencies]
flask = "*"
[feature.index.dependencies]
python = "3.12.*"
[feature.index.pypi-dependencies]
rich = "*"
[environments]
index = ["index"]
{name} = ["web"]
"""
LOCKED = """\
version: 6
environments:
  default:
    packages:
      linux-64:
      - conda: https://example.org/linux-64/python-3.14.3-h1_101_cp314.conda
  index:
    packages:
      linux-64:
      - pypi: https://example.org/ab/flask-2.0.0-py3-none-any.whl
  maps:
    packages:
      linux-64:
      - pypi: https://example.org/ab/flask-3.1.0-py3-none-any.whl
  other:
    packages:
      linux-64:
      - pypi: https://example.org/ab/flask-2.1.0-py3-none-any.whl
packages:
- pypi: https://example.org/ab/flask-2.1.0-py3-none-any.whl
"""


def pinned(root: Path) -> list[str]:
    return [c.specifier for c in detect(Source(root)).python if c.kind == "pin"]


@pytest.mark.parametrize("name", ["maps", "prod"])
def test_the_environment_that_runs_is_installed_where_the_default_one_is_empty(tmp_path: Path, name: str) -> None:
    made = plan(tmp_path, {"pixi.toml": FEATURES.format(name=name)})
    assert words(made)[0] == f"pixi install --environment={name}"
    assert pinned(tmp_path) == ["3.13"]
    text = render(made)["Dockerfile"]
    assert f"pixi shell-hook --shell bash --environment={name};" in text
    assert f"PATH=/app/.pixi/envs/{name}/bin:$PATH" in text


def test_the_default_environment_counts_where_it_has_something(tmp_path: Path) -> None:
    text = FEATURES.format(name="maps").replace('python = "*"', 'python = "3.11.*"\nsamtools = "*"')
    made = plan(tmp_path, {"pixi.toml": text})
    assert words(made)[0] == "pixi install" and pinned(tmp_path) == ["3.11"]
    assert "shell-hook --shell bash;" in render(made)["Dockerfile"]


def test_the_lock_is_read_for_the_environment_that_runs(tmp_path: Path) -> None:
    for name, content in {"pixi.toml": FEATURES.format(name="maps"), "pixi.lock": LOCKED, "app.py": CODE}.items():
        (tmp_path / name).write_text(content, "utf-8")
    flask = detect(Source(tmp_path)).dependency("flask")
    assert flask is not None and flask.version == "3.1.0"
