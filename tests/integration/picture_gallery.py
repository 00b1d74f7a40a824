"""A shop whose pictures go to a storage: its console, its pages, its shell, and the stand-in's bucket."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask
from PIL import Image

from admin import console
from bot import pages
from dev.objects import Bucket, create_app
from dev.serve import Server
from settings import PictureStorage
from store import picture_commands, pictures
from store.object_storage import Storage
from store.picture_checkup import check_pictures
from store.shop import Shop
from tests.factories import scalar, stock_up
from tests.integration.console_house import Browser, House

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 400
PNG = b"\x89PNG\r\n\x1a\n" + bytes(300)


@dataclass
class Gallery:
    """A shop whose pictures go to a storage: its console, its pages, its shell."""

    house: House
    bucket: Bucket
    url: str
    storage: Storage | None
    shop: Shop = field(init=False)

    def __post_init__(self) -> None:
        self.shop = Shop(self.house.settings)
        self.use(self.storage)

    def use(self, storage: Storage | None, public_url: str = "") -> None:
        """Start the shop again with this storage, its pictures found at `public_url`."""
        self.storage = storage
        self.shop = Shop(replace(self.house.settings, pictures_public_url=public_url))
        self.house.app = Flask("shop", static_folder=None)
        self.house.app.register_blueprint(
            console.blueprint(self.house.db, self.shop, self.house.settings, storage)
        )
        self.house.app.register_blueprint(pages.blueprint(self.house.db, self.shop, storage))

    def hang(self, content: bytes) -> str:
        """Keep a picture as the console does; its digest."""
        away = pictures.put_away(pictures.examine(content), self.storage)
        return self.house.db.transaction(lambda tx: pictures.store(tx, away))

    def see(self, digest: str, **headers: str) -> Any:
        return self.house.app.test_client().get(f"/pictures/{digest}", headers=headers)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Status, output and complaints of `shop pictures …`."""
        self.house.app.cli.add_command(picture_commands.command(self.house.db, self.storage))
        done = self.house.app.test_cli_runner().invoke(args=["pictures", *words])
        return done.exit_code, done.stdout, done.stderr

    def doctor(self) -> list[tuple[bool, str]]:
        found = check_pictures(self.house.db, self.shop, self.storage)
        return [(check.ok, f"{check.name}: {check.says} {check.do}".strip()) for check in found]

    def where(self) -> tuple[int, int]:
        """How many pictures have their bytes in the database, and how many have not."""
        here = scalar(self.house.db, "SELECT count(*) FROM pictures WHERE content IS NOT NULL")
        away = scalar(self.house.db, "SELECT count(*) FROM pictures WHERE content IS NULL")
        return int(str(here)), int(str(away))


def keys(bucket: Bucket, url: str) -> PictureStorage:
    return PictureStorage(url, bucket.name, bucket.key.access, bucket.key.secret, bucket.key.region)


@contextmanager
def open_gallery(database_url: str) -> Iterator[Gallery]:
    """A gallery with an empty bucket that everybody may read."""
    bucket = Bucket(public=True)
    with Server(create_app(bucket)) as server:
        storage = Storage(keys(bucket, server.url))
        house = House(database_url)
        try:
            yield Gallery(house, bucket, server.url, storage)
        finally:
            bucket.closed.set()
            storage.close()
            house.db.close()


def photo(color: str = "teal") -> bytes:
    page = io.BytesIO()
    Image.new("RGB", (400, 300), color).save(page, "PNG")
    return page.getvalue()


def product_of(gallery: Gallery) -> tuple[Browser, int]:
    stock_up(gallery.house.db)
    return gallery.house.browser("staff"), int(str(scalar(gallery.house.db, "SELECT id FROM products")))
