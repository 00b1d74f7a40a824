"""Product pictures in object storage, over the socket of a stand-in that checks every signature."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from store import commands, object_storage, pictures
from store.catalogue_file import COLUMNS
from store.errors import StorageError
from store.object_storage import Storage
from tests.factories import scalar
from tests.integration.console_house import text
from tests.integration.picture_gallery import JPEG, PNG, Gallery, open_gallery, photo, product_of


@pytest.fixture
def gallery(database_url: str) -> Iterator[Gallery]:
    with open_gallery(database_url) as gallery:
        yield gallery


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less patience, for tests that wait for its end."""
    monkeypatch.setattr(object_storage, "TIME_LIMITS", (1.0, 1.0))
    monkeypatch.setattr(object_storage, "TURN_SECONDS", 0.2)


def test_a_picture_from_the_console_goes_to_the_storage_and_is_served_from_there(gallery: Gallery) -> None:
    browser, product = product_of(gallery)
    said = browser.said(browser.upload(f"/products/{product}/picture", "picture", photo()))
    assert "圖片已更換" in said
    digest = str(scalar(gallery.house.db, "SELECT picture FROM products"))
    assert gallery.where() == (0, 1)
    kept = gallery.bucket.objects[f"pictures/{digest}"]
    assert kept.headers == {
        "Content-Type": "image/jpeg", "Cache-Control": "public, max-age=31536000, immutable",
    }  # fmt: skip
    answer = gallery.see(digest)
    assert (answer.status_code, answer.data) == (200, kept.content)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == kept.headers["Cache-Control"]
    calls = len(gallery.bucket.calls)
    assert gallery.see(digest, **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert len(gallery.bucket.calls) == calls, "who has it already costs the storage nothing"
    assert f'src="/pictures/{digest}"' in text(browser.get(f"/products/{product}"))


def test_the_same_picture_twice_is_put_once(gallery: Gallery) -> None:
    assert gallery.hang(JPEG) == gallery.hang(JPEG)
    assert [call[0] for call in gallery.bucket.calls] == ["HEAD", "PUT", "HEAD"]
    assert gallery.where() == (0, 1)


def test_with_a_public_address_line_fetches_pictures_past_the_shop(gallery: Gallery) -> None:
    gallery.use(gallery.storage, f"{gallery.url}/{gallery.bucket.name}")
    digest = gallery.hang(PNG)
    url = gallery.shop.picture_url(digest)
    assert url == f"{gallery.url}/{gallery.bucket.name}/pictures/{digest}"
    answer = requests.get(url, timeout=5)
    assert answer.content == PNG
    assert answer.headers["Content-Type"] == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]
    assert gallery.shop.picture_url("https://elsewhere.example/a.jpg") == "https://elsewhere.example/a.jpg"


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("forbidden", {}),
        ("error", {}),
        ("reset", {}),
        ("slow", {"seconds": 9.0}),
        ("forbidden", {"method": "PUT"}),
    ],
)
@pytest.mark.usefixtures("hasty")
def test_a_storage_that_takes_no_picture_leaves_everything_as_it_was(
    gallery: Gallery, fault: str, more: dict[str, Any]
) -> None:
    browser, product = product_of(gallery)
    gallery.bucket.add_fault(fault, **more)
    answer = browser.upload(f"/products/{product}/picture", "picture", photo())
    assert answer.status_code == 503
    assert "什麼都還沒有改變" in text(answer)
    assert gallery.bucket.key.secret not in text(answer)
    assert scalar(gallery.house.db, "SELECT picture FROM products") == ""
    assert gallery.where() == (0, 0)
    assert scalar(gallery.house.db, "SELECT count(*) FROM audit_log WHERE action = 'product.picture'") == 0
    gallery.bucket.clear_faults()
    assert "圖片已更換" in browser.said(browser.upload(f"/products/{product}/picture", "picture", photo()))


def test_a_connection_that_breaks_once_is_made_again(gallery: Gallery) -> None:
    gallery.bucket.add_fault("reset", times=1)
    digest = gallery.hang(JPEG)
    gallery.bucket.add_fault("reset", times=1)
    assert gallery.see(digest).data == JPEG


@pytest.mark.parametrize("fault", ["forbidden", "error", "reset", "slow", "garbled", "cut"])
@pytest.mark.usefixtures("hasty")
def test_a_picture_that_cannot_be_had_is_not_kept_by_browsers(gallery: Gallery, fault: str) -> None:
    digest = gallery.hang(JPEG)
    gallery.bucket.add_fault(fault, seconds=9.0)
    answer = gallery.see(digest)
    assert answer.status_code == 503
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Retry-After"] == "5"
    assert "ETag" not in answer.headers
    assert gallery.house.app.test_client().head(f"/pictures/{'0' * 64}").status_code == 404


