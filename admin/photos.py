"""Pictures as people send them, made fit for the shop: a plain JPEG that carries nothing but what is seen."""

from __future__ import annotations

import io
import struct
import threading

from PIL import Image, ImageOps

from admin.errors import BadInput
from admin.words import _
from store import pictures

LARGEST_UPLOAD = 10 * 1024 * 1024  # bytes
SIDE = 1024  # pixels; LINE shows no product picture larger
LEAST_SIDE = 40
_FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS = {"JPEG": 50_000_000}  # a JPEG is made smaller while it is read, others are held whole
_MOST_PIXELS_WHOLE = 25_000_000
_QUALITIES = (86, 75, 60, 40)
# What Pillow raises for files that are broken or made to break it.
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    ZeroDivisionError, struct.error, MemoryError, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip
_one_at_a_time = threading.Lock()
"""A large picture takes 100 MB while it is made smaller; two of them would be much for a small dyno."""


def shrink(content: bytes) -> bytes:
    """A JPEG of at most `SIDE` pixels and 1 MB, upright, without metadata. Raises `BadInput`.

    What it is, is told from its bytes, never from its name.
    """
    if not content:
        raise BadInput(_("請選擇一張圖片。"))
    if len(content) > LARGEST_UPLOAD:
        raise BadInput(_("圖片太大了，最多 10 MB。"))
    try:
        with _one_at_a_time:
            return _encode(_upright(content))
    except _BROKEN as error:
        raise BadInput(_("這個檔案讀不出圖片，請用 JPEG、PNG 或 WebP。")) from error


def _upright(content: bytes) -> Image.Image:
    """The picture as a person sees it, on white, small, in a canvas that knows nothing of the file."""
    with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
        width, height = picture.size
        if min(width, height) < LEAST_SIDE:
            raise BadInput(_("圖片太小了，至少要 {side} × {side} 像素。").format(side=LEAST_SIDE))
        if width * height > _MOST_PIXELS.get(str(picture.format), _MOST_PIXELS_WHOLE):
            raise BadInput(_("圖片的像素太多了，請先縮小再上傳。"))
        picture.draft("RGB", (2 * SIDE, 2 * SIDE))
        small: Image.Image = picture
        small.thumbnail((SIDE, SIDE))
        small = ImageOps.exif_transpose(small).convert("RGBA")
    canvas = Image.new("RGB", small.size, "white")
    canvas.paste(small, mask=small)
    return canvas


def _encode(picture: Image.Image) -> bytes:
    for quality in _QUALITIES:
        page = io.BytesIO()
        picture.save(page, "JPEG", quality=quality, optimize=True, progressive=True)
        if page.tell() <= pictures.LARGEST_BYTES:
            break
    return page.getvalue()
