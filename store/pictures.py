"""Pictures, kept in the database under the digest of their bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from store.db import Transaction, sql

_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
LARGEST_BYTES = 1_000_000


class PictureError(ValueError):
    """The bytes are no picture the shop can use; the message says why."""


@dataclass(frozen=True)
class Picture:
    """A stored picture."""

    media_type: str
    content: bytes


def store(tx: Transaction, content: bytes) -> str:
    """Keep a JPEG or PNG and return its digest; the same bytes twice are one picture.

    Raises `PictureError` when it is neither, or larger than LINE recommends (1 MB).
    """
    media_type = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if media_type is None:
        raise PictureError("is neither a JPEG nor a PNG")
    if len(content) > LARGEST_BYTES:
        raise PictureError(f"is larger than {LARGEST_BYTES:,} bytes")
    digest = hashlib.sha256(content).hexdigest()
    sql.picture_store(tx.connection, digest=digest, media_type=media_type, content=content)
    return digest


def load(tx: Transaction, digest: str) -> Picture | None:
    """The picture with this digest, or None."""
    row = sql.picture_by_digest(tx.connection, digest=digest)
    return Picture(row.media_type, bytes(row.content)) if row else None
