-- name: checkup_server()^
-- The server's version, and how many of the connections this role may have are taken.
SELECT current_setting('server_version') AS version,
       (SELECT count(*) FROM pg_stat_activity
        WHERE datid IS NOT NULL AND (role.rolconnlimit < 0 OR usename = role.rolname)) AS used,
       CASE WHEN role.rolconnlimit >= 0 THEN role.rolconnlimit
            ELSE current_setting('max_connections')::integer
                 - current_setting('superuser_reserved_connections')::integer END AS allowed
FROM pg_roles AS role WHERE role.rolname = current_user;

-- name: checkup_oldest_event()$
-- For how many seconds an event has waited that any worker could have taken up.
SELECT extract(epoch FROM now() - i.available_at)::double precision FROM inbox i
WHERE i.status = 'waiting' AND i.available_at <= now() AND (i.leased_until IS NULL OR i.leased_until < now())
  AND NOT EXISTS (SELECT 1 FROM inbox e WHERE e.status = 'waiting' AND e.lane = i.lane AND e.id < i.id)
ORDER BY i.id LIMIT 1;

-- name: checkup_oldest_job()$
-- The same for jobs.
SELECT extract(epoch FROM now() - o.available_at)::double precision FROM outbox o
WHERE o.status = 'waiting' AND o.available_at <= now() AND (o.leased_until IS NULL OR o.leased_until < now())
  AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.status = 'waiting' AND e.lane = o.lane AND e.id < o.id)
ORDER BY o.available_at, o.id LIMIT 1;

-- name: checkup_timers()$
-- Whether a worker has ever set its timers: each has a row that waits for its next turn.
SELECT EXISTS (SELECT 1 FROM outbox WHERE status = 'waiting' AND kind = 'timer');

-- name: checkup_dead()^
-- What failed for good and waits for a human.
SELECT (SELECT count(*) FROM inbox WHERE status = 'dead') AS inbox,
       (SELECT count(*) FROM outbox WHERE status = 'dead') AS outbox;
