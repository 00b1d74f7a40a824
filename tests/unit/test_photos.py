"""Pictures that people send: made small and plain, or refused; whatever the bytes are."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from admin import photos
from admin.errors import BadInput
from store import pictures


def drawn(
    kind: str = "JPEG", size: tuple[int, int] = (1600, 1200), mode: str = "RGB", **options: object
) -> bytes:
    page = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(page, kind, **options)
    return page.getvalue()


def png_head(width: int, height: int) -> bytes:
    """A PNG that claims a size, and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("WEBP", "RGB"),
    ],
)
def test_every_picture_becomes_a_small_jpeg(kind: str, mode: str) -> None:
    content = photos.shrink(drawn(kind, mode=mode))
    assert content.startswith(b"\xff\xd8\xff")
    assert len(content) <= pictures.LARGEST_BYTES
    assert opened(content).size == (1024, 768)
    assert opened(content).mode == "RGB"


def test_a_small_picture_is_not_blown_up() -> None:
    assert opened(photos.shrink(drawn(size=(300, 200)))).size == (300, 200)


def test_noise_fits_into_a_megabyte() -> None:
    page = io.BytesIO()
    Image.effect_noise((3000, 3000), 200).save(page, "JPEG", quality=95)
    assert len(photos.shrink(page.getvalue())) <= pictures.LARGEST_BYTES


def test_nothing_but_the_picture_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    exif.get_ifd(0x8825)[1] = "N"
    jpeg = drawn(exif=exif, comment=b"secret words", icc_profile=b"secret profile" * 20)
    words = PngImagePlugin.PngInfo()
    words.add_text("secret", "secret place")
    for content in (jpeg, drawn("PNG", pnginfo=words)):
        assert b"secret" in content
        kept = photos.shrink(content)
        assert b"secret" not in kept
        assert not opened(kept).getexif()


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(photos.shrink(drawn(size=(800, 400), exif=exif))).size == (400, 800)


def test_what_is_see_through_becomes_white() -> None:
    page = io.BytesIO()
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(page, "PNG")
    pixel = opened(photos.shrink(page.getvalue())).getpixel((50, 50))
    assert pixel == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"GIF89a" + bytes(100), b"<svg onload=alert(1)>", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n",
        bytes(1000),
        b"%PDF-1.7", b"RIFF\x00\x00\x00\x00WEBP", b"\xff\xd8\xff\xe0<script>alert(1)</script>",
        drawn()[:2000], drawn("PNG")[:500], drawn("WEBP")[:300], drawn("BMP"), drawn("GIF", mode="P"),
        drawn("TIFF"),
        png_head(100_000, 100_000), png_head(30_000, 30_000), png_head(6000, 6000), png_head(2**31 - 1, 1),
        png_head(0, 0), drawn(size=(30, 30)), b"x" * (photos.LARGEST_UPLOAD + 1),
    ],
    ids=range(22),
)  # fmt: skip
def test_what_is_no_fit_picture_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        photos.shrink(content)
    assert str(refused.value)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_broken_bytes_never_break_anything_else(kind: str, data: st.DataObject) -> None:
    content = bytearray(drawn(kind, size=(64, 64)))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        kept = photos.shrink(bytes(content[: data.draw(st.integers(1, len(content)))]))
    except BadInput:
        return
    assert opened(kept).mode == "RGB"
