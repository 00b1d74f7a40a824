"""The only place where the rooms are joined: blueprints, worker handlers, commands."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from typing import Any

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
from bot.conversation import Conversation
from bot.courtesies import make_courtesy_jobs, with_courtesies
from bot.delivery import DELIVERY_POLICY, make_sender
from bot.held import Held
from bot.line_api import LineApi
from bot.notifier import make_notifier, make_teller
from bot.quota import Quota
from bot.richmenu.command import richmenu_command
from payments import settlement
from payments.attempts import PAYMENT_POLICY, Cashier
from payments.settlement import Settlement
from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.provider import SinopacProvider
from settings import Settings, SettingsError
from store import commands, handoff, health, logs, search, wishes
from store.db import Database
from store.queue import retention, timers
from store.queue.policy import RetryPolicy
from store.queue.timers import Timer
from store.queue.worker import JobHandler, Worker
from store.shop import Shop

log = structlog.get_logger(__name__)

PAYMENT_THREADS = 2
DAY = 86_400.0
TIMERS = {
    "wishes": Timer(wishes.DUE_SECONDS, wishes.due, full=wishes.TOLD_AT_ONCE),
    "talks": Timer(DAY, handoff.forget_old, full=1000),
    "queues": Timer(DAY, retention.forget_old, full=retention.AT_ONCE),
    "popularity": Timer(600.0, search.refresh_popularity),
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
    except SettingsError as error:
        sys.exit(str(error))
    logs.configure(settings.log_level)
    db = Database(settings.database_url, size=settings.database_pool)
    shop = Shop(settings)
    app = Storefront("storefront", static_folder=None)
    app.before_request(_name_request)
    worker = make_worker(settings, db, shop, settings.worker_threads) if settings.worker_threads else None
    wake = worker.wake if worker else _nobody_to_wake
    app.register_blueprint(bot.webhook.blueprint(db, settings.line.secrets, wake))
    app.register_blueprint(bot.pages.blueprint(db, shop))
    if settings.sinopac:
        app.register_blueprint(payments.callbacks.blueprint(db, shop, settings.sinopac.shop_no, wake))
        app.register_blueprint(payments.result_page.blueprint(db, shop))
    app.register_blueprint(admin.console.blueprint(db, shop, settings))
    app.register_blueprint(health.blueprint(db))
    app.cli.add_command(make_commands(settings, db, shop))
    if worker:
        app.extensions["shop.worker"] = worker
    return app


def make_commands(settings: Settings, db: Database, shop: Shop) -> AppGroup:
    """`flask --app app shop …`, with the commands of every room."""
    group = commands.group(settings, db, lambda threads: make_worker(settings, db, shop, threads))
    rooms = (admin.commands.create_admin(db), admin.commands.export_orders(db), richmenu_command(settings))
    for command in rooms:
        group.add_command(command)
    return group


def make_worker(settings: Settings, db: Database, shop: Shop, threads: int) -> Worker:
    """The worker with every handler of the shop. LINE, the bank and the inbox have threads of their own."""
    api = LineApi(settings.line.token, settings.line.api_url)
    quota = Quota(db, api, settings.message_reserve)
    held = Held(db, {"notice": make_teller(shop)})
    line_jobs = {
        "line.message": make_sender(api, db, quota=quota, held=held),
        "notice": make_notifier(api, db, shop, quota=quota, held=held),
        **make_courtesy_jobs(api, db),
    }
    converse = with_courtesies(Conversation(shop).respond, mark_as_read=settings.mark_as_read)
    payment_jobs = _payment_jobs(settings, db, shop)
    lines: list[tuple[str, int, Mapping[str, JobHandler]]] = [("line", settings.line_senders, line_jobs)]
    if payment_jobs:
        lines.append(("payments", PAYMENT_THREADS, payment_jobs))
    lines.append(("timers", 1, {timers.KIND: timers.handler(TIMERS)}))
    return Worker(
        db,
        events={"line": handler.make_handler(converse), "sinopac": settlement.take_in},
        jobs=lines,
        inbox_threads=threads,
        give_up={"line": handler.give_up},
        policies={
            "line": handler.EVENT_POLICY,
            **dict.fromkeys(line_jobs, DELIVERY_POLICY),
            **dict.fromkeys(payment_jobs, PAYMENT_POLICY),
            timers.KIND: TIMER_POLICY,
        },
        repeatable=line_jobs.keys(),
        prepare=lambda: timers.ensure(db, TIMERS),
    )


def _payment_jobs(settings: Settings, db: Database, shop: Shop) -> dict[str, JobHandler]:
    account = settings.sinopac
    if account is None:
        return {}
    client = SinopacClient(
        SinopacAccount.from_hash_values(
            account.shop_no,
            a1=account.a1,
            a2=account.a2,
            b1=account.b1,
            b2=account.b2,
            key_id=account.key_id,
            api_url=account.api_url,
            proxy_url=account.proxy_url,
        )
    )
    provider = SinopacProvider(client)
    cashier = Cashier(db, provider, shop, check_after=settings.reconcile_after)
    bank = Settlement(db, provider, check_after=settings.reconcile_after)
    return {
        "payment.create": cashier.create,
        "payment.abandon": cashier.abandon,
        "payment.look_up": bank.look_up,
        "payment.check": bank.check,
        "order.expire": bank.expire,
    }


def _name_request() -> None:
    """Give the request a name for the logs; its path may hold a secret, its route does not."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        request=request.headers.get("X-Request-ID", "")[:64] or secrets.token_hex(8)
    )
    request.environ["shop.route"] = request.url_rule.rule if request.url_rule else "-"


def _nobody_to_wake() -> None:
    """Where another process runs the worker, it looks for itself."""
