"""Whether the shop's books are right: with themselves, and with the bank's.

`wrong` may be asked whenever nothing is under way, `unfinished` once everything has been drained.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from dev.bank import Bank
from store.db import Database, Transaction
from tests.factories import broken_invariants

LEDGERS = """
SELECT 'sku ' || s.id || ' is oversold: ' || s.stock FROM skus s WHERE s.stock < 0
UNION ALL
SELECT DISTINCT 'the ledger of sku ' || id || ' is no chain from 0 to its stock'
FROM (SELECT sku_id AS id, stock_after AS piece, 1 AS ends FROM stock_moves
      UNION ALL SELECT sku_id, stock_after - delta, -1 FROM stock_moves
      UNION ALL SELECT id, 0, 1 FROM skus
      UNION ALL SELECT id, stock, -1 FROM skus) moves
GROUP BY id, piece HAVING sum(ends) <> 0
UNION ALL
SELECT 'order ' || o.id || ' is in round ' || o.stock_round || ' and took stock ' || took.times || ' times'
FROM orders o
CROSS JOIN LATERAL (SELECT count(DISTINCT m.round) AS times FROM stock_moves m
                    WHERE m.order_id = o.id AND m.reason = 'placed') took
WHERE took.times <> o.stock_round
UNION ALL
SELECT 'cart ' || cart_id || ' became ' || count(*) || ' orders'
FROM orders GROUP BY cart_id HAVING count(*) > 1
UNION ALL
SELECT 'order ' || id || ' ended before its time'
FROM orders WHERE status = 'expired' AND closed_at < expires_at
UNION ALL
SELECT 'order ' || order_id || ' has ' || count(*) || ' live payments'
FROM payments WHERE status IN ('creating', 'waiting') GROUP BY order_id HAVING count(*) > 1
"""

MONEY = """
SELECT 'money ' || reference || ' is in the books ' || count(*) || ' times'
FROM money_moves GROUP BY reference, kind HAVING count(*) > 1
UNION ALL
SELECT 'money ' || m.reference || ' is of another payment than it says' FROM money_moves m
JOIN payments p ON p.id = m.payment_id
WHERE p.order_id <> m.order_id OR (m.kind = 'PayOut' AND p.provider_ref IS DISTINCT FROM m.reference)
UNION ALL
SELECT 'payment ' || p.id || ' is ' || p.status || ' and its money came ' || money.times || ' times'
FROM payments p
CROSS JOIN LATERAL (SELECT count(*) AS times FROM money_moves m
                    WHERE m.order_id = p.order_id AND m.payment_id = p.id AND m.kind = 'PayOut') money
WHERE (p.status = 'paid') <> (money.times > 0)
UNION ALL
SELECT 'order ' || o.id || ' is ' || o.status || ' with money ' || money.came || ' of ' || o.total
       || ' and nobody knows'
FROM orders o
CROSS JOIN LATERAL (SELECT coalesce(sum(m.amount), 0) AS came FROM money_moves m
                    WHERE m.order_id = o.id AND m.kind = 'PayOut') money
WHERE money.came > CASE WHEN o.status IN ('pending', 'cancelled', 'expired') OR o.payment_method = 'cod'
                        THEN 0 ELSE o.total END
  AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.order_id = o.id)
UNION ALL
SELECT 'order ' || o.id || ' got money ' || money.times || ' times and its history tells of ' || told.times
FROM orders o
CROSS JOIN LATERAL (SELECT count(*) AS times FROM money_moves m
                    WHERE m.order_id = o.id AND m.kind = 'PayOut') money
CROSS JOIN LATERAL (SELECT count(*) AS times FROM order_events e
                    WHERE e.order_id = o.id AND e.kind = 'money_arrived') told
WHERE money.times <> told.times
"""

REFUNDS = """
SELECT 'payment ' || p.id || ' promises back ' || promised.amount || ' of ' || came.amount
FROM payments p
CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount), 0) AS amount FROM refunds r
                    WHERE r.payment_id = p.id AND r.status <> 'failed') promised
CROSS JOIN LATERAL (SELECT coalesce(sum(m.amount), 0) AS amount FROM money_moves m
                    WHERE m.order_id = p.order_id AND m.payment_id = p.id AND m.kind = 'PayOut') came
WHERE promised.amount > came.amount
UNION ALL
SELECT 'refund "' || key || '" of order ' || order_id || ' was granted ' || count(*) || ' times'
FROM refunds GROUP BY order_id, key HAVING count(*) > 1
UNION ALL
SELECT 'payment ' || p.id || ' gave back ' || went.amount || ' and its refunds say ' || done.amount
FROM payments p
CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount), 0) AS amount FROM refunds r
                    WHERE r.payment_id = p.id AND r.status = 'done') done
CROSS JOIN LATERAL (SELECT coalesce(-sum(m.amount), 0) AS amount FROM money_moves m
                    WHERE m.order_id = p.order_id AND m.payment_id = p.id AND m.kind = 'Refund') went
