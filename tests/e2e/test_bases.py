"""Bases, targets and reproducible layers, built and run.

There is no distroless image in the lab, but there are the Debian packages that it is made of: a stand-in of these very
packages, without a shell, takes its place (python3/config.bzl of GoogleContainerTools/distroless lists them).
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import lab
from tests.expectations import copy_project

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("docker")]

DISTROLESS = "gcr.io/distroless/python3-debian13:nonroot"

STAND_IN = """\
FROM debian:trixie-slim AS get
WORKDIR /get
RUN apt-get update && apt-get download base-files netbase tzdata libc6 libssl3t64 libzstd1 libgcc-s1 libstdc++6 \\
    libgomp1 libbz2-1.0 libdb5.3t64 libexpat1 liblzma5 libsqlite3-0 libuuid1 libncursesw6 libtinfo6 zlib1g \\
    libcom-err2 libcrypt1 libc-bin libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libnsl2 \\
    libreadline8t64 libtirpc3t64 libffi8 libpython3.13-minimal libpython3.13-stdlib python3.13-minimal python3.13-venv
RUN mkdir /image && for package in *.deb; do dpkg -x "$package" /image; done \\
    && install -d -m 1777 /image/tmp \\
    && ln -s python3.13 /image/usr/bin/python && ln -sf python3.13 /image/usr/bin/python3
FROM scratch
COPY --from=get /image /
ENV LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
USER 65532
ENTRYPOINT ["/usr/bin/python3.13"]
"""


@pytest.fixture
def tag() -> Iterator[str]:
    name = lab.unique("base")
    yield name
    lab.docker("image", "rm", "--force", name)


@pytest.fixture(scope="module")
def distroless() -> Iterator[str]:
    if lab.has_image(DISTROLESS):
        yield DISTROLESS
        return
    name = lab.unique("distroless")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Dockerfile").write_text(STAND_IN)
        lab.build(Path(folder), name)
    yield name
    lab.docker("image", "rm", "--force", name)


def made(name: str, target: Path, *flags: str) -> Path:
    folder = copy_project(name, target)
    result = lab.init(folder, *flags)
    assert result.code == 0, result.text
    return folder


def test_distroless_answers_and_has_no_shell(distroless: str, tag: str, tmp_path: Path) -> None:
    folder = made("base-distroless", tmp_path)
    instead = (f"--build-context={DISTROLESS}=docker-image://{distroless}",)
    lab.build(folder, tag, arguments=instead)
    with lab.running(tag) as container:
        container.wait_healthy()
        assert container.identity() == "10001:10001"
        assert container.execute("sh", "-c", "true").code != 0
        page = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/').read().decode())"
        assert "made for distroless" in container.execute("python", "-c", page).out
        seconds, code = container.stop()
        assert seconds < 5 and code in (0, 143)  # killed, it would have taken 10
    lab.build(folder, tag, target="test", arguments=instead)
    lab.build(folder, tag, target="debug", arguments=instead)
    tools = lab.docker(
        "run", "--rm", "--entrypoint=sh", tag, "-c", "py-spy --version && python -c 'import debugpy, app'"
    )
    assert (tools.code, tools.out[:6]) == (0, "py-spy"), tools.text


def test_an_image_without_python_gets_debians(tag: str, tmp_path: Path) -> None:
    folder = made("fastapi-pip", tmp_path, "--base=debian:trixie-slim")
    lab.build(folder, tag)
    with lab.running(tag) as container:
        container.wait_healthy()


def test_targets_do_what_they_say_and_leave_the_image_alone(tag: str, tmp_path: Path) -> None:
    folder = made("fastapi-uv", tmp_path, "--with=test", "--with=debug", "--with=dev")
    ran = lab.build(folder, tag, target="test", arguments=("--no-cache-filter=test",))
    assert " passed" in ran.log
    lab.build(folder, tag, target="debug")
    tools = lab.docker(
        "run", "--rm", "--entrypoint=sh", tag, "-c", "id -u && py-spy --version && python -c 'import debugpy'"
    )
    assert (tools.code, tools.out.split()[:2]) == (0, ["10001", "py-spy"]), tools.text
    with lab.running(tag, hardened=False) as container:
        container.wait_healthy()
        attached = "import socket; socket.create_connection(('127.0.0.1', 5678), 2)"
        assert container.execute("python", "-c", attached).code == 0
    lab.build(folder, tag, target="dev")
    with lab.running(tag, hardened=False) as container:
        container.wait_healthy()
        edit = (
            "from pathlib import Path; p = Path('src/tracker/main.py'); p.write_text(p.read_text() + '\\nMARK = 1\\n')"
        )
        assert container.execute("python", "-c", edit).code == 0
        container.wait_output("Reloading", timeout=30)
    built = lab.build(folder, tag)
    assert not {step.stage for step in built.steps} & {"test", "debug", "dev"}
    found = lab.docker(
        "run",
        "--rm",
        "--entrypoint=python",
        tag,
        "-c",
        "import importlib.util as u; print(*(u.find_spec(n) for n in ('debugpy', 'pytest')))",
    )
    assert found.out.strip() == "None None"
    broken = folder / "tests" / "test_broken.py"
    broken.write_text("def test_it() -> None:\n    assert False\n")
    with pytest.raises(lab.LabError, match="1 failed"):
        lab.build(folder, tag, target="test")


EPOCH = "--build-arg=SOURCE_DATE_EPOCH=1700000000"


@pytest.mark.parametrize("project", ["fastapi-uv", "flask-pip"])
def test_two_builds_give_the_same_layers(project: str, tmp_path: Path) -> None:
    """With the OCI exporter, the digests of all layers; an engine that has none (without the containerd image store)
    gives the whole file system as an archive: the same bytes, times and owners."""
    folder = made(project, tmp_path)
    seen = []
    for number in range(2):
        file = tmp_path / f"{number}.tar"
        words = ("buildx", "build", "--no-cache", EPOCH)
        result = lab.docker(*words, f"--output=type=oci,rewrite-timestamp=true,dest={file}", str(folder), timeout=900)
        if "OCI exporter is not supported" in result.text:
            result = lab.docker(*words, f"--output=type=tar,dest={file}", str(folder), timeout=900)
            assert result.code == 0, result.last(20)
            seen.append(_listing(file))
        else:
            assert result.code == 0, result.last(20)
            seen.append(_layers(file))
        file.unlink()
    assert seen[0] == seen[1], sorted(set(seen[0].items()) ^ set(seen[1].items()))[:10]


def test_debian_packages_leave_no_note_of_the_hour(tmp_path: Path) -> None:
    """All but fontconfig's own caches, which name the times of the folders with fonts."""
    folder = made("pillow-lxml-opencv-pip", tmp_path)
    seen = []
    for number in range(2):
        file = tmp_path / f"{number}.tar"
        words = ("buildx", "build", "--no-cache", EPOCH, "--target=base", f"--output=type=tar,dest={file}")
        result = lab.docker(*words, str(folder), timeout=900)
        assert result.code == 0, result.last(20)
        seen.append({k: v for k, v in _listing(file).items() if not k.startswith("var/cache/fontconfig/")})
        file.unlink()
    assert seen[0] == seen[1], sorted(set(seen[0].items()) ^ set(seen[1].items()))[:10]


