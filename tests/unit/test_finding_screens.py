"""Lists, shelves and the choices that narrow them, for data of every shape, and as buttons' data."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions, query_data, query_words
from bot.screens import refine, shelves
from bot.screens.shelves import Listing
from bot.words import _, speaking
from settings import LineSettings, Settings
from store.catalogue import Category, ProductCard, Shelves
from store.price_bands import bands
from store.search import Cursor, CursorError, Key, Query
from store.shop import Shop
from tests.shelves import SORTS
from tests.unit.test_screens import NAMES, PICTURES, sendable

FAR = Key(4, 6, -(2**31) - 1, -(2**31) - 1, -(2**62))
QUERIES = [
    Query(),
    Query(sort="newest"),
    Query(category_id=10**15 - 1),
    Query("茶", 7, 1, 9_999_999, True, "price_down"),
    Query("茶", price_to=500),
    Query(category_id=7, in_stock=True),
]


@pytest.fixture(scope="module")
def shop() -> Shop:
    line = LineSettings(secrets=("s",), token="t")
    return Shop(Settings("postgresql://x/y", "https://shop.example", "secret", line, None))


def cards(count: int, name: str = "高山烏龍", picture: str = "") -> tuple[ProductCard, ...]:
    return tuple(
        ProductCard(n, name, picture, "說明", 1, 380, 380 + n % 2 * 90, 990, n % 7, n % 3 + 1)
        for n in range(count)
    )


@pytest.mark.parametrize("count", [0, 1, 13, 40])
@pytest.mark.parametrize("words", NAMES)
@pytest.mark.parametrize("more", [False, True])
def test_shelves_of_any_number_and_name(count: int, words: str, more: bool) -> None:
    found = tuple(Category(number, words[:40], number * 10) for number in range(count))
    sendable(shelves.categories(Shelves(found, 40, more)))


@pytest.mark.parametrize("words", NAMES)
@pytest.mark.parametrize("query", QUERIES)
def test_a_list_of_any_query_and_name(shop: Shop, words: str, query: Query) -> None:
    asked = Query(query_data.asked(words) if query.words else "", *list(vars(query).values())[1:])
    places = (None, Cursor(asked.sort, 2, FAR))
    for place, following, total in itertools.product(places, places, (None, 101)):
        page = Listing(asked, words[:40], cards(10, words, PICTURES[2]), place, following, total)
        sendable(shelves.listed(shop, page))
        empty = Listing(asked, words[:40], (), place, following, total)
        sendable(shelves.look_further(empty))
        sendable(shelves.no_more(empty))
        sendable(shelves.nothing_fits(empty))
    for prices in ([], [380], list(range(0, 9_999_999, 99_999))):
        several = [(n, words[:40]) for n in range(20)]
        sendable(refine.choices(asked, words[:40], bands(prices), several))
        sendable(refine.choices(asked, words[:40], bands(prices), []))


@pytest.mark.parametrize("words", NAMES)
@pytest.mark.parametrize("picture", PICTURES)
def test_words_that_find_nothing(shop: Shop, words: str, picture: str) -> None:
    for count in (0, 1, 5):
        sendable(shelves.not_found(shop, words, cards(count, words, picture)))
    sendable(shelves.empty_shelf(words))
    sendable(shelves.listed(shop, Listing(Query(words[:40]), "", cards(1, words, picture), None, None, 1)))


NUMBERS = st.integers(-(2**31) - 1, 2**31 - 1)
KEYS = st.builds(Key, st.integers(0, 4), st.integers(0, 6), NUMBERS, NUMBERS, st.integers(-(2**62), 2**62))


@given(
    words=st.text(max_size=400) | st.text("%&=+;# 茶a", min_size=100, max_size=400),
    category_id=st.none() | st.integers(1, 10**15 - 1),
    prices=st.tuples(*[st.none() | st.integers(0, 9_999_999)] * 2),
    in_stock=st.booleans(),
    sort=st.sampled_from(SORTS),
    key=st.none() | KEYS,
)
def test_whatever_is_looked_for_comes_back_from_a_button(
    words: str, category_id: int | None, prices: tuple[int | None, int | None], in_stock: bool,
    sort: str, key: Key | None,
) -> None:  # fmt: skip
    query = Query(query_data.asked(words), category_id, *prices, in_stock, sort)  # type: ignore[arg-type]
    after = Cursor(query.sort, 1, key) if key else None
    action = actions.parse(query_data.encode(query, after))
    assert action is not None
    assert query_data.read(action) == (query, after)


@pytest.mark.parametrize("place", ["x", "b00.0.0.0", "p00.0.0", "p00.0.0.0.0"])
def test_a_place_that_is_none_or_of_another_order_is_refused(place: str) -> None:
    with pytest.raises(CursorError):
        query_data.read(actions.Action("search", {"s": "popular", "k": place}))


@pytest.mark.parametrize(
    ("typed", "rest", "wished"),
    [
        ("最新", "", Query(sort="newest")),
        ("價格低到高", "", Query(sort="price_up")),
        ("ＣＨＥＡＰＥＳＴ", "", Query(sort="price_up")),
        ("price: high to low", "", Query(sort="price_down")),
        ("只看有貨", "", Query(in_stock=True)),
        ("烏龍 有貨 熱門", "烏龍", Query(in_stock=True, sort="popular")),
        ("烏龍 ５００元以下", "烏龍", Query(price_to=500)),
        ("500 以下", "", Query(price_to=500)),
        ("烏龍茶 NT$1,000 以上", "烏龍茶", Query(price_from=1000)),
        ("800到300", "", Query(price_from=300, price_to=800)),
        ("300～800元 茶具 最便宜", "茶具", Query(price_from=300, price_to=800, sort="price_up")),
        ("oolong under 500", "oolong", Query(price_to=500)),
        ("oolong in stock, newest", "oolong", Query(in_stock=True, sort="newest")),
    ],
)
def test_typed_words_sort_and_narrow(typed: str, rest: str, wished: Query) -> None:
    wish = query_words.read(typed)
    assert wish is not None
    assert wish.rest == rest
    assert wish.applied(Query()) == wished


@pytest.mark.parametrize("typed", ["", "烏龍", "最新鮮的茶", "便宜坊", "75 克", "T-100", "newest2", "茶 2"])
def test_words_that_name_something_wish_for_nothing(typed: str) -> None:
    assert query_words.read(typed) is None


LABELS = (
    "推薦 熱門 最新 價格低到高 價格高到低 只看有貨 也看已售完 清除條件 排序與篩選 價格與分類 看更多 最新上架 "
    "熱門商品 不限價格 不限分類 回清單 繼續找 從頭看"
)


@pytest.mark.parametrize("language", ["zh-TW", "en"])
@pytest.mark.parametrize("label", LABELS.split())
def test_what_a_button_of_a_list_says_can_be_typed_instead(label: str, language: str) -> None:
    with speaking(language):
        wish = query_words.read(_(label))
    assert wish is not None
    assert wish.rest == ""


@given(st.text(max_size=200) | st.text("0123456789-~到以下元 nt$,", max_size=60))
def test_any_typed_words_are_read(typed: str) -> None:
    wish = query_words.read(typed)
    if wish:
        query_data.encode(wish.applied(Query(wish.rest)))


@given(st.lists(st.integers(0, 9_999_999), max_size=100) | st.lists(st.integers(0, 300), max_size=100))
def test_price_bands_part_the_prices_and_none_is_empty(prices: list[int]) -> None:
    parts = bands(prices)
    assert len(parts) <= 4
    assert len(parts) != 1
    for low, high in parts:
        assert any((low or 0) <= price <= (high if high is not None else price) for price in prices)
    if parts:
        assert parts[0][0] is None
        assert parts[-1][1] is None
        assert all(left[1] == right[0] for left, right in itertools.pairwise(parts))


def test_price_bands_have_round_edges() -> None:
    assert bands([180, 220, 320, 380, 450, 720, 980, 1680]) == [
        (None, 300),
        (300, 400),
        (400, 1000),
        (1000, None),
    ]
