"""Who may call what: every route of the console in a table, and every role that may not, tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.factories import placed_order, stock_up
from tests.integration.console_house import Browser, House

ANYBODY = {"login", "log_in", "code", "check_code", "static"}
WHO_MAY = {
    "viewer": {
        "attention", "orders", "order", "slips", "account", "set_profile", "set_password", "totp", "totp_on",
        "totp_off", "recovery_codes", "log_out", "log_out_everywhere", "products", "product", "stock_history",
        "customers", "customer", "talk", "coupons", "coupon", "reviews",
        "broadcasts", "broadcast",
        "reports", "export_report",
    },
    "staff": {
        "close_case", "revive", "dismiss", "export", "prepare_order", "ship_order", "correct_order",
        "complete_order", "cancel_order", "note_order", "prepare_all", "ship_form", "ship_all",
        "refund_order", "refund_by_hand", "reply", "begin_talk", "end_talk", "new_product", "create_product",
        "edit_product", "product_picture", "product_active", "create_sku", "edit_sku", "change_stock",
        "catalogue", "categories", "rename_category", "place_category", "hide_category",
        "upload_catalogue", "preview_catalogue", "import_catalogue", "export_catalogue", "hide_review",
        "show_review", "new_broadcast", "broadcast_form", "create_broadcast", "edit_broadcast",
        "discard_broadcast", "stop_broadcast",
    },
    "owner": {
        "confirm_broadcast", "broadcast_cost", "send_broadcast", "audit", "notices", "switch_notices",
        "create_coupon", "edit_coupon", "erase_customer", "users", "create_user", "edit_user", "reset_user",
    },
}  # fmt: skip
RANK = ["anybody", "viewer", "staff", "owner"]
VALUES = {
    "order_id": "1", "case_id": "1", "box": "outbox", "what": "orders", "name": "console.css",
    "product_id": "1",
    "sku_id": "1", "category_id": "1", "customer_id": "1", "coupon_id": "1", "review_id": "1",
    "refund_id": "1", "user_id": "1", "broadcast_id": "1",
}  # fmt: skip


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    placed_order(house.db, {stock_up(house.db)[0].id: 1}, "cod")
    yield house
    house.db.close()


def routes(house: House) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every route under /admin, from the application itself."""
    found = []
    for rule in house.app.url_map.iter_rules():
        if rule.rule.startswith("/admin"):
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<int:{name}>", VALUES[name]).replace(f"<{name}>", VALUES[name])
            method = "POST" if "POST" in (rule.methods or set()) else "GET"
            found.append((rule.endpoint.removeprefix("console."), method, path.removeprefix("/admin")))
    return found


def lowest(endpoint: str) -> str:
    if endpoint in ANYBODY:
        return "anybody"
    return next(role for role, endpoints in WHO_MAY.items() if endpoint in endpoints)


def call(browser: Browser, method: str, path: str) -> TestResponse:
    return browser.post(path) if method == "POST" else browser.get(path)


def is_refused(response: TestResponse) -> bool:
    asks_to_log_in = response.headers.get("Location", "").startswith("/admin/login")
    return response.status_code == 403 or (response.status_code == 303 and asks_to_log_in)


def test_every_route_has_an_entry_in_the_table_and_every_entry_a_route(house: House) -> None:
    known = ANYBODY.union(*WHO_MAY.values())
    assert {endpoint for endpoint, _, _ in routes(house)} == known


@pytest.mark.parametrize("role", RANK)
def test_everybody_gets_where_they_may_and_nowhere_else(house: House, role: str) -> None:
    for endpoint, method, path in routes(house):
        if endpoint in ("log_out", "log_out_everywhere", "check_code", "log_in", "code"):
            continue  # these answer with a redirection to the log-in by their nature: see below
        browser = house.browser(None if role == "anybody" else role)
        response = call(browser, method, path)
        may = RANK.index(role) >= RANK.index(lowest(endpoint))
        assert is_refused(response) != may, f"{role} {method} {path}: {response.status_code}"
        assert response.status_code < 500
        response.close()  # the style sheet is a file


def test_a_stranger_can_not_log_anybody_out(house: House) -> None:
    inside = house.browser("owner")
    for path in ("/logout", "/account/everywhere"):
        house.browser().post(path)
    assert inside.get("/").status_code == 200


@pytest.mark.parametrize("role", ["anybody", "viewer"])
def test_who_may_not_changes_nothing(house: House, role: str) -> None:
    before = house.run("SELECT status FROM orders"), house.run("SELECT count(*) FROM order_events")
    browser = house.browser(None if role == "anybody" else role)
    for path in ("/orders/1/ship", "/orders/1/cancel", "/orders/1/note", "/orders/prepare", "/orders/ship"):
        data = {
            "carrier": "全家",
            "tracking": "A1234",
            "reason": "x",
            "text": "x",
            "id": "1",
            "tracking-1": "A1234",
        }
        browser.post(path, data)
    assert (house.run("SELECT status FROM orders"), house.run("SELECT count(*) FROM order_events")) == before


def test_a_form_without_its_token_is_refused_everywhere(house: House) -> None:
    stolen = house.browser("staff").token()
    for endpoint, method, path in routes(house):
        if method != "POST":
            continue
        for token in ({}, {"_token": ""}, {"_token": stolen}, {"_token": "é" * 64}):
            browser = house.browser("owner")
            response = browser.client.post("/admin" + path, data=token)
            assert response.status_code == 400, f"{endpoint} with {token}"
    assert house.run("SELECT count(*) FROM audit_log WHERE user_id IS NOT NULL") == [(0,)]


def test_a_view_that_says_nothing_about_roles_is_closed(house: House) -> None:
    view = house.app.view_functions["console.orders"]
    house.app.view_functions["console.orders"] = lambda: "secret"
    response = house.browser("owner").get("/orders")
    house.app.view_functions["console.orders"] = view
    assert response.status_code == 403
    assert b"secret" not in response.data
