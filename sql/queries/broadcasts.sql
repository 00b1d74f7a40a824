-- name: broadcast_create(body, product_id, segment, segment_value, created_by)$
-- A draft; its id.
INSERT INTO broadcasts (body, product_id, segment, segment_value, created_by)
VALUES (:body, :product_id, :segment, :segment_value, :created_by) RETURNING id;

-- name: broadcast_edit(id, version, body, product_id, segment, segment_value)!
-- Another text or another segment, if nobody else has edited or sent it meanwhile.
UPDATE broadcasts
SET body = :body, product_id = :product_id, segment = :segment, segment_value = :segment_value, version = version + 1
WHERE id = :id AND state = 'draft' AND version = :version;

-- name: broadcast_delete(id)!
-- A draft nobody wants.
DELETE FROM broadcasts WHERE id = :id AND state = 'draft';

-- name: broadcast_by_id(id)^
-- One broadcast.
SELECT id, state, body, product_id, segment, segment_value, version, created_by, created_at, planned, send_at,
       started_at, ended_at, stopped_why, reached_to, parts
FROM broadcasts WHERE id = :id;

-- name: broadcast_lock(id)^
-- One broadcast, held until the end of the transaction.
SELECT id, state, body, product_id, segment, segment_value, version, created_by, created_at, planned, send_at,
       started_at, ended_at, stopped_why, reached_to, parts
FROM broadcasts WHERE id = :id FOR NO KEY UPDATE;

-- name: broadcasts_list(before_id, limit)
-- Broadcasts, newest first, from before an id on, with how far they are.
SELECT b.id, b.state, left(b.body, 60) AS beginning, b.segment, b.segment_value, b.created_at, b.planned, b.send_at,
       (b.state = 'sending' AND b.send_at > now()) AS waits, p.sent, p.failed, p.skipped
FROM broadcasts b CROSS JOIN LATERAL (
    SELECT coalesce(sum(sent), 0)::int AS sent,
           coalesce(sum(recipients) FILTER (WHERE state = 'failed'), 0)::int AS failed,
           coalesce(sum(recipients - sent) FILTER (WHERE state = 'sent'), 0)::int AS skipped
    FROM broadcast_parts WHERE broadcast_id = b.id
) p
WHERE b.id < :before_id ORDER BY b.id DESC LIMIT :limit;

-- name: broadcast_progress(id)^
-- How far a broadcast is, and the first thing that went wrong.
SELECT coalesce(sum(sent), 0)::int AS sent,
       coalesce(sum(recipients) FILTER (WHERE state = 'failed'), 0)::int AS failed,
       coalesce(sum(recipients - sent) FILTER (WHERE state = 'sent'), 0)::int AS skipped,
       coalesce(min(problem) FILTER (WHERE problem <> ''), '') AS problem
FROM broadcast_parts WHERE broadcast_id = :id;

-- name: broadcast_start(id, version, planned, send_at)!
-- It is to be sent, as it was when somebody decided so; at once without a time.
UPDATE broadcasts SET state = 'sending', planned = :planned, send_at = coalesce(:send_at, now())
WHERE id = :id AND state = 'draft' AND version = :version;

-- name: broadcast_stop(id, why)!
-- What is not sent yet is not to be sent.
UPDATE broadcasts SET state = 'stopped', stopped_why = :why, ended_at = now() WHERE id = :id AND state = 'sending';

-- name: broadcast_end(id)!
-- Everybody was tried.
UPDATE broadcasts SET state = 'done', ended_at = now() WHERE id = :id AND state = 'sending';

-- name: broadcast_advance(id, reached_to, parts)!
-- So far the customers are taken; the first time it begins.
UPDATE broadcasts SET started_at = coalesce(started_at, now()), reached_to = :reached_to, parts = :parts
WHERE id = :id AND state = 'sending' AND reached_to < :reached_to;

