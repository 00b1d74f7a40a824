"""The catalogue as a file: taken out, and taken in after a look at what it would change."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from admin.export import BOM, cell
from admin.products import picture_path
from store import catalogue_file
from store.catalogue_file import COLUMNS, Imported, Row
from store.db import Database, Transaction, sql
from store.text import storable_json

BATCH = 500
FIELDS = ("product", "option", "category", "price", "list_price", "stock", "description", "picture", "active")


@dataclass(frozen=True)
class Change:
    """What a file does to one SKU: what differs, before and after; `before` is None for a new one."""

    sku: str
    name: str
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True)
class Preview:
    """What a file would change; `version` names exactly this."""

    imported: Imported
    changes: tuple[Change, ...]

    @property
    def version(self) -> str:
        """The same only for the same changes."""
        words = storable_json([[change.sku, change.before, change.after] for change in self.changes])
        return hashlib.sha256(words.encode()).hexdigest()[:16]


class _RolledBack(Exception):
    """Carries what was found out of a transaction that is not to last."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("a rehearsal")
        self.preview = preview


def export(db: Database) -> Iterator[str]:
    """The catalogue file in pieces, a short transaction for every few hundred products."""
    yield BOM + _text([list(COLUMNS)])
    ids = db.transaction(lambda tx: [row.id for row in sql.catalogue_products(tx.connection)])
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        rows = db.transaction(
            lambda tx, some=some: [_line(row) for row in sql.catalogue_rows(tx.connection, product_ids=some)]  # type: ignore[misc]
        )
        yield _text(rows)


def rehearse(db: Database, rows: list[Row], actor: str) -> Preview:
    """What an import would change: it is done, looked at and rolled back. Raises `CatalogueError`."""

    def work(tx: Transaction) -> None:
        raise _RolledBack(do(tx, rows, actor))

    try:
        db.transaction(work)
    except _RolledBack as rolled_back:
        return rolled_back.preview
    raise AssertionError("a rehearsal cannot end without its result")


def do(tx: Transaction, rows: list[Row], actor: str) -> Preview:
    """Import the rows, and say what that changed. Raises `CatalogueError`."""
    codes = [row.sku for row in rows]
    before = _snapshot(tx, codes)
    imported = catalogue_file.import_rows(tx, rows, actor)
    after = _snapshot(tx, codes)
    changes = (_change(code, before.get(code), after[code]) for code in codes)
    return Preview(imported, tuple(change for change in changes if change))


def _snapshot(tx: Transaction, codes: list[str]) -> dict[str, dict[str, Any]]:
    rows = sql.catalogue_of(tx.connection, codes=codes)
    return {row.sku: {name: getattr(row, name) for name in FIELDS} for row in rows}


def _change(code: str, before: dict[str, Any] | None, after: dict[str, Any]) -> Change | None:
    name = " ".join(part for part in (after["product"], after["option"]) if part)
    if before is None:
        return Change(code, name, None, after)
    changed = [field for field in FIELDS if before[field] != after[field]]
    was, now = ({field: facts[field] for field in changed} for facts in (before, after))
    return Change(code, name, was, now) if changed else None


def _line(row: Any) -> list[Any]:
    picture = picture_path(row.picture).removeprefix("/") or row.picture
    return [
        row.sku, row.product, row.option, row.category, row.price, row.list_price, row.stock,
        row.description, picture, "yes" if row.active else "no",
    ]  # fmt: skip


def _text(rows: list[list[Any]]) -> str:
    page = io.StringIO()
    csv.writer(page, lineterminator="\r\n").writerows([[cell(value) for value in row] for row in rows])
    return page.getvalue()
