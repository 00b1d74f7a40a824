"""The people of the console: added and shut out by the owner; a one-time password opens one page only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.factories import scalar
from tests.integration.console_house import Browser, House, text


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def one_time(response: TestResponse) -> str:
    assert response.status_code == 200, text(response)
    found = re.search(r'id="one-time">([a-z0-9-]+)<', text(response))
    assert found
    return found[1]


def create(house: House, **fields: object) -> TestResponse:
    data = {"login": "mei", "name": "美美", "role": "staff", **fields}
    return house.browser("owner").post("/users", data)


def replace(browser: Browser, old: str, new: str) -> str:
    return browser.said(browser.post("/account/password", {"password": old, "new": new, "again": new}))


def test_somebody_new_logs_in_once_and_must_choose_a_password(house: House) -> None:
    password = one_time(create(house))
    browser = house.browser()
    assert browser.log_in("mei", password).status_code == 303
    for path in ("/", "/orders", "/products"):
        assert browser.get(path).headers["Location"] == "/admin/account"
    assert browser.post("/orders/prepare", {"id": "1"}).headers["Location"] == "/admin/account"
    assert "要和目前的不一樣" in replace(browser, password, password)
    assert browser.get("/orders").status_code == 303
    assert "密碼已更換" in replace(browser, password, "a quiet pond at dawn")
    assert browser.get("/orders").status_code == 200
    log = house.run("SELECT user_id, action, after::text FROM audit_log ORDER BY id OFFSET 3")
    assert log[0][:2] == (house.ids["owner"], "user.create")
    assert password not in str(log)


@pytest.mark.parametrize(
    "fields",
    [{"login": ""}, {"login": "x"}, {"login": "-mei"}, {"login": "美美"}, {"login": "a b"},
     {"login": "a" * 65},
     {"login": "staff"}, {"login": "STAFF"}, {"name": ""}, {"name": " \u3000"}, {"name": "長" * 41},
     {"role": "root"}, {"role": ""}],
)  # fmt: skip
def test_somebody_who_cannot_be_is_refused(house: House, fields: dict[str, object]) -> None:
    response = create(house, **fields)
    assert response.status_code == 422
    assert scalar(house.db, "SELECT count(*) FROM staff_users") == 3


def test_who_is_shut_out_is_out_at_once(house: House) -> None:
    inside, owner = house.browser("staff"), house.browser("owner")
    path = f"/users/{house.ids['staff']}"
    assert "已儲存" in owner.said(owner.post(path, {"name": "阿德", "role": "staff", "active": ""}))
    assert inside.get("/").headers["Location"].startswith("/admin/login")
    assert inside.log_in("staff").status_code == 403
    assert scalar(house.db, "SELECT count(*) FROM staff_sessions WHERE user_id = %s", house.ids["staff"]) == 0
    assert house.run("SELECT before, after FROM audit_log WHERE action = 'user.edit'") == [
        (
            {"name": "staff先生", "role": "staff", "active": True},
            {"name": "阿德", "role": "staff", "active": False},
        )
    ]
    assert owner.post(f"{path}/reset").status_code == 422


def test_another_role_counts_at_the_next_log_in(house: House) -> None:
    inside, owner = house.browser("staff"), house.browser("owner")
    owner.post(f"/users/{house.ids['staff']}", {"name": "阿德", "role": "viewer", "active": "1"})
    assert inside.get("/").status_code == 303
    inside.log_in("staff")
    assert inside.get("/").status_code == 200
    assert inside.get("/products/new").status_code == 403


@pytest.mark.parametrize("fields", [{"role": "staff", "active": "1"}, {"role": "owner", "active": ""}])
def test_the_last_owner_stays(house: House, fields: dict[str, object]) -> None:
    owner = house.browser("owner")
    response = owner.post(f"/users/{house.ids['owner']}", {"name": "老闆", **fields})
    assert response.status_code == 422
    assert "至少要有一位店主" in text(response)
    assert scalar(house.db, "SELECT count(*) FROM staff_users WHERE role = 'owner' AND active") == 1


def test_a_reset_password_is_good_once_and_ends_everything_else(house: House) -> None:
    inside, owner = house.browser("staff"), house.browser("owner")
    house.run("UPDATE staff_users SET totp_secret = 'x', totp_confirmed_at = now() WHERE login = 'staff'")
    password = one_time(owner.post(f"/users/{house.ids['staff']}/reset"))
    assert inside.get("/").status_code == 303
    assert house.browser().log_in("staff").status_code == 403
    fresh = house.browser()
    fresh.log_in("staff", password)
    assert fresh.get("/").headers["Location"] == "/admin/account"
    log = house.run("SELECT user_id, subject, after::text FROM audit_log WHERE action = 'user.reset'")
    assert log[0][:2] == (house.ids["owner"], f"user:{house.ids['staff']}")
    assert password not in str(log)


def test_what_is_not_there_or_oneself_is_not_reset(house: House) -> None:
    owner = house.browser("owner")
    for number in (4711, 2**63):
        assert owner.post(f"/users/{number}/reset").status_code == 404
        assert owner.post(f"/users/{number}", {"name": "x", "role": "staff"}).status_code == 404
    assert "我的帳號" in text(owner.post(f"/users/{house.ids['owner']}/reset"))
    assert owner.get("/users").status_code == 200


def test_a_hostile_name_is_shown_and_never_run(house: House) -> None:
    create(house, name="<script>alert(1)</script>")
    page = house.browser("owner").get("/users").get_data(as_text=True)
    assert "<script" not in page
    assert "&lt;script" in page
