"""Browsers in the image: the library's own installer, and the Debian that it knows."""

from __future__ import annotations

from typing import Any

from dockgen.decide import decide
from dockgen.facts import Application, BrowserUse, Dependency, Evidence, Fact, Facts, Manager
from dockgen.plans import Plan
from dockgen.rendering import render

E = Evidence("app.py", 5, "playwright starts chromium")


def planned(*uses: BrowserUse, version: str | None = "1.55.0", **answers: Any) -> Plan:
    wheel = "playwright-1.55.0-py3-none-manylinux1_x86_64.whl"
    facts = Facts(
        Fact("shop"),
        Manager("pip", "requirements.txt", files=("requirements.txt",), requirements=("requirements.txt",)),
        dependencies=(Dependency("playwright", version=version, wheels=(wheel,), evidence=(E,)), Dependency("fastapi")),
        applications=(Application("fastapi", "asgi", "app", "app", "app.py", 1),),
        browsers=uses,
    )
    return decide(facts, {"python": "3.13", **answers})


def use(browser: str = "chromium", window: bool | None = False) -> BrowserUse:
    return BrowserUse("playwright", browser, window, (E,))


def test_without_a_window_the_headless_shell_suffices() -> None:
    plan = planned(use())
    assert plan.browsers[0].arguments == ("install", "--with-deps", "--only-shell", "chromium")
    assert planned(use(window=None)).browsers[0].arguments == ("install", "--with-deps", "chromium")
    assert planned(use(), use(window=True)).browsers[0].arguments == ("install", "--with-deps", "chromium")
    assert planned(use("firefox"), use()).browsers[0].arguments[2:] == ("--only-shell", "chromium", "firefox")
    assert planned(use("firefox")).browsers[0].arguments == ("install", "--with-deps", "firefox")


def test_it_is_told_and_can_be_left_out() -> None:
    told = next(d for d in planned(use()).decisions if d.answer == "browsers")
    assert (told.value, told.evidence) == ("chromium", (E,))
    plan = planned(use(), without=("browsers",))
    assert plan.browsers == ()
    assert next(d for d in plan.decisions if d.answer == "browsers").value == "none"
    assert planned().browsers == () and not any(d.answer == "browsers" for d in planned().decisions)


def test_a_release_that_does_not_know_debian_13_gets_debian_12() -> None:
    assert planned(use()).base.reference == "python:${PYTHON_VERSION}-slim"
    old = planned(use(), version="1.47.0")
    assert old.base.reference == "python:${PYTHON_VERSION}-slim-bookworm"
    assert old.base.resolved == "python:3.13-slim-bookworm"
    assert next(d for d in old.decisions if d.answer == "base").value == "python:3.13-slim-bookworm"
    assert old.browsers[0].arguments == ("install", "--with-deps", "chromium"), "--only-shell came with 1.49"
    assert any("Debian 12" in w.message for w in old.warnings)
    named = planned(use(), version="1.47.0", base="example.org/python:${PYTHON_VERSION}")
    assert named.base.reference == "example.org/python:${PYTHON_VERSION}"
    assert any("must be of Debian 12" in w.message for w in named.warnings)
    assert planned(use(), version="1.47.0", without=("browsers",)).base.reference == "python:${PYTHON_VERSION}-slim"


def test_a_window_is_a_warning() -> None:
    assert any("has no display" in w.message for w in planned(use(window=True)).warnings)
    assert not any("has no display" in w.message for w in planned(use(window=None), use()).warnings)


def test_the_layer_hangs_on_the_installer_alone() -> None:
    text = render(planned(use()))["Dockerfile"]
    runtime = text[text.index("AS runtime") :]
    mount = "from=dependencies,source=/app/.venv/lib/python3.13/site-packages/playwright/driver,target=/driver"
    assert mount in runtime
    assert "&& /driver/node /driver/package/cli.js install --with-deps --only-shell chromium\n" in runtime
    assert runtime.index("/driver/node") < runtime.index("COPY --link --from=dependencies")
    assert "PLAYWRIGHT_BROWSERS_PATH=/opt/browsers" in runtime
    assert "libnss3" not in text
