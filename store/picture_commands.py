"""`flask --app app shop pictures …`: pictures between the database and the storage, and out of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from store import pictures
from store.commands import one_line_errors
from store.db import Database, sql
from store.errors import StorageError, StoreError

if TYPE_CHECKING:
    from store.object_storage import Storage

_BATCH = 100
_TOLD = 50


def command(db: Database, storage: Storage | None) -> click.Group:
    """`shop pictures move storage|database` and `shop pictures erase DIGEST`."""
    group = click.Group("pictures", help="Where the bytes of pictures are.")

    @group.command("move")
    @click.argument("to", type=click.Choice(["storage", "database"]))
    def move(to: str) -> None:
        """Move pictures to the storage or back; what is done stays done when it is broken off."""
        with one_line_errors():
            count = 0
            for count, _digest in enumerate(_moved(db, _needed(storage), to), 1):
                if count % _TOLD == 0:
                    click.echo(f"{count} pictures moved")
        click.echo(f"all pictures are in the {to}; {count} were moved now")

    @group.command("erase")
    @click.argument("digest")
    def erase(digest: str) -> None:
        """Forget a picture for good; its DIGEST is the last part of its address. No product may show it."""
        with one_line_errors():
            _erase(db, storage, digest)
        click.echo(f"erased {digest}; who has seen it may keep a copy for a year")

    return group


def _moved(db: Database, storage: Storage, to: str) -> Iterator[str]:
    """Move one picture after the other, each read again where it went before it is given up where it was."""
    listed, move = (sql.pictures_here, _move_out) if to == "storage" else (sql.pictures_elsewhere, _move_in)
    for digest in _each(db, listed):
        move(db, storage, digest)
        yield digest


def _each(db: Database, listed: Callable[..., Any]) -> Iterator[str]:
    after = ""
    while digests := db.transaction(
        lambda tx, after=after: list(listed(tx.connection, after=after, limit=_BATCH))  # type: ignore[misc]
    ):
        yield from digests
        after = digests[-1]


def _move_out(db: Database, storage: Storage, digest: str) -> None:
    picture = db.transaction(lambda tx: pictures.find(tx, digest))
    if picture is None or picture.content is None:
        return  # erased, or moved by somebody else, meanwhile
    away = pictures.put_away(picture, storage)
    pictures.content_of(away, storage)
    db.transaction(lambda tx: sql.picture_move_out(tx.connection, digest=digest))


def _move_in(db: Database, storage: Storage, digest: str) -> None:
    picture = db.transaction(lambda tx: pictures.find(tx, digest))
    if picture is None:
        return
    content = pictures.content_of(picture, storage)
    db.transaction(lambda tx: sql.picture_move_in(tx.connection, digest=digest, content=content))


def _erase(db: Database, storage: Storage | None, digest: str) -> None:
    picture = db.transaction(lambda tx: pictures.find(tx, digest))
    if picture is None:
        raise StoreError(f"there is no picture {digest}")
    if picture.content is None:
        storage = _needed(storage)
    if db.transaction(lambda tx: sql.picture_forget(tx.connection, digest=digest)) is None:
        raise StoreError("a product shows this picture: give it another one in the console first")
    if storage:
        storage.delete(digest)


def _needed(storage: Storage | None) -> Storage:
    if storage is None:
        raise StorageError("no picture storage is configured: set PICTURES_S3_ENDPOINT and its neighbours")
    return storage
