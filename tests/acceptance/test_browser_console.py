"""Every page of the console in a real browser, on phone and desk, in both languages: nothing is cut off."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from playwright.sync_api import Browser, Page

from admin import sessions
from app import create_app
from dev.serve import Server
from store import logs
from tests.acceptance.console_shop import furnish
from tests.integration.console_house import House
from tests.integration.hostile_street import ENVIRONMENT

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for a picture of every page, for people to look at."""
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
CUT_OFF = """() => {
  const faults = [];
  const width = document.documentElement.clientWidth;
  const hidden = '.unseen, svg, .chips, details:not([open]) > :not(summary)';
  const plain = '.button, .badge, summary, label, th';
  const say = (what, element) =>
    faults.push([what, element.tagName, element.className, element.textContent.trim()].join(' '));
  if (document.documentElement.scrollWidth > width) faults.push('the page is wider than the screen');
  for (const element of document.querySelectorAll('main *, header *')) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height || element.closest(hidden)) continue;
    if (box.right > width + 1 || box.left < -1) say('stands outside', element);
    const style = getComputedStyle(element);
    const wider = element.scrollWidth > element.clientWidth + 1;
    if (element.matches(plain) && style.display !== 'inline' && wider)
      say('is cut off', element);
    if (element.placeholder && !element.value) {
      const probe = document.createElement('canvas').getContext('2d');
      probe.font = style.font;
      const room = element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (probe.measureText(element.placeholder).width > room + 1)
        faults.push('has a placeholder cut off: ' + element.placeholder);
    }
  }
  for (const picture of document.images)
    if (picture.loading !== 'lazy' && !picture.naturalWidth) faults.push('did not load: ' + picture.src);
  for (const chart of document.querySelectorAll('svg:not(.qr)'))
    if (!chart.closest('[aria-label]')) say('a chart says nothing', chart);
  for (const input of document.querySelectorAll('main :is(input, select, textarea):not([type=hidden])'))
    if (!input.labels.length && !input.closest('[aria-label], [aria-hidden]')) say('has no label', input);
  return faults;
}"""
"""Names what of a page is cut off, stands outside the screen, did not load or has no name."""
UNFOLD = """() => {
  const all = [...document.querySelectorAll('details')];
  all.forEach((one) => { one.open = true; });
  return all.length;
}"""


@pytest.fixture
def house(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(logs, "configure", lambda *_given: None)
    house = House(database_url)
    yield house
    house.db.close()
    structlog.reset_defaults()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-TW", "en"])
def test_no_page_cuts_anything_off(
    house: House, database_url: str, browser: Browser, size: str, language: str
) -> None:
    pages = furnish(house)
    house.run("UPDATE staff_users SET language = %s", language)
    width, height = SIZES[size]
    faults = []
    with Server(create_app(ENVIRONMENT | {"DATABASE_URL": database_url})) as server:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
        context.add_cookies([{"name": "console", "value": enter(house), "url": server.url}])
        page = context.new_page()
        for path in pages:
            answer = page.goto(f"{server.url}/admin{path}")
            assert answer is not None
            assert answer.status == 200, path
            keep(page, f"{size}-{language}", path)
            faults += [f"{path} {fault}" for fault in page.evaluate(CUT_OFF)]
            faults += [f"{path} opened: {fault}" for fault in opened(page, f"{size}-{language}", path)]
        context.close()
    assert faults == [], "\n".join(faults)


def enter(house: House) -> str:
    """A session of the owner."""
    token = secrets.token_urlsafe(32)
    house.db.transaction(lambda tx: sessions.start(tx, token, house.ids["owner"], "open"))
    return token


def opened(page: Page, folder: str, path: str) -> list[str]:
    """The same with everything unfolded that can be unfolded."""
    if not page.evaluate(UNFOLD):
        return []
    keep(page, folder, f"{path}-opened")
    return list(page.evaluate(CUT_OFF))


def keep(page: Page, folder: str, path: str) -> None:
    """A picture of the whole page, where somebody wants to look at it."""
    if SHOTS:
        name = re.sub(r"[^A-Za-z0-9-]+", "_", path.partition("?id=")[0]).strip("_")[:60] or "attention"
        (Path(SHOTS) / folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{folder}/{name}.png", full_page=True)
