"""Browsers that the code starts, and those that run elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockgen.detect.browsers import detect_browsers
from dockgen.facts import Dependency
from dockgen.source import Source

SYNC = "from playwright.sync_api import sync_playwright\n"


def found(tmp_path: Path, code: str, *names: str, file: str = "app.py") -> set[tuple[str, str, bool | None]]:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    uses = detect_browsers(Source(tmp_path), [Dependency(name) for name in names])
    assert all(use.evidence for use in uses)
    return {(use.library, use.browser, use.window) for use in uses}


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("p.chromium.launch()", {("chromium", False)}),
        ("p.chromium.launch(headless=True, args=[])", {("chromium", False)}),
        ("p.firefox.launch(headless=False)", {("firefox", True)}),
        ("p.webkit.launch_persistent_context('d')", {("webkit", False)}),
        ("p.chromium.launch(headless=settings.HEADLESS)", {("chromium", None)}),
        ("p.chromium.launch(**options)", {("chromium", None)}),
        ("p.chromium.launch(channel='chrome')", {("chrome", None)}),
        ("kind = p.firefox\nkind.launch()", {("firefox", False)}),
        ("getattr(p, 'webkit').launch()", {("webkit", False)}),
        ("NAMES = ['chromium', 'firefox']\ngetattr(p, name).launch()", {("chromium", False), ("firefox", False)}),
        ("p.chromium.connect_over_cdp('http://chrome:9222')", set()),
        ("p.chromium.launch(executable_path='/usr/bin/chromium')", set()),
        ("rocket.launch()", set()),
    ],
)
def test_playwright(tmp_path: Path, code: str, uses: set[tuple[str, bool | None]]) -> None:
    assert found(tmp_path, SYNC + code + "\n", "playwright") == {("playwright", *use) for use in uses}


def test_playwright_handed_on(tmp_path: Path) -> None:
    code = "async def start(p):\n    return await p.firefox.launch()\n"
    assert found(tmp_path, code, "playwright") == {("playwright", "firefox", False)}
    assert found(tmp_path, "def start(rocket):\n    rocket.launch('chromium')\n", "playwright") == set()


def test_the_fork(tmp_path: Path) -> None:
    code = "from patchright.async_api import async_playwright\nasync def f(p):\n    await p.chromium.launch()\n"
    assert found(tmp_path, code, "patchright") == {("patchright", "chromium", False)}


@pytest.mark.parametrize("file", ["tests/conftest.py", "test_app.py", "scripts/shot.py"])
def test_what_tests_and_helpers_start_is_none_of_the_program(tmp_path: Path, file: str) -> None:
    (tmp_path / "app.py").write_text("")
    assert found(tmp_path, SYNC + "p.chromium.launch()\n", "playwright", file=file) == set()


def test_a_development_dependency_is_none(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SYNC + "p.chromium.launch()\n")
    assert detect_browsers(Source(tmp_path), [Dependency("playwright", group="dev")]) == ()


@pytest.mark.parametrize(
    ("code", "names", "uses"),
    [
        ("from selenium import webdriver\nwebdriver.Chrome(options=o)", ["selenium"], {("selenium", "chrome", False)}),
        ("from selenium import webdriver\nwebdriver.Firefox()", ["selenium"], {("selenium", "firefox", False)}),
        ("from selenium import webdriver\nwebdriver.Remote('http://hub')", ["selenium"], set()),
        ("from selenium import webdriver\nwebdriver.ChromeOptions()", ["selenium"], set()),
        (
            "from selenium import webdriver\nclass D(webdriver.Chrome): ...",
            ["selenium"],
            {("selenium", "chrome", False)},
        ),
        (
            "from selenium.webdriver.chrome.webdriver import WebDriver\nWebDriver()",
            ["selenium"],
            {("selenium", "chrome", False)},
        ),
        ("import undetected_chromedriver as uc", ["undetected-chromedriver"], {("undetected-chromedriver", "", False)}),
        ("from crawl4ai import AsyncWebCrawler", ["crawl4ai"], {("playwright", "chromium", False)}),
        (
            "DOWNLOAD_HANDLERS = {'https': 'scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler'}",
            ["scrapy", "scrapy-playwright"],
            {("playwright", "chromium", False)},
        ),
        ("fig.write_image('a.png')", ["plotly", "kaleido"], {("kaleido", "", False)}),
        ("fig.show()", ["plotly", "kaleido"], set()),
        ("import os", ["selenium", "playwright", "crawl4ai"], set()),
    ],
)
def test_others(tmp_path: Path, code: str, names: list[str], uses: set[tuple[str, str, bool | None]]) -> None:
    assert found(tmp_path, code + "\n", *names) == uses
