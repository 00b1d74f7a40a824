"""The pictures customers send."""

from __future__ import annotations

import io
from collections import OrderedDict
from functools import cache
from typing import NamedTuple

from PIL import Image

_KEPT = 50
MOST_BYTES = 10_000_000


class Picture(NamedTuple):
    """An image file and its media type."""

    data: bytes
    content_type: str


@cache
def sample_picture() -> Picture:
    """A small plain PNG, for messages sent without a file."""
    out = io.BytesIO()
    Image.new("RGB", (240, 160), "#8fb9a8").save(out, "PNG")
    return Picture(out.getvalue(), "image/png")


class Pictures:
    """The latest pictures by message id; older ones show the sample (LINE too forgets content in time)."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Picture] = OrderedDict()

    def keep(self, message_id: str, picture: Picture) -> None:
        """Remember the picture of a message."""
        self._kept[message_id] = picture
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def of(self, message_id: str) -> Picture:
        """The picture of a message."""
        return self._kept.get(message_id) or sample_picture()
