"""A version that the build back end would ask git for comes in as a build argument: .git is never in the context."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import lab

pytestmark = pytest.mark.e2e
PROJECT = "[project]\nname = 'shop'\ndynamic = ['version']\ndescription = 'A shop'\nrequires-python = '>=3.11'\n[project.scripts]\nshop = 'shop:main'\n"
SETUPTOOLS = "[build-system]\nrequires = ['setuptools', '{}']\nbuild-backend = 'setuptools.build_meta'\n"
HATCH = "[build-system]\nrequires = ['hatchling', '{}']\nbuild-backend = 'hatchling.build'\n[tool.hatch.version]\nsource = '{}'\n"
TOOLS = {
    "setuptools-scm": SETUPTOOLS.format("setuptools-scm") + "[tool.setuptools_scm]\n",
    "hatch-vcs": HATCH.format("hatch-vcs", "vcs"),
    "uv-dynamic-versioning": HATCH.format("uv-dynamic-versioning", "uv-dynamic-versioning"),
    "versioningit": SETUPTOOLS.format("versioningit") + "[tool.versioningit]\n",
    "setuptools-git-versioning": SETUPTOOLS.format("setuptools-git-versioning<4")
    + "[tool.setuptools-git-versioning]\nenabled = true\n",
    "flit-scm": "[build-system]\nrequires = ['flit_scm']\nbuild-backend = 'flit_scm:buildapi'\n[tool.setuptools_scm]\nwrite_to = 'shop/_version.py'\n",
    "pdm-backend": "[build-system]\nrequires = ['pdm-backend']\nbuild-backend = 'pdm.backend'\n[tool.pdm.version]\nsource = 'scm'\n",
    "poetry-dynamic-versioning": "[build-system]\nrequires = ['poetry-core>=2', 'poetry-dynamic-versioning>=1.8,<2']\n"
    "build-backend = 'poetry_dynamic_versioning.backend'\n[tool.poetry]\nversion = '0.0.0'\n"
    "[tool.poetry-dynamic-versioning]\nenable = true\n",
}


@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("tool", TOOLS)
def test_version_from_a_build_argument(tool: str, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / "shop").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT + TOOLS[tool])
    code = "'A shop.'\nfrom importlib.metadata import version\n\n\ndef main():\n    print('version', version('shop'))\n"
    (folder / "shop" / "__init__.py").write_text(
        code + ("from shop._version import version as __version__\n" if tool == "flit-scm" else f"    # {tool}\n")
    )
    for words in (
        ("init", "-q"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"),
    ):
        assert lab.command("git", *words, cwd=folder).code == 0
    made = lab.init(folder)
    assert made.code == 0, made.text
    tag = lab.unique("version")
    try:
        lab.build(folder, tag, arguments=["--build-arg=VERSION=1.4.2", "--network=host"])
        assert lab.docker("run", "--rm", "--network=none", tag).out.strip() == "version 1.4.2"
    finally:
        lab.remove_image(tag)
    assert "VERSION: ${VERSION:-0.0.0}" in (folder / "compose.yaml").read_text().replace('"', "")
