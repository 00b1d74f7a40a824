"""The sample shop: its catalogue keeps the format merchants use, its pictures are as the script draws."""

import csv
import platform
from pathlib import Path

import pytest
from PIL import Image

from dev.catalogue.draw import CATALOGUE, PICTURES, ROOT, draw

SAMPLE = ROOT / "dev/catalogue/sample.csv"
HEADER = "sku,product,option,category,price,list_price,stock,description,image_url,active"
COLUMNS = HEADER.split(",")
PIXEL_LIMIT = 1024
BYTE_LIMIT = 90_000

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def options_by_product(rows: list[Row]) -> dict[str, list[str]]:
    products: dict[str, list[str]] = {}
    for row in rows:
        products.setdefault(row["product"], []).append(row["option"])
    return products


def test_every_row_keeps_the_format_of_the_catalogue_file(rows: list[Row]) -> None:
    for row in rows:
        assert list(row) == COLUMNS, row
        assert all(value is not None and value == value.strip() for value in row.values()), row
        assert row["sku"].isascii(), row
        assert row["product"], row
        assert row["category"], row
        assert row["price"].isdecimal(), row
        assert row["stock"].isdecimal(), row
        assert row["list_price"] == "" or int(row["list_price"]) > int(row["price"]), row
        assert row["active"] in {"1", "0", "yes", "no", "true", "false", ""}, row


def test_no_sku_and_no_option_of_a_product_comes_twice(rows: list[Row]) -> None:
    assert len({row["sku"] for row in rows}) == len(rows)
    assert all(len(set(options)) == len(options) for options in options_by_product(rows).values())


def test_a_product_has_one_category_and_one_picture(rows: list[Row]) -> None:
    products = options_by_product(rows)
    assert len({(row["product"], row["category"], row["image_url"]) for row in rows}) == len(products)


def test_a_product_with_several_skus_names_each_option(rows: list[Row]) -> None:
    assert all(all(options) for options in options_by_product(rows).values() if len(options) > 1)


def test_the_shop_is_large_enough_to_browse(rows: list[Row]) -> None:
    assert len(rows) >= 40
    assert len(options_by_product(rows)) >= 24
    assert 5 <= len({row["category"] for row in rows}) <= 6


def test_the_shop_shows_options_offers_and_scarcity(rows: list[Row]) -> None:
    products = options_by_product(rows)
    assert sum(len(options) > 1 for options in products.values()) >= 5
    assert sum(row["list_price"] != "" for row in rows) >= 5
    assert sum(row["stock"] == "0" for row in rows) == 1
    assert sum(row["stock"] == "2" for row in rows) == 1
    assert products["高山烏龍"] == ["75 克", "150 克"]


def test_the_sold_out_sku_is_all_there_is_of_its_product(rows: list[Row]) -> None:
    sold_out = next(row["product"] for row in rows if row["stock"] == "0")
    assert len(options_by_product(rows)[sold_out]) == 1


def test_every_drawn_product_picture_is_used_and_every_used_one_is_drawn(rows: list[Row]) -> None:
    used = {Path("dev/catalogue") / row["image_url"] for row in rows}
    drawn = {picture for picture in PICTURES if picture.parent == CATALOGUE}
    assert used == drawn
    assert {file.relative_to(ROOT) for file in (ROOT / CATALOGUE).iterdir()} == drawn


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_a_picture_is_a_small_jpeg(picture: Path) -> None:
    file = ROOT / picture
    assert file.stat().st_size <= BYTE_LIMIT
    with Image.open(file) as image:
        assert image.format == "JPEG"
        assert image.mode == "RGB"
        assert max(image.size) <= PIXEL_LIMIT
        image.load()


def test_the_welcome_picture_has_the_proportions_of_a_hero() -> None:
    with Image.open(ROOT / "bot/static/welcome.jpg") as image:
        assert image.width / image.height == pytest.approx(20 / 13, abs=0.005)


@pytest.mark.parametrize("name", ["oolong", "pineapple-cake"])
def test_drawing_again_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    picture = CATALOGUE / f"{name}.jpg"
    assert draw(picture, tmp_path / "once").read_bytes() == draw(picture, tmp_path / "again").read_bytes()


@pytest.mark.skipif(
    platform.machine().lower() not in {"x86_64", "amd64"},
    reason="the pictures were drawn on x86-64; elsewhere the last bit of a coordinate may round otherwise",
)
@pytest.mark.parametrize("name", ["oolong", "thread-noodles"])
def test_the_pictures_kept_with_the_shop_are_what_the_script_draws(name: str, tmp_path: Path) -> None:
    picture = CATALOGUE / f"{name}.jpg"
    assert draw(picture, tmp_path).read_bytes() == (ROOT / picture).read_bytes()
