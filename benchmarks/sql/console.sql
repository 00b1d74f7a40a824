-- name: unchecked()#
-- For this session only: a history that is made consistent need not be checked row by row.
SET session_replication_role = replica;

-- name: name_customers(customers)!
-- People with names of their own, who came one after the other over the shop's years.
UPDATE customers SET
    display_name = CASE WHEN mod(id, 3) > 0 THEN (ARRAY['小安','阿哲','Amy','小柚','老王','Jason','芳芳','阿德'])[1 + mod(id, 8)] || mod(id, 97) ELSE '' END,
    recipient_name = (ARRAY['王','李','張','劉','陳','楊','黃','趙','吳','周','徐','孫'])[1 + mod(id * 7, 12)]
                  || (ARRAY['小明','美華','志豪','淑芬','俊傑','怡君','家豪','雅婷','建宏','詩涵'])[1 + mod(id / 12, 10)],
    phone = '09' || lpad(mod(id * 7919, 100000000)::text, 8, '0'),
    created_at = now() - (:customers - id) * interval '1 year' / :customers * 2,
    friend = mod(id, 20) > 0;

-- name: name_orders(orders)!
-- The orders of these people, by every way to pay, in every state a shop has some in: the newest are packed and on their
-- way, one of a hundred was refunded, of those that were never paid some were cancelled.
UPDATE orders o SET
    recipient_name = c.recipient_name, phone = c.phone,
    payment_method = (ARRAY['card','card','card','atm','linepay','cod'])[1 + mod(o.id, 6)],
    status = CASE
        WHEN o.status = 'pending' AND o.id <= :orders - 200 THEN (ARRAY['shipped','shipped','completed'])[1 + mod(o.id, 3)]
        WHEN o.status = 'pending' AND mod(o.id, 4) > 0 THEN (ARRAY['paid','preparing'])[1 + mod(o.id, 2)]
        WHEN o.status = 'completed' AND mod(o.id, 101) = 0 THEN 'refunded'
        WHEN o.status = 'expired' AND mod(o.id, 3) = 0 THEN 'cancelled'
        ELSE o.status END,
    paid_at = CASE WHEN mod(o.id, 6) = 5 OR o.status = 'expired' THEN NULL ELSE o.placed_at + interval '5 minutes' END,
    closed_at = CASE WHEN o.status IN ('completed', 'expired') THEN o.placed_at + interval '3 days' END
FROM customers c WHERE c.id = o.customer_id;

-- name: spread_products(skus)!
-- The shelf of SKUs as products of two options each, on twenty shelves; of some little is left, some are not sold.
WITH shelf AS (
    INSERT INTO categories (name, position) SELECT '分類 ' || n, n FROM generate_series(1, 20) n RETURNING id
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM shelf
), product AS (
    INSERT INTO products (category_id, name, description, position)
    SELECT s.id, (ARRAY['高山烏龍','金萱','紅玉','鐵觀音','白毫','茶杯','茶壺','茶席'])[1 + mod(p, 8)] || ' ' || p, '手工採製。', p
    FROM generate_series(1, :skus / 2) p JOIN numbered s ON s.n = 1 + mod(p, 20) ORDER BY p RETURNING id
), placed AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM product
)
UPDATE skus SET product_id = p.id, stock = CASE WHEN mod(skus.id, 40) = 0 THEN mod(skus.id, 4) ELSE stock END,
                active = mod(skus.id, 33) > 0
FROM placed p WHERE p.n = (skus.id + 1) / 2;

-- name: product_ids()
-- Every product.
SELECT id FROM products ORDER BY id;

-- name: fill_shipments()!
-- What went out.
INSERT INTO shipments (order_id, carrier, tracking, shipped_at)
SELECT id, '黑貓宅急便', lpad(id::text, 12, '0'), placed_at + interval '1 day' FROM orders WHERE status IN ('shipped', 'completed', 'refunded');

-- name: fill_refunds()!
-- What went back.
WITH refund AS (
    INSERT INTO refunds (order_id, payment_id, key, amount, restock, reason, actor, status, sent_at, provider_ref, created_at)
    SELECT id, id, 'r' || id, total, true, '客人退貨', 'staff:1', 'done', placed_at, 'R' || id, placed_at + interval '4 days'
    FROM orders WHERE status = 'refunded' ORDER BY id RETURNING order_id, amount, created_at
)
INSERT INTO money_moves (order_id, payment_id, reference, kind, amount, moved_at, recorded_at)
SELECT order_id, order_id, 'RF' || order_id, 'Refund', -amount, created_at, created_at FROM refund;

