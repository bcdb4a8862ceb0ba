"""Under load, with half a CPU and 256 MB: no restart, no failed request, and SIGTERM loses none that was accepted.

60 seconds with --all-projects, else 10. `benchmarks/load.py` prints the figures.
"""

from __future__ import annotations

import shutil

import pytest

from benchmarks import load

pytestmark = pytest.mark.e2e


@pytest.mark.usefixtures("docker")
@pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk (Debian: apt-get install wrk)")
@pytest.mark.parametrize("project", sorted(load.PROJECTS))
def test_under_load(project: str, request: pytest.FixtureRequest) -> None:
    seconds = 60 if request.config.getoption("--all-projects") else 10
    loaded, stop, why, _ = load.measure(project, seconds)
    assert not why
    assert loaded.requests > 10 * seconds and loaded.failed == 0
    assert stop.answered > 0 and stop.lost == 0
    assert stop.exit_code in (0, 143) and stop.seconds < 27
