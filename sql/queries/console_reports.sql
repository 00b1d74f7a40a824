-- name: report_days_missing(since, until)^
-- The first and last day of some days that is over and not counted yet, if there is any.
SELECT min(d)::date AS first, max(d)::date AS last
FROM generate_series(:since::date, :until::date - 1, interval '1 day') AS d
WHERE NOT EXISTS (SELECT 1 FROM report_days r WHERE r.day = d::date AND r.method = '');

-- name: report_days_count(since, until)!
-- Count what was sold on days that are over, each with a row that says so. An order counts when it was paid, cash on
-- delivery when the customer has the parcel; both halves are read from their index alone.
INSERT INTO report_days (day, method, orders, amount)
SELECT (s.at AT TIME ZONE 'Asia/Taipei')::date, s.method, count(*), sum(s.total)
FROM (
    SELECT paid_at AS at, payment_method AS method, total FROM orders WHERE paid_at >= :since AND paid_at < :until
    UNION ALL
    SELECT closed_at, 'cod', total FROM orders
    WHERE status = 'completed' AND payment_method = 'cod' AND closed_at >= :since AND closed_at < :until
) s
GROUP BY 1, 2
UNION ALL
SELECT d::date, '', 0, 0
FROM generate_series((:since::timestamptz AT TIME ZONE 'Asia/Taipei')::date,
                     (:until::timestamptz AT TIME ZONE 'Asia/Taipei')::date - 1, interval '1 day') AS d
ON CONFLICT DO NOTHING;

-- name: report_sales(unit, since_day, closed_day, closed, until)
-- What was sold in each day, week or month of Taiwan, by payment method: counted days, and from `closed` on the orders.
SELECT date_trunc(:unit, s.day)::date AS day, s.method, sum(s.orders)::int AS orders, sum(s.amount)::bigint AS amount
FROM (
    SELECT day, method, orders, amount FROM report_days
    WHERE day >= :since_day AND day < :closed_day AND method <> ''
    UNION ALL
    SELECT (paid_at AT TIME ZONE 'Asia/Taipei')::date, payment_method, 1, total
    FROM orders WHERE paid_at >= :closed AND paid_at < :until
    UNION ALL
    SELECT (closed_at AT TIME ZONE 'Asia/Taipei')::date, 'cod', 1, total FROM orders
    WHERE status = 'completed' AND payment_method = 'cod' AND closed_at >= :closed AND closed_at < :until
) s
GROUP BY 1, 2;

-- name: report_refunds(unit, since, until)
-- What went back in each day, week or month, by the day it was written down.
SELECT date_trunc(:unit, recorded_at AT TIME ZONE 'Asia/Taipei')::date AS day, count(*)::int AS refunds, -sum(amount)::bigint AS amount
FROM money_moves WHERE kind = 'Refund' AND recorded_at >= :since AND recorded_at < :until
GROUP BY 1;

-- name: report_best_sellers(since, until, most, limit)
-- What was bought most in the latest orders of a period, at most `most` prepaid ones and as many paid at the door.
WITH sold AS MATERIALIZED (
    (SELECT id FROM orders WHERE paid_at >= :since AND paid_at < :until ORDER BY paid_at DESC LIMIT :most)
    UNION ALL
    (SELECT id FROM orders WHERE status = 'completed' AND payment_method = 'cod'
        AND closed_at >= :since AND closed_at < :until ORDER BY closed_at DESC LIMIT :most)
), bought AS (
    SELECT l.sku_id, sum(l.quantity)::bigint AS quantity, sum(l.quantity::bigint * l.unit_price)::bigint AS amount
    FROM sold JOIN order_lines l ON l.order_id = sold.id
    GROUP BY l.sku_id ORDER BY 2 DESC, 1 LIMIT :limit
)
SELECT p.id AS product_id, p.name, s.option, s.code, b.quantity, b.amount
FROM bought b JOIN skus s ON s.id = b.sku_id JOIN products p ON p.id = s.product_id
ORDER BY b.quantity DESC, b.sku_id;

-- name: report_conversion(since, until, most)^
-- Of those who came for the first time in a period (the latest of them): who put something into the cart, ordered, paid.
SELECT count(*)::int AS came, count(*) FILTER (WHERE f.filled OR f.ordered)::int AS filled,
       count(*) FILTER (WHERE f.ordered)::int AS ordered, count(*) FILTER (WHERE f.paid)::int AS paid
FROM (
    SELECT id FROM customers WHERE created_at >= :since AND created_at < :until ORDER BY created_at DESC LIMIT :most
) c
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM carts a JOIN cart_lines l ON l.cart_id = a.id
                   WHERE a.customer_id = c.id AND a.status = 'open') AS filled,
           EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id) AS ordered,
           EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id
                   AND (o.paid_at IS NOT NULL OR (o.status = 'completed' AND o.payment_method = 'cod'))) AS paid
) f;

-- name: report_cases(since, until)
-- What needed a human in a period, by kind, and how much of it is still open.
SELECT kind, count(*)::int AS cases, count(*) FILTER (WHERE closed_at IS NULL)::int AS open
FROM cases WHERE opened_at >= :since AND opened_at < :until GROUP BY kind ORDER BY 2 DESC, kind;
