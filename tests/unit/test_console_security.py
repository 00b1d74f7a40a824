"""The small pieces that keep strangers out of the console."""

from __future__ import annotations

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from admin import export, passwords, totp
from admin.errors import BadPassword
from admin.roles import RANKS, Rule, allows, may
from admin.security import Guard, client_address, safe_path

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the ASCII of 12345678901234567890


@pytest.mark.parametrize(
    ("time", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(time: int, code: str) -> None:
    assert totp.code_at(RFC_SECRET, time // 30) == code
    assert totp.step_of(RFC_SECRET, f" {code[:3]} {code[3:]}", time) == time // 30


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    code = totp.code_at(RFC_SECRET, 1000)
    assert [totp.step_of(RFC_SECRET, code, step * 30) for step in (998, 999, 1000, 1001, 1002)] == [
        None,
        1000,
        1000,
        1000,
        None,
    ]


@given(st.text())
def test_no_text_breaks_the_check_of_a_code(words: str) -> None:
    assert totp.step_of(RFC_SECRET, words, 59) in (None, 0, 1, 2)


def test_a_secret_opens_only_with_the_key_that_locked_it() -> None:
    secret = totp.new_secret()
    locked = totp.Vault("one").lock(secret)
    assert secret not in locked
    assert totp.Vault("one").open(locked) == secret
    assert totp.Vault("other").open(locked) is None


def test_the_address_for_the_authenticator_is_escaped() -> None:
    address = totp.address("ABC", "a@b", "小舖 & Co")
    assert (
        address
        == "otpauth://totp/%E5%B0%8F%E8%88%96%20%26%20Co:a%40b?secret=ABC&issuer=%E5%B0%8F%E8%88%96%20%26%20Co"
    )
    assert totp.picture(address).startswith("<svg")
    assert "style=" not in totp.picture(address)


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "aaaaaaaaaaaaaaaa", "ownerowner12"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(BadPassword):
        passwords.hash_password(password, "ownerowner")


@pytest.mark.parametrize("password", ["", "x", "x" * 100_000, "\ud800", "correct horse batter"])
def test_only_the_password_matches(password: str) -> None:
    kept = passwords.hash_password("correct horse battery")
    assert passwords.matches("correct horse battery", kept)
    assert not passwords.matches(password, kept)
    assert not passwords.matches("correct horse battery", None)
    assert not passwords.matches("nobody has this password", None)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("8.8.8.8", "9.9.9.9", "8.8.8.8"),
        ("10.1.2.3", "9.9.9.9", "9.9.9.9"),
        ("10.1.2.3", "1.1.1.1, 9.9.9.9", "9.9.9.9"),
        ("10.1.2.3", "", "10.1.2.3"),
    ],
)
def test_only_a_router_is_believed_about_the_address(peer: str, forwarded: str, address: str) -> None:
    app = Flask("x")
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with app.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": peer}):
        assert client_address(request) == address


@given(st.text())
def test_the_way_after_the_log_in_is_always_the_consoles(path: str) -> None:
    for wanted in (path, "/admin/" + path):
        assert safe_path(wanted) == "" or safe_path(wanted).startswith("/admin/")


@given(st.text(), st.text())
def test_a_form_token_belongs_to_one_browser(one: str, other: str) -> None:
    guard = Guard("https://shop.example", "key")
    one, other = one.encode("utf-8", "replace").decode(), other.encode("utf-8", "replace").decode()
    assert (guard.form_token(one) == guard.form_token(other)) == (one == other)


@given(st.text(max_size=50))
def test_no_text_becomes_a_formula(words: str) -> None:
    cell = str(export.cell(words))
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert cell.endswith(words)


def test_each_role_may_what_those_below_it_may() -> None:
    for lowest in RANKS:
        allowed = [role for role in RANKS if allows(Rule(lowest, 1), role)]
        assert allowed == list(RANKS)[list(RANKS).index(lowest) :]
    with pytest.raises(ValueError):
        may("admin")
