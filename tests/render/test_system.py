"""compose.yaml of several applications is put together by section; HCL takes any name as it is."""

from __future__ import annotations

import json

import pytest
import yaml

from dockgen.rendering.quoting import hcl
from dockgen.rendering.system import join_compose

ONE = """---
# Written by dockgen. Start: docker compose run --rm --build one
name: one

x-one: &one
  build: one

services:
  one:
    <<: *one

  # the data
  db:
    image: db:1
    volumes: [db:/data]

volumes:
  db: {}
"""
TWO = ONE.replace("one", "two").replace("db:1", "db:1")


def test_sections_are_joined_and_shared_entries_stand_once() -> None:
    text = join_compose([ONE, TWO], "both")
    document = yaml.safe_load(text)
    assert document["name"] == "both"
    assert list(document["services"]) == ["one", "two", "db"]
    assert document["services"]["two"] == {"build": "two"}
    assert text.count("# the data\n  db:") == 1
    assert text.count("  db: {}") == 1
    assert "Start: docker compose up --build --wait\n" in text


@pytest.mark.parametrize("value", ["a/b", 'quo"te', "${TAG}", "%{if}", "back\\slash", "ümlaut"])
def test_hcl_strings(value: str) -> None:
    text = hcl(value)
    assert json.loads(text.replace("$${", "${").replace("%%{", "%{")) == value
    assert "${" not in text.replace("$${", "") and "%{" not in text.replace("%%{", "")