@pytest.mark.usefixtures("hasty")
def test_a_storage_that_hangs_is_left_alone_for_a_moment(gallery: Gallery) -> None:
    digest = gallery.hang(JPEG)
    gallery.bucket.add_fault("slow", seconds=9.0, times=1)
    assert gallery.see(digest).status_code == 503
    calls = len(gallery.bucket.calls)
    assert gallery.see(digest).status_code == 503
    assert gallery.storage is not None
    gallery.storage._rest_until = 0.0
    assert gallery.see(digest).data == JPEG
    assert len(gallery.bucket.calls) <= calls + 2


def test_a_picture_the_storage_has_lost_is_said_so(gallery: Gallery) -> None:
    digest = gallery.hang(JPEG)
    gallery.bucket.objects.clear()
    assert gallery.see(digest).status_code == 503
    assert gallery.hang(JPEG) == digest
    assert gallery.see(digest).data == JPEG, "sent in again, it is there again"


def test_only_so_many_wait_for_the_storage(gallery: Gallery, hasty: None) -> None:
    assert gallery.storage is not None
    turns = gallery.storage._turns
    for _ in range(object_storage.READERS):
        assert turns.acquire(blocking=False)
    with pytest.raises(StorageError, match="all turns"):
        gallery.storage.get("0" * 64)
    for _ in range(object_storage.READERS):
        turns.release()
    assert gallery.storage.get("0" * 64) is None


def test_nothing_larger_than_a_picture_is_read(gallery: Gallery) -> None:
    assert gallery.storage is not None
    gallery.storage.put("large", bytes(pictures.LARGEST_BYTES + 1), "image/png")
    with pytest.raises(StorageError, match="larger than a picture"):
        gallery.storage.get("large")


class Files:
    """A catalogue file with a picture beside it, brought in from a shell."""

    def __init__(self, folder: Path, gallery: Gallery) -> None:
        self.folder, self.gallery = folder, gallery
        (folder / "tea.png").write_bytes(PNG)

    def bring(self, *rows: str) -> tuple[int, str]:
        path = self.folder / "shop.csv"
        path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
        app, mine = Flask("shell"), self.gallery

        def no_worker(_threads: int) -> Any:
            raise AssertionError("no worker was wanted")

        app.cli.add_command(commands.group(mine.house.settings, mine.house.db, no_worker, mine.storage))
        done = app.test_cli_runner().invoke(args=["shop", "import-catalogue", str(path)])
        return done.exit_code, done.output


@pytest.fixture
def files(tmp_path: Path, gallery: Gallery) -> Files:
    return Files(tmp_path, gallery)


ROW = "T-1,高山烏龍,,茶葉,380,,12,,tea.png,1"


def test_the_pictures_of_a_catalogue_file_go_to_the_storage(gallery: Gallery, files: Files) -> None:
    assert files.bring(ROW)[0] == 0
    digest = str(scalar(gallery.house.db, "SELECT picture FROM products"))
    assert gallery.bucket.objects[f"pictures/{digest}"].content == PNG
    assert gallery.where() == (0, 1)
    exported = ROW.replace("tea.png", f"pictures/{digest}").replace("380", "390")
    assert files.bring(exported)[0] == 0, "an exported file names what is kept"
    assert files.bring(ROW)[0] == 0
    assert [call[0] for call in gallery.bucket.calls] == ["HEAD", "PUT", "HEAD"]


def test_a_storage_that_refuses_imports_nothing(gallery: Gallery, files: Files) -> None:
    gallery.bucket.add_fault("forbidden", method="PUT")
    status, output = files.bring(ROW)
    assert status == 1
    assert output == "the picture storage refused: HTTP 403 AccessDenied at PUT\n"
    assert scalar(gallery.house.db, "SELECT count(*) FROM products") == 0
    assert gallery.where() == (0, 0)


def test_a_bad_picture_is_named_before_anything_is_put(gallery: Gallery, files: Files) -> None:
    (files.folder / "notes.png").write_text("no picture")
    status, output = files.bring(ROW, "T-2,包種,,茶葉,300,,1,,notes.png,1")
    assert status == 1
    assert output == "line 3: image_url 'notes.png' is neither a JPEG nor a PNG\n"
    assert gallery.bucket.calls == []


def test_no_transaction_is_open_while_the_storage_is_asked(
    gallery: Gallery, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy: list[object] = []
    ask = Storage._call

    def watched(self: Storage, *given: Any, **more: Any) -> Any:
        busy.append(
            scalar(
                gallery.house.db,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state = 'idle in transaction'",
            )
        )
        return ask(self, *given, **more)

    monkeypatch.setattr(Storage, "_call", watched)
    browser, product = product_of(gallery)
    browser.upload(f"/products/{product}/picture", "picture", photo())
    digest = str(scalar(gallery.house.db, "SELECT picture FROM products"))
    gallery.see(digest)
    files.bring(ROW)
    gallery.run("move", "database")
    gallery.run("move", "storage")
    assert len(busy) > 8
    assert set(busy) == {0}


def test_importing_the_catalogue_needs_no_storage(gallery: Gallery, files: Files) -> None:
    gallery.use(None)
    assert files.bring(ROW)[0] == 0
    assert gallery.where() == (1, 0)
