"""Sorting and narrowing a list: order, stock, price bands, shelves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from bot import query_data
from bot.screens import theme
from bot.screens.lettering import fit
from bot.screens.shelves import (
    band_words,
    clear_button,
    conditions,
    heading_words,
    sort_words,
    with_suggestions,
)
from bot.screens.theme import Message, Part
from bot.words import _
from store.price_bands import Band
from store.search import Query, Sort

SHELVES_SHOWN = 8


def choices(
    query: Query, category: str, bands: Sequence[Band], shelves: Sequence[tuple[int, str]]
) -> list[Message]:
    """Every way to sort and narrow a list; what is chosen now is marked.

    `bands` are price bands that fit the list, `shelves` the ids and names of those its products are from.
    """
    bubbles = [_order(query, category), _price(query, bands)]
    if query.words and (shelves or query.category_id):
        bubbles.append(_shelves(query, category, shelves))
    chosen = conditions(query, category)
    alt = _("{list}的排序與篩選").format(list=heading_words(query, category))
    alt = theme.headed(alt, theme.remarks(chosen)) if chosen else alt
    return [with_suggestions(theme.flex(alt, *bubbles), query)]


def _order(query: Query, category: str) -> Part:
    sorts: tuple[Sort, ...] = get_args(Sort)
    options = [_option(sort_words(sort), replace(query, sort=sort), query) for sort in sorts]
    body = [
        theme.note(heading_words(query, category)),
        theme.title(_("怎麼排？")),
        theme.column(*options),
    ]
    return theme.bubble(body, [_back(query)])


def _price(query: Query, bands: Sequence[Band]) -> Part:
    chosen = (query.price_from, query.price_to)
    prices = [*bands, *([chosen] if chosen not in bands else [])] if chosen != (None, None) else [*bands]
    options = [
        _option(band_words(low, high), replace(query, price_from=low, price_to=high), query)
        for low, high in prices
    ]
    any_price = replace(query, price_from=None, price_to=None)
    stock = [
        _option(_("只看有貨"), replace(query, in_stock=True), query),
        _option(_("也看已售完"), replace(query, in_stock=False), query),
    ]
    body = [
        theme.title(_("多少錢的？")),
        theme.column(_option(_("不限價格"), any_price, query), *options) if options else None,
        theme.note(_("也可以直接打字，例如「500 以下」或「300 到 800」。")),
        theme.rule(),
        theme.column(*stock),
    ]
    return theme.bubble(body, [_back(query)])


def _shelves(query: Query, category: str, shelves: Sequence[tuple[int, str]]) -> Part:
    listed = list(shelves[:SHELVES_SHOWN])
    if query.category_id and query.category_id not in dict(listed):
        listed = [(query.category_id, category), *listed][:SHELVES_SHOWN]
    options = [_option(fit(name, 30), replace(query, category_id=id_), query) for id_, name in listed]
    everywhere = _option(_("不限分類"), replace(query, category_id=None), query)
    body = [theme.title(_("哪一類的？")), theme.column(everywhere, *options)]
    return theme.bubble(body, [_back(query)])


def _option(label: str, wanted: Query, present: Query) -> Part:
    if wanted == present:
        return theme.main_button(f"✓ {label}", query_data.encode(wanted), say=label)
    return theme.button(label, query_data.encode(wanted))


def _back(query: Query) -> Part:
    back = theme.button(_("回清單"), query_data.encode(query), style="link")
    return theme.row(*filter(None, [back, clear_button(query)]))
