"""The shop's books against the bank's: what got lost is found, what differs is a case with both figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from payments.commands import commands
from payments.provider import TAIPEI
from payments.reconciliation import Comparison, Reconciler, ensure_daily, sweep, today
from payments.refunds import Refunder
from payments.settlement import Settlement
from store.queue.policy import Later
from tests.factories import broken_invariants, placed_order
from tests.integration.refund_desk import ask, paid, reach, states
from tests.integration.till import Till, open_till

DAY = 86_400.0


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url, card_kinds=("ONE", "STAGING"), refund_outcome="success") as till:
        till.work()
        yield till
        till.rest()
        assert broken_invariants(till.db) == []


def reconciler(till: Till) -> Reconciler:
    settlement = Settlement(till.db, till.provider, check_after=300)
    return Reconciler(till.db, till.provider, settlement, Refunder(till.db, till.provider))


def next_day(till: Till) -> date:
    """Today is over at the bank: the day that can be compared."""
    day = till.bank_today()
    till.merchant.control("clock", advance_seconds=DAY)
    return day


def compare(till: Till, day: date) -> Comparison:
    return reconciler(till).compare(day)


def figures(till: Till) -> list[dict[str, Any]]:
    """What the open cases say."""
    return list(till.column("SELECT data FROM cases WHERE kind = 'bank_disagrees' ORDER BY id"))


@pytest.mark.parametrize("method", ["card", "card3", "atm", "mobile", "linepay"])
def test_a_day_on_which_all_agree_has_no_cases(till: Till, method: str) -> None:
    order, _ = paid(till, method)
    day = next_day(till)
    assert compare(till, day) == Comparison(day, lines=1, settled=0, differences=0)
    assert till.cases(order) == []


def test_a_day_with_a_refund_agrees_too(till: Till) -> None:
    order, _ = paid(till, "linepay")
    ask(till, order, 100)
    reach(till, order, "done")
    day = next_day(till)
    assert compare(till, day) == Comparison(day, lines=2, settled=0, differences=0)


@pytest.mark.parametrize("method", ["card", "atm", "linepay"])
def test_lost_callbacks_cost_nothing_but_time(till: Till, method: str) -> None:
    order, _ = till.open(method)
    till.merchant.fault("silent")
    till.pay(order)
    day = next_day(till)
    assert compare(till, day) == Comparison(day, lines=1, settled=1, differences=0)
    till.settled(order, "paid")
    assert till.money(order) == [order.total]
    assert till.cases(order) == []


def test_an_account_that_got_too_little_unheard_is_not_taken_for_paid(till: Till) -> None:
    order, _ = till.open("atm")
    till.merchant.fault("silent")
    till.pay(order, amount=order.total - 1)
    day = next_day(till)
    assert compare(till, day).differences == 0
    assert till.status(order) == "pending"
    assert till.money(order) == [order.total - 1]
    assert till.cases(order) == ["amount_mismatch"]


def test_an_account_that_got_too_little_and_was_taken_for_paid_is_a_case(till: Till) -> None:
    order, payment = till.open("atm")
    till.merchant.fault("silent")
    till.pay(order, amount=order.total - 1)
    till.put("payment.check", order, payment_id=payment.id)
    till.settled(order, "paid")
    assert compare(till, next_day(till)).differences == 1
    [said] = figures(till)
    assert (said["bank"], said["shop"]) == (order.total - 1, order.total)


def test_a_second_transfer_nobody_reported_is_a_case_with_both_figures(till: Till) -> None:
    order, _ = paid(till, "atm")
    till.merchant.fault("silent")
    till.pay(order, again=True)
    day = next_day(till)
    assert compare(till, day).differences == 1
    assert compare(till, day).differences == 1
    [said] = figures(till)
    assert (said["bank"], said["shop"]) == (2 * order.total, order.total)
    assert said["why"] == f"the bill of {day} differs: receipt"
    till.run("UPDATE cases SET closed_at = now(), closed_by = 'staff:1', resolution = 'paid back by hand'")
    compare(till, day)
    assert len(figures(till)) == 1, "what a human has settled is not asked again"


def test_money_of_an_order_the_shop_does_not_know_is_a_case(till: Till) -> None:
    till.merchant.create("SOMEBODYELSE", "C")
    till.merchant.control("card/pay", OrderNo="SOMEBODYELSE", notify="none")
    day = next_day(till)
    for _ in range(2):
        assert compare(till, day).differences == 1
    [said] = figures(till)
    assert (said["order_no"], said["bank"], said["shop"]) == ("SOMEBODYELSE", 404, 0)


def test_a_refund_the_bank_made_unasked_is_a_case(till: Till) -> None:
    order, payment = paid(till)
    till.merchant.maintain(payment.provider_order_no, "R", Amount=5_000)
    day = till.bank_today(601)
    till.merchant.control("clock", advance_seconds=601)
    next_day(till)
    assert compare(till, day).differences == 1
    [said] = figures(till)
    assert (said["bank"], said["shop"], said["order_no"]) == (50, 0, payment.provider_order_no)
    assert till.money(order) == [order.total]


def test_a_refund_whose_end_was_not_heard_is_settled(till: Till) -> None:
    order, _ = paid(till)
    ask(till, order, 100)
    reach(till, order, "accepted")
    day = till.bank_today(601)
    till.merchant.control("clock", advance_seconds=601)
    next_day(till)
    compare(till, day)
    assert states(till, order) == ["done"]
    assert till.money(order) == [order.total, -100]
    assert till.cases(order) == []


def test_a_refund_in_our_books_that_the_bank_never_made_is_a_case(till: Till) -> None:
    order, payment = paid(till)
    till.run(
        "INSERT INTO refunds"
        " (order_id, payment_id, key, amount, restock, reason, actor, status, provider_ref)"
        " VALUES (%s, %s, 'x', 70, false, '', 'staff:1', 'done', 'C0')",
        order.id, payment.id,
    )  # fmt: skip
    till.run(
        "INSERT INTO money_moves (order_id, payment_id, reference, kind, amount, moved_at)"
        " VALUES (%s, %s, 'C0', 'Refund', -70, now())",
        order.id, payment.id,
    )  # fmt: skip
    assert compare(till, next_day(till)).differences == 1
    [said] = figures(till)
    assert (said["bank"], said["shop"]) == (0, 70)


def test_money_in_our_books_that_the_bank_never_got_is_a_case(till: Till) -> None:
    order, payment = paid(till)
    with till.bank.lock:
        there = till.bank.book.orders[payment.provider_order_no]
        there.receipts.clear()
        there.phase, there.paid_at = "waiting", None
    assert compare(till, next_day(till)).differences == 1
    [said] = figures(till)
    assert (said["bank"], said["shop"]) == (0, order.total)
    assert till.status(order) == "paid"


def test_what_was_only_authorised_that_day_is_captured_and_no_difference(database_url: str) -> None:
    with open_till(database_url, capture_seconds=1e8) as till:
        till.work()
        order, _ = paid(till)
        day = next_day(till)
        assert compare(till, day) == Comparison(day, lines=0, settled=1, differences=0)
        till.until(lambda: till.at_bank(order)[0]["PayStatus"] == "1C400")
        assert compare(till, day).differences == 0, "it is on the next day's bill"
        assert till.cases(order) == []


def test_an_authorisation_that_was_withdrawn_at_the_bank_is_told_and_taken_back(database_url: str) -> None:
    with open_till(database_url, capture_seconds=1e8) as till:
        till.work()
        order, payment = paid(till)
        till.merchant.maintain(payment.provider_order_no, "C")
        day = next_day(till)
        assert compare(till, day).differences == 0
        till.settled(order, "refunded")
        assert till.money(order) == [order.total, -order.total]
        assert till.cases(order) == ["bank_disagrees"]
        assert compare(till, day).differences == 0
        assert broken_invariants(till.db) == []


def test_a_bank_that_cannot_tell_makes_no_cases(till: Till) -> None:
    order, _ = paid(till)
    day = next_day(till)
    till.merchant.fault("M0001", service="BillQuery")
    with pytest.raises(Later, match="系統維護中"):
        compare(till, day)
    with till.bank.lock:
        till.bank.book.orders[till.payment(order).provider_order_no].receipts.clear()
    till.merchant.fault("http-503", service="OrderQuery")
    with pytest.raises(Later):
        compare(till, day)
    assert figures(till) == []


# The timer


def waiting_days(till: Till) -> list[tuple[str, bool]]:
    """The days that wait to be compared, and whether it is time."""
    query = (
        "SELECT payload ->> 'day' AS day, available_at <= now() AS due FROM outbox"
        " WHERE kind = 'reconcile.daily' AND status = 'waiting'"
    )
    return [tuple(row) for row in till.rows(query)]


def test_the_daily_comparison_has_one_timer_however_many_processes_start(till: Till) -> None:
    assert [till.db.transaction(ensure_daily) for _ in range(3)] == [1, 0, 0]
    assert waiting_days(till) == [(today().isoformat(), False)]
    [due] = till.column("SELECT available_at FROM outbox WHERE kind = 'reconcile.daily'")
    assert (due + timedelta(seconds=30)).astimezone(TAIPEI).strftime("%H:%M") == "10:00"
    assert due.astimezone(TAIPEI).date() == today() + timedelta(days=1)


def test_missed_days_are_caught_up_with_and_the_next_one_is_put(till: Till) -> None:
    first = today() - timedelta(days=3)
    till.run(
        "INSERT INTO outbox (kind, payload) VALUES ('reconcile.daily', %s)", json.dumps({"day": f"{first}"})
    )

    def caught_up() -> bool:
        days = waiting_days(till)
        return len(days) == 1 and not days[0][1]

    till.wake()
    till.until(caught_up)
    done = list(
        till.column(
            "SELECT outcome FROM outbox WHERE kind = 'reconcile.daily' AND status = 'done' ORDER BY id"
        )
    )
    assert len(done) >= 2
    assert done[0] == f"{first}: 0 lines, 0 put right, 0 differ"
    assert till.db.transaction(ensure_daily) == 0


def test_a_day_the_bank_tells_of_no_more_is_passed_over(till: Till) -> None:
    till.run("""INSERT INTO outbox (kind, payload) VALUES ('reconcile.daily', '{"day": "2020-01-01"}')""")
    till.wake()
    oldest = today() - timedelta(days=30)
    till.until(lambda: any("0 lines" in text for text in till.column("SELECT outcome FROM outbox")))
    [outcome] = till.column("SELECT outcome FROM outbox WHERE outcome LIKE '%%lines%%' ORDER BY id LIMIT 1")
    assert outcome.startswith(f"{oldest}:")


def test_what_lost_its_job_gets_one_again(till: Till) -> None:
    order, _ = till.open("card")
    refunded, _ = paid(till)
    till.rest()
    ask(till, refunded, 50)
    lost = placed_order(till.db, {till.new_sku(): 1}, "card", 2400)
    till.run("UPDATE outbox SET status = 'dead', finished_at = now() WHERE status = 'waiting'")
    till.run("UPDATE orders SET expires_at = now() WHERE id = %s", lost.id)
    assert till.db.transaction(sweep) == 3
    assert till.db.transaction(sweep) == 0
    kinds = sorted(till.column("SELECT kind FROM outbox WHERE status = 'waiting'"))
    assert kinds == ["order.expire", "payment.check", "refund.send"]
    till.run("UPDATE orders SET expires_at = now() + interval '1 day' WHERE id = %s", order.id)
    till.put("order.expire", order)


# The command


def run_command(till: Till, *words: str) -> Result:
    @click.group()
    def shop() -> None:
        """The commands."""

    for command in commands(till.db, till.provider, check_after=300, auto_refund=False):
        shop.add_command(command)
    return CliRunner().invoke(shop, ["reconcile", *words])


def test_the_command_asks_about_everything_undecided_and_compares_a_day(till: Till) -> None:
    lost, _ = till.open("card")
    till.open("atm")
    till.pay(lost, notify="none")
    yesterday = today() - timedelta(days=1)
    done = run_command(till, "--date", yesterday.isoformat())
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-3:] == [
        "paid: 1", "still undecided: 1", f"{yesterday}: 0 lines, 0 put right, 0 differ"
    ]  # fmt: skip
    till.settled(lost, "paid")


def test_the_command_says_in_one_line_what_it_could_not_do(till: Till) -> None:
    till.open("card")
    till.merchant.fault("http-503", times=None)
    failed = run_command(till)
    assert failed.exit_code == 1
    assert len(failed.stderr.splitlines()) == 1
    till.bank.faults.clear()
    till.merchant.fault("http-503", times=None, service="OrderQuery")
    failed = run_command(till)
    assert (failed.exit_code, failed.stderr) == (
        1,
        "the bank could not be heard about 1 payments or refunds\n",
    )


@pytest.mark.parametrize("days", [0, 31, -1])
def test_a_day_the_bank_does_not_tell_of_is_refused_with_the_rule(till: Till, days: int) -> None:
    refused = run_command(
        till, "--date", (datetime.now(UTC).astimezone(TAIPEI).date() - timedelta(days)).isoformat()
    )
    assert refused.exit_code == 1
    assert refused.stderr.startswith("--date must be from ")
