"""The rich menu as it ships: LINE takes it, everything on it leads somewhere, its pictures fit."""

from __future__ import annotations

import pytest
from PIL import Image

from bot import actions
from bot.conversation import SCENES
from bot.richmenu import layout, pictures
from bot.richmenu.icons import ICONS
from bot.richmenu.layout import HEIGHT, TABS, WIDTH
from bot.richmenu.putting_up import Wanted, wanted_menus
from bot.scenes import language as language_scene
from bot.scenes import menu as menu_scene
from bot.words import languages, speaking
from dev.line.validate import validate_rich_menu, validate_rich_menu_image

KNOWN = {**SCENES, **language_scene.ACTIONS, **menu_scene.ACTIONS}
WANTED = wanted_menus(languages())


def test_every_language_has_its_pictures() -> None:
    assert pictures.drawn_languages() == list(languages())
    assert len(WANTED) == len(TABS) * len(languages())


@pytest.mark.parametrize("one", WANTED, ids=lambda one: one.alias)
def test_line_takes_the_menu_and_its_picture(one: Wanted) -> None:
    body = one.body | {"name": one.name}
    assert validate_rich_menu(body) == []
    assert validate_rich_menu_image(one.picture, "image/png", body) == []
    assert len(one.alias) <= 32


@pytest.mark.parametrize("one", WANTED, ids=lambda one: one.alias)
def test_every_area_is_spoken_and_leads_somewhere(one: Wanted) -> None:
    for area in one.body["areas"]:
        action = area["action"]
        assert action["label"].strip()
        tapped = actions.parse(action["data"])
        assert tapped is not None
        assert tapped.name in KNOWN


@pytest.mark.parametrize("one", WANTED, ids=lambda one: one.alias)
def test_the_areas_cover_the_picture_once_but_for_the_tab_that_is_open(one: Wanted) -> None:
    covered = 0
    boxes = [area["bounds"] for area in one.body["areas"]]
    for number, box in enumerate(boxes):
        covered += box["width"] * box["height"]
        for other in boxes[number + 1 :]:
            beside = box["x"] + box["width"] <= other["x"] or other["x"] + other["width"] <= box["x"]
            below = box["y"] + box["height"] <= other["y"] or other["y"] + other["height"] <= box["y"]
            assert beside or below
    assert covered == WIDTH * HEIGHT - WIDTH // 2 * layout.TAB_HEIGHT


def test_every_tile_has_a_drawing() -> None:
    for language in languages():
        with speaking(language):
            assert all(tile.icon in ICONS for tab in TABS for tile in layout.tiles(tab))


def test_the_names_tell_versions_apart() -> None:
    names = {one.name for one in WANTED}
    assert len(names) == len(WANTED)
    first = WANTED[0]
    other = type(first)(first.tab, first.language, first.body | {"chatBarText": "x"}, first.picture)
    repainted = type(first)(first.tab, first.language, first.body, first.picture + b"x")
    assert len({first.name, other.name, repainted.name}) == 3


def test_a_picture_shows_its_open_tab() -> None:
    for number, tab in enumerate(TABS):
        with Image.open(pictures.path(tab, "zh-TW")) as picture:
            shown = picture.convert("RGB")
        corners = [shown.getpixel((10 + n * WIDTH // 2, 10)) for n in range(len(TABS))]
        assert corners[number] == (255, 255, 255)
        assert corners[1 - number] != (255, 255, 255)
