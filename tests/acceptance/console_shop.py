"""A shop in the middle of its day, for looking at its console: something true to life on every page."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from store import catalogue_file, customers, handoff, reviews
from store.db import Transaction
from store.orders import Order
from tests.acceptance.town import SAMPLE
from tests.factories import a_coupon, choose_coupon, fill_cart, line_user, place, scalar
from tests.integration.console_house import House
from tests.integration.test_console_refunds import refund

NAMES = (
    "王小明",
    "陳美華",
    "林志豪",
    "張淑芬",
    "Emily Chen",
    "黃怡君",
    "歐陽詩涵",
    "周俊傑",
    "許雅婷",
    "吳建宏",
    "鄭家豪",
    "謝佩珊",
)
ADDRESSES = (
    "台北市信義區信義路五段7號12樓之3", "新北市板橋區縣民大道二段7號", "高雄市前鎮區中華五路789號",
    "台中市西屯區台灣大道三段301號地下二樓物流收貨處（請按電鈴）", "7-ELEVEN 福壽門市（131386）",
)  # fmt: skip
STATES = (
    "paid",
    "paid",
    "preparing",
    "shipped",
    "completed",
    "completed",
    "completed",
    "pending",
    "cancelled",
    "expired",
    "refunded",
)
METHODS = ("card", "atm", "cod")
WORDS = (
    "茶湯清甜，回甘很久，包裝也很用心，會再回購！",
    "很好喝",
    "杯子有一點小氣泡，但店家很快就處理了。",
    "",
)
DAYS = 28


def furnish(house: House) -> list[str]:
    """Fill the shop; the pages to look at."""
    catalogue_file.import_file(house.db, SAMPLE)
    chance = random.Random(7)
    skus = [int(str(row[0])) for row in house.run("SELECT id FROM skus WHERE stock > 8 ORDER BY id")]
    coupon = a_coupon(house.db)
    made = [
        _order(house, chance, skus, number, coupon.code if number % 5 == 0 else "") for number in range(44)
    ]
    paid = next(order for order in made if _state(house, order) == "paid" and order.payment_method == "card")
    _pay(house, paid)
    refund(house.browser("staff"), paid, amount="120", reason="少寄一個茶包")
    done = [order for order in made if _state(house, order) == "completed"]
    for order in done:
        house.db.transaction(lambda tx, order=order: _review(tx, order, chance))  # type: ignore[misc]
    customer_id = done[0].customer_id
    house.db.transaction(lambda tx: _talk(tx, customer_id, done[0].id))
    _trouble(house, made)
    _office(house, skus, made)
    product = int(str(scalar(house.db, "SELECT product_id FROM skus ORDER BY id LIMIT 1")))
    orders = {_state(house, order): order.id for order in made}
    ids = "&".join(f"id={order.id}" for order in made if _state(house, order) in ("paid", "preparing"))
    return [
        "/", "/orders", "/orders?state=to_ship&q=王",
        *(f"/orders/{orders[state]}" for state in ("pending", "shipped", "cancelled")),
        f"/orders/{paid.id}", f"/orders/ship?{ids}", f"/orders/slips?id={paid.id}", "/products",
        "/products?shown=low",
        f"/products/{product}", "/products/new", "/products/file", "/products/file/preview",
        f"/skus/{skus[0]}/stock",
        "/customers", f"/customers/{customer_id}", f"/customers/{customer_id}/talk", "/coupons",
        f"/coupons/{coupon.id}",
        "/reviews", "/reports", "/reports?unit=week", "/reports?unit=month", "/users", "/audit", "/account",
        "/account/second-factor", "/categories", "/notices", "/broadcasts", "/broadcasts/new",
        "/broadcasts/1",
        "/broadcasts/1/confirm",
    ]  # fmt: skip


def _order(house: House, chance: random.Random, skus: list[int], number: int, code: str) -> Order:
    user, name = line_user(), NAMES[number % len(NAMES)]
    fill_cart(
        house.db, user, {sku: chance.randint(1, 3) for sku in chance.sample(skus, chance.randint(1, 4))}
    )
    if code:
        choose_coupon(house.db, user, code)
    _outcome, order = place(house.db, user, METHODS[number % 3])
    if order is None:
        raise AssertionError("an order was not placed")
    state = STATES[number % len(STATES)]
    if order.payment_method == "cod" and state in ("pending", "paid", "expired", "refunded"):
        state = "preparing"
    at = datetime.now(UTC) - timedelta(days=chance.random() * DAYS, hours=1)
    paid_at = (
        at + timedelta(minutes=9)
        if state not in ("pending", "cancelled", "expired") and number % 3 < 2
        else None
    )
    house.run(
        "UPDATE orders SET status = %s, placed_at = %s, paid_at = %s, closed_at = %s,"
        " recipient_name = %s, phone = %s, address = %s, note = %s WHERE id = %s",
        state, at, paid_at,
        at + timedelta(days=2) if state in ("completed", "cancelled", "expired") else None, name,
        f"09{chance.randint(10_000_000, 99_999_999)}", ADDRESSES[number % len(ADDRESSES)],
        "請放管理室，謝謝。" if number % 7 == 0 else "", order.id,
    )  # fmt: skip
    house.run("UPDATE customers SET display_name = %s, recipient_name = %s, created_at = %s WHERE id = %s",
              name if number % 4 else "", name, at - timedelta(hours=2), order.customer_id)  # fmt: skip
    if state in ("shipped", "completed", "refunded"):
        house.run("INSERT INTO shipments VALUES (%s, '黑貓宅急便', %s, %s)",
                  order.id, str(chance.randint(10**11, 10**12)), at + timedelta(days=1))  # fmt: skip
    return order


def _state(house: House, order: Order) -> str:
    return str(scalar(house.db, "SELECT status FROM orders WHERE id = %s", order.id))


def _pay(house: House, order: Order) -> None:
    """The money of a card, as the bank has told of it."""
    house.run(
        "INSERT INTO payments (order_id, attempt, provider, method, amount, status, provider_order_no,"
        " provider_ref, callback_key, expires_at)"
        " VALUES (%s, 1, 'sinopac', 'card', %s, 'paid', %s, 'DA0220261120000017', 'k', now())",
        order.id, order.total, f"{order.code}A",
    )  # fmt: skip
    house.run(
        "INSERT INTO money_moves (order_id, payment_id, reference, kind, amount, moved_at)"
        " SELECT order_id, id, provider_ref, 'PayOut', amount, now() FROM payments WHERE order_id = %s",
        order.id,
    )  # fmt: skip


def _review(tx: Transaction, order: Order, chance: random.Random) -> None:
    customer = customers.find(tx, order.customer_id)
    with tx.connection.cursor() as cursor:
        cursor.execute("SELECT min(sku_id) FROM order_lines WHERE order_id = %s", (order.id,))
        sku_id = int(cursor.fetchone()[0])
    reviews.rate(tx, customer, order.id, sku_id, chance.choice((5, 5, 4, 3)), order.code)
    if words := chance.choice(WORDS):
        reviews.say(tx, customer, order.id, sku_id, words)


def _talk(tx: Transaction, customer_id: int, order_id: int) -> None:
    customer = customers.find(tx, customer_id)
    handoff.begin(tx, customer, order_id)
    handoff.heard(tx, customer, "text", "請問茶杯可以換成另一個顏色嗎？")
    handoff.heard(tx, customer, "image")
    handoff.reply(
        tx,
        customers.find(tx, customer_id),
        "可以的，收到後寄回就好，運費我們出。\n地址：台北市大安區和平東路一段 1 號",
        "staff:1",
    )
    handoff.heard(tx, customers.find(tx, customer_id), "text", "太好了，謝謝！")


def _trouble(house: House, made: list[Order]) -> None:
    """What the first page is for."""
    house.run("UPDATE outbox SET status = 'dead', attempts = 8, "
              " last_error = 'LINE answered 400: The property, ''to'', is invalid'"
              " WHERE id IN (SELECT id FROM outbox WHERE kind = 'notice' ORDER BY id LIMIT 2)")  # fmt: skip
    house.run("INSERT INTO cases (kind, order_id, reference, data)"
              " VALUES ('amount_mismatch', %s, 'DA0220261120000021', %s::jsonb)",
              made[3].id, '{"amount": 500, "expected": 1260}')  # fmt: skip
    house.run("UPDATE skus SET stock = 2 WHERE id IN (SELECT id FROM skus ORDER BY id DESC LIMIT 2)")


def _office(house: House, skus: list[int], made: list[Order]) -> None:
    """What people of the shop have done today."""
    browser = house.browser("owner")
    browser.post(f"/skus/{skus[0]}/stock", {"step": "add", "quantity": "24", "reason": "十一月進貨"})
    browser.post(f"/skus/{skus[0]}/stock", {"step": "take", "quantity": "1", "reason": "撞破一罐"})
    browser.post(f"/orders/{made[2].id}/note", {"text": "客人來電，請週五前送到。"})
    browser.post("/coupons",
        {"code": "MIDAUTUMN-2026", "kind": "percent", "value": "15", "cap": "300", "minimum": "1000",
                              "starts_at": "2026-09-01", "ends_at": "2026-12-31", "uses_limit": "500",
                              "uses_per_customer": "1"})  # fmt: skip
    browser.post("/users", {"login": "mei", "name": "小美（倉庫）", "role": "staff"})
    news = {
        "body": "秋茶上市囉！\n今年的高山烏龍特別清甜，來試試看：",
        "product": "",
        "segment": "recent",
        "days_recent": "90",
    }
    browser.post("/broadcasts", news)
    head = "sku,product,option,category,price,list_price,stock,description,image_url,active"
    lines = (
        "N1,凍頂烏龍茶包,20 入,茶包,320,,40,炭焙香氣，適合冷泡。,,yes\n"
        "N2,凍頂烏龍茶包,50 入,茶包,720,800,25,炭焙香氣，適合冷泡。,,yes\n"
    )
    browser.upload("/products/file", "file", f"{head}\n{lines}".encode())
