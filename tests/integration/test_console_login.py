"""Logging in: passwords, limits, sessions that end, the second factor."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from admin import attempts, totp
from tests.integration.console_house import PASSWORD, TOKEN, Browser, House, text


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def is_inside(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def enrol(browser: Browser) -> tuple[str, list[str]]:
    """Turn the second factor on; its secret and the recovery codes."""
    page = text(browser.get("/account/second-factor"))
    secret = re.search(r'class="secret">([A-Z2-7]{32})<', page)
    assert secret
    assert "<svg" in page
    assert "otpauth://totp/" in page
    code = totp.code_at(secret[1], int(time.time() // 30))
    codes = re.findall(
        r"<li>([A-Z0-9-]{14})</li>", text(browser.post("/account/second-factor", {"code": code}))
    )
    assert len(codes) == 10
    return secret[1], codes


def fresh_code(house: House, secret: str, role: str = "owner") -> str:
    """A code that has not been used: the test's clock does not wait for the next one."""
    house.run("UPDATE staff_users SET totp_step = 0 WHERE login = %s", role)
    return totp.code_at(secret, int(time.time() // 30))


def test_the_right_password_opens_the_console(house: House) -> None:
    browser = house.browser()
    response = browser.log_in(" Owner ")
    assert response.status_code == 303
    assert is_inside(browser)
    assert house.run("SELECT action FROM audit_log WHERE user_id IS NOT NULL") == [("login",)]


def test_an_unknown_login_a_wrong_password_and_a_closed_account_get_the_same_answer(house: House) -> None:
    house.run("UPDATE staff_users SET active = false WHERE login = 'viewer'")
    answers = []
    for login, password in (("owner", "wrong password"), ("nobody", PASSWORD), ("viewer", PASSWORD)):
        browser = house.browser()
        response = browser.log_in(login, password)
        answers.append((response.status_code, TOKEN.sub("", text(response))))
        assert not is_inside(browser)
    assert answers[0][0] == 403
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("", ""),
        ("owner", ""),
        ("' OR 1=1 --", "x"),
        ("a" * 5000, "b" * 5000),
        ("\x00", "\x00"),
        ("\ud800", "\ud800"),
    ],
)
def test_nonsense_is_refused_like_a_wrong_password(house: House, login: str, password: str) -> None:
    clean = {
        "login": login.encode("utf-8", "surrogatepass"),
        "password": password.encode("utf-8", "surrogatepass"),
    }
    assert house.browser().post("/login", clean).status_code == 403


def test_after_too_many_wrong_passwords_the_right_one_has_to_wait(house: House) -> None:
    browser = house.browser()
    for _ in range(attempts.LOGIN_LIMIT):
        assert browser.log_in("owner", "wrong password").status_code == 403
    assert browser.log_in("owner").status_code == 429
    assert not is_inside(browser)
    assert house.browser().log_in("staff").status_code == 303, "another login is not held up"
    house.run("UPDATE login_attempts SET since = since - interval '16 minutes'")
    assert browser.log_in("owner").status_code == 303


def test_guesses_sent_all_at_once_are_counted_too(house: House) -> None:
    browsers = [house.browser() for _ in range(attempts.LOGIN_LIMIT + 8)]
    for browser in browsers:
        browser.get("/login")
    with ThreadPoolExecutor(8) as guessers:
        tried = guessers.map(lambda browser: browser.log_in("owner", "wrong password").status_code, browsers)
        assert sorted(tried) == [403] * attempts.LOGIN_LIMIT + [429] * 8


def test_one_address_can_not_try_login_after_login(house: House) -> None:
    browser = house.browser()
    statuses = [
        browser.log_in(f"guess{n}", "wrong password").status_code for n in range(attempts.ADDRESS_LIMIT + 1)
    ]
    assert statuses[-2:] == [403, 429]


def test_the_right_password_clears_the_count(house: House) -> None:
    browser = house.browser()
    for _ in range(2):
        for _ in range(attempts.LOGIN_LIMIT - 1):
            browser.log_in("owner", "wrong password")
        assert browser.log_in("owner").status_code == 303


