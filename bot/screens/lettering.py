"""Text from outside, made fit to stand on a screen: cleaned, cut to a length, kept in its direction."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from store.text import utf16

ELLIPSIS = "…"
_JOINER = "\u200d"
_DIRECTING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_OPEN, _CLOSE = "\u2068", "\u2069"  # first strong isolate, pop directional isolate
_NOTHING = "—"


def fit(words: str, limit: int, *, lines: bool = False) -> str:
    """The words in at most `limit` UTF-16 units, never cut through an emoji or an accent, never empty.

    Control characters and marks that turn the writing direction are dropped; `lines` keeps line ends.
    """
    cleaned = clean(words, lines=lines) or _NOTHING
    if utf16(cleaned) <= limit:
        return cleaned
    kept, left = [], limit - utf16(ELLIPSIS)
    for cluster in clusters(cleaned):
        left -= utf16(cluster)
        if left < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + ELLIPSIS


def clean(words: str, *, lines: bool = False) -> str:
    """The words without what cannot be seen or would disturb what stands beside them."""
    visible = words
    if not words.isprintable():  # else there is nothing of the kind in it, as with nearly all words
        visible = "".join(
            c if _is_shown(c) else " " if c.isspace() else "" for c in words if c not in _DIRECTING
        )
    if lines:
        return "\n".join(" ".join(line.split()) for line in visible.splitlines()).strip()
    return " ".join(visible.split())


def name(product: str, option: str = "", limit: int = 60) -> str:
    """What a SKU is called in a sentence: product and option, apart from the words around them."""
    words = fit(f"{product} {option}", limit)
    rightward = any(unicodedata.bidirectional(c) in ("R", "AL") for c in words)
    return f"{_OPEN}{words}{_CLOSE}" if rightward else words


def clusters(words: str) -> Iterator[str]:
    """What a reader sees as single characters: marks, joined emoji and flags stay together."""
    cluster = ""
    for c in words:
        if cluster and not _continues(cluster, c):
            yield cluster
            cluster = ""
        cluster += c
    if cluster:
        yield cluster


def _continues(cluster: str, c: str) -> bool:
    if c == _JOINER or cluster[-1] == _JOINER or unicodedata.category(c)[0] == "M":
        return True
    if "\U0001f3fb" <= c <= "\U0001f3ff" or "\U000e0020" <= c <= "\U000e007f":  # skin tones, tags
        return True
    return _is_flag_half(c) and len(cluster) == 1 and _is_flag_half(cluster)


def _is_flag_half(c: str) -> bool:
    return "\U0001f1e6" <= c <= "\U0001f1ff"


def _is_shown(c: str) -> bool:
    return c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp")
