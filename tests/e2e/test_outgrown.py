"""A project without versions that uses what the newest releases lack: its image works, and without what is held it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import lab

pytestmark = pytest.mark.e2e
CODE = """from passlib.context import CryptContext
from pydantic import BaseSettings


class Settings(BaseSettings):
    word: str = "open sesame"


context = CryptContext(schemes=["bcrypt"])
print(context.verify(Settings().word, context.hash(Settings().word)))
"""


@pytest.mark.usefixtures("docker")
def test_what_is_held_makes_the_program_work(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    folder.mkdir()
    (folder / "main.py").write_text(CODE)
    (folder / "requirements.txt").write_text("passlib[bcrypt]\npydantic\n")
    made = lab.init(folder)
    assert made.code == 0, made.text
    tags = lab.unique("held"), lab.unique("newest")
    try:
        lab.build(folder, tags[0], arguments=["--network=host"])
        assert lab.docker("run", "--rm", "--network=none", tags[0]).out.strip() == "True"
        dockerfile = folder / "Dockerfile"
        text = dockerfile.read_text()
        assert " 'bcrypt<5' 'pydantic<2'" in text
        dockerfile.write_text(text.replace(" 'bcrypt<5' 'pydantic<2'", ""))
        lab.build(folder, tags[1], arguments=["--network=host"])
        failed = lab.docker("run", "--rm", "--network=none", tags[1])
        assert failed.code != 0 and "PydanticImportError" in failed.text
    finally:
        lab.remove_image(*tags)
