"""Hostile files: catalogues that lie, and bytes that say they are a picture."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping

from PIL import Image

from store.catalogue_file import COLUMNS
from tests.integration.hostile_street import Attack, Street
from tests.unit.test_photos import drawn, png_head


def files(street: Street) -> Iterator[Attack]:
    """Catalogue files that lie: refused with the line and the rule, and nothing of them is kept."""
    good = dict(zip(COLUMNS, ["ZZ-1", "Tea", "", "Tea", "10", "", "1", "", "", "yes"], strict=True))
    for trick, (column, value) in _BAD_CELLS.items():
        yield _file(street, f"{column}: {trick}", _csv(good | {column: value}), "第 2 列")
    for trick, (content, says) in _bad_files(good).items():
        yield _file(street, trick, content, says)


_BAD_CELLS = {
    "empty": ("sku", ""), "too long": ("sku", "x" * 51), "NUL": ("product", "a\0b"),
    "no product": ("product", " "),
    "a product too long": ("product", "x" * 81), "an option too long": ("option", "x" * 41),
    "no category": ("category", ""),
    "words too long": ("description", "x" * 2001), "less than zero": ("price", "-1"),
    "a fraction": ("price", "1.5"),
    "an exponent": ("price", "1e3"), "huge": ("price", "9" * 30), "5,000 digits": ("price", "9" * 5000),
    "a formula": ("price", "=1+1"),
    "full width": ("price", "\uff11"), "money": ("price", "NT$10"), "no price": ("price", ""),
    "stock below zero": ("stock", "-5"),
    "a superscript": ("stock", "\u00b2"), "no stock": ("stock", ""),
    "a list price that is none": ("list_price", "x"),
    "neither yes nor no": ("active", "maybe"), "a script": ("image_url", "javascript:zz()"),
    "http": ("image_url", "http://evil.example/x.png"),
    "a file of the disk": ("image_url", "file:///etc/passwd"), "a way up": ("image_url", "../../etc/passwd"),
    "a name": ("image_url", "x.png"),
    "data": ("image_url", "data:text/html,zz"), "a blank inside": ("image_url", "https://evil.example/a b"),
    "no host": ("image_url", "https:///x"),
    "a picture nobody has": ("image_url", "pictures/" + "0" * 64),
    "half an address": ("image_url", "https://[::1"),
}  # fmt: skip


def _bad_files(good: Mapping[str, str]) -> dict[str, tuple[bytes, str]]:
    head, line = ",".join(COLUMNS), ",".join(good.values())
    many = "".join(f"{line.replace('ZZ-1', f'Z{n}').replace('Tea', f'T{n}', 1)}\r\n" for n in range(10_001))
    both = f"{head}\r\n{line}\r\n"
    archive = b"PK\x03\x04" + bytes(200)
    return {
        "no file": (b"", "請選擇一個檔案"), "only a head": (head.encode(), "檔案裡沒有商品"),
        "UTF-16": (both.encode("utf-16"), "UTF-8"),
        "Big5": (both.replace("Tea", "茶葉").encode("big5"), "UTF-8"),
        "GBK": (both.replace("Tea", "茶叶").encode("gbk"), "UTF-8"),
        "columns missing": (b"sku,product\r\nA,B\r\n", "少了欄位"),
        "columns unknown": (f"{head},evil\r\n{line},1".encode(), "不認得的欄位"),
        "a column twice": (f"{head},sku\r\n{line},1".encode(), "重複的欄位"),
        "a field too many": (f"{both}{line},1".encode(), "第 3 列"),
        "the same goods twice": (f"{both}{line}".encode(), "第 3 列"),
        "a quote that does not end": (f'{both}"{line}'.encode(), "第 3 列"),
        "YAML": (b"- sku: A\n  product: !!python/object/apply:os.system [id]\n", "標題列"),
        "JSON": (b'[{"sku":"A"}]', "標題列"),
        "HTML": (b"<table><tr><td>sku</td></tr></table>", "標題列"), "a workbook": (archive, ""),
        "a picture": (drawn("PNG"), ""),
        "tabs": (both.replace(",", "\t").encode(), "標題列"),
        "semicolons": (both.replace(",", ";").encode(), "標題列"),
        "NUL everywhere": (b"\0" * 1000, "標題列"), "one line of 200 KB": (b"x" * 200_000, ""),
        "100,000 commas": (b"," * 100_000, "標題列"),
        "10,001 rows": (f"{head}\r\n{many}".encode(), "超過 10000 列"),
        "5 MB and more": (both.encode() + b" " * (5 << 20), "檔案太大"),
    }  # fmt: skip


def _csv(row: Mapping[str, str]) -> bytes:
    quoted = ",".join(f'"{value}"' for value in row.values())
    return f"{','.join(COLUMNS)}\r\n{quoted}\r\n".encode()


def pictures(street: Street) -> Iterator[Attack]:
    """Pictures that are none, or more than one can hold."""
    for trick, content in bad_pictures().items():
        body = upload(street, "picture", content, name="ZZ", category="茶葉")
        for path in (f"/admin/products/{street.values['product_id']}/picture", "/admin/products/new"):
            yield Attack(
                "pictures",
                trick,
                "POST",
                path,
                "owner",
                body,
                UPLOAD,
                answers=frozenset({413, 422}),
                says="圖",
            )


def bad_pictures() -> dict[str, bytes]:
    """Bytes that say they are a picture."""
    page, frames = io.BytesIO(), [Image.new("P", (200, 200), n) for n in range(3)]
    frames[0].save(page, "GIF", save_all=True, append_images=frames[1:])
    jpeg, png = drawn("JPEG", (300, 200)), drawn("PNG", (300, 200))
    return {
        "a bomb of pixels": png_head(30_000, 30_000), "a bomb in one row": png_head(2**31 - 1, 1),
        "no pixels": png_head(0, 0),
        "a bomb of bytes": _png_bomb(),
        "an SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='zz()'><script>zz()</script></svg>",
        "HTML": b"<html><script>zz()</script></html>",
        "HTML after a PNG's mark": b"\x89PNG\r\n\x1a\n<script>zz()</script>",
        "HTML after a JPEG's mark": b"\xff\xd8\xff\xe0<script>zz()</script>",
        "a GIF that moves": page.getvalue(), "a JPEG cut off": jpeg[:800],
        "a PNG cut off": png[:60], "a PDF": b"%PDF-1.7\n%zz", "an archive": b"PK\x03\x04" + bytes(100),
        "a program": b"\x7fELF" + bytes(100),
        "PHP": b"GIF89a<?php system('id'); ?>", "a TIFF": drawn("TIFF", (100, 100)),
        "a BMP": drawn("BMP", (100, 100)), "an ICO": drawn("ICO", (64, 64)),
        "too small": drawn("PNG", (39, 39)), "NUL": bytes(5000), "text": b"a picture",
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "a wrong checksum": png[:33] + bytes([png[33] ^ 255]) + png[34:60],
    }  # fmt: skip


def _png_bomb() -> bytes:
    """Small enough to be opened, a thousand times larger once it is."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 6000, 6000, 8, 6, 0, 0, 0)
    text = chunk(b"zTXt", b"zz\0\0" + zlib.compress(bytes(80_000_000), 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + text + chunk(b"IEND", b"")


def _file(street: Street, trick: str, content: bytes, says: str) -> Attack:
    # What can only be seen with the shop's own pictures is said on the page that shows what would change.
    answers = frozenset({413, 422} | ({303} if trick.startswith("image_url") else set()))
    body = upload(street, "file", content)
    return Attack(
        "catalogue files", trick, "POST", "/admin/products/file", "owner", body, UPLOAD, answers=answers,
        says=says,
    )  # fmt: skip


UPLOAD = 'multipart/form-data; boundary="="'
"""The content type of what `upload` makes."""


def upload(street: Street, slot: str, content: bytes, **fields: str) -> bytes:
    """A form with one file, in one piece: the test client would leave a temporary file open."""
    parts = [
        f'--=\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in {"_token": street.tokens["owner"], **fields}.items()
    ]
    disposition = f'--=\r\nContent-Disposition: form-data; name="{slot}"; filename="x.png"\r\n'
    head = "".join(parts) + disposition + "Content-Type: image/png\r\n\r\n"
    return head.encode() + content + b"\r\n--=--\r\n"
