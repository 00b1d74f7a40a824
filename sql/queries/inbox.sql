-- name: inbox_store(source, event_keys, lanes, payloads)$
-- Take in several events with one INSERT; those already known are passed over. Answers how many were new.
WITH taken AS (
    INSERT INTO inbox (source, event_key, lane, payload)
    SELECT :source, e.event_key, e.lane, e.payload::jsonb
    FROM unnest(:event_keys::text[], :lanes::text[], :payloads::text[])
        WITH ORDINALITY AS e (event_key, lane, payload, place)
    ORDER BY e.place
    ON CONFLICT (source, event_key) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM taken;

-- name: inbox_claim(slots, lease, lease_seconds)
-- Lease the oldest events whose lane has nothing earlier unfinished and nothing in hand. Where the backlog
-- of a few lanes fills the first hundred, a walk from lane to lane finds what is behind it.
WITH RECURSIVE oldest AS MATERIALIZED (
    SELECT id FROM inbox WHERE status = 'waiting' ORDER BY id LIMIT 100
), heads AS (
    (SELECT lane, id FROM inbox WHERE status = 'waiting' ORDER BY lane, id LIMIT 1)
    UNION ALL
    SELECT next.lane, next.id
    FROM heads CROSS JOIN LATERAL (
        SELECT lane, id FROM inbox WHERE status = 'waiting' AND lane > heads.lane ORDER BY lane, id LIMIT 1
    ) AS next
), candidates AS (
    SELECT id FROM oldest
    UNION ALL
    SELECT id FROM heads WHERE id NOT IN (SELECT id FROM oldest)
), ready AS MATERIALIZED (
    SELECT free.id
    FROM candidates CROSS JOIN LATERAL (
        SELECT i.id FROM inbox i
        WHERE i.id = candidates.id
          AND i.status = 'waiting'
          AND i.available_at <= now()
          AND (i.leased_until IS NULL OR i.leased_until < now())
          AND NOT EXISTS (
              SELECT 1 FROM inbox e
              WHERE e.status = 'waiting' AND e.lane = i.lane AND e.id <> i.id
                AND (e.id < i.id OR e.leased_until >= now())
          )
        FOR UPDATE SKIP LOCKED
    ) AS free
    LIMIT :slots
)
UPDATE inbox
SET lease = :lease, leased_until = now() + make_interval(secs => :lease_seconds), attempts = attempts + 1
WHERE id IN (SELECT id FROM ready)
RETURNING id, source, event_key, lane, payload, received_at, attempts, lease;

-- name: inbox_finish(id, lease)!
-- Done, if the lease still holds. Where it does not there is no status, and its NOT NULL undoes the transaction.
UPDATE inbox
SET status = CASE WHEN lease = :lease AND status = 'waiting' THEN 'done' END,
    finished_at = now(), lease = NULL, leased_until = NULL
WHERE id = :id;

-- name: inbox_retry(id, lease, delay_seconds, error)!
-- Not this time: free the lane's turn for later.
UPDATE inbox
SET lease = NULL, leased_until = NULL, last_error = :error,
    available_at = now() + make_interval(secs => :delay_seconds)
WHERE id = :id AND lease = :lease AND status = 'waiting';

-- name: inbox_bury(id, lease, error)!
-- Failed for good: kept with its reason, and out of its lane's way.
UPDATE inbox
SET status = 'dead', finished_at = now(), lease = NULL, leased_until = NULL, last_error = :error
WHERE id = :id AND lease = :lease AND status = 'waiting';

-- name: inbox_hand_back(id, lease)!
-- Stopping: give the row to whoever comes next, as if it had not been taken.
UPDATE inbox
SET lease = NULL, leased_until = NULL, attempts = attempts - 1
WHERE id = :id AND lease = :lease AND status = 'waiting';

-- name: inbox_revive(id)!
-- A human says: try a dead one again.
UPDATE inbox
SET status = 'waiting', finished_at = NULL, attempts = 0, available_at = now()
WHERE id = :id AND status = 'dead';

-- name: inbox_renew(ids, leases, lease_seconds)!
-- Somebody still works on these rows.
UPDATE inbox SET leased_until = now() + make_interval(secs => :lease_seconds)
WHERE id = ANY (:ids::bigint[]) AND lease = ANY (:leases::uuid[]) AND status = 'waiting';

-- name: inbox_forget(days, limit)!
-- Delete handled events past their time. The oldest ids are the oldest events, so the key finds them.
DELETE FROM inbox WHERE id IN (
    SELECT id FROM inbox
    WHERE status = 'done' AND finished_at < now() - make_interval(days => :days)
    ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
);
