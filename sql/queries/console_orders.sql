-- name: console_orders(status, to_ship, method, since, until, customer_id, code, name, phone, before_at, before_id, limit)
-- A page of orders, newest first. A filter that is NULL is folded away when the statement is planned.
SELECT o.id, o.code, o.status, o.payment_method, o.total, o.recipient_name, o.phone, o.placed_at,
       (SELECT sum(l.quantity) FROM order_lines l WHERE l.order_id = o.id) AS pieces,
       (SELECT l.product_name FROM order_lines l WHERE l.order_id = o.id ORDER BY l.sku_id LIMIT 1) AS first_line,
       (SELECT s.tracking FROM shipments s WHERE s.order_id = o.id) AS tracking
FROM orders o
WHERE (:status::text IS NULL OR o.status = :status)
  AND (NOT :to_ship OR o.status IN ('paid', 'preparing'))
  AND (:method::text IS NULL OR o.payment_method = :method)
  AND (:since::timestamptz IS NULL OR o.placed_at >= :since)
  AND (:until::timestamptz IS NULL OR o.placed_at < :until)
  AND (:customer_id::bigint IS NULL OR o.customer_id = :customer_id)
  AND (:name::text IS NULL OR o.code = :code OR o.recipient_name LIKE :name OR o.phone LIKE :phone)
  AND (:before_id::bigint IS NULL OR (o.placed_at, o.id) < (:before_at, :before_id))
ORDER BY o.placed_at DESC, o.id DESC
LIMIT :limit;

-- name: console_orders_by_digits(status, to_ship, method, since, until, customer_id, code, phone, phone_end, before_at, before_id, limit)
-- The same for a piece of a telephone number. The few orders that match are taken first: the planner takes them for
-- many, and would walk a million orders, newest first, until it has met enough of them.
WITH o AS MATERIALIZED (
    SELECT * FROM orders p WHERE p.code = :code OR p.phone LIKE :phone OR reverse(p.phone) LIKE :phone_end
)
SELECT o.id, o.code, o.status, o.payment_method, o.total, o.recipient_name, o.phone, o.placed_at,
       (SELECT sum(l.quantity) FROM order_lines l WHERE l.order_id = o.id) AS pieces,
       (SELECT l.product_name FROM order_lines l WHERE l.order_id = o.id ORDER BY l.sku_id LIMIT 1) AS first_line,
       (SELECT s.tracking FROM shipments s WHERE s.order_id = o.id) AS tracking
FROM o
WHERE (:status::text IS NULL OR o.status = :status)
  AND (NOT :to_ship OR o.status IN ('paid', 'preparing'))
  AND (:method::text IS NULL OR o.payment_method = :method)
  AND (:since::timestamptz IS NULL OR o.placed_at >= :since)
  AND (:until::timestamptz IS NULL OR o.placed_at < :until)
  AND (:customer_id::bigint IS NULL OR o.customer_id = :customer_id)
  AND (:before_id::bigint IS NULL OR (o.placed_at, o.id) < (:before_at, :before_id))
ORDER BY o.placed_at DESC, o.id DESC
LIMIT :limit;

-- name: orders_placed_at(id)$
-- When an order was placed: where the next page of a list begins.
SELECT placed_at FROM orders WHERE id = :id;

-- name: orders_by_ids(ids)
-- Chosen orders, oldest first.
SELECT id, code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
       recipient_name, phone, address, stock_round, placed_at, expires_at, paid_at,
       discount, coupon_id, delivery_method, store_brand, store_code, store_name,
       invoice_kind, invoice_value, invoice_title, note
FROM orders WHERE id = ANY (:ids::bigint[]) ORDER BY placed_at, id;

-- name: order_lines_of(order_ids)
-- What was bought in several orders, with the merchant's own numbers.
SELECT l.order_id, s.code AS sku, l.product_name, l.option, l.unit_price, l.quantity
FROM order_lines l JOIN skus s ON s.id = l.sku_id
WHERE l.order_id = ANY (:order_ids::bigint[]) ORDER BY l.order_id, l.sku_id;

-- name: order_history(order_id)
-- What happened to an order; a person of the console by name.
SELECT e.at, e.actor, e.kind, e.data, u.name AS staff
FROM order_events e LEFT JOIN staff_users u ON e.actor = 'staff:' || u.id
WHERE e.order_id = :order_id ORDER BY e.id;

-- name: order_money(order_id)
-- Money of an order, as it moved.
SELECT reference, kind, amount, moved_at FROM money_moves WHERE order_id = :order_id ORDER BY id;

-- name: order_messages(order_id)
-- Messages and calls about an order, newest first; what they hold stays out of sight.
SELECT id, kind, payload ->> 'what' AS what, status, created_at, available_at, finished_at, outcome, last_error
FROM outbox WHERE order_id = :order_id ORDER BY id DESC LIMIT 50;

-- name: order_cases(order_id)
-- What needed, or needs, a human; with the customer's own words where there are any.
SELECT c.id, c.kind, c.reference, c.data, c.opened_at, c.closed_at, c.resolution, m.body AS words
FROM cases c
LEFT JOIN messages m ON m.id = CASE WHEN c.kind = 'return_asked' THEN (c.data ->> 'message')::bigint END
WHERE c.order_id = :order_id ORDER BY c.id DESC;

-- name: order_customer(id)^
-- Whose order it is.
SELECT id, display_name, friend, created_at, human_until > now() AS with_human,
       (SELECT count(*) FROM orders WHERE customer_id = :id) AS orders,
       EXISTS (SELECT 1 FROM messages WHERE customer_id = :id) AS talked
FROM customers WHERE id = :id;

-- name: export_orders(ids)
-- Orders of a file, newest first, with what was paid and how they went out.
SELECT o.code, o.placed_at, o.status, o.payment_method, o.subtotal, o.discount,
       (SELECT c.code FROM coupons c WHERE c.id = o.coupon_id) AS coupon, o.shipping_fee, o.total,
       (SELECT coalesce(sum(m.amount), 0) FROM money_moves m WHERE m.order_id = o.id) AS received,
       o.recipient_name, o.phone, o.address, o.delivery_method, o.paid_at, s.carrier, s.tracking, s.shipped_at,
       o.invoice_kind, o.invoice_value, o.invoice_title, o.note
FROM orders o LEFT JOIN shipments s ON s.order_id = o.id
WHERE o.id = ANY (:ids::bigint[]) ORDER BY o.placed_at DESC, o.id DESC;

-- name: export_lines(ids)
-- Order lines of a file, newest order first.
SELECT o.code, o.placed_at, o.status, k.code AS sku, l.product_name, l.option, l.unit_price, l.quantity
FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN skus k ON k.id = l.sku_id
WHERE o.id = ANY (:ids::bigint[]) ORDER BY o.placed_at DESC, o.id DESC, l.sku_id;
