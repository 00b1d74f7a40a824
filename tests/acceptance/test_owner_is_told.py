"""The whole program: an order is placed in the chat, and the shop's owner reads of it in theirs, once."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.town import DETAILS, actions_in, town, wait_until
from tests.factories import line_user, placed_order, scalar
from tests.integration.chat import run

OWNER = line_user()


def test_the_owner_hears_of_an_order_once_from_two_processes_and_can_switch_it_off(
    database_url: str, tmp_path: Path
) -> None:
    with town(database_url, tmp_path, OWNER_LINE_USER_IDS=OWNER, WEB_CONCURRENCY="2") as place:
        place.line.add_user("老闆", OWNER)
        customer = place.customer()

        def look() -> None:
            """Let the minute be over, and wait until the timer has come round."""
            waiting = "SELECT id FROM outbox WHERE lane = 'timer:owners' AND status = 'waiting'"
            turn = wait_until(lambda: scalar(place.db, waiting), 15, "the timer's row")
            run(place.db, "UPDATE outbox SET available_at = now() WHERE id = %s", turn)
            wait_until(lambda: scalar(place.db, waiting) != turn, 15, "its turn")

        wait_until(lambda: scalar(place.db, "SELECT count(*) FROM outbox WHERE kind = 'timer'"), 15, "timers")
        place.say(customer, "高山烏龍")
        for label in ("75 克", "加入購物車", "結帳", "宅配"):
            place.tap(customer, label)
        place.say(customer, DETAILS)
        for label in ("貨到付款", "確認下單"):
            place.tap(customer, label)
        code = scalar(place.db, "SELECT code FROM orders")
        look()
        message = place.wait_for_text(OWNER, f"新訂單 #{code}")
        assert any(action.get("uri", "").endswith("/admin/orders/1") for action in actions_in(message))
        look()
        place.say(OWNER, "店家通知")
        place.tap(OWNER, "關閉")
        run(place.db, "UPDATE owner_notices SET told_at = NULL WHERE kind = 'order'")
        placed_order(place.db, {1: 1}, "cod")
        look()
        place.say(OWNER, "說明")
        told = [words for words in map(str, place.line.messages(OWNER)) if "新訂單 #" in words]
        assert len(told) == 1
        assert scalar(place.db, "SELECT count(*) FROM owner_news WHERE kind = 'order'") == 2
        assert scalar(place.db, "SELECT count(*) FROM outbox WHERE kind = 'owner.notice'") == 1
