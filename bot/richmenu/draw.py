"""Draws the pictures of the rich menu: `python -m bot.richmenu.draw`, after a change of its words or looks.

Needs Pillow and the font Noto Sans CJK on this machine (Debian and Ubuntu: fonts-noto-cjk); RICHMENU_FONT
names another font file. The shop itself needs neither: the pictures ship with it.
"""

from __future__ import annotations

import os
import subprocess
import sys

from PIL import Image, ImageDraw, ImageFont

from bot.richmenu import layout, pictures
from bot.richmenu.icons import ICONS, Pen
from bot.richmenu.layout import HEIGHT, TAB_HEIGHT, TABS, WIDTH, Bounds, Tile
from bot.screens.theme import ACCENT, INK, MUTED, PAPER, RULE, SOFT
from bot.words import languages, speaking

SCALE = 2
"""Everything is drawn so many times larger and made smaller at the end, which smooths the edges."""
FONT = "Noto Sans CJK TC:weight=bold"
TAB_TEXT, TILE_TEXT, LEAST_TEXT = 104, 108, 64
ICON = 230
LINE = 15
COLORS = 64


def main() -> int:
    """Draw every tab in every language; the exit status."""
    font = os.environ.get("RICHMENU_FONT") or find_font()
    if not font:
        print(
            f"there is no font {FONT!r} here: install fonts-noto-cjk, or set RICHMENU_FONT", file=sys.stderr
        )
        return 1
    pictures.FOLDER.mkdir(exist_ok=True)
    for language in languages():
        for tab in TABS:
            path = pictures.path(tab, language)
            draw(tab, language, font).save(path, optimize=True)
            print(f"{path.name}: {path.stat().st_size // 1000} kB")
    return 0


def find_font() -> str:
    """The file of the font the texts are drawn with; empty when this machine has none."""
    found = subprocess.run(  # noqa: S603 - a fixed command
        ["fc-match", "--format=%{family}|%{file}", FONT],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    family, _, file = found.stdout.partition("|")
    return file if "Noto Sans CJK" in family else ""


def draw(tab: str, language: str, font: str) -> Image.Image:
    """The picture of a tab, in as few colours as keep its edges smooth."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    paper = ImageDraw.Draw(image)
    with speaking(language):
        for number, name in enumerate(TABS):
            _tab(paper, layout.tab_bounds(number), layout.titles()[name], font, chosen=name == tab)
        for number, tile in enumerate(layout.tiles(tab)):
            _tile(paper, layout.tile_bounds(number), tile, font)
    _rules(paper)
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return small.quantize(COLORS, dither=Image.Dither.NONE)


def _tab(paper: ImageDraw.ImageDraw, bounds: Bounds, words: str, font: str, *, chosen: bool) -> None:
    box = _box(bounds)
    paper.rectangle(box, fill=PAPER if chosen else SOFT)
    _write(paper, bounds, bounds.y + bounds.height / 2, words, font, TAB_TEXT, ACCENT if chosen else MUTED)
    if chosen:
        mark = 14 * SCALE
        paper.rectangle((box[0], box[3] - mark, box[2], box[3]), fill=ACCENT)


def _tile(paper: ImageDraw.ImageDraw, bounds: Bounds, tile: Tile, font: str) -> None:
    left = bounds.x + (bounds.width - ICON) / 2
    top = bounds.y + bounds.height / 2 - ICON + 40
    ICONS[tile.icon](Pen(paper, left * SCALE, top * SCALE, ICON * SCALE / 100, LINE * SCALE, ACCENT))
    _write(paper, bounds, bounds.y + bounds.height / 2 + 170, tile.words, font, TILE_TEXT, INK)


def _write(
    paper: ImageDraw.ImageDraw, bounds: Bounds, middle: float, words: str, font: str, size: int, color: str
) -> None:
    """Words in the middle of `bounds`, around the height `middle`; smaller where they would not fit."""
    room = (bounds.width - 100) * SCALE
    while True:
        face = ImageFont.truetype(font, size * SCALE)
        if paper.textlength(words, face) <= room or size <= LEAST_TEXT:
            break
        size -= 4
    center = ((bounds.x + bounds.width / 2) * SCALE, middle * SCALE)
    paper.text(center, words, fill=color, font=face, anchor="mm")


def _rules(paper: ImageDraw.ImageDraw) -> None:
    """Thin lines between the tiles."""
    for number in range(1, layout.COLUMNS):
        x = layout.tile_bounds(number).x * SCALE
        paper.line((x, (TAB_HEIGHT + 60) * SCALE, x, (HEIGHT - 60) * SCALE), fill=RULE, width=4 * SCALE)
    y = layout.tile_bounds(layout.COLUMNS).y * SCALE
    paper.line((60 * SCALE, y, (WIDTH - 60) * SCALE, y), fill=RULE, width=4 * SCALE)


def _box(bounds: Bounds) -> tuple[int, int, int, int]:
    left, top = bounds.x * SCALE, bounds.y * SCALE
    return left, top, left + bounds.width * SCALE, top + bounds.height * SCALE


if __name__ == "__main__":
    sys.exit(main())
