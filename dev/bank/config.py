"""Everything about the stand-in bank that can be set, with the sandbox's own habits as defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dev.bank.account import Account

REFUND_OUTCOMES = ("success", "failed", "returning")


@dataclass(frozen=True)
class BankConfig:
    """Settings of one stand-in bank. Durations are seconds of the bank's own clock, amounts TWD."""

    account: Account = field(default_factory=Account)
    public_url: str | None = None
    """Base of the hosted pages' addresses; None takes the address the merchant called."""
    state_file: Path | None = None
    """JSON snapshot kept up to date and read at start; None keeps everything in memory."""
    auto_pay_seconds: float | None = None
    """How often waiting virtual accounts are paid by themselves (the sandbox: 300); None never."""
    notify_delay_seconds: float = 1.0
    """From an event to its first BackendURL call."""
    notify_repeat_seconds: float = 600.0
    notify_attempts: int = 5
    notify_timeout_seconds: float = 10.0
    nonce_seconds: float = 60.0
    same_tokens: bool = False
    """Give ReturnURL and BackendURL of one payment the same PayToken."""
    plain_failures: bool = False
    """Answer failures as plain JSON instead of an encrypted envelope."""
    capture_seconds: float = 0.0
    """From an authorisation with AutoBilling Y to its capture."""
    authorisation_days: int = 30
    payout_days: int = 1
    """Days (at Taiwan midnight) from a payment to its pay-out."""
    refund_seconds: float = 300.0
    """Length of each step of a refund after it was accepted."""
    refund_token_seconds: float = 120.0
    refund_days: int = 365
    refund_daily_limit: int | None = None
    refund_outcome: str | None = None
    """Forces every virtual-account refund to one of REFUND_OUTCOMES; None lets the last digit decide."""
    atm_refund_enabled: bool = True
    atm_expire_days: int = 30
    billing_days_limit: int = 30
    pay_types: tuple[str, ...] = ("A", "C", "M", "W")
    card_kinds: tuple[str, ...] = ("ONE",)
    wallets: tuple[str, ...] = ("Jko", "Line", "Plus", "Px", "IPass")
