"""What `shop doctor` looks at with the bank: the way to it, its gateway's key, the four hash values."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import urlsplit

from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.errors import (
    BankAnswerRefused,
    BankConfigurationError,
    BankError,
    BankTemporaryError,
)
from settings import SINOPAC_SANDBOX, SinopacSettings
from store.checkup import Check

_SEALED = frozenset({"E0000", "E3501"})  # the bank could not open or verify what was sent
_SHOP = frozenset({"E0100", "E0101", "E0102"})


def check_bank(settings: SinopacSettings | None, *, moves: bool) -> Iterator[Check]:
    """Ask the bank about an order that cannot exist: its sealed answer proves every key.

    `moves` says that this machine's address changes, as a dyno's does. Nothing is changed at the bank.
    """
    if settings is None:
        yield Check("bank", True, "not used: PAYMENT_METHODS names cash on delivery alone")
        return
    yield _check_way(settings, moves)
    client = SinopacClient(SinopacAccount.from_hash_values(**asdict(settings)))
    try:
        yield from _ask(client)
    finally:
        client.close()


def _check_way(settings: SinopacSettings, moves: bool) -> Check:
    where = "the bank's sandbox: no real money" if settings.api_url == SINOPAC_SANDBOX else settings.api_url
    if settings.proxy_url:
        return Check("bank proxy", True, f"{where}, through {urlsplit(settings.proxy_url).hostname}")
    if moves and settings.api_url != SINOPAC_SANDBOX:
        words = "calls leave from an address that changes, and the bank answers registered ones alone"
        return Check("bank proxy", False, words, "heroku addons:create quotaguardstatic, and tell the bank")
    return Check("bank proxy", True, f"{where}, directly")


def _ask(client: SinopacClient) -> Iterator[Check]:
    try:
        client.fetch_nonce()
    except BankError as error:
        yield Check("bank", False, str(error), _advice(error))
        return
    yield Check("bank", True, "its gateway answers and knows SINOPAC_KEY_ID")
    try:
        client.query_order(f"DOCTOR{secrets.token_hex(8)}")
    except BankAnswerRefused:
        yield _wrong_keys("its answer cannot be opened")
    except BankError as error:
        if error.code in _SEALED:
            yield _wrong_keys(f"it cannot open what is sent ({error.code})")
        elif error.code in _SHOP:
            do = "compare SINOPAC_SHOP_NO with the bank's letter, and ask whether the shop is open"
            yield Check("bank keys", False, str(error), do)
        else:
            yield Check("bank keys", False, str(error), _advice(error))
    else:
        yield Check("bank keys", True, "what is sealed with A1, A2, B1 and B2 is understood on both sides")


def _wrong_keys(words: str) -> Check:
    do = "compare SINOPAC_A1, A2, B1 and B2 with the bank's letter, and that all are of this SINOPAC_API_URL"
    return Check("bank keys", False, words, do)


def _advice(error: BankError) -> str:
    if isinstance(error, BankConfigurationError):
        return "the setting is named; sandbox and production each have their own values"
    if isinstance(error, BankTemporaryError):
        return "try again; if it stays, check SINOPAC_API_URL and SINOPAC_PROXY_URL, or ask the bank"
    return "ask the bank, with this code and the time"