def test_neither_passwords_nor_logins_nor_tokens_are_kept_in_the_clear(house: House) -> None:
    browser = house.browser()
    browser.log_in("owner")
    cookie = browser.client.get_cookie("console")
    assert cookie
    kept = str(
        [
            house.run(f"SELECT t::text FROM {table} t")
            for table in ("staff_users", "staff_sessions", "login_attempts")
        ]
    )
    assert PASSWORD not in kept
    assert cookie.value not in kept
    assert "$argon2id$" in kept


def test_logging_in_changes_the_token_so_that_a_planted_one_is_worthless(house: House) -> None:
    browser = house.browser()
    browser.get("/login")
    planted = browser.client.get_cookie("console")
    browser.log_in("owner")
    now = browser.client.get_cookie("console")
    assert planted
    assert now
    assert planted.value != now.value


@pytest.mark.parametrize(
    "change",
    [
        "last_seen_at = now() - interval '2 hours 1 minute'",
        "expires_at = now()",
    ],
)
def test_a_session_ends_when_it_is_idle_and_in_any_case(house: House, change: str) -> None:
    browser = house.browser("owner")
    assert is_inside(browser)
    house.run(f"UPDATE staff_sessions SET {change}")
    assert browser.get("/").headers["Location"] == "/admin/login?next=/admin/"


def test_being_seen_keeps_a_session_alive(house: House) -> None:
    browser = house.browser("owner")
    house.run("UPDATE staff_sessions SET last_seen_at = now() - interval '1 hour'")
    assert is_inside(browser)
    assert house.run("SELECT last_seen_at > now() - interval '1 minute' FROM staff_sessions") == [(True,)]


def test_a_closed_account_is_out_at_once(house: House) -> None:
    browser = house.browser("staff")
    house.run("UPDATE staff_users SET active = false WHERE login = 'staff'")
    assert not is_inside(browser)


def test_logging_out_ends_this_session_only_and_everywhere_ends_all(house: House) -> None:
    here, there, other = house.browser("owner"), house.browser("owner"), house.browser("staff")
    here.post("/logout")
    assert (is_inside(here), is_inside(there)) == (False, True)
    there.post("/account/everywhere")
    assert (is_inside(there), is_inside(other)) == (False, True)
    house.browser("owner").post("/account/everywhere")


def test_a_new_password_logs_every_other_device_out(house: House) -> None:
    here, there = house.browser("owner"), house.browser("owner")
    new = "another kettle entirely"
    wrong = here.post("/account/password", {"password": "wrong", "new": new, "again": new})
    assert "目前的密碼不對" in here.said(wrong)
    short = here.post("/account/password", {"password": PASSWORD, "new": "short", "again": "short"})
    assert "12 到 200" in here.said(short)
    differ = here.post("/account/password", {"password": PASSWORD, "new": new, "again": new + "!"})
    assert "不一樣" in here.said(differ)
    here.post("/account/password", {"password": PASSWORD, "new": new, "again": new})
    assert (is_inside(here), is_inside(there)) == (True, False)
    assert house.browser().log_in("owner").status_code == 403
    assert house.browser().log_in("owner", new).status_code == 303
    assert house.run("SELECT count(*) FROM audit_log WHERE action = 'user.password'") == [(1,)]


def test_the_second_factor_is_asked_for_and_a_code_counts_once(house: House) -> None:
    secret, _codes = enrol(house.browser("owner"))
    browser = house.browser()
    assert browser.log_in("owner").headers["Location"] == "/admin/login/code"
    assert not is_inside(browser), "the password alone opens nothing"
    assert browser.post("/login/code", {"code": "000000"}).status_code == 403
    code = fresh_code(house, secret)
    assert browser.post("/login/code", {"code": code}).status_code == 303
    assert is_inside(browser)
    again = house.browser()
    again.log_in("owner")
    assert again.post("/login/code", {"code": code}).status_code == 403, "somebody looked over the shoulder"


def test_a_recovery_code_counts_once(house: House) -> None:
    _secret, codes = enrol(house.browser("owner"))
    first, second = house.browser(), house.browser()
    first.log_in("owner")
    assert first.post("/login/code", {"code": codes[0].lower().replace("-", " ")}).status_code == 303
    second.log_in("owner")
    assert second.post("/login/code", {"code": codes[0]}).status_code == 403
    assert second.post("/login/code", {"code": codes[1]}).status_code == 303
    assert "還有 8 組" in text(second.get("/account"))


