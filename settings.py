"""Every environment variable of the shop, once: typed, with its default, checked at start-up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

WALLETS = ("linepay", "jkopay", "pxpay", "pluspay", "ipass")
BANK_METHODS = ("card", "atm", "mobile", *WALLETS)
PAYMENT_METHODS = (*BANK_METHODS, "cod")
DELIVERY_METHODS = ("home", "cvs")
_STORAGE = ("ENDPOINT", "BUCKET", "REGION", "ACCESS_KEY", "SECRET_KEY")
SINOPAC_SANDBOX = "https://apisbx.sinopac.com/funBIZ-Sbx/QPay.WebAPI/api"


class SettingsError(Exception):
    """The environment cannot run the shop; the message names every variable that is missing or wrong."""


@dataclass(frozen=True)
class LineSettings:
    """How to talk to LINE.

    `secrets` are the channel secrets accepted in signatures, newest first. `chat_url` leads a browser back
    to the chat with `{text}` typed in for the customer (`{user}`: their LINE user id), or is empty. `liff_id`
    is a LIFF app whose endpoint is PUBLIC_URL/details, or empty.
    """

    secrets: tuple[str, ...] = field(repr=False)
    token: str = field(repr=False)
    api_url: str = "https://api.line.me"
    chat_url: str = ""
    liff_id: str = ""


@dataclass(frozen=True)
class SinopacSettings:
    """The shop's account at Bank SinoPac, as the bank issued it."""

    shop_no: str
    a1: str = field(repr=False)
    a2: str = field(repr=False)
    b1: str = field(repr=False)
    b2: str = field(repr=False)
    key_id: str = field(repr=False)
    api_url: str = SINOPAC_SANDBOX
    proxy_url: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class PictureStorage:
    """A bucket of S3-compatible object storage; `endpoint` is the address that the bucket's name follows."""

    endpoint: str
    bucket: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True)
class Settings:
    """What the whole program runs on. Amounts in TWD, times in seconds."""

    database_url: str = field(repr=False)
    public_url: str
    secret_key: str = field(repr=False)
    line: LineSettings
    sinopac: SinopacSettings | None
    old_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    """What was signed with these is still accepted, while SECRET_KEY is being replaced."""
    metrics_token: str = field(default="", repr=False)
    sentry_dsn: str = field(default="", repr=False)
    on_heroku: bool = False
    release: str = ""
    picture_storage: PictureStorage | None = None
    """Where product pictures are kept; without it, in the database."""
    pictures_public_url: str = ""
    """Where the outside finds them, if not at `public_url`."""
    shop_name: str = "小舖"
    owner_line_user_ids: tuple[str, ...] = ()
    payment_methods: tuple[str, ...] = ("card", "atm", "cod")
    delivery_methods: tuple[str, ...] = DELIVERY_METHODS
    card_instalments: tuple[int, ...] = ()
    auto_refund: bool = False
    worker_threads: int = 2
    line_senders: int = 32
    database_pool: int = 4
    card_order_ttl: int = 2400
    atm_order_ttl: int = 259_200
    reconcile_after: int = 300
    shipping_fee: int = 80
    cvs_shipping_fee: int = 60
    free_shipping_from: int = 1500
    message_reserve: int = 20
    mark_as_read: bool = False
    log_level: str = "INFO"

    def order_ttl(self, method: str) -> int:
        """How long an unpaid order of this payment method holds its stock, in seconds."""
        return self.atm_order_ttl if method == "atm" else self.card_order_ttl


