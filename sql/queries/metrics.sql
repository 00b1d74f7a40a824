-- name: counters_add(names, labels, parts, amounts)!
-- Add what one process has counted; in one order, so that two that add at once take turns.
INSERT INTO counters (name, labels, part, value)
SELECT c.name, c.labels, c.part, c.amount
FROM unnest(:names::text[], :labels::text[], :parts::text[], :amounts::double precision[])
    AS c (name, labels, part, amount)
ORDER BY c.name, c.labels, c.part
ON CONFLICT (name, labels, part) DO UPDATE SET value = counters.value + excluded.value;

-- name: counters_all()
-- Everything counted. There are as many rows as there are sets of labels.
SELECT name, labels, part, value FROM counters ORDER BY name, labels;

-- name: metrics_inbox(limit)
-- The oldest unfinished events by source: how many, and how long the first has waited, in seconds.
SELECT source, count(*) AS waiting, extract(epoch FROM now() - min(received_at))::double precision AS oldest
FROM (SELECT source, received_at FROM inbox WHERE status = 'waiting' ORDER BY id LIMIT :limit) AS first
GROUP BY source;

-- name: metrics_outbox(limit)
-- The next unfinished jobs by kind: due, for later, or kept until the customer's next message (held).
SELECT kind, state, count(*) AS waiting,
       greatest(0, extract(epoch FROM now() - min(available_at)))::double precision AS oldest
FROM (SELECT kind, available_at,
             CASE WHEN left(lane, 5) = 'held:' THEN 'held' WHEN available_at <= now() THEN 'due' ELSE 'later' END AS state
      FROM outbox WHERE status = 'waiting' ORDER BY available_at, id LIMIT :limit) AS first
GROUP BY kind, state;

-- name: metrics_dead(limit)
-- What failed for good, by queue and source or kind.
SELECT queue, kind, count(*) AS dead
FROM ((SELECT 'inbox' AS queue, source AS kind FROM inbox WHERE status = 'dead' ORDER BY id LIMIT :limit)
      UNION ALL
      (SELECT 'outbox', kind FROM outbox WHERE status = 'dead' ORDER BY id LIMIT :limit)) AS letters
GROUP BY queue, kind;

-- name: metrics_orders()
-- The orders of the last 24 hours by what has become of them.
SELECT status, payment_method AS method, count(*) AS orders
FROM orders WHERE placed_at > now() - interval '24 hours' GROUP BY status, payment_method;

-- name: metrics_open_orders()
-- Orders somebody waits with: for money, for the parcel, for a refund.
SELECT status, count(*) AS orders
FROM orders WHERE status IN ('pending', 'paid', 'preparing', 'refunding') GROUP BY status;

-- name: metrics_cases()
-- What waits for a human, by kind.
SELECT kind, count(*) AS cases FROM cases WHERE closed_at IS NULL GROUP BY kind;
