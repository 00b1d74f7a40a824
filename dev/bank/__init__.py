"""A stand-in for the bank on a developer's machine: it speaks the true protocol and moves no money.

bank = Bank(BankConfig(auto_pay_seconds=300))
with Server(create_app(bank)) as server:
    ...  # SINOPAC_API_URL is server.url + API_PATH
bank.close()
"""

from dev.bank.app import API_PATH, create_app
from dev.bank.bank import Bank
from dev.bank.config import BankConfig

__all__ = ["API_PATH", "Bank", "BankConfig", "create_app"]
