"""The only place where the rooms are joined: blueprints, worker handlers, commands."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, request
from flask.cli import AppGroup

import admin.commands
import admin.console
import bot.pages
import bot.webhook
import payments.callbacks
import payments.result_page
import settings as environment
from bot import handler
from bot.broadcasts import make_broadcast_jobs
from bot.checkup import check_line
from bot.conversation import Conversation
from bot.courtesies import make_courtesy_jobs, with_courtesies
from bot.delivery import DELIVERY_POLICY, make_sender
from bot.held import Held
from bot.line_api import LineApi
from bot.notifier import make_notifier, make_teller
from bot.owner_notices import make_owner_notifier
from bot.quota import Quota
from bot.richmenu.command import richmenu_command
from payments import jobs as payment_jobs
from payments import reconciliation, settlement
from payments.attempts import PAYMENT_POLICY
from payments.breaker import Breaker
from payments.checkup import check_bank
from payments.commands import commands as payment_commands
from payments.provider import Provider
from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.provider import SinopacProvider
from settings import Settings, SettingsError
from store import (
    broadcasts,
    checkup,
    commands,
    doctor,
    handoff,
    health,
    logs,
    metrics_page,
    owner_news,
    picture_commands,
    reports,
    search,
    wishes,
)
from store.db import Database
from store.doctor import Checkup
from store.metrics import meter
from store.picture_checkup import check_pictures
from store.queue import retention, timers
from store.queue.policy import RetryPolicy
from store.queue.timers import Timer
from store.queue.worker import JobHandler, Worker
from store.shop import Shop

if TYPE_CHECKING:
    from store.object_storage import Storage

log = structlog.get_logger(__name__)

PAYMENT_THREADS = 2
LARGEST_BODY = 1 << 20
"""Bytes of a request; a route that takes less or more says so itself."""
DAY = 86_400.0
TIMERS = {
    "wishes": Timer(wishes.DUE_SECONDS, wishes.due, full=wishes.TOLD_AT_ONCE),
    "talks": Timer(DAY, handoff.forget_old, full=1000),
    "queues": Timer(DAY, retention.forget_old, full=retention.AT_ONCE),
    "popularity": Timer(600.0, search.refresh_popularity),
    "broadcasts": Timer(DAY, broadcasts.forget_old, full=broadcasts.FORGOTTEN_AT_ONCE),
    "told": Timer(DAY, owner_news.forget_old, full=owner_news.FORGOTTEN_AT_ONCE),
}
BANK_TIMERS = {
    "reconcile": Timer(3600.0, reconciliation.ensure_daily),
    "payments": Timer(900.0, reconciliation.sweep, full=reconciliation.SWEPT),
}
TIMER_POLICY = RetryPolicy(base=5.0, cap=600.0, attempts=100_000)


class Storefront(Flask):
    """Flask, but for what it logs of an error: the route, never the path, which may hold a secret."""

    def log_exception(self, exc_info: Any) -> None:
        log.error("request_failed", route=request.environ.get("shop.route", "-"), exc_info=exc_info[1])


def create_app(env: Mapping[str, str] | None = None) -> Flask:
    """The storefront as a WSGI application. Opens no connection and starts no thread.

    Exits with one line that names everything missing when the environment is not complete.
    """
    try:
        settings = environment.load(os.environ if env is None else env)
        bank = make_bank(settings)
    except SettingsError as error:
        sys.exit(str(error))
    report = reports.configure(settings.sentry_dsn, settings.release) if settings.sentry_dsn else None
    logs.configure(settings.log_level, report)
    db = Database(settings.database_url, size=settings.database_pool)
    meter.bind(db)
    shop = Shop(settings)
    storage = make_storage(settings)
    app = Storefront("storefront", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.before_request(_name_request)
    metrics_page.watch(app)
    worker = (
        make_worker(settings, db, shop, bank, settings.worker_threads) if settings.worker_threads else None
    )
    wake = worker.wake if worker else _nobody_to_wake
    app.register_blueprint(bot.webhook.blueprint(db, settings.line.secrets, wake))
    app.register_blueprint(bot.pages.blueprint(db, shop, storage))
    if settings.sinopac:
        app.register_blueprint(payments.callbacks.blueprint(db, shop, settings.sinopac.shop_no, wake))
        app.register_blueprint(payments.result_page.blueprint(db, shop))
    app.register_blueprint(admin.console.blueprint(db, shop, settings, storage))
    app.register_blueprint(health.blueprint(db))
    app.register_blueprint(metrics_page.blueprint(db, settings.metrics_token))
    app.cli.add_command(make_commands(settings, db, shop, bank, storage))
    app.extensions["shop.meter"] = meter
    if worker:
        app.extensions["shop.worker"] = worker
    return app


def make_commands(
    settings: Settings, db: Database, shop: Shop, bank: Provider | None, storage: Storage | None
) -> AppGroup:
    """`flask --app app shop …`, with the commands of every room."""
    group = commands.group(
        settings, db, lambda threads: make_worker(settings, db, shop, bank, threads), storage
    )
    rooms = [admin.commands.create_admin(db), admin.commands.export_orders(db), richmenu_command(settings)]
    rooms.append(picture_commands.command(db, storage))
    rooms.append(doctor.command(make_checkups(settings, db, shop, storage)))
    if bank:
        rooms += payment_commands(
            db, bank, check_after=settings.reconcile_after, auto_refund=settings.auto_refund
        )
    for command in rooms:
        group.add_command(command)
    return group


def make_checkups(
    settings: Settings, db: Database, shop: Shop, storage: Storage | None
) -> dict[str, Checkup]:
    """What `shop doctor` looks at, in this order."""
    api = LineApi(settings.line.token, settings.line.api_url)
    owners, reserve = settings.owner_line_user_ids, settings.message_reserve
    return {
        "settings": lambda: checkup.check_settings(settings),
        "database": lambda: checkup.check_database(settings, db),
        "pictures": lambda: check_pictures(db, shop, storage),
        "public address": lambda: checkup.check_public_url(settings),
        "clock": lambda: checkup.check_clock(settings),
        "LINE": lambda: check_line(api, settings.public_url, owners, reserve),
        "bank": lambda: check_bank(settings.sinopac, moves=settings.on_heroku),
    }


def make_worker(settings: Settings, db: Database, shop: Shop, bank: Provider | None, threads: int) -> Worker:
    """The worker with every handler of the shop. LINE, the bank and the inbox have threads of their own."""
    api = LineApi(settings.line.token, settings.line.api_url, connections=settings.line_senders)
    quota = Quota(db, api, settings.message_reserve)
    held = Held(db, {"notice": make_teller(shop)})
    respond = Conversation(shop).respond
    line: dict[str, JobHandler] = {
        "line.message": make_sender(api, db, quota=quota, held=held),
        "notice": make_notifier(api, db, shop, quota=quota, held=held),
        owner_news.JOB: make_owner_notifier(api, db, shop, quota=quota, held=held),
        **make_courtesy_jobs(api, db, respond),
    }
    money = make_payment_jobs(settings, db, shop, bank) if bank else {}
    rounds = TIMERS | make_owner_timers(shop) | (BANK_TIMERS if bank else {})
    advertising = make_broadcast_jobs(api, db, shop, quota)
    converse = with_courtesies(respond, mark_as_read=settings.mark_as_read)
    return Worker(
        db,
        events={"line": handler.make_handler(converse), "sinopac": settlement.take_in},
        jobs=[
            ("line", settings.line_senders, line),
            *([("payments", PAYMENT_THREADS, money)] if money else []),
            ("timers", 1, {timers.KIND: timers.handler(rounds), **advertising}),  # neither is in a hurry
        ],
        inbox_threads=threads,
        give_up={"line": handler.give_up},
        policies={
            "line": handler.EVENT_POLICY,
            **dict.fromkeys(line, DELIVERY_POLICY),
            **dict.fromkeys(money, PAYMENT_POLICY),
            timers.KIND: TIMER_POLICY,
        },
        repeatable=(
            "line.message",
            "notice",
            owner_news.JOB,
        ),  # LINE refuses a used token and knows a push's retry key
        prepare=lambda: timers.ensure(db, rounds),
    )


def make_owner_timers(shop: Shop) -> dict[str, Timer]:
    """Where the news for the shop's owners is found."""
    return {
        "owners": Timer(owner_news.LOOK_SECONDS, lambda tx: owner_news.look(tx, shop.owners)),
        "stock": Timer(owner_news.STOCK_SECONDS, lambda tx: owner_news.look_at_stock(tx, shop.owners)),
    }


