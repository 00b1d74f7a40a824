"""What `shop doctor` looks at of pictures: the storage, what is not in it, and whether LINE can see them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import psycopg2
import requests

from store.checkup import TIME_LIMITS, Check
from store.db import Database, sql
from store.errors import DatabaseUnavailable, StorageError
from store.shop import Shop

if TYPE_CHECKING:
    from store.object_storage import Storage

_PROBE = b"written, read and removed by the doctor"
_SETTINGS = "check PICTURES_S3_ENDPOINT, _BUCKET, _REGION and the keys; the keys must be allowed to"
_PUBLIC = (
    "let everybody read pictures/ of the bucket and set PICTURES_PUBLIC_URL to the address it then has, or "
    "unset it; pictures still in the database: flask --app app shop pictures move storage"
)


def check_pictures(db: Database, shop: Shop, storage: Storage | None) -> Iterator[Check]:
    """Whether pictures can be kept and had; silent where the database is not there to tell."""
    try:
        counted = db.transaction(lambda tx: sql.pictures_counted(tx.connection), attempts=1)
    except (DatabaseUnavailable, psycopg2.errors.UndefinedTable):
        return
    if storage is None:
        yield _check_without_storage(counted)
    else:
        yield _check_storage(storage, counted)
    yield from _check_addresses(shop, counted)


def _check_without_storage(counted: Any) -> Check:
    if counted.elsewhere:
        words = f"{counted.elsewhere} of them are in a storage that is not configured any more"
        do = "set PICTURES_S3_… again; to do without: flask --app app shop pictures move database"
        return Check("pictures", False, words, do)
    return Check("pictures", True, f"{counted.here}, in the database")


def _check_storage(storage: Storage, counted: Any) -> Check:
    """Write, read and remove a small object."""
    name = f"doctor-{secrets.token_hex(8)}"
    step = "write"
    try:
        storage.put(name, _PROBE, "text/plain")
        step = "read"
        if storage.get(name) != _PROBE:
            raise StorageError("the picture storage has other bytes than were written")
        step = "delete"
        storage.delete(name)
    except StorageError as error:
        return Check("pictures", False, f"cannot {step}: {error}", f"{_SETTINGS} {step} objects")
    words = f"{counted.elsewhere} in the storage, which writes, reads and deletes"
    return Check("pictures", True, words + (f"; {counted.here} in the database" if counted.here else ""))


def _check_addresses(shop: Shop, counted: Any) -> Iterator[Check]:
    """Where they have an address of their own, the newest of each place must be there."""
    if not shop.pictures_elsewhere:
        return
    name = "picture address"
    for digest in filter(None, (counted.newest_elsewhere, counted.newest_here)):
        url = shop.picture_url(digest)
        try:
            answer = requests.head(url, timeout=TIME_LIMITS, allow_redirects=False)
        except requests.RequestException as error:
            yield Check(name, False, f"{url} does not answer ({type(error).__name__})", _PUBLIC)
            return
        if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith("image/"):
            yield Check(name, False, f"{url} shows no picture (HTTP {answer.status_code})", _PUBLIC)
            return
    yield Check(name, True, "pictures are shown where PICTURES_PUBLIC_URL says")