-- name: broadcast_budget()^
-- What is known of this month's messages, and how many of them broadcasts under way will still take.
SELECT q.monthly, q.used, q.read_at,
       (SELECT coalesce(sum(greatest(0, b.planned - coalesce(
            (SELECT sum(p.recipients) FROM broadcast_parts p WHERE p.broadcast_id = b.id AND p.tried_at IS NOT NULL), 0
        ))), 0)::int FROM broadcasts b WHERE b.state = 'sending') AS promised
FROM line_quota q;

-- name: segment_count(kind, number, word)$
-- How many customers a broadcast may reach. The kind is a constant when PostgreSQL plans it, so one branch is left.
SELECT count(*) FROM customers c
WHERE c.friend AND c.no_promotions_since IS NULL AND CASE :kind::text
    WHEN 'everybody' THEN true
    WHEN 'language' THEN c.language = :word
    WHEN 'recent' THEN EXISTS (
        SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status NOT IN ('cancelled', 'expired')
          AND o.placed_at >= now() - make_interval(days => :number::int))
    WHEN 'lapsed' THEN EXISTS (
        SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status NOT IN ('cancelled', 'expired'))
      AND NOT EXISTS (
        SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status NOT IN ('cancelled', 'expired')
          AND o.placed_at >= now() - make_interval(days => :number::int))
    WHEN 'never' THEN NOT EXISTS (
        SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status NOT IN ('cancelled', 'expired'))
    WHEN 'product' THEN EXISTS (
        SELECT 1 FROM skus s JOIN order_lines l ON l.sku_id = s.id JOIN orders o ON o.id = l.order_id
        WHERE o.customer_id = c.id AND s.product_id = :number::bigint AND o.status NOT IN ('cancelled', 'expired'))
    WHEN 'category' THEN EXISTS (
        SELECT 1 FROM products p JOIN skus s ON s.product_id = p.id JOIN order_lines l ON l.sku_id = s.id
        JOIN orders o ON o.id = l.order_id
        WHERE o.customer_id = c.id AND p.category_id = :number::bigint AND o.status NOT IN ('cancelled', 'expired'))
    WHEN 'wished' THEN EXISTS (
        SELECT 1 FROM wishes w JOIN skus s ON s.id = w.sku_id
        WHERE w.customer_id = c.id AND s.product_id = :number::bigint)
END;

-- name: segment_languages()
-- What the customers are spoken to in.
SELECT language FROM customers GROUP BY language ORDER BY count(*) DESC, language;

-- name: segment_page(kind, number, word, after, limit)
-- The next customers a broadcast may reach, in ascending id; the same as are counted above.
SELECT c.id, c.language FROM customers c
WHERE c.id > :after AND c.friend AND c.no_promotions_since IS NULL AND CASE :kind::text
    WHEN 'everybody' THEN true
    WHEN 'language' THEN c.language = :word
    WHEN 'recent' THEN EXISTS (
        SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status NOT IN ('cancelled', 'expired')
          AND o.placed_at >= now() - make_interval(days => :number::int))
    WHEN 'lapsed' THEN EXISTS (
        SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status NOT IN ('cancelled', 'expired'))
      AND NOT EXISTS (
        SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status NOT IN ('cancelled', 'expired')
          AND o.placed_at >= now() - make_interval(days => :number::int))
    WHEN 'never' THEN NOT EXISTS (
        SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status NOT IN ('cancelled', 'expired'))
    WHEN 'product' THEN EXISTS (
        SELECT 1 FROM skus s JOIN order_lines l ON l.sku_id = s.id JOIN orders o ON o.id = l.order_id
        WHERE o.customer_id = c.id AND s.product_id = :number::bigint AND o.status NOT IN ('cancelled', 'expired'))
    WHEN 'category' THEN EXISTS (
        SELECT 1 FROM products p JOIN skus s ON s.product_id = p.id JOIN order_lines l ON l.sku_id = s.id
        JOIN orders o ON o.id = l.order_id
        WHERE o.customer_id = c.id AND p.category_id = :number::bigint AND o.status NOT IN ('cancelled', 'expired'))
    WHEN 'wished' THEN EXISTS (
        SELECT 1 FROM wishes w JOIN skus s ON s.id = w.sku_id
        WHERE w.customer_id = c.id AND s.product_id = :number::bigint)
