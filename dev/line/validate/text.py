"""How LINE counts characters.

UTF-16 code units in general, grapheme clusters where a person reads a short label (LINE Messaging API
documentation, "Character counting in a text"). Python's `len` counts neither: an emoji is 1 there and 2 in
UTF-16.
"""

from __future__ import annotations

import regex  # type: ignore[import-untyped]

_GRAPHEME = regex.compile(r"\X")


def count_utf16(text: str) -> int:
    """UTF-16 code units of `text`; a lone surrogate counts as one."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def count_graphemes(text: str) -> int:
    """What a reader sees as characters: extended grapheme clusters of `text`."""
    return len(text) if text.isascii() and "\r" not in text else len(_GRAPHEME.findall(text))