def test_guessing_the_second_factor_is_limited(house: House) -> None:
    secret, codes = enrol(house.browser("owner"))
    browser = house.browser()
    browser.log_in("owner")
    for _ in range(attempts.CODE_LIMIT):
        assert browser.post("/login/code", {"code": "000000"}).status_code == 403
    assert browser.post("/login/code", {"code": fresh_code(house, secret)}).status_code == 429
    assert browser.post("/login/code", {"code": codes[0]}).status_code == 429
    assert not is_inside(browser)


def test_the_second_step_takes_ten_minutes_at_most(house: House) -> None:
    secret, _codes = enrol(house.browser("owner"))
    browser = house.browser()
    browser.log_in("owner")
    house.run(
        "UPDATE staff_sessions SET expires_at = expires_at - interval '10 minutes' WHERE stage = 'code'"
    )
    browser.post("/login/code", {"code": fresh_code(house, secret)})
    assert not is_inside(browser)


def test_a_wrong_code_does_not_turn_the_second_factor_on(house: House) -> None:
    browser = house.browser("owner")
    browser.get("/account/second-factor")
    assert browser.post("/account/second-factor", {"code": "123"}).status_code == 422
    assert house.run("SELECT count(*) FROM staff_users WHERE totp_confirmed_at IS NOT NULL") == [(0,)]


def test_turning_the_second_factor_off_takes_the_password(house: House) -> None:
    browser = house.browser("owner")
    secret, _codes = enrol(browser)
    assert secret not in str(house.run("SELECT totp_secret FROM staff_users"))
    browser.post("/account/second-factor/off", {"password": "wrong"})
    assert house.run("SELECT count(*) FROM staff_users WHERE totp_secret IS NOT NULL") == [(1,)]
    browser.post("/account/second-factor/off", {"password": PASSWORD})
    assert house.run("SELECT count(*) FROM staff_users WHERE totp_secret IS NOT NULL") == [(0,)]
    actions = [
        row[0] for row in house.run("SELECT action FROM audit_log WHERE user_id IS NOT NULL ORDER BY id")
    ]
    assert actions == ["user.totp_on", "user.totp_off"]


def test_new_recovery_codes_end_the_old_ones(house: House) -> None:
    browser = house.browser("owner")
    _secret, old = enrol(browser)
    new = re.findall(
        r"<li>([A-Z0-9-]{14})</li>", text(browser.post("/account/recovery-codes", {"password": PASSWORD}))
    )
    assert len(new) == 10
    later = house.browser()
    later.log_in("owner")
    assert later.post("/login/code", {"code": old[0]}).status_code == 403
    assert later.post("/login/code", {"code": new[0]}).status_code == 303


def test_cookies_and_headers_are_strict(database_url: str) -> None:
    house = House(database_url, "https://shop.example")
    response = house.browser().get("/login")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-console=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in cookie
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    house.db.close()


def test_plain_http_on_loopback_works_without_secure_cookies(house: House) -> None:
    response = house.browser().get("/login")
    assert "Secure" not in response.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in response.headers


def test_the_way_after_the_log_in_never_leads_out_of_the_console(house: House) -> None:
    for wanted, went in (
        ("/admin/orders?state=paid", "/admin/orders?state=paid"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example/admin", "/admin/"),
        ("/admin\\evil", "/admin/"),
        ("/administrator.example", "/admin/"),
        ("/admin/login", "/admin/"),
        ("/admin/\r\nX: y", "/admin/"),
    ):
        browser = house.browser()
        response = browser.post(
            "/login", {"login": "owner", "password": PASSWORD}, query_string={"next": wanted}
        )
        assert response.headers["Location"] == went, wanted


def test_a_person_chooses_the_language(house: House) -> None:
    browser = house.browser("owner")
    assert "待處理" in text(browser.get("/"))
    browser.post("/account/profile", {"name": "Owner", "language": "en"})
    assert "Needs attention" in text(browser.get("/"))
    before, after = house.run("SELECT before, after FROM audit_log WHERE action = 'user.profile'")[0]
    assert before == {"name": "owner先生", "language": "zh-TW"}
    assert after == {"name": "Owner", "language": "en"}
    browser.post("/account/profile", {"name": "", "language": "xx"})
    assert house.run("SELECT name, language FROM staff_users WHERE login = 'owner'") == [("Owner", "en")]
