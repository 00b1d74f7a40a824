"""Price bands that part the products at hand into a few groups of about the same size."""

from __future__ import annotations

from collections.abc import Sequence

_STEPS = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
"""Round numbers between one power of ten and the next, in tenths."""
_PARTS = 4

Band = tuple[int | None, int | None]
"""From and to, in TWD, both ends included; None where a band is open."""


def bands(prices: Sequence[int]) -> list[Band]:
    """Up to four bands with round edges, none of them empty; none at all where one band would hold all."""
    ordered = sorted(prices)
    if not ordered:
        return []
    quarters = {_round(ordered[len(ordered) * part // _PARTS]) for part in range(1, _PARTS)}
    edges: list[int] = []
    for edge in sorted(quarters):
        above = edges[-1] if edges else -1
        if any(above < price <= edge for price in ordered) and ordered[-1] > edge:
            edges.append(edge)
    if not edges:
        return []
    return list(zip([None, *edges], [*edges, None], strict=True))


def _round(price: int) -> int:
    """The round number nearest to a price."""
    power = 1
    while price >= power * 10:
        power *= 10
    return min((step * power // 10 for step in _STEPS), key=lambda number: (abs(number - price), number))
