-- name: attention_to_ship(limit)
-- What must be sent, oldest first.
SELECT o.id, o.code, o.status, o.payment_method, o.total, o.recipient_name, o.placed_at
FROM orders o WHERE o.status IN ('paid', 'preparing') ORDER BY o.placed_at, o.id LIMIT :limit;

-- name: attention_counts()^
-- How much there is of each kind.
SELECT (SELECT count(*) FROM orders WHERE status IN ('paid', 'preparing')) AS to_ship,
       (SELECT count(*) FROM cases WHERE closed_at IS NULL) AS cases,
       (SELECT count(*) FROM inbox WHERE status = 'dead') AS inbox,
       (SELECT count(*) FROM outbox WHERE status = 'dead') AS outbox;

-- name: attention_cases(limit)
-- Open cases by kind, oldest first.
SELECT c.id, c.kind, c.reference, c.data, c.opened_at, o.id AS order_id, o.code, o.status, o.total,
       u.id AS customer_id, u.display_name AS customer_name, m.body AS words
FROM cases c
LEFT JOIN orders o ON o.id = c.order_id
LEFT JOIN customers u ON u.id = CASE WHEN c.kind = 'waiting_for_human' AND c.reference ~ '^customer:[0-9]{1,18}$'
                                     THEN substr(c.reference, 10)::bigint
                                     WHEN c.kind = 'return_asked' THEN o.customer_id END
LEFT JOIN messages m ON m.id = CASE WHEN c.kind = 'return_asked' THEN (c.data ->> 'message')::bigint END
WHERE c.closed_at IS NULL ORDER BY c.kind, c.id LIMIT :limit;

-- name: case_lock(id)^
-- A case, held until the end of the transaction.
SELECT id, kind, order_id, reference, data, closed_at FROM cases WHERE id = :id FOR NO KEY UPDATE;

-- name: case_close(id, closed_by, resolution)!
-- A human has seen to it, and says how.
UPDATE cases SET closed_at = now(), closed_by = :closed_by, resolution = :resolution
WHERE id = :id AND closed_at IS NULL;

-- name: attention_inbox(limit)
-- Events that failed for good. Who sent them and what they said stays out of sight.
SELECT i.id, i.source AS kind, i.payload ->> 'type' AS what, i.received_at AS at, i.attempts, i.last_error,
       NULL::bigint AS order_id, NULL::text AS code
FROM inbox i WHERE i.status = 'dead' ORDER BY i.id DESC LIMIT :limit;

-- name: attention_outbox(limit)
-- Messages and calls that failed for good. What they hold stays out of sight.
SELECT b.id, b.kind, b.payload ->> 'what' AS what, b.created_at AS at, b.attempts, b.last_error,
       b.order_id, o.code
FROM outbox b LEFT JOIN orders o ON o.id = b.order_id
WHERE b.status = 'dead' ORDER BY b.id DESC LIMIT :limit;

-- name: inbox_letter(id)^
-- A dead event, for the audit log.
SELECT id, status, last_error FROM inbox WHERE id = :id;

-- name: outbox_letter(id)^
-- A dead job, for the audit log.
SELECT id, status, last_error FROM outbox WHERE id = :id;

-- name: inbox_dismiss(id)!
-- A human says: let it be. Its last_error stays.
UPDATE inbox SET status = 'done' WHERE id = :id AND status = 'dead';

-- name: outbox_dismiss(id, outcome)!
-- A human says: let it be. Its last_error stays.
UPDATE outbox SET status = 'dropped', outcome = :outcome WHERE id = :id AND status = 'dead';

-- name: attention_low_stock(threshold, limit)
-- What is on sale and nearly gone, scarcest first.
SELECT s.id, s.product_id, s.code, p.name, s.option, s.stock
FROM skus s JOIN products p ON p.id = s.product_id
WHERE s.active AND s.stock <= :threshold ORDER BY s.stock, s.id LIMIT :limit;
