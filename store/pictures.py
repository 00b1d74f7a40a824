"""Pictures, named by the digest of their bytes: kept in the database, or in object storage if there is one.

Each picture has a row. What goes into the storage goes there before the row that names it is written, and
outside any transaction; done twice it is done once, for the name is made of the bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.db import Transaction, sql
from store.errors import StorageError

if TYPE_CHECKING:
    from store.object_storage import Storage

_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
LARGEST_BYTES = 1_000_000
FOR_EVER = "public, max-age=31536000, immutable"
"""How long an answer with a picture may be kept (RFC 8246): its address names its bytes."""


class PictureError(ValueError):
    """The bytes are no picture the shop can use; the message says why."""


@dataclass(frozen=True)
class Picture:
    """A picture; `content` is None where its bytes lie in the storage."""

    digest: str
    media_type: str
    content: bytes | None


def examine(content: bytes) -> Picture:
    """A JPEG or PNG, named by its digest.

    Raises `PictureError` when it is neither, or larger than LINE recommends (1 MB).
    """
    media_type = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if media_type is None:
        raise PictureError("is neither a JPEG nor a PNG")
    if len(content) > LARGEST_BYTES:
        raise PictureError(f"is larger than {LARGEST_BYTES:,} bytes")
    return Picture(_digest(content), media_type, content)


def put_away(picture: Picture, storage: Storage | None) -> Picture:
    """The picture as its row is to have it: with its bytes in the storage, where there is one.

    Asks the outside: not to be called inside a transaction. Raises `StorageError`.
    """
    if storage is None or picture.content is None:
        return picture
    if not storage.has(picture.digest):
        storage.put(picture.digest, picture.content, picture.media_type)
    return replace(picture, content=None)


def store(tx: Transaction, picture: Picture) -> str:
    """Keep a picture that was put away and return its digest; the same bytes twice are one picture."""
    sql.picture_store(
        tx.connection, digest=picture.digest, media_type=picture.media_type, content=picture.content
    )
    return picture.digest


def find(tx: Transaction, digest: str) -> Picture | None:
    """The picture with this digest, as its row has it, or None."""
    row = sql.picture_by_digest(tx.connection, digest=digest)
    if row is None:
        return None
    return Picture(digest, row.media_type, None if row.content is None else bytes(row.content))


def content_of(picture: Picture, storage: Storage | None) -> bytes:
    """The bytes, wherever they lie. Not to be called inside a transaction.

    Raises `StorageError` where the storage does not answer, has lost the picture or has something else.
    """
    if picture.content is not None:
        return picture.content
    if storage is None:
        raise StorageError("the picture lies in a storage, and none is configured: set PICTURES_S3_…")
    content = storage.get(picture.digest)
    if content is None:
        raise StorageError(f"the picture storage has no picture {picture.digest}")
    if _digest(content) != picture.digest:
        raise StorageError(f"the picture storage has other bytes under {picture.digest}")
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
