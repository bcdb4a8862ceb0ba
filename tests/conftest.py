"""Options and fixtures of all tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # `pytest` alone does not put it there, `python -m pytest` does
    sys.path.insert(0, str(ROOT))

# A loaded machine must not fail a test whose examples are right: time is measured in benchmarks/.
settings.register_profile("dockgen", deadline=None)
settings.load_profile("dockgen")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden from what dockgen makes now")
    parser.addoption("--all-projects", action="store_true", help="build and run every project of tests/projects")


@pytest.fixture(scope="session")
def docker() -> None:
    """A container engine that answers: skipped without one, failed when DOCKGEN_REQUIRE_BUILDS=1."""
    from tests.e2e import lab

    if lab.available():
        return
    if os.environ.get("DOCKGEN_REQUIRE_BUILDS") == "1":
        pytest.fail("DOCKGEN_REQUIRE_BUILDS=1, and no container engine answers (DOCKER_HOST?)")
    pytest.skip("no container engine answers")
