-- name: outbox_put(kind, lane, order_id, payload, delay_seconds)$
-- Something to do outside, once this transaction is committed; its id.
INSERT INTO outbox (kind, lane, order_id, payload, available_at)
VALUES (:kind, :lane, :order_id, :payload::jsonb, now() + make_interval(secs => :delay_seconds))
RETURNING id;

-- name: outbox_put_for_order(order_id, kinds, lanes, payloads, delays)!
-- Several things to do outside for an order; delays in seconds.
INSERT INTO outbox (kind, lane, order_id, payload, available_at)
SELECT j.kind, j.lane, :order_id, j.payload::jsonb, now() + make_interval(secs => j.delay)
FROM unnest(:kinds::text[], :lanes::text[], :payloads::text[], :delays::float8[])
    WITH ORDINALITY AS j (kind, lane, payload, delay, place)
ORDER BY j.place;

-- name: outbox_put_in_hand(kind, lane, payload, lease, lease_seconds)^
-- Something to do outside that is in hand from the start, unless its lane has something earlier unfinished.
INSERT INTO outbox (kind, lane, payload, lease, leased_until, attempts)
SELECT :kind, :lane, :payload::jsonb, hand.lease,
       CASE WHEN hand.lease IS NOT NULL THEN now() + make_interval(secs => :lease_seconds) END,
       (hand.lease IS NOT NULL)::int
FROM (
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM outbox WHERE lane = :lane AND status = 'waiting')
                THEN :lease::uuid END AS lease
) AS hand
RETURNING id, key, created_at, lease;

-- name: outbox_claim(kinds, slots, lease, lease_seconds)
-- Lease what is due, of some kinds, whose lane has nothing earlier unfinished and nothing in hand. Where the
-- backlog of a few lanes fills the first hundred, a walk from lane to lane finds what is behind it.
WITH RECURSIVE oldest AS MATERIALIZED (
    (SELECT id FROM outbox WHERE status = 'waiting' AND available_at <= now() AND kind = ANY (:kinds::text[])
     ORDER BY available_at, id LIMIT 100)
    UNION
    (SELECT id FROM outbox
     WHERE status = 'waiting' AND available_at <= now() AND kind = ANY (:kinds::text[]) AND lane IS NULL
     ORDER BY available_at, id LIMIT 100)
), heads AS (
    (SELECT lane, id FROM outbox WHERE status = 'waiting' AND lane IS NOT NULL ORDER BY lane, id LIMIT 1)
    UNION ALL
    SELECT next.lane, next.id
    FROM heads CROSS JOIN LATERAL (
        SELECT lane, id FROM outbox WHERE status = 'waiting' AND lane > heads.lane ORDER BY lane, id LIMIT 1
    ) AS next
), candidates AS (
    (SELECT id FROM oldest ORDER BY id)
    UNION ALL
    SELECT id FROM heads WHERE id NOT IN (SELECT id FROM oldest)
), ready AS MATERIALIZED (
    SELECT free.id
    FROM candidates CROSS JOIN LATERAL (
        SELECT o.id FROM outbox o
        WHERE o.id = candidates.id
          AND o.status = 'waiting'
          AND o.available_at <= now()
          AND o.kind = ANY (:kinds::text[])
          AND (o.leased_until IS NULL OR o.leased_until < now())
          AND (o.lane IS NULL OR NOT EXISTS (
              SELECT 1 FROM outbox e
              WHERE e.status = 'waiting' AND e.lane = o.lane AND e.id <> o.id
                AND (e.id < o.id OR e.leased_until >= now())
          ))
        FOR UPDATE SKIP LOCKED
    ) AS free
    LIMIT :slots
)
UPDATE outbox
SET lease = :lease, leased_until = now() + make_interval(secs => :lease_seconds), attempts = attempts + 1
WHERE id IN (SELECT id FROM ready)
RETURNING id, key, kind, lane, order_id, payload, created_at, attempts, lease;

-- name: outbox_finish(id, lease, status, outcome)!
-- Done or dropped, if the lease still holds. Where it does not there is no status, and its NOT NULL undoes the
-- transaction.
UPDATE outbox
SET status = CASE WHEN lease = :lease AND status = 'waiting' THEN :status END,
    outcome = :outcome, finished_at = now(), lease = NULL, leased_until = NULL
WHERE id = :id;

-- name: outbox_retry(id, lease, delay_seconds, error)!
-- Not this time: later, with the reason.
UPDATE outbox
SET lease = NULL, leased_until = NULL, last_error = :error,
    available_at = now() + make_interval(secs => :delay_seconds)
WHERE id = :id AND lease = :lease AND status = 'waiting';

-- name: outbox_bury(id, lease, error)!
-- Failed for good: kept with its reason, and out of its lane's way.
UPDATE outbox
SET status = 'dead', finished_at = now(), lease = NULL, leased_until = NULL, last_error = :error
WHERE id = :id AND lease = :lease AND status = 'waiting';

-- name: outbox_hand_back(id, lease)!
-- Stopping: give the row to whoever comes next, as if it had not been taken.
UPDATE outbox
SET lease = NULL, leased_until = NULL, attempts = attempts - 1
WHERE id = :id AND lease = :lease AND status = 'waiting';

-- name: outbox_note(id, lease, payload)!
-- Remember what was learnt during an attempt, for the next one.
UPDATE outbox SET payload = payload || :payload::jsonb WHERE id = :id AND lease = :lease AND status = 'waiting';

-- name: outbox_drop_for_order(order_id, kinds, outcome)!
-- The order has ended: its timers have nothing left to do. One that is in hand drops itself: its worker
-- holds the row and wants the order, and would wait in a circle with whoever holds the order here.
UPDATE outbox
SET status = 'dropped', outcome = :outcome, finished_at = now(), lease = NULL, leased_until = NULL
WHERE order_id = :order_id AND kind = ANY (:kinds::text[]) AND status = 'waiting'
  AND (leased_until IS NULL OR leased_until < now());

-- name: outbox_revive(id)!
-- A human says: try a dead one again.
UPDATE outbox
SET status = 'waiting', finished_at = NULL, attempts = 0, available_at = now()
WHERE id = :id AND status = 'dead';

-- name: outbox_renew(ids, leases, lease_seconds)!
-- Somebody still works on these rows.
UPDATE outbox SET leased_until = now() + make_interval(secs => :lease_seconds)
WHERE id = ANY (:ids::bigint[]) AND lease = ANY (:leases::uuid[]) AND status = 'waiting';

-- name: timers_lock()$
-- Those that look for missing timers take turns.
SELECT pg_advisory_xact_lock(7241560933);

-- name: timer_waits(lane)$
-- Is a timer's row there?
SELECT EXISTS (SELECT 1 FROM outbox WHERE lane = :lane AND status = 'waiting');

-- name: outbox_forget(days, limit)!
-- Delete finished jobs past their time. The oldest ids are the oldest jobs, so the key finds them.
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox
    WHERE status IN ('done', 'dropped') AND finished_at < now() - make_interval(days => :days)
    ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
);