def _listing(file: Path) -> dict[str, str]:
    with tarfile.open(file) as tar:
        found = {}
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            data = content.read() if content else member.linkname.encode()
            found[member.name] = f"{hashlib.sha256(data).hexdigest()} {member.mtime} {member.mode:o} {member.uid}"
        return found


def _layers(file: Path) -> dict[str, str]:
    with tarfile.open(file) as tar:

        def read(name: str) -> dict[str, object]:
            content = tar.extractfile(name)
            assert content is not None
            value = json.load(content)
            assert isinstance(value, dict)
            return value

        def blob(descriptor: object) -> dict[str, object]:
            assert isinstance(descriptor, dict)
            return read("blobs/" + str(descriptor["digest"]).replace(":", "/"))

        index: object = read("index.json")
        while isinstance(index, dict) and "manifests" in index:
            index = blob(next(m for m in index["manifests"] if "attestation" not in json.dumps(m)))
        assert isinstance(index, dict)
        return {str(n): layer["digest"] for n, layer in enumerate(index["layers"])}


def test_a_start_with_rewritten_times_compiles_nothing(tag: str, tmp_path: Path) -> None:
    """What is compiled in the build is taken even when every file has another time than it had then."""
    folder = made("flask-pip", tmp_path)
    lab.build(folder, tag)
    code = (
        "import os, glob, sys; sys.dont_write_bytecode = True\n"
        "import importlib.util as u, flask, click\n"
        "for m in (flask, click):\n"
        "    raw = open(u.cache_from_source(m.__file__), 'rb').read(16)\n"
        "    print(int.from_bytes(raw[4:8], 'little'))"
    )
    flags = lab.docker("run", "--rm", "--entrypoint=python", tag, "-c", code).out.split()
    assert flags == ["1", "1"]  # PEP 552: hash-based, not checked against the source