-- name: fill_reviews()!
-- One order of twenty was reviewed; a few reviews are hidden.
INSERT INTO reviews (order_id, sku_id, customer_id, stars, words, name, written_at, hidden_at, hidden_reason)
SELECT o.id, l.sku_id, o.customer_id, 1 + mod(o.id / 20, 5), '茶湯清甜，包裝很用心。', left(o.recipient_name, 1), o.placed_at + interval '5 days',
       CASE WHEN mod(o.id, 2000) = 0 THEN now() END, CASE WHEN mod(o.id, 2000) = 0 THEN '與商品無關' ELSE '' END
FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.status = 'completed' AND mod(o.id, 20) = 0 ORDER BY o.id;

-- name: fill_coupons()!
-- Five hundred coupons; one order of ten used one.
WITH coupon AS (
    INSERT INTO coupons (code, kind, value, starts_at, used)
    SELECT 'TEA-' || n, 'amount', 50, now() - interval '2 years', 0 FROM generate_series(1, 500) n ORDER BY n RETURNING id
)
INSERT INTO coupon_uses (coupon_id, order_id, customer_id, round, reason, used_after, actor, at)
SELECT c.id, o.id, o.customer_id, 1, 'used', 1, 'customer:' || o.customer_id, o.placed_at
FROM orders o JOIN coupon c ON c.id = 1 + mod(o.id / 10, 500) WHERE mod(o.id, 10) = 0 ORDER BY o.id;

-- name: fill_broadcasts(customers)!
-- A hundred broadcasts of the past two years, each to one customer of twenty.
WITH past AS (
    INSERT INTO broadcasts (state, body, segment, segment_value, planned, created_at, send_at, started_at, ended_at, reached_to, parts)
    SELECT 'done', '新茶到了', 'recent', '90', :customers / 20, at, at, at, at + interval '10 minutes', :customers, 1 + :customers / 20 / 500
    FROM generate_series(1, 100) n, LATERAL (SELECT now() - (101 - n) * interval '1 week' AS at) t ORDER BY n
    RETURNING id, parts, send_at
), part AS (
    INSERT INTO broadcast_parts (broadcast_id, number, language, recipients, state, sent, tried_at, finished_at)
    SELECT id, number, 'zh-TW', 500, 'sent', 490, send_at, send_at FROM past, generate_series(1, parts) number
)
INSERT INTO broadcast_recipients (broadcast_id, customer_id, part)
SELECT past.id, c.id, 1 + c.id / 20 / 500 FROM past JOIN customers c ON mod(c.id, 20) = mod(past.id, 20);

-- name: draft_broadcast()!
-- The next one.
INSERT INTO broadcasts (body, segment) VALUES ('中秋禮盒開賣', 'everybody');

-- name: fill_talks(customers)!
-- One customer of ten has talked with the shop; number 1 often.
INSERT INTO messages (customer_id, direction, kind, body, actor, at)
SELECT CASE WHEN n <= 300 THEN 1 ELSE 10 * (n / 2) END, CASE WHEN mod(n, 2) = 0 THEN 'in' ELSE 'out' END, 'text', '請問什麼時候出貨？',
       CASE WHEN mod(n, 2) = 0 THEN 'customer' ELSE 'staff:1' END, now() - n * interval '1 minute'
FROM generate_series(1, :customers / 5) n ORDER BY n DESC;

-- name: fill_cases()!
-- What needed a human: one order of five hundred, the newest forty still do.
INSERT INTO cases (kind, order_id, reference, data, opened_at, closed_at, closed_by, resolution)
SELECT (ARRAY['refund_due','amount_mismatch','payment_stuck','bank_disagrees'])[1 + mod(n, 4)], o.id, 'DA' || o.id,
       '{"amount": 460, "expected": 380}'::jsonb, o.placed_at,
       CASE WHEN n > 40 THEN o.placed_at + interval '1 hour' END, CASE WHEN n > 40 THEN 'staff:1' END, CASE WHEN n > 40 THEN '已處理' END
FROM (SELECT id, placed_at, row_number() OVER (ORDER BY id DESC) AS n FROM orders WHERE mod(id, 500) = 0) o ORDER BY o.id;

-- name: fill_letters()!
-- Thirty messages that failed for good.
UPDATE outbox SET status = 'dead', last_error = 'LINE answered 400', attempts = 8
WHERE id IN (SELECT id FROM outbox WHERE kind = 'payment.create' ORDER BY id DESC LIMIT 30);

-- name: fill_audit(orders)!
-- What people did: one entry for three orders.
INSERT INTO audit_log (at, user_id, action, subject, before, after)
SELECT now() - (:orders - n) * interval '1 minute', 1, (ARRAY['order.ship','order.prepare','order.note'])[1 + mod(n, 3)], 'order:' || n,
       '{"status": "paid"}'::jsonb, '{"status": "shipped", "tracking": "000000000001"}'::jsonb
FROM generate_series(1, :orders, 3) n;

-- name: settle_down()#
-- Fresh statistics, and what was changed above swept up.
VACUUM ANALYZE;
