"""Draws the sample shop's pictures: `python -m dev.catalogue.draw`. Run again, it gives the same bytes."""

from collections.abc import Callable
from pathlib import Path

from dev.catalogue import (
    scenes_gifts,
    scenes_home,
    scenes_jars,
    scenes_pantry,
    scenes_pastry,
    scenes_sweets,
    scenes_tea,
    scenes_teaware,
    scenes_welcome,
)
from dev.catalogue.canvas import Canvas

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path("dev/catalogue/pictures")

SCENES: dict[str, Callable[[], Canvas]] = {
    "oolong": scenes_tea.oolong,
    "black-tea": scenes_tea.black_tea,
    "baozhong": scenes_tea.baozhong,
    "oriental-beauty": scenes_tea.oriental_beauty,
    "roasted-oolong": scenes_tea.roasted_oolong,
    "osmanthus-bags": scenes_tea.osmanthus_bags,
    "cold-brew": scenes_tea.cold_brew,
    "pineapple-cake": scenes_pastry.pineapple_cake,
    "sun-cake": scenes_pastry.sun_cake,
    "mung-bean-cake": scenes_pastry.mung_bean_cake,
    "nougat": scenes_sweets.nougat,
    "egg-rolls": scenes_sweets.egg_rolls,
    "gaiwan": scenes_teaware.gaiwan,
    "clay-pot": scenes_teaware.clay_pot,
    "tasting-cups": scenes_teaware.tasting_cups,
    "bamboo-tray": scenes_teaware.bamboo_tray,
    "glass-pitcher": scenes_teaware.glass_pitcher,
    "thread-noodles": scenes_pantry.thread_noodles,
    "honey": scenes_jars.honey,
    "sesame-oil": scenes_jars.sesame_oil,
    "brown-sugar": scenes_pantry.brown_sugar,
    "mushrooms": scenes_pantry.mushrooms,
    "dried-mango": scenes_jars.dried_mango,
    "soap": scenes_home.soap,
    "candle": scenes_home.candle,
    "tote-bag": scenes_home.tote_bag,
    "handkerchiefs": scenes_home.handkerchiefs,
    "incense": scenes_home.incense,
    "tea-gift": scenes_gifts.tea_gift,
    "tea-and-cake-gift": scenes_gifts.tea_and_cake_gift,
}

PICTURES: dict[Path, Callable[[], Canvas]] = {
    **{CATALOGUE / f"{name}.jpg": scene for name, scene in SCENES.items()},
    Path("bot/static/welcome.jpg"): scenes_welcome.welcome,
}
"""Every picture by its place below the project's root."""


def draw(picture: Path, root: Path = ROOT) -> Path:
    """Draw one of PICTURES below `root`; returns the file written."""
    file = root / picture
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(PICTURES[picture]().jpeg())
    return file


if __name__ == "__main__":
    for picture in PICTURES:
        print(draw(picture).relative_to(ROOT))