def load(env: Mapping[str, str]) -> Settings:
    """Read the settings; raises one `SettingsError` that names everything missing or wrong."""
    read = _Reader(env)
    methods = tuple(read.words("PAYMENT_METHODS", "card,atm,cod"))
    if not methods:
        read.wrong("PAYMENT_METHODS", f"must name at least one of {', '.join(PAYMENT_METHODS)}")
    for method in methods:
        if method not in PAYMENT_METHODS:
            read.wrong("PAYMENT_METHODS", f"knows {', '.join(PAYMENT_METHODS)}; {method!r} is none of them")
    deliveries = tuple(read.words("DELIVERY_METHODS", "home,cvs"))
    if not deliveries or set(deliveries) - set(DELIVERY_METHODS):
        read.wrong("DELIVERY_METHODS", f"must name one or more of {', '.join(DELIVERY_METHODS)}")
    secret_keys = read.words("SECRET_KEY", required=True) or [""]
    settings = Settings(
        database_url=_database_url(read),
        public_url=read.url("PUBLIC_URL"),
        secret_key=secret_keys[0],
        old_secret_keys=tuple(secret_keys[1:]),
        metrics_token=read.text("METRICS_TOKEN", ""),
        sentry_dsn=read.text("SENTRY_DSN", ""),
        on_heroku=bool(read.text("DYNO", "")),
        release=read.text("HEROKU_SLUG_COMMIT", ""),
        line=LineSettings(
            secrets=tuple(read.words("LINE_CHANNEL_SECRET", required=True)),
            token=read.text("LINE_CHANNEL_ACCESS_TOKEN"),
            api_url=read.url("LINE_API_URL", "https://api.line.me"),
            chat_url=_chat_url(read),
            liff_id=_liff_id(read),
        ),
        sinopac=_sinopac(read) if set(methods) & set(BANK_METHODS) else None,
        picture_storage=_picture_storage(read),
        pictures_public_url=read.url("PICTURES_PUBLIC_URL", ""),
        shop_name=read.text("SHOP_NAME", "小舖"),
        owner_line_user_ids=tuple(read.words("OWNER_LINE_USER_IDS", "")),
        payment_methods=methods,
        delivery_methods=deliveries,
        card_instalments=read.instalments("CARD_INSTALMENTS"),
        auto_refund=read.yes_or_no("AUTO_REFUND"),
        worker_threads=read.number("WORKER_THREADS", 2),
        line_senders=read.number("LINE_SENDERS", 32, least=1),
        database_pool=read.number("DATABASE_POOL", 4, least=2),
        card_order_ttl=read.number("CARD_ORDER_TTL_SECONDS", 2400, least=1),
        atm_order_ttl=read.number("ATM_ORDER_TTL_SECONDS", 259_200, least=1),
        reconcile_after=read.number("RECONCILE_SECONDS", 300, least=1),
        shipping_fee=read.number("SHIPPING_FEE", 80),
        cvs_shipping_fee=read.number("CVS_SHIPPING_FEE", 60),
        free_shipping_from=read.number("FREE_SHIPPING_FROM", 1500),
        message_reserve=read.number("MESSAGE_RESERVE", 20),
        mark_as_read=read.choice("MARK_AS_READ", ("ON", "OFF"), "OFF") == "ON",
        log_level=read.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    )
    read.check()
    return settings


def _database_url(read: _Reader) -> str:
    url = read.text("DATABASE_URL")
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    elif url and not url.startswith("postgresql://"):
        read.wrong("DATABASE_URL", "must begin with postgres:// or postgresql://")
    if read.text("DYNO", "") and "sslmode=" not in url:  # Heroku names every dyno and speaks TLS only
        url += ("&" if "?" in url else "?") + "sslmode=require"
    return url


def _chat_url(read: _Reader) -> str:
    # LINE's URL schemes: https://line.me/R/oaMessage/{basic id}/?{text}
    basic_id = quote(read.text("LINE_BASIC_ID", ""), safe="")
    return read.text("LINE_CHAT_URL", f"https://line.me/R/oaMessage/{basic_id}/?{{text}}" if basic_id else "")


