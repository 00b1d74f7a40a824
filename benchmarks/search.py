"""Search and category pages at 1,000, 100,000 and 1,000,000 SKUs: does the size of the shop matter?

A call is `search.find` in a transaction of its own, as the conversation makes it. Each question is asked with
words of its own every time, in turn with the others.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from psycopg2.extras import NamedTupleCursor

from benchmarks.machine import DatabaseServer, connected, database_server
from benchmarks.report import Report, Table, median, percentile, ratio
from store import logs, search
from store.db import Database, Transaction
from store.search import Cursor, Query

SIZES = (1_000, 100_000, 1_000_000)
AIM = 2.0
"""The median page of the largest shop may take so many times that of the smallest."""
ROUNDS, WARM_UP = 60, 10
_SKUS_PER_PRODUCT = 10 / 3
_SHOP_SQL = Path(__file__).resolve().parent / "sql" / "search_shop.sql"

_VOCABULARY = """
categories: 茶葉 糕餅 糖果 咖啡 果乾 堅果 麵條 米糧 醬料 油品 香料 餐具 茶具 鍋具 杯子 毛巾 寢具
categories: 香氛 皂品 文具
kinds: 烏龍茶 紅玉茶 鳳梨酥 太陽餅 牛軋糖 麥芽糖 咖啡豆 濾掛包 芒果乾 柿子乾 腰果仁 杏仁片 手工麵 麵線
kinds: 池上米 糙米 醬油 豆瓣醬 苦茶油 麻油 花椒粉 胡椒鹽 瓷盤 木筷 蓋碗 茶海 鑄鐵鍋 砂鍋 馬克杯 玻璃杯
kinds: 浴巾 方巾 枕套 被單 蠟燭 線香 洗髮皂 馬賽皂 筆記本 鋼筆
first: 日月 青山 白鷺 南風 春水 松林 石橋 雲海 金穗 藍鯨 竹影 晨光 大溪 溫泉 老街 海岸 鹿野 花田 古井 星空
first: 紅瓦 東籬
second: 山房 小舖 農園 本舖 工坊 商行 良品 茶莊 手作 合作社 選物 食堂 織所 窯場 果園 牧場 書屋 釀造 製菓
latin: Formosa Sunrise Harbor Meadow Lantern Bamboo Cypress Orchid Jasmine Camellia Magpie Plum Ginger
latin: Cedar Maple
adjectives: 手工 有機 經典 特選 頂級 古早味 無糖 輕量 復刻 限定 冬季 溫潤 清香 濃郁 細緻 雙人 家庭 旅行
adjectives: 迷你 豪華
places: 台北 宜蘭 花蓮 台東 屏東 高雄 台南 嘉義 雲林 彰化 南投 台中 苗栗 新竹 桃園
qualities: 香氣持久 回甘明顯 口感滑順 耐用好洗 天然無添加 層次分明 老師傅監製 通過檢驗 少量生產
occasions: 送禮 自用 野餐 辦公室 早餐 下午茶 露營 中秋團圓 新居
"""
WORDS: dict[str, list[str]] = {}
for _name, _, _words in (line.partition(": ") for line in _VOCABULARY.strip().splitlines()):
    WORDS.setdefault(_name, []).extend(_words.split())

Question = Callable[[random.Random], tuple[Query, int]]
"""Draws a query and the number of the page that is measured."""

QUESTIONS: dict[str, Question] = {
    "a maker (1 in 400)": lambda r: (Query(_one(r, "first") + _one(r, "second")), 1),
    "a kind of product (1 in 40)": lambda r: (Query(_one(r, "kinds")), 1),
    "adjective and kind": lambda r: (Query(f"{_one(r, 'adjectives')} {_one(r, 'kinds')}"), 1),
    "an adjective (1 in 20)": lambda r: (Query(_one(r, "adjectives")), 1),
    "a category's name": lambda r: (Query(_one(r, "categories")), 1),
    "a Latin name (1 in 15)": lambda r: (Query(_one(r, "latin").upper()), 1),
    "Latin and kind": lambda r: (Query(f"{_one(r, 'latin')} {_one(r, 'kinds')}"), 1),
    "one character": lambda r: (Query(r.choice("茶糖米油皂杯鍋餅")), 1),
    "in every product": lambda r: (Query("適合"), 1),
    "a code": lambda r: (Query(f"S{r.randint(1, 300):07}-1"), 1),
    "nothing": lambda r: (Query("螢光獨角獸" + _one(r, "kinds")), 1),
    "a kind, page 3": lambda r: (Query(_one(r, "kinds")), 3),
    "a kind by price": lambda r: (Query(_one(r, "kinds"), sort="price_up"), 1),
    "a kind in stock, 200 to 900": lambda r: (
        Query(_one(r, "kinds"), price_from=200, price_to=900, in_stock=True),
        1,
    ),
    "category": lambda r: (Query(category_id=r.randint(1, 20)), 1),
    "category, page 5": lambda r: (Query(category_id=r.randint(1, 20)), 5),
    "category, popular": lambda r: (Query(category_id=r.randint(1, 20), sort="popular"), 1),
    "category, newest in stock": lambda r: (
        Query(category_id=r.randint(1, 20), in_stock=True, sort="newest"),
        1,
    ),
    "category, dearest to 900": lambda r: (
        Query(category_id=r.randint(1, 20), price_to=900, sort="price_down"),
        1,
    ),
}


PLANS = (
    "a maker (1 in 400)",
    "a kind of product (1 in 40)",
    "an adjective (1 in 20)",
    "category",
    "category, newest in stock",
)


def _one(dice: random.Random, kind: str) -> str:
    return dice.choice(WORDS[kind])


def run(report: Report, *, quick: bool = False, sizes: Sequence[int] = (), plans: bool = False) -> bool:
    """Measure and report; whether the medians stay within `AIM`. `quick` leaves the million out."""
    sizes = sizes or (SIZES[:-1] if quick else SIZES)
    with database_server() as server:
        shops = {size: build(server, size) for size in sizes}
        times = measure(shops)
        if plans:
            for size, db in shops.items():
                print(plans_of(db.url, size), flush=True)
        for db in shops.values():
            db.close()
    return _report(report, times)


def build(server: DatabaseServer, skus: int) -> Database:
    """A shop with so many SKUs, listed by the shop's own code."""
    began = time.perf_counter()
    url = server.make(f"search_{skus}")
    values = {
        **WORDS,
        "products": round(skus / _SKUS_PER_PRODUCT),
        "shelves": len(WORDS["categories"]),
    }
    with connected(url) as conn, conn.cursor() as cursor:
        cursor.execute(_SHOP_SQL.read_text(encoding="utf-8"), values)
        made = time.perf_counter()
        db = Database(url, size=1, statement_timeout=60_000)
        products = search.catch_up(db)
        listed = time.perf_counter()
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "SELECT pg_size_pretty(pg_total_relation_size('listings')), "
            "pg_size_pretty(pg_relation_size('listings_words'))"
        )
        sizes = cursor.fetchone() or ("?", "?")
    print(
        f"{skus:,} SKUs made in {made - began:.0f} s, their {products:,} products listed in "
        f"{listed - made:.0f} s; listings {sizes[0]}, of which the index of words {sizes[1]}",
        flush=True,
    )
    return db


