-- name: owner_notices_lock(now)
-- The kinds of notices, held until the end of the transaction: whether each is wanted, how long ago (seconds) there
-- was something of it, and whether that was on this day of Taiwan.
SELECT kind, wanted, extract(epoch FROM :now - told_at)::float8 AS age,
       (told_at AT TIME ZONE 'Asia/Taipei')::date = (:now::timestamptz AT TIME ZONE 'Asia/Taipei')::date AS today
FROM owner_notices ORDER BY kind FOR UPDATE;

-- name: owner_notices_list()
-- The kinds of notices, and whether each is wanted.
SELECT kind, wanted FROM owner_notices;

-- name: owner_notice_switch(kind, wanted)!
-- On or off; how it was already changes nothing.
UPDATE owner_notices SET wanted = :wanted WHERE kind = :kind AND wanted <> :wanted;

-- name: owner_notice_told(kind, now)!
-- There was something of this kind.
UPDATE owner_notices SET told_at = :now WHERE kind = :kind;

-- name: owner_news_orders(now, days, most)^
-- Orders that wait to be shipped and were not told of, told of from now on: how many, their sum, the newest ids. Read
-- from orders_to_ship; what the shop has shipped or cancelled by then is no news. At most as many as a few seconds
-- bear; the others are there next time.
WITH fresh AS (
    INSERT INTO owner_news (kind, thing, found_at)
    SELECT 'order', o.id, :now FROM orders o
    WHERE o.status IN ('paid', 'preparing') AND o.placed_at > :now - make_interval(days => :days)
      AND NOT EXISTS (SELECT 1 FROM owner_news n WHERE n.kind = 'order' AND n.thing = o.id)
    ORDER BY o.placed_at, o.id LIMIT 20000
    ON CONFLICT DO NOTHING
    RETURNING thing
)
SELECT count(*)::int AS count, coalesce(sum(o.total), 0)::bigint AS total,
       (array_agg(o.id ORDER BY o.id DESC))[1:(:most)] AS ids
FROM fresh JOIN orders o ON o.id = fresh.thing;

-- name: owner_news_cases(now, days, most)^
-- Open cases that were not told of, told of from now on.
WITH fresh AS (
    INSERT INTO owner_news (kind, thing, found_at)
    SELECT 'case', c.id, :now FROM cases c
    WHERE c.closed_at IS NULL AND c.opened_at > :now - make_interval(days => :days)
      AND NOT EXISTS (SELECT 1 FROM owner_news n WHERE n.kind = 'case' AND n.thing = c.id)
    ON CONFLICT DO NOTHING
    RETURNING thing
)
SELECT count(*)::int AS count, (array_agg(thing ORDER BY thing DESC))[1:(:most)] AS ids FROM fresh;

-- name: owner_news_risen(threshold)!
-- What has more than the threshold again may fall again.
DELETE FROM owner_news n USING skus s WHERE n.kind = 'low_stock' AND s.id = n.thing AND s.stock > :threshold;

-- name: owner_news_low_stock(now, threshold, most)^
-- SKUs for sale at the threshold or under it that were not told of, told of from now on; those that never had more
-- have not fallen, and are passed over. There is no index on stock, which every checkout would have to write.
WITH fresh AS (
    INSERT INTO owner_news (kind, thing, found_at)
    SELECT 'low_stock', s.id, :now FROM skus s
    WHERE s.active AND s.stock <= :threshold
      AND NOT EXISTS (SELECT 1 FROM owner_news n WHERE n.kind = 'low_stock' AND n.thing = s.id)
    ORDER BY s.id LIMIT 20000
    ON CONFLICT DO NOTHING
    RETURNING thing
)
SELECT count(*)::int AS count, (array_agg(s.id ORDER BY s.stock, s.id))[1:(:most)] AS ids
FROM fresh JOIN skus s ON s.id = fresh.thing
WHERE EXISTS (SELECT 1 FROM stock_moves m WHERE m.sku_id = s.id AND m.stock_after > :threshold);

-- name: owner_news_know_case(kind, reference)!
-- The owners have been told of this open case at once.
INSERT INTO owner_news (kind, thing)
SELECT 'case', id FROM cases WHERE kind = :kind AND reference = :reference AND closed_at IS NULL
ON CONFLICT DO NOTHING;

-- name: owner_news_forget(days, limit)!
-- Orders and cases too old to be looked at. The smallest ids are the oldest, so the key finds them.
DELETE FROM owner_news WHERE (kind, thing) IN (
    SELECT kind, thing FROM owner_news
    WHERE kind IN ('order', 'case') AND found_at < now() - make_interval(days => :days)
    ORDER BY kind, thing LIMIT :limit FOR UPDATE SKIP LOCKED
);

-- name: owner_orders(ids)
-- Orders for the message about them, newest first, each with the name of its first line and its pieces; not those
-- that were given up or refunded meanwhile.
SELECT o.id, o.code, o.total, o.payment_method, o.delivery_method, first.name, first.pieces
FROM orders o
CROSS JOIN LATERAL (
    SELECT (array_agg(trim(l.product_name || ' ' || l.option) ORDER BY l.sku_id))[1] AS name,
           sum(l.quantity)::int AS pieces
    FROM order_lines l WHERE l.order_id = o.id
) first
WHERE o.id = ANY (:ids::bigint[]) AND o.status IN ('paid', 'preparing', 'shipped', 'completed')
ORDER BY o.id DESC;

-- name: owner_cases(ids)
-- Cases for the message about them, newest first; not those that were closed meanwhile.
SELECT c.id, c.kind, o.id AS order_id, o.code, o.total
FROM cases c LEFT JOIN orders o ON o.id = c.order_id
WHERE c.id = ANY (:ids::bigint[]) AND c.closed_at IS NULL ORDER BY c.id DESC;

-- name: owner_low_stock(ids, threshold)
-- SKUs for the message about them, scarcest first; not those that have more again.
SELECT s.id, s.product_id, p.name, s.option, s.stock
FROM skus s JOIN products p ON p.id = s.product_id
WHERE s.id = ANY (:ids::bigint[]) AND s.active AND s.stock <= :threshold ORDER BY s.stock, s.id;

-- name: owner_day(since, until, threshold)^
-- A day, and how things stand: orders that came to be shipped in it, what was sold in TWD as the reports count it (on
-- the day of payment, cash on delivery when the customer has the parcel), and what waits.
SELECT (SELECT count(*) FROM orders WHERE paid_at >= :since AND paid_at < :until)::int
       + (SELECT count(*) FROM orders WHERE payment_method = 'cod' AND placed_at >= :since AND placed_at < :until
          AND status <> 'cancelled')::int AS orders,
       coalesce((SELECT sum(total) FROM orders WHERE paid_at >= :since AND paid_at < :until), 0)::bigint
       + coalesce((SELECT sum(total) FROM orders WHERE status = 'completed' AND payment_method = 'cod'
                   AND closed_at >= :since AND closed_at < :until), 0)::bigint AS revenue,
       (SELECT count(*) FROM orders WHERE status IN ('paid', 'preparing'))::int AS to_ship,
       (SELECT count(*) FROM cases WHERE closed_at IS NULL)::int AS cases,
       (SELECT count(*) FROM skus WHERE active AND stock <= :threshold)::int AS low_stock;

-- name: owner_friends(line_user_ids)
-- Those of some LINE accounts that are known, and whether they can be told.
SELECT id, line_user_id, display_name, friend FROM customers WHERE line_user_id = ANY (:line_user_ids::text[]);
