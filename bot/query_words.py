"""Typed words that change a list instead of naming something: 「最新」「只看有貨」「500 以下」."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from bot.query_data import asked
from store.delivery_details import tidy
from store.search import Query, Sort

Step = Literal["more", "again", "refine", "clear"]

_SORTS: dict[Sort, str] = {
    "popular": "熱門|最熱門|熱門商品|熱銷|暢銷|人氣|popular|best sellers?|best selling",
    "newest": "最新|新品|新上架|最新上架|newest|latest|new arrivals?|new in",
    "price_up": "便宜|最便宜|便宜的|(?:價格|價錢)?由?低到高|cheapest|(?:price:? )?low to high",
    "price_down": "最貴|最貴的|(?:價格|價錢)?由?高到低|most expensive|(?:price:? )?high to low",
    "best": "推薦|推薦排序|預設排序|最相關|recommended",
}
_STEPS: dict[Step, str] = {
    "more": "更多|看更多|下一頁|繼續找|more|see more|show more|next|keep looking",
    "again": "回清單|從頭看|back to the list|from the top",
    "refine": "篩選|排序|排序與篩選|價格與分類|條件|filters?|sort|sort and filter|price and category",
    "clear": "清除|清除條件|清除篩選|重設|clear|clear all|clear filters|reset",
}
_IN_STOCK = "有貨|有貨的|只看有貨|現貨|有現貨|in stock only|in stock"
_ALL_STOCK = "也看已售完|含已售完|sold out too"
_ANY_PRICE = "不限價格|any price"
_ANYWHERE = "不限分類|all categories"

_GAPS = re.compile(r"[\s、;。]|,(?![0-9]{3})")
_NUMBER = r"(?:nt\$?|\$)? ?([0-9][0-9,]{0,9}) ?(?:元|塊錢?|twd)?"
_BETWEEN = re.compile(rf"{_NUMBER} ?(?:-|–|—|~|到|至|to) ?{_NUMBER}(?: ?之?間)?(?![0-9])")
_UP_TO = re.compile(rf"{_NUMBER} ?(?:以下|以內|之內|or less)|(?:under|below|up to|不超過|低於) ?{_NUMBER}")
_FROM = re.compile(rf"{_NUMBER} ?(?:以上|起跳|or more)|(?:over|above|from|高於|超過) ?{_NUMBER}")
_MOST = 9_999_999


@dataclass(frozen=True)
class Wish:
    """What typed words ask of a list; `rest` are the words that name what to look for."""

    rest: str
    step: Step | None = None
    sort: Sort | None = None
    in_stock: bool | None = None
    price: tuple[int | None, int | None] | None = None
    anywhere: bool = False

    def applied(self, query: Query) -> Query:
        """The query with what is wished for; what is not spoken of stays."""
        if self.sort:
            query = replace(query, sort=self.sort)
        if self.in_stock is not None:
            query = replace(query, in_stock=self.in_stock)
        if self.price:
            query = replace(query, price_from=self.price[0], price_to=self.price[1])
        return replace(query, category_id=None) if self.anywhere else query


def read(typed: str) -> Wish | None:
    """The wish in typed words, or None when there is none."""
    words = " ".join(_GAPS.sub(" ", tidy(typed).casefold()).split())
    for step, pattern in _STEPS.items():
        if re.fullmatch(pattern, words):
            return Wish("", step=step)
    words, price = _take_price(words)
    words, any_price = _take(words, _ANY_PRICE)
    price = (None, None) if any_price else price
    words, anywhere = _take(words, _ANYWHERE)
    words, unsold = _take(words, _IN_STOCK)
    words, everything = _take(words, _ALL_STOCK)
    sort: Sort | None = None
    for order, pattern in _SORTS.items():
        words, there = _take(words, pattern)
        sort = order if there else sort
    if price is None and sort is None and not (unsold or everything or anywhere):
        return None
    in_stock = True if unsold else False if everything else None
    return Wish(asked(words), None, sort, in_stock, price, anywhere)


def _take_price(words: str) -> tuple[str, tuple[int | None, int | None] | None]:
    if found := _BETWEEN.search(words):
        low, high = sorted((_amount(found[1]), _amount(found[2])))
        return _without(words, found), (low, high)
    if found := _UP_TO.search(words):
        return _without(words, found), (None, _amount(found[1] or found[2]))
    if found := _FROM.search(words):
        return _without(words, found), (_amount(found[1] or found[2]), None)
    return words, None


def _take(words: str, pattern: str) -> tuple[str, bool]:
    """The words without one that stands by itself, and whether it was there."""
    found = re.search(rf"(?:^|(?<= ))(?:{pattern})(?= |$)", words)
    return (_without(words, found), True) if found else (words, False)


def _without(words: str, found: re.Match[str]) -> str:
    return " ".join(f"{words[: found.start()]} {words[found.end() :]}".split())


def _amount(digits: str) -> int:
    return min(int(digits.replace(",", "")), _MOST)