def _liff_id(read: _Reader) -> str:
    # LINE's documentation of LIFF: the number of the LINE Login channel, a hyphen, eight characters or more.
    liff_id = read.text("LIFF_ID", "")
    if liff_id and not re.fullmatch(r"[0-9]+-[0-9A-Za-z]{4,}", liff_id):
        read.wrong("LIFF_ID", f"must look like 1234567890-AbcdEfgh, not {liff_id!r}")
    return liff_id


def _sinopac(read: _Reader) -> SinopacSettings:
    proxy = (
        read.text("SINOPAC_PROXY_URL", "")
        or read.text("QUOTAGUARDSTATIC_URL", "")
        or read.text("FIXIE_URL", "")
    )
    return SinopacSettings(
        shop_no=read.text("SINOPAC_SHOP_NO"),
        a1=read.text("SINOPAC_A1"),
        a2=read.text("SINOPAC_A2"),
        b1=read.text("SINOPAC_B1"),
        b2=read.text("SINOPAC_B2"),
        key_id=read.text("SINOPAC_KEY_ID"),
        api_url=read.url("SINOPAC_API_URL", SINOPAC_SANDBOX),
        proxy_url=proxy or None,
    )


def _picture_storage(read: _Reader) -> PictureStorage | None:
    """All of it or nothing; the region has a default that most storages other than Amazon's take."""
    if not any(read.text(f"PICTURES_S3_{name}", "") for name in _STORAGE):
        return None
    bucket = read.text("PICTURES_S3_BUCKET")
    if bucket and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}", bucket):
        read.wrong("PICTURES_S3_BUCKET", f"must be a bucket's name alone, not {bucket!r}")
    return PictureStorage(
        endpoint=read.url("PICTURES_S3_ENDPOINT"),
        bucket=bucket,
        access_key=read.text("PICTURES_S3_ACCESS_KEY"),
        secret_key=read.text("PICTURES_S3_SECRET_KEY"),
        region=read.text("PICTURES_S3_REGION", "us-east-1"),
    )


class _Reader:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._missing: list[str] = []
        self._wrong: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self._env.get(name, "").strip()
        if value:
            return value
        if default is None:
            self._missing.append(name)
        return default or ""

    def words(self, name: str, default: str = "", *, required: bool = False) -> list[str]:
        text = self.text(name, None if required else default)
        words = [word.strip() for word in text.split(",") if word.strip()]
        if text and required and not words:
            self._missing.append(name)
        return words

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        text = self.text(name, default).upper()
        if text not in choices:
            self.wrong(name, f"must be one of {', '.join(choices)}, not {text!r}")
        return text

    def number(self, name: str, default: int, least: int = 0) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or int(text) < least:
            self.wrong(name, f"must be a whole number of at least {least}, not {text!r}")
            return default
        return int(text)

    def instalments(self, name: str) -> tuple[int, ...]:
        """Numbers of monthly instalments, as the bank has them in the shop's contract."""
        words = self.words(name)
        if not all(word.isascii() and word.isdigit() and 2 <= int(word) <= 36 for word in words):
            self.wrong(name, f"must be whole numbers from 2 to 36 with commas, not {','.join(words)!r}")
            return ()
        return tuple(sorted({int(word) for word in words}))

    def yes_or_no(self, name: str) -> bool:
        word = self.text(name, "no").lower()
        if word not in ("yes", "no", "true", "false", "1", "0"):
            self.wrong(name, f"must be yes or no, not {word!r}")
        return word in ("yes", "true", "1")

    def url(self, name: str, default: str | None = None) -> str:
        text = self.text(name, default)
        try:
            parts = urlsplit(text)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            sound = False
        if text and not sound:
            self.wrong(name, "must be an https:// address (http:// on this machine only)")
        return text.rstrip("/")

    def wrong(self, name: str, rule: str) -> None:
        self._wrong.append(f"{name} {rule}")

    def check(self) -> None:
        complaints = [f"missing: {', '.join(self._missing)}"] if self._missing else []
        if complaints or self._wrong:
            raise SettingsError("the environment is not complete; " + "; ".join([*complaints, *self._wrong]))