def measure(shops: dict[int, Database], rounds: int = ROUNDS) -> dict[int, dict[str, list[float]]]:
    """Milliseconds of every call, by shop and question; the shops take turns, as a machine has its moods."""
    times: dict[int, dict[str, list[float]]] = {size: {name: [] for name in QUESTIONS} for size in shops}
    dice = random.Random(4)
    for turn in range(rounds + WARM_UP):
        for name, question in QUESTIONS.items():
            query, page = question(dice)
            for size, db in shops.items():
                after = _cursor_of(db, query, page)
                began = time.perf_counter()
                db.transaction(lambda tx, query=query, after=after: search.find(tx, query, after))  # type: ignore[misc]
                if turn >= WARM_UP:
                    times[size][name].append(1000 * (time.perf_counter() - began))
    return times


def _cursor_of(db: Database, query: Query, page: int) -> Cursor | None:
    after: Cursor | None = None
    for _ in range(page - 1):
        place = after
        after = db.transaction(lambda tx, place=place: search.find(tx, query, place)).next  # type: ignore[misc]
        if after is None:
            return place
    return after


def _report(report: Report, times: dict[int, dict[str, list[float]]]) -> bool:
    sizes = list(times)
    small, large = sizes[0], sizes[-1]
    headings = ["ms for a page of 10", *(f"{size:,}" for size in sizes), "99 %", "times"]
    table = Table(
        "Search and category pages: median by number of SKUs, and the 99th percentile of the last", headings
    )
    for name in QUESTIONS:
        medians: list[float] = [median(times[size][name]) for size in sizes]
        table.add(name, *medians, percentile(times[large][name], 99), ratio(medians[-1], medians[0]))
    every = {size: [value for values in times[size].values() for value in values] for size in sizes}
    overall = [median(every[size]) for size in sizes]
    factor = ratio(overall[-1], overall[0]) or 0.0
    table.add("all together", *overall, percentile(every[large], 99), factor)
    table.notes.append(f"aim: the median of {large:,} within {AIM:g} times that of {small:,}")
    report.add(table)
    return factor <= AIM


def plans_of(url: str, size: int) -> str:
    """How PostgreSQL does the statements behind some of the questions; nothing is changed."""
    parts = []
    with connected(url) as conn:
        conn.cursor_factory = _Explaining
        for name in PLANS:
            query, _ = QUESTIONS[name](random.Random(4))
            _Explaining.plans = []
            search.find(Transaction(conn), query)
            parts += [f"== {size:,} SKUs, {name}: {query}", *_Explaining.plans]
    return "\n\n".join(parts)


class _Explaining(NamedTupleCursor):
    """Keeps the plan of everything it executes."""

    plans: ClassVar[list[str]] = []

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002 - psycopg2's own name
        """Explain, keep the plan, then execute."""
        text = self.mogrify(query, vars)
        super().execute(b"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + text)  # type: ignore[no-untyped-call]
        self.plans.append("\n".join(row[0] for row in self.fetchall()))
        super().execute(text)  # type: ignore[no-untyped-call]


def main(arguments: list[str] | None = None) -> int:
    """`python -m benchmarks.search [--sizes N,N] [--plans] [--quick]`; status 1 where the aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--sizes", type=lambda text: [int(part) for part in text.split(",")], default=[])
    parser.add_argument("--plans", action="store_true", help="print what PostgreSQL does")
    parser.add_argument("--quick", action="store_true", help="leave the million out")
    options = parser.parse_args(arguments)
    logs.configure("WARNING")
    return 0 if run(Report(), quick=options.quick, sizes=options.sizes, plans=options.plans) else 1


if __name__ == "__main__":
    sys.exit(main())
