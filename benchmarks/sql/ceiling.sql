-- The writes of one checkout in one statement, for pgbench: as fast as this schema can take an order.
-- One guarded UPDATE for each line, in ascending SKU id.
WITH customer AS (
    UPDATE customers SET last_seen_at = now() WHERE id = :cart RETURNING id
), cart AS (
    UPDATE carts SET status = 'ordered' WHERE id = :cart AND status = 'open' RETURNING id, customer_id
), placed AS (
    INSERT INTO orders (code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
                        recipient_name, phone, address, expires_at)
    SELECT upper(lpad(to_hex(cart.id), 8, '0')), cart.customer_id, cart.id, 'pending', 'card', 380 * {lines}, 80,
           380 * {lines} + 80, '王小明', '0912345678', '台北市信義區信義路五段7號', now() + interval '40 minutes'
    FROM cart JOIN customer ON customer.id = cart.customer_id
    RETURNING id, customer_id
), line AS (
    INSERT INTO order_lines (order_id, sku_id, product_name, option, unit_price, quantity)
    SELECT placed.id, l.sku_id, '高山烏龍', '75 克', 380, 1 FROM placed, (VALUES {skus}) l (sku_id)
), event AS (
    INSERT INTO order_events (order_id, actor, kind, data)
    SELECT id, 'customer:' || customer_id, 'placed', '{{"total": 460, "method": "card"}}'::jsonb FROM placed
), job AS (
    INSERT INTO outbox (kind, lane, order_id, payload, available_at)
    SELECT j.kind, CASE WHEN j.seconds = 0 THEN 'payment:' || placed.id END, placed.id, j.payload::jsonb,
           now() + make_interval(secs => j.seconds)
    FROM placed, (VALUES ('payment.create', 0, '{{}}'), ('order.expire', 2400, '{{}}'),
                         ('notice', 6, '{{"what": "payment_slow", "customer_id": 1}}')) j (kind, seconds, payload)
), {taken}
INSERT INTO stock_moves (sku_id, order_id, reason, delta, stock_after, actor)
SELECT taken.sku_id, placed.id, 'placed', -1, taken.stock, 'customer:' || placed.customer_id
FROM placed, ({moves}) taken
