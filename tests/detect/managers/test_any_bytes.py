"""Any bytes in a manifest give a result or a typed error that names the file; never another exception."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockgen.decide.install import choose_install
from dockgen.detect import detect
from dockgen.errors import DockgenError
from dockgen.source import Source

SAMPLES = {
    "environment.yml": "name: shop\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - numpy>=1.2,<2\n"
    "  - conda-forge::redis-py=5.0=py311_0\n  - pip:\n      - flask[async]==3.0\n      - -r more.txt\n",
    "pixi.toml": '[workspace]\nname = "shop"\nplatforms = ["linux-64"]\n[dependencies]\npython = ">=3.11,<3.13"\n'
    'numpy = { version = "1.*", channel = "x" }\n[pypi-dependencies]\nflask = { version = "*", extras = ["async"] }\n',
    "setup.py": "from setuptools import setup, find_packages\nREQ = ['flask', 'redis>=5']\nsetup(name='shop', packages=find_packages('src'),\n"
    "  package_dir={'': 'src'}, install_requires=REQ + ['x'], extras_require={'dev': ['pytest']}, python_requires='>=3.8',\n"
    "  entry_points={'console_scripts': ['shop = shop.main:run']})\n",
    "setup.cfg": "[metadata]\nname = shop\n[options]\npackages = find:\ninstall_requires =\n    flask\n    redis>=5 ; python_version<'4'\n"
    "[options.entry_points]\nconsole_scripts =\n    shop = shop:main\n",
    "pyproject.toml": '[project]\nname = "shop"\ndynamic = ["version"]\ndependencies = ["flask[async]>=3"]\n'
    '[project.optional-dependencies]\nserver = ["uvicorn"]\n[dependency-groups]\nprod = [{ include-group = "a" }]\na = ["x"]\n'
    '[tool.uv.sources]\nflask = { git = "https://git.example/x" }\n[tool.poetry.dependencies]\ny = "^1"\n',
    "app.py": '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["flask", "redis>=5"]\n# ///\nimport flask\n',
    "main.py": "try:\n    import yaml\nexcept ImportError:\n    yaml = None\nimport google.cloud.storage, cv2\nfrom . import x\n",
    "Dockerfile": "FROM python:3.12\nRUN pip install poetry && poetry install\n",
    "pylock.toml": 'lock-version = "1.0"\ncreated-by = "uv"\n[[packages]]\nname = "flask"\nversion = "3.0"\n'
    'wheels = [{ url = "https://x.example/flask-3.0-py3-none-any.whl", hashes = { sha256 = "0" } }]\n',
}
"""A small manifest of each kind; the tests damage them."""


def read(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        try:
            choose_install(detect(Source(Path(folder))), ())
        except DockgenError as error:
            assert error.message


@st.composite
def damaged(draw: st.DrawFn, text: str) -> bytes:
    """The text with a few pieces cut out, doubled or replaced by other bytes."""
    data = text.encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 25)))
        middle = draw(
            st.sampled_from(
                [b"", data[start:end] * 2, b"\x00", b"\xff\xfe", b"[", b"]", b"{", b'"', b"- ", b"\n", b": "]
            )
        )
        data = data[:start] + middle + data[end:]
    return data


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_damaged_manifest(name: str) -> None:
    @settings(max_examples=40)
    @given(damaged(SAMPLES[name]) | st.binary(max_size=120))
    def check(data: bytes) -> None:
        read({name: data, "x.py": b"import flask\n"})

    check()
    read({name: SAMPLES[name].encode(), "x.py": b""})


DEEP = {
    "environment.yml": "dependencies: " + "[" * 300_000,  # the C loader alone would end the process
    "pixi.toml": "dependencies = " + "[" * 3000,
    "setup.py": "setup(name=" + "(" * 3000,
    "pylock.toml": "packages = " + "[" * 3000,
    "requirements.txt": "a" * 200_000 + "\n" + "-r requirements.txt\n" * 2000,
    "Pipfile": "[packages]\n" + "".join(f'p{n} = "*"\n' for n in range(3000)),
}


@pytest.mark.parametrize("name", sorted(DEEP))
def test_a_trap_ends(name: str) -> None:
    read({name: DEEP[name].encode(), "x.py": b""})


def test_aliases_do_not_explode() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
    read({"environment.yml": (bomb + "dependencies: [*a29]\n").encode(), "x.py": b""})
