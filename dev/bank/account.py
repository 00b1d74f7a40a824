"""The one merchant account of the stand-in bank.

These values open nothing but the stand-in: they are made up, public, and shared with whoever starts it.
"""

from __future__ import annotations

from dataclasses import dataclass

SHOP_NO = "DEV001_001"
A1 = "5EED0000DE7E1090"
A2 = "0FF1CEBA5EBA1100"
B1 = "7E57BA2C0DE00001"
B2 = "C0FFEE5A1AD0B0B0"
KEY_ID = "00000000-dead-4bad-8bad-7e57ba2c0001"


@dataclass(frozen=True)
class Account:
    """What the bank would mail to a merchant: shop number, four hash values of 16 hex digits, gateway key."""

    shop_no: str = SHOP_NO
    a1: str = A1
    a2: str = A2
    b1: str = B1
    b2: str = B2
    key_id: str = KEY_ID
