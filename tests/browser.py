"""A real Chromium, one per test process, and a fresh page of it for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_STEP_MS = 10_000
_WALK_MS = 15_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium: CHROMIUM names the program, else the one on the path, else Playwright's own.

    A machine that has none skips what needs it; where CI is set it must be there.
    """
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        if program is None and not own.exists() and "CI" not in os.environ:
            pytest.skip("no Chromium here: install it (Debian: apt-get install chromium) or set CHROMIUM")
        chromium = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own, for a walk through several pages."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-TW")
    context.set_default_timeout(_WALK_MS)
    yield context
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with a profile of its own; a script error in it fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        locale="zh-TW",
        timezone_id="Asia/Taipei",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(_STEP_MS)
    errors: list[str] = []
    tab = context.new_page()
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []
