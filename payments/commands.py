"""`flask --app app shop reconcile`: the shop's books against the bank's, now and from a shell."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta

import click

from payments.provider import Provider
from payments.reconciliation import OLDEST_DAYS, Reconciler, sweep, today
from payments.refunds import Refunder
from payments.settlement import Settlement
from store.db import Database
from store.errors import StoreError


def commands(db: Database, provider: Provider, *, check_after: int, auto_refund: bool) -> list[click.Command]:
    """The commands of this room, for the group `shop`."""

    @click.command("reconcile")
    @click.option(
        "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day to compare; default: yesterday."
    )
    def reconcile(day: datetime | None) -> None:
        """Ask the bank about what is undecided, and compare a day with its bill."""
        wanted = day.date() if day else today() - timedelta(days=1)
        if complaint := _complaint(wanted):
            _fail(complaint)
        settlement = Settlement(db, provider, check_after=check_after, auto_refund=auto_refund)
        reconciler = Reconciler(db, provider, settlement, Refunder(db, provider))
        try:
            heard = reconciler.ask_undecided()
            taken_up = db.transaction(sweep)
            compared = reconciler.compare(wanted)
        except StoreError as error:
            _fail(str(error))
        for outcome, count in sorted(heard.items()):
            click.echo(f"{outcome}: {count}")
        if taken_up:
            click.echo(f"taken up again: {taken_up}")
        click.echo(str(compared))
        if heard["not heard"]:
            _fail(f"the bank could not be heard about {heard['not heard']} payments or refunds")

    return [reconcile]


def _complaint(day: date) -> str:
    first, last = today() - timedelta(days=OLDEST_DAYS), today() - timedelta(days=1)
    return (
        "" if first <= day <= last else f"--date must be from {first} to {last}, the days the bank tells of"
    )


def _fail(words: str) -> None:
    click.echo(" ".join(words.split()), err=True)
    sys.exit(1)