WHERE done.amount <> went.amount
UNION ALL
SELECT 'order ' || o.id || ' is refunded and the shop holds ' || money.held || ' of its money'
FROM orders o
CROSS JOIN LATERAL (SELECT coalesce(sum(m.amount), 0) AS held
                    FROM money_moves m WHERE m.order_id = o.id) money
WHERE o.status = 'refunded' AND money.held <> 0
"""

QUEUES = """
SELECT 'event ' || event_key || ' is stored ' || count(*) || ' times'
FROM inbox GROUP BY source, event_key HAVING count(*) > 1
UNION ALL
SELECT 'event ' || i.id || ' was applied ' || count(o.id) || ' times'
FROM inbox i
LEFT JOIN outbox o ON o.kind = 'payment.look_up' AND o.payload ->> 'token' = i.payload ->> 'token'
                  AND o.payload ->> 'payment_id' = i.payload ->> 'payment_id'
WHERE i.source = 'sinopac' AND i.status = 'done'
GROUP BY i.id HAVING count(o.id) <> 1
UNION ALL
SELECT 'order ' || o.id || ' heard of ' || told.times || ' failures in ' || heard.times || ' reports'
FROM orders o
CROSS JOIN LATERAL (SELECT count(*) AS times FROM order_events e
                    WHERE e.order_id = o.id AND e.kind = 'payment_failed') told
CROSS JOIN LATERAL (SELECT count(*) AS times FROM outbox b
                    WHERE b.order_id = o.id AND b.kind = 'payment.look_up' AND b.outcome = 'failed') heard
WHERE told.times <> heard.times
"""

UNFINISHED = """
SELECT 'event ' || id || ' of ' || source || ' is ' || status || ': ' || last_error
FROM inbox WHERE status <> 'done'
UNION ALL
SELECT 'job ' || id || ' (' || kind || ') is ' || status || ': ' || last_error FROM outbox
WHERE status NOT IN ('done', 'dropped')
UNION ALL
SELECT 'payment ' || p.id || ' is ' || p.status || ' and its order is ' || o.status
FROM payments p JOIN orders o ON o.id = p.order_id
WHERE p.status IN ('creating', 'waiting') AND o.status <> 'pending'
UNION ALL
SELECT 'order ' || id || ' is still ' || status FROM orders o
WHERE status = 'pending'
   OR (status = 'refunding'
       AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.order_id = o.id AND c.closed_at IS NULL))
UNION ALL
SELECT 'refund ' || r.id || ' of a payment by ' || p.method || ' is still ' || r.status
FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.status IN ('asked', 'sending', 'accepted')
"""

_RETURNED = ("2A900", "2C900", "2M900", "S")


def wrong(db: Database, bank: Bank | None = None) -> list[str]:
    """What is wrong with stock, money, coupons and queues, in words; empty when nothing is."""
    problems = broken_invariants(db)
    for query in (LEDGERS, MONEY, REFUNDS, QUEUES):
        problems += [str(row[0]) for row in _rows(db, query)]
    return problems + (_against_the_bank(db, bank) if bank else [])


def unfinished(db: Database) -> list[str]:
    """What is left to do, and what was given up, where there should be nothing."""
    return [str(row[0]) for row in _rows(db, UNFINISHED)]


def _against_the_bank(db: Database, bank: Bank) -> list[str]:
    """Money must be known on both sides, with the same figures; else a case must tell of it."""
    came: dict[str, list[int]] = defaultdict(list)
    went: dict[str, int] = defaultdict(int)
    rows = _rows(
        db,
        "SELECT p.provider_order_no, m.kind, m.amount"
        " FROM money_moves m JOIN payments p ON p.id = m.payment_id",
    )
    for number, kind, amount in rows:
        if kind == "PayOut":
            came[number].append(amount)
        else:
            went[number] -= amount
    told = "SELECT reference FROM cases UNION SELECT data ->> 'order_no' FROM cases"
    known = {about for (about,) in _rows(db, told)}
    problems = []
    with bank.lock:
        there = list(bank.book.orders.values())
        received = {one.order_no: [receipt.amount // 100 for receipt in one.receipts] for one in there}
        returned = {
            one.order_no: sum(refund.amount // 100 for refund in one.refunds if refund.status in _RETURNED)
            for one in there
        }
        references = {one.order_no: one.ts_no for one in there}
    for number in sorted({*came, *went, *received}):
        at_bank = received.get(number, [])
        if came[number] != at_bank and (not at_bank or {references[number], number}.isdisjoint(known)):
            problems.append(f"{number}: the bank received {at_bank}, the shop knows of {came[number]}")
        if went[number] != returned.get(number, 0):
            problems.append(
                f"{number}: the bank returned {returned.get(number, 0)}, the shop knows {went[number]}"
            )
    return problems


def _rows(db: Database, query: str) -> list[tuple[Any, ...]]:
    def work(tx: Transaction) -> list[tuple[Any, ...]]:
        with tx.connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    return db.transaction(work)
