"""kill -9 of the web process at random moments of many checkouts: nothing is lost, nothing is done twice."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from dev.line import PlatformConfig
from tests.acceptance.town import DETAILS, Town, town, wait_until, words_of
from tests.factories import broken_invariants, scalar

CUSTOMERS = 20
ROUNDS = 10
KILLS = 6
STEP_SECONDS = 90.0


class Shopper:
    """Buys one thing again and again, tapping each button exactly once and waiting for its answer."""

    def __init__(self, shops: Town, number: int) -> None:
        self.shops, self.number = shops, number
        self.user = shops.customer(f"顧客{number}")
        self.unanswered: list[str] = []

    def buy(self, product: str, rounds: int) -> None:
        """`rounds` orders of one piece each."""
        for turn in range(rounds):
            self.do(lambda: self.shops.line.say(self.user, product), "加入購物車")
            self.do(lambda: self.tap("加入購物車"), "已加入購物車")
            self.do(lambda: self.tap("結帳"), "宅配")
            if turn:
                self.do(lambda: self.tap("宅配"), "用這份")
                self.do(lambda: self.tap("用這份"), "貨到付款")
            else:
                self.do(lambda: self.tap("宅配"), "在網頁填寫")
                self.do(lambda: self.shops.line.say(self.user, DETAILS), "貨到付款")
            method = "信用卡" if (turn + self.number) % 2 else "貨到付款"
            self.do(lambda method=method: self.tap(method), "確認下單")  # type: ignore[misc]
            self.do(lambda: self.tap("確認下單"), "訂單已成立")

    def do(self, act: Any, expected: str) -> None:
        seen = self.shops.line.seq(self.user)
        act()
        self.shops.line.wait_for(self.user, lambda m: expected in words_of(m), STEP_SECONDS, after=seen)

    def tap(self, label: str) -> None:
        self.shops.line.press(self.user, self.shops.button(self.user, label))


def test_killed_at_random_moments_of_two_hundred_checkouts(database_url: str, tmp_path: Path) -> None:
    line = PlatformConfig(
        redelivery=True, redelivery_delays=(0.5, 1, 1, 2, 2, 4, 4, 8, 8, 16), quota_limit=None
    )
    with town(database_url, tmp_path, line=line, WORKER_THREADS="2") as shops:
        _endless_stock(shops)
        shoppers = [Shopper(shops, number) for number in range(CUSTOMERS)]
        finished = threading.Event()
        with ThreadPoolExecutor(CUSTOMERS) as pool:
            buying = [pool.submit(shopper.buy, "玻璃公道杯", ROUNDS) for shopper in shoppers]
            killer = threading.Thread(target=_kill_now_and_then, args=(shops, finished))
            killer.start()
            for future in buying:
                future.result(timeout=300)
            finished.set()
            killer.join()
        wait_until(lambda: _nothing_is_left(shops), 90, "the queues to empty")
        _assert_everything_happened_once(shops, shoppers)
        assert shops.shop.stop() == 0


def _endless_stock(shops: Town) -> None:
    scalar(shops.db, "UPDATE skus SET stock = stock + 10000 RETURNING 1")
    scalar(
        shops.db,
        "INSERT INTO stock_moves (sku_id, reason, delta, stock_after, actor)"
        " SELECT id, 'count', 10000, stock, 'test' FROM skus RETURNING 1",
    )


def _kill_now_and_then(shops: Town, finished: threading.Event) -> None:
    chance = random.Random(20261120)
    for _ in range(KILLS):
        if finished.wait(timeout=chance.uniform(0.5, 3.0)):
            return
        shops.shop.kill()
        shops.shop.start()


def _nothing_is_left(shops: Town) -> bool:
    events = scalar(shops.db, "SELECT count(*) FROM inbox WHERE status = 'waiting'")
    due = scalar(
        shops.db,
        "SELECT count(*) FROM outbox WHERE status = 'waiting'"
        " AND kind IN ('line.message', 'notice', 'payment.create')"
        " AND available_at < now() + interval '10 seconds'",
    )
    return events == 0 and due == 0


def _assert_everything_happened_once(shops: Town, shoppers: list[Shopper]) -> None:
    total = CUSTOMERS * ROUNDS
    assert scalar(shops.db, "SELECT count(*) FROM orders") == total
    assert scalar(shops.db, "SELECT sum(quantity) FROM order_lines") == total, "a tap was applied twice"
    assert scalar(shops.db, "SELECT count(*) FROM inbox WHERE status = 'dead'") == 0
    assert scalar(shops.db, "SELECT count(*) FROM outbox WHERE status = 'dead'") == 0
    without = scalar(
        shops.db,
        "SELECT count(*) FROM orders o WHERE o.status = 'pending' AND NOT EXISTS"
        " (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.status = 'waiting')",
    )
    assert without == 0, "an order waits for money and the bank does not know it"
    known = requests.get(f"{shops.bank_url}/control/orders", timeout=10).json()["orders"]
    at_the_bank = {order["OrderNo"] for order in known}
    ours = scalar(shops.db, "SELECT json_agg(provider_order_no) FROM payments")
    assert at_the_bank == set(ours if isinstance(ours, list) else [])
    for shopper in shoppers:
        placed = [m for m in shops.line.messages(shopper.user) if "訂單已成立" in words_of(m)]
        codes = {words_of(m).split("#")[1][:8] for m in placed}
        assert len(codes) == ROUNDS
        assert len(placed) == ROUNDS, "an order was announced twice"
    assert broken_invariants(shops.db) == []
