-- name: unchecked()#
-- For this session only: a history that is made consistent need not be checked row by row.
SET session_replication_role = replica;

-- name: fill_customers(customers)!
-- Customers 1, 2, 3 …
INSERT INTO customers (line_user_id, recipient_name, phone, address)
SELECT 'U' || lpad(n::text, 32, '0'), '王小明', '0912345678', '台北市信義區信義路五段7號'
FROM generate_series(1, :customers) n ORDER BY n;

-- name: fill_carts(orders, customers)!
-- The cart of each order; a customer's are spread over the whole history.
INSERT INTO carts (customer_id, status, payment_method, created_at)
SELECT 1 + mod(n, :customers), 'ordered', 'card', now() - (:orders - n) * interval '1 minute'
FROM generate_series(1, :orders) n ORDER BY n;

-- name: fill_orders(orders, customers)!
-- A history that ends now. Of the last hundredth nobody knows yet whether it will be paid; before that
-- every eighth order was not.
INSERT INTO orders (code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
                    recipient_name, phone, address, placed_at, expires_at, paid_at, closed_at)
SELECT lpad(upper(to_hex(n)), 8, '0'), 1 + mod(n, :customers), n,
       CASE WHEN n > :orders * 0.99 THEN 'pending' WHEN mod(n, 8) = 0 THEN 'expired' ELSE 'completed' END,
       'card', 380, 80, 460, '王小明', '0912345678', '台北市信義區信義路五段7號', at,
       CASE WHEN n > :orders * 0.99 THEN now() + interval '2 hours' ELSE at + interval '40 minutes' END,
       CASE WHEN n <= :orders * 0.99 AND mod(n, 8) <> 0 THEN at + interval '5 minutes' END,
       CASE WHEN n <= :orders * 0.99 AND mod(n, 8) = 0 THEN at + interval '40 minutes' END
FROM generate_series(1, :orders) n, LATERAL (SELECT now() - (:orders - n) * interval '1 minute' AS at) t ORDER BY n;

-- name: fill_lines(skus)!
-- One line for each order.
INSERT INTO order_lines (order_id, sku_id, product_name, option, unit_price, quantity)
SELECT id, 1 + mod(id, :skus), '高山烏龍', '75 克', 380, 1 FROM orders ORDER BY id;

-- name: fill_payments()!
-- One attempt for each order.
INSERT INTO payments (order_id, attempt, provider, method, amount, status, provider_order_no, callback_key, pay_url, expires_at)
SELECT id, 1, 'sinopac', 'card', total,
       CASE status WHEN 'pending' THEN 'waiting' WHEN 'expired' THEN 'expired' ELSE 'paid' END,
       code || 'A', md5(id::text), 'https://example.com/', expires_at
FROM orders ORDER BY id;

-- name: fill_money()!
-- What was paid.
INSERT INTO money_moves (order_id, payment_id, reference, kind, amount, moved_at)
SELECT id, id, 'DA' || id, 'PayOut', total, paid_at FROM orders WHERE paid_at IS NOT NULL ORDER BY id;

-- name: fill_stock_moves(skus)!
-- What was taken.
INSERT INTO stock_moves (sku_id, order_id, reason, delta, stock_after, actor)
SELECT 1 + mod(id, :skus), id, 'placed', -1, 1000000, 'customer:' || customer_id FROM orders ORDER BY id;

-- name: fill_events()!
-- What happened.
INSERT INTO order_events (order_id, at, actor, kind, data)
SELECT o.id, o.placed_at, 'customer:' || o.customer_id, kind, '{"total": 460}'::jsonb
FROM orders o, unnest(ARRAY['placed', 'money_arrived']) kind ORDER BY o.id;

-- name: fill_inbox()!
-- The tap that placed each order.
INSERT INTO inbox (source, event_key, lane, payload, status, finished_at)
SELECT 'line', 'past-' || id, 'U' || lpad(customer_id::text, 32, '0'), '{"type": "postback"}'::jsonb, 'done', placed_at
FROM orders ORDER BY id;

-- name: fill_outbox()!
-- What each order had done outside, and a timer for each that still waits for money.
INSERT INTO outbox (kind, lane, order_id, payload, status, available_at, finished_at)
SELECT j.kind, CASE WHEN j.kind <> 'order.expire' THEN 'payment:' || o.id END, o.id, '{}',
       CASE WHEN j.kind = 'order.expire' AND o.status = 'pending' THEN 'waiting' ELSE 'done' END, o.expires_at, o.placed_at
FROM orders o, unnest(ARRAY['payment.create', 'order.expire']) j (kind) ORDER BY o.id;

-- name: new_carts(carts, skus)
-- New customers, each with a filled cart; their LINE user ids.
WITH customer AS (
    INSERT INTO customers (line_user_id) SELECT 'U' || md5(random()::text) FROM generate_series(1, :carts)
    RETURNING id, line_user_id
), cart AS (
    INSERT INTO carts (customer_id) SELECT id FROM customer RETURNING id, customer_id
), line AS (
    INSERT INTO cart_lines (cart_id, sku_id, quantity, seen_price)
    SELECT id, 1 + floor(random() * :skus)::int, 1, 380 FROM cart
)
SELECT line_user_id FROM customer;

-- name: new_payment(order_id)$
-- An attempt to pay an order that was just placed.
INSERT INTO payments (order_id, attempt, provider, method, amount, status, provider_order_no, callback_key, pay_url, expires_at)
SELECT id, 1, 'sinopac', 'card', total, 'waiting', code || 'A', md5(random()::text), 'https://example.com/', expires_at
FROM orders WHERE id = :order_id
RETURNING id;

-- name: run_out(order_id)!
-- The time of an order is over.
UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = :order_id;

-- name: clear_desk()#
-- What this round has left in the queues is done; the timers of the past stay.
UPDATE outbox SET status = 'done', finished_at = now() WHERE status = 'waiting' AND available_at < now() + interval '1 hour';

-- name: bill(day, lines)
-- The last so many payments, which lie together as those of one day do, came on this day at noon; the bank's
-- lines about them.
WITH moved AS (
    UPDATE money_moves SET moved_at = (:day + time '12:00') AT TIME ZONE 'Asia/Taipei'
    WHERE id IN (SELECT id FROM money_moves ORDER BY id DESC LIMIT :lines)
    RETURNING payment_id, reference, amount, moved_at
)
SELECT p.provider_order_no, moved.reference, false, moved.amount, moved.moved_at
FROM moved JOIN payments p ON p.id = moved.payment_id;
