"""Fifty customers tap 確認下單 for the last ten pieces at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.acceptance.town import DETAILS, Town, town, words_of
from tests.factories import broken_invariants, scalar

BUYERS = 50
LEFT = 10


def _ready_to_confirm(shops: Town, number: int) -> str:
    user = shops.customer(f"顧客{number}")
    shops.say(user, "玻璃公道杯", 60)
    shops.tap(user, "加入購物車", 60)
    shops.tap(user, "結帳", 60)
    shops.tap(user, "宅配", 60)
    shops.say(user, DETAILS, 60)
    shops.tap(user, "貨到付款", 60)
    return user


def test_ten_orders_and_forty_kind_refusals(database_url: str, tmp_path: Path) -> None:
    with town(database_url, tmp_path, WORKER_THREADS="4") as shops:
        sku = scalar(
            shops.db,
            "SELECT s.id FROM skus s JOIN products p ON p.id = s.product_id WHERE p.name = '玻璃公道杯'",
        )
        with ThreadPoolExecutor(10) as pool:
            users = list(pool.map(lambda number: _ready_to_confirm(shops, number), range(BUYERS)))
        scalar(
            shops.db,
            "WITH left_over AS (UPDATE skus SET stock = %s WHERE id = %s RETURNING id)"
            " INSERT INTO stock_moves (sku_id, reason, delta, stock_after, actor)"
            " SELECT s.id, 'count', %s - s.stock, %s, 'test'"
            " FROM skus s JOIN left_over USING (id) RETURNING 1",
            LEFT, sku, LEFT, LEFT,
        )  # fmt: skip
        buttons = {user: shops.button(user, "確認下單") for user in users}
        seen = {user: shops.line.seq(user) for user in users}
        for user in users:
            shops.line.press(user, buttons[user])
        answers = [
            words_of(shops.line.wait_for(user, lambda _m: True, 60, after=seen[user])) for user in users
        ]
        placed = [answer for answer in answers if "訂單已成立" in answer]
        kind = [answer for answer in answers if "賣完" in answer or "售完" in answer]
        assert len(placed) == LEFT
        assert len(kind) == BUYERS - LEFT, [a for a in answers if a not in placed and a not in kind][:3]
        assert scalar(shops.db, "SELECT stock FROM skus WHERE id = %s", sku) == 0
        assert broken_invariants(shops.db) == []