def make_payment_jobs(settings: Settings, db: Database, shop: Shop, bank: Provider) -> dict[str, JobHandler]:
    """The handlers of every payment job, with the shop's rules about them."""
    return payment_jobs.handlers(
        db, bank, shop, check_after=settings.reconcile_after, auto_refund=settings.auto_refund
    )


def make_storage(settings: Settings) -> Storage | None:
    """Where pictures are kept, if not in the database; what it needs is loaded only then."""
    if settings.picture_storage is None:
        return None
    from store.object_storage import Storage

    return Storage(settings.picture_storage)


def make_bank(settings: Settings) -> Provider | None:
    """The shop's payment provider: one per process, so that its threads share the circuit breaker.

    Raises `SettingsError` naming what of the bank's account is malformed.
    """
    if settings.sinopac is None:
        return None
    try:
        account = SinopacAccount.from_hash_values(**asdict(settings.sinopac))
    except ValueError as error:
        raise SettingsError(f"the SINOPAC_ settings are not right: {error}") from error
    wallets = bool(set(environment.WALLETS) & set(settings.payment_methods))
    return SinopacProvider(SinopacClient(account, breaker=Breaker()), wallets=wallets)


def _name_request() -> None:
    """Give the request a name for the logs; its path may hold a secret, its route does not."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        request=request.headers.get("X-Request-ID", "")[:64] or secrets.token_hex(8)
    )
    request.environ["shop.route"] = request.url_rule.rule if request.url_rule else "-"


def _nobody_to_wake() -> None:
    """Where another process runs the worker, it looks for itself."""
