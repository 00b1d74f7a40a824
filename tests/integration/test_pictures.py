from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import pages
from settings import LineSettings, Settings
from store import pictures
from store.db import Database
from store.shop import Shop

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
PNG = b"\x89PNG\r\n\x1a\n" + bytes(300)


class Gallery:
    """An application with nothing but the bot's pages, and the database of its pictures."""

    def __init__(self, database_url: str) -> None:
        self.db = Database(database_url)
        self.shop = Shop(
            Settings(
                database_url=database_url,
                public_url="https://shop.example",
                secret_key="a-secret-for-tests",
                line=LineSettings(secrets=("s",), token="t"),
                sinopac=None,
            )
        )
        app = Flask("pages")  # with Flask's own static route, which must not win
        app.register_blueprint(pages.blueprint(self.db, self.shop))
        self.client: FlaskClient = app.test_client()

    def hang(self, content: bytes) -> str:
        """Store a picture; the path of its address."""
        digest = self.db.transaction(lambda tx: pictures.store(tx, pictures.examine(content)))
        return self.shop.picture_url(digest).removeprefix("https://shop.example")


@pytest.fixture
def gallery(database_url: str) -> Iterator[Gallery]:
    gallery = Gallery(database_url)
    yield gallery
    gallery.db.close()


@pytest.mark.parametrize(("content", "media_type"), [(JPEG, "image/jpeg"), (PNG, "image/png")])
def test_a_stored_picture_is_served_byte_for_byte(gallery: Gallery, content: bytes, media_type: str) -> None:
    response = gallery.client.get(gallery.hang(content))
    assert response.status_code == 200
    assert response.data == content
    assert response.headers["Content-Type"] == media_type
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_picture_may_be_kept_for_ever(gallery: Gallery) -> None:
    path = gallery.hang(JPEG)
    first = gallery.client.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = gallery.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert gallery.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_head_of_a_picture_has_no_body(gallery: Gallery) -> None:
    response = gallery.client.head(gallery.hang(JPEG))
    assert response.status_code == 200
    assert response.data == b""
    assert response.headers["Content-Length"] == str(len(JPEG))


def test_an_unknown_picture_is_not_found_and_not_cached(gallery: Gallery) -> None:
    response = gallery.client.get(f"/pictures/{'0' * 64}", headers={"If-None-Match": "*"})
    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 64 + "%0A", "%00" * 64, "..%2f..%2fetc%2fpasswd",
     "0" * 64 + ".jpg", "%ff%fe", "９" * 64],
)  # fmt: skip
def test_what_is_no_digest_never_reaches_the_database(
    gallery: Gallery, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(gallery.db, "transaction", refuse)
    assert gallery.client.get(f"/pictures/{name}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pictures_cannot_be_changed_from_outside(gallery: Gallery, method: str) -> None:
    assert gallery.client.open(gallery.hang(JPEG), method=method).status_code == 405


def test_static_files_are_cached_for_minutes(gallery: Gallery) -> None:
    first = gallery.client.get("/static/pages.css")
    assert first.status_code == 200
    assert first.headers["Content-Type"].startswith("text/css")
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=300" in first.headers["Cache-Control"]
    assert "no-store" not in first.headers["Cache-Control"]
    tag = {"If-None-Match": first.headers["ETag"]}
    assert gallery.client.get("/static/pages.css", headers=tag).status_code == 304


@pytest.mark.parametrize("name", ["nothing.css", "..%2fpages.py", "..", "%00", "../../settings.py", "."])
def test_only_files_of_the_static_folder_are_served(gallery: Gallery, name: str) -> None:
    response = gallery.client.get(f"/static/{name}")
    assert response.status_code == 404
    assert b"import" not in response.data


def test_the_style_sheet_loads_nothing_from_elsewhere() -> None:
    text = (Path(pages.__file__).parent / "static" / "pages.css").read_text()
    assert "url(" not in text
    assert "@import" not in text
