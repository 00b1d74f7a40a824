"""Import of the merchant's catalogue file: CSV, one row per SKU, all or nothing.

A SKU's `stock` in the file is what lies in the house, including what is promised to orders that have
not left it; what can be sold is the rest. So importing the same file again changes nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from store import pictures, search
from store.db import Database, Transaction, sql
from store.errors import CatalogueError
from store.pictures import Picture, PictureError
from store.text import FORMULA

if TYPE_CHECKING:
    from store.object_storage import Storage

COLUMNS = (
    "sku",
    "product",
    "option",
    "category",
    "price",
    "list_price",
    "stock",
    "description",
    "image_url",
    "active",
)
_TRUE, _FALSE = {"", "1", "yes", "true"}, {"0", "no", "false"}
_MOST = 9_999_999  # what one order may cost at the bank: Amount is 9(9) in hundredths of TWD
# A picture that is kept here already, as an exported file names it.
_KEPT = re.compile(r"pictures/([0-9a-f]{64})")
# An exported file guards what a spreadsheet would run with an apostrophe; it is no part of the text.
_GUARDED = re.compile("'" + FORMULA)
_LONGEST = {"sku": 50, "product": 80, "option": 40, "category": 40, "description": 2000, "image_url": 1000}


@dataclass(frozen=True)
class Row:
    """One valid row; `line` is its line number in the file, prices in TWD."""

    line: int
    sku: str
    product: str
    option: str
    category: str
    price: int
    list_price: int | None
    stock: int
    description: str
    image_url: str
    active: bool


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    skus: int
    products: int
    categories: int
    stock_changes: int


def import_file(db: Database, path: Path, actor: str = "import", storage: Storage | None = None) -> Imported:
    """Import a catalogue file in one transaction, its pictures put away before.

    Raises `CatalogueError` with a sentence and a line number for every row that is wrong, and
    `StorageError` where the storage takes no picture; then nothing of the file is imported.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CatalogueError([f"cannot read {path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise CatalogueError([f"the file is not UTF-8 (byte {error.start})"]) from error
    rows = parse(text)
    images = _read_pictures(rows, path.parent)
    images = {name: pictures.put_away(image, storage) for name, image in images.items()}
    return db.transaction(lambda tx: _store(tx, rows, images, actor))


def import_rows(tx: Transaction, rows: list[Row], actor: str) -> Imported:
    """Import rows that came without a folder: a picture is an address or one that is kept here already.

    Raises `CatalogueError` like `import_file`; the transaction must then be rolled back.
    """
    problems = [
        f"line {row.line}: image_url {row.image_url!r} must be an https address; "
        "upload other pictures on the product's page"
        for row in rows
        if row.image_url and not urlsplit(row.image_url).scheme and not _KEPT.fullmatch(row.image_url)
    ]
    if problems:
        raise CatalogueError(problems)
    return _store(tx, rows, {}, actor)


def parse(text: str) -> list[Row]:
    """The rows of a catalogue file; raises `CatalogueError` naming line, field and rule of each fault.

    The line is the one a row begins on, for a quoted field may go over several.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, problems = [], []
    line = 1
    try:
        header = _header(next(reader, []))
        line = reader.line_num + 1
        for fields in reader:
            if fields:  # else an empty line
                try:
                    rows.append(_row(line, header, fields))
                except ValueError as error:
                    problems.append(f"line {line}: {error}")
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(f"line {line}: {error}")
    problems += _contradictions(rows)
    if problems:
        raise CatalogueError(problems)
    if not rows:
        raise CatalogueError(["the file has no rows"])
    return rows


def _header(fields: list[str]) -> list[str]:
    header = [name.strip() for name in fields]
    for fault, names in (
        ("lacks", [name for name in COLUMNS if name not in header]),
        ("has unknown columns:", [name for name in header if name not in COLUMNS]),
        ("has more than once:", [name for name in COLUMNS if header.count(name) > 1]),
    ):
        if names:
            raise CatalogueError([f"line 1: the header {fault} {', '.join(names)}"])
    return header


def _row(line: int, header: list[str], fields: list[str]) -> Row:
    if len(fields) != len(header):
        raise ValueError(f"has {len(fields)} fields, the header has {len(header)}")
    values = {name: _unguarded(field.strip()) for name, field in zip(header, fields, strict=True)}
    for name in ("sku", "product", "category"):
        if not values[name]:
            raise ValueError(f"{name} must not be empty")
    for name, most in _LONGEST.items():
        if len(values[name]) > most:
            raise ValueError(f"{name} is longer than {most} characters")
        if "\x00" in values[name]:
            raise ValueError(f"{name} contains a NUL character")
    active = values["active"].lower()
    if active not in _TRUE | _FALSE:
        raise ValueError(f"active must be one of 1/0/yes/no/true/false, not {values['active']!r}")
    return Row(
        line=line,
        sku=values["sku"],
        product=values["product"],
        option=values["option"],
        category=values["category"],
        price=_whole("price", values["price"]),
        list_price=_whole("list_price", values["list_price"]) if values["list_price"] else None,
        stock=_whole("stock", values["stock"]),
        description=values["description"],
        image_url=_image("image_url", values["image_url"]),
        active=active in _TRUE,
    )


def _unguarded(field: str) -> str:
    return field[1:].strip() if _GUARDED.match(field) else field


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name} must be a whole number of at least 0, not {text!r}")
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(_MOST)) or int(digits) > _MOST:
        raise ValueError(f"{name} is more than {_MOST}")
    return int(digits)


def _image(name: str, text: str) -> str:
    try:
        address = urlsplit(text)
    except ValueError as error:
        raise ValueError(f"{name} is no address: {error}") from error
    if address.scheme == "" or (address.scheme == "https" and address.netloc and not re.search(r"\s", text)):
        return text
    raise ValueError(f"{name} must be an https address or a file beside the catalogue, not {text!r}")


def _contradictions(rows: Iterable[Row]) -> list[str]:
    problems = []
    skus: dict[str, int] = {}
    options: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if (first := skus.setdefault(row.sku, row.line)) != row.line:
            problems.append(f"line {row.line}: sku {row.sku!r} is already on line {first}")
        key = (row.category, row.product, row.option)
        if (first := options.setdefault(key, row.line)) != row.line:
            problems.append(
                f"line {row.line}: {row.product!r} has option {row.option!r} on line {first} already"
            )
    return problems


def _read_pictures(rows: list[Row], folder: Path) -> dict[str, Picture]:
    """The pictures that lie beside the file; addresses stay addresses."""
    images: dict[str, Picture] = {}
    problems = []
    for row in rows:
        name = row.image_url
        if not name or urlsplit(name).scheme or name in images or _KEPT.fullmatch(name):
            continue
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            problems.append(f"line {row.line}: image_url {name!r} lies outside the catalogue's folder")
            continue
        try:
            images[name] = pictures.examine(path.read_bytes())
        except OSError as error:
            problems.append(f"line {row.line}: image_url {name!r} cannot be read: {error.strerror}")
        except PictureError as error:
            problems.append(f"line {row.line}: image_url {name!r} {error}")
    if problems:
        raise CatalogueError(problems)
    return images


def _store(tx: Transaction, rows: list[Row], images: dict[str, Picture], actor: str) -> Imported:
    conn = tx.connection
    sql.import_lock(conn)
    addresses = _store_pictures(tx, rows, images)
    names = list(dict.fromkeys(row.category for row in rows))
    categories = {row.name: row.id for row in sql.import_categories(conn, names=names)}
    products = _store_products(tx, rows, categories, addresses)
    codes = [row.sku for row in rows]
    known = list(sql.import_skus_lock(conn, codes=codes))
    held = {
        row.sku_id: int(row.held) for row in sql.import_skus_held(conn, sku_ids=[sku.id for sku in known])
    }
    _refuse_below_held(rows, {sku.code: held.get(sku.id, 0) for sku in known})
    _refuse_taken_options(tx, rows, categories, products)
    ids = _store_skus(tx, rows, categories, products)
    changes = sql.import_stock(
        conn,
        sku_ids=[ids[row.sku] for row in rows],
        counts=[row.stock - held.get(ids[row.sku], 0) for row in rows],
        actor=actor,
    )
    search.refresh(tx, {*products.values(), *(sku.product_id for sku in known)})
    return Imported(len(rows), len(products), len(categories), int(changes))


def _store_pictures(tx: Transaction, rows: list[Row], images: dict[str, Picture]) -> dict[str, str]:
    """What products.picture is to hold, by the image_url of the file."""
    addresses = {row.image_url: row.image_url for row in rows}
    kept = {name: found[1] for name in addresses if (found := _KEPT.fullmatch(name))}
    known = {row.digest for row in sql.pictures_known(tx.connection, digests=list(kept.values()))}
    for row in rows:
        if row.image_url in kept and kept[row.image_url] not in known:
            raise CatalogueError([f"line {row.line}: there is no picture {row.image_url!r} here"])
    return addresses | kept | {name: pictures.store(tx, image) for name, image in images.items()}


def _store_products(
    tx: Transaction, rows: list[Row], categories: dict[str, int], addresses: dict[str, str]
) -> dict[tuple[int, str], int]:
    first: dict[tuple[int, str], Row] = {}
    for row in rows:
        first.setdefault((categories[row.category], row.product), row)
    stored = sql.import_products(
        tx.connection,
        category_ids=[category for category, _ in first],
        names=[name for _, name in first],
        descriptions=[row.description for row in first.values()],
        pictures=[addresses[row.image_url] for row in first.values()],
    )
    return {(row.category_id, row.name): row.id for row in stored}


def _store_skus(
    tx: Transaction, rows: list[Row], categories: dict[str, int], products: dict[tuple[int, str], int]
) -> dict[str, int]:
    keys: dict[str, list[Any]] = {
        "product_ids": [products[categories[row.category], row.product] for row in rows],
        "codes": [row.sku for row in rows],
        "options": [row.option for row in rows],
    }
    facts: dict[str, list[Any]] = {
        "prices": [row.price for row in rows],
        "list_prices": [row.list_price for row in rows],
        "actives": [row.active for row in rows],
    }
    sql.import_skus_park_options(tx.connection, **keys)
    sql.import_skus_update(tx.connection, **keys, **facts)
    sql.import_skus_insert(tx.connection, **keys, **facts)
    return {row.code: row.id for row in sql.import_skus_ids(tx.connection, codes=keys["codes"])}


def _refuse_below_held(rows: list[Row], held: dict[str, int]) -> None:
    problems = [
        f"line {row.line}: stock of {row.sku!r} is {row.stock}, but orders hold {held[row.sku]}"
        for row in rows
        if row.stock < held.get(row.sku, 0)
    ]
    if problems:
        raise CatalogueError(problems)


def _refuse_taken_options(
    tx: Transaction, rows: list[Row], categories: dict[str, int], products: dict[tuple[int, str], int]
) -> None:
    """A SKU that is not in the file may already sell an option the file gives to another SKU."""
    lines = {(products[categories[row.category], row.product], row.option): row for row in rows}
    taken = sql.import_skus_taken(
        tx.connection,
        product_ids=[product for product, _ in lines],
        options=[option for _, option in lines],
        codes=[row.sku for row in rows],
    )
    problems = [
        f"line {lines[other.product_id, other.option].line}: option {other.option!r} of "
        f"{lines[other.product_id, other.option].product!r} is already sold as sku {other.code!r}, "
        "which is not in the file"
        for other in taken
    ]
    if problems:
        raise CatalogueError(problems)