END
ORDER BY c.id LIMIT :limit;

-- name: broadcast_part_put(broadcast_id, number, language, customer_ids)$
-- A part and its customers; nobody is in two. How many they are.
WITH taken AS (
    INSERT INTO broadcast_recipients (broadcast_id, customer_id, part)
    SELECT :broadcast_id, id, :number FROM unnest(:customer_ids::bigint[]) AS id
    RETURNING customer_id
), counted AS (
    SELECT count(*)::int AS recipients FROM taken
)
INSERT INTO broadcast_parts (broadcast_id, number, language, recipients)
SELECT :broadcast_id, :number, :language, recipients FROM counted
RETURNING recipients;

-- name: broadcast_part(broadcast_id, number)^
-- A part, how long ago LINE was first asked to send it (seconds), and how its broadcast stands.
SELECT p.state, p.language, p.recipients, extract(epoch FROM now() - p.tried_at)::float8 AS tried_seconds,
       b.state AS broadcast_state, b.body, b.product_id
FROM broadcast_parts p JOIN broadcasts b ON b.id = p.broadcast_id
WHERE p.broadcast_id = :broadcast_id AND p.number = :number
FOR NO KEY UPDATE OF p FOR SHARE OF b;

-- name: broadcast_part_people(broadcast_id, number)
-- Whom a part may still be sent to.
SELECT c.line_user_id
FROM broadcast_recipients r JOIN customers c ON c.id = r.customer_id
WHERE r.broadcast_id = :broadcast_id AND r.part = :number AND c.friend AND c.no_promotions_since IS NULL
ORDER BY c.id;

-- name: broadcast_part_try(broadcast_id, number)!
-- From now on LINE may have it.
UPDATE broadcast_parts SET tried_at = coalesce(tried_at, now()) WHERE broadcast_id = :broadcast_id AND number = :number;

-- name: broadcast_part_close(broadcast_id, number, state, sent, problem)!
-- How it went with a part.
UPDATE broadcast_parts SET state = :state, sent = :sent, problem = :problem, finished_at = now()
WHERE broadcast_id = :broadcast_id AND number = :number AND state = 'waiting';

-- name: broadcast_recipients_forget(days, limit)!
-- Who got a broadcast that ended long ago; how many it were stays.
DELETE FROM broadcast_recipients WHERE (broadcast_id, customer_id) IN (
    SELECT r.broadcast_id, r.customer_id
    FROM broadcasts b JOIN broadcast_recipients r ON r.broadcast_id = b.id
    WHERE b.ended_at < now() - make_interval(days => :days) LIMIT :limit
);

-- name: erase_broadcasts(customer_id)!
-- What advertising a customer was sent.
DELETE FROM broadcast_recipients WHERE customer_id = :customer_id;

-- name: customer_set_promotions(id, wanted)!
-- Whether the customer wants advertising; who does not keeps the moment of saying so first.
UPDATE customers SET no_promotions_since = CASE WHEN NOT :wanted THEN coalesce(no_promotions_since, now()) END
WHERE id = :id;

-- name: customer_wants_promotions(id)$
-- Whether the customer is sent advertising.
SELECT no_promotions_since IS NULL FROM customers WHERE id = :id;

-- name: products_to_show(limit)
-- Products for sale to choose from in a form, what sells most first.
SELECT l.product_id AS id, p.name
FROM listings l JOIN products p ON p.id = l.product_id
ORDER BY l.standing, l.product_id DESC LIMIT :limit;

-- name: broadcast_product(id)^
-- The name of a product, also of one that is no longer sold.
SELECT id, name FROM products WHERE id = :id;
