-- name: order_place(code, customer_id, cart_id, status, payment_method, subtotal, discount, coupon_id, shipping_fee, total, recipient_name, phone, address, delivery, store_brand, store_code, store_name, invoice_kind, invoice_value, invoice_title, note, ttl_seconds, actor, facts)^
-- An open cart becomes an order with the first entry of its history; without ttl_seconds it never expires. No row
-- where the code is taken or the cart is not open.
WITH cart AS (
    UPDATE carts SET status = 'ordered' WHERE id = :cart_id AND status = 'open' RETURNING id
), placed AS (
    INSERT INTO orders (code, customer_id, cart_id, status, payment_method, subtotal, discount, coupon_id,
                        shipping_fee, total, recipient_name, phone, address,
                        delivery_method, store_brand, store_code, store_name,
                        invoice_kind, invoice_value, invoice_title, note, expires_at)
    SELECT :code, :customer_id, cart.id, :status, :payment_method, :subtotal, :discount, :coupon_id::bigint,
           :shipping_fee, :total, :recipient_name, :phone, :address,
           :delivery, :store_brand, :store_code, :store_name,
           :invoice_kind, :invoice_value, :invoice_title, :note, now() + make_interval(secs => :ttl_seconds)
    FROM cart
    ON CONFLICT (code) DO NOTHING
    RETURNING id, code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
              recipient_name, phone, address, stock_round, placed_at, expires_at, paid_at,
              discount, coupon_id, delivery_method, store_brand, store_code, store_name,
              invoice_kind, invoice_value, invoice_title, note
), event AS (
    INSERT INTO order_events (order_id, actor, kind, data) SELECT id, :actor, 'placed', :facts::jsonb FROM placed
)
SELECT * FROM placed;

-- name: order_lines_put(order_id, sku_ids, names, options, prices, quantities)!
-- What is bought, as it is sold at this moment. Comes after the stock was taken: the foreign key locks the SKU's row,
-- and all that wait for a hot one would hold that lock together, which each of them then has to look through.
INSERT INTO order_lines (order_id, sku_id, product_name, option, unit_price, quantity)
SELECT :order_id, l.sku_id, l.name, l.option, l.price, l.quantity
FROM unnest(:sku_ids::bigint[], :names::text[], :options::text[], :prices::int[], :quantities::int[])
    AS l (sku_id, name, option, price, quantity);

-- name: order_by_id(id)^
-- An order.
SELECT id, code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
       recipient_name, phone, address, stock_round, placed_at, expires_at, paid_at,
       discount, coupon_id, delivery_method, store_brand, store_code, store_name,
       invoice_kind, invoice_value, invoice_title, note
FROM orders WHERE id = :id;

-- name: order_lock(id)^
-- An order, held until the end of the transaction, so that its transitions take turns.
SELECT id, code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
       recipient_name, phone, address, stock_round, placed_at, expires_at, paid_at,
       discount, coupon_id, delivery_method, store_brand, store_code, store_name,
       invoice_kind, invoice_value, invoice_title, note
FROM orders WHERE id = :id FOR NO KEY UPDATE;

-- name: order_by_cart(cart_id)^
-- What a cart became.
SELECT id, code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
       recipient_name, phone, address, stock_round, placed_at, expires_at, paid_at,
       discount, coupon_id, delivery_method, store_brand, store_code, store_name,
       invoice_kind, invoice_value, invoice_title, note
FROM orders WHERE cart_id = :cart_id;

-- name: order_by_code(code)^
-- An order by the number people read out.
SELECT id, code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
       recipient_name, phone, address, stock_round, placed_at, expires_at, paid_at,
       discount, coupon_id, delivery_method, store_brand, store_code, store_name,
       invoice_kind, invoice_value, invoice_title, note
FROM orders WHERE code = :code;

-- name: orders_of_customer(customer_id, statuses, before_id, limit)
-- A customer's orders in some states (NULL: any), newest first, from before an id on (keyset paging).
SELECT id, code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
       recipient_name, phone, address, stock_round, placed_at, expires_at, paid_at,
       discount, coupon_id, delivery_method, store_brand, store_code, store_name,
       invoice_kind, invoice_value, invoice_title, note
FROM orders
WHERE customer_id = :customer_id AND id < :before_id AND (:statuses::text[] IS NULL OR status = ANY (:statuses))
ORDER BY id DESC LIMIT :limit;

-- name: order_lines_list(order_id)
-- What was bought, in ascending SKU id: the order in which stock rows are always touched.
SELECT sku_id, product_name, option, unit_price, quantity
FROM order_lines WHERE order_id = :order_id ORDER BY sku_id;

-- name: order_set_paid(id)!
-- pending -> paid.
UPDATE orders SET status = 'paid', paid_at = now() WHERE id = :id AND status = 'pending';

-- name: order_revive(id)!
-- expired -> paid: late money found stock; it is taken in a new round.
UPDATE orders SET status = 'paid', paid_at = now(), closed_at = NULL, stock_round = stock_round + 1
WHERE id = :id AND status = 'expired';

-- name: order_expire(id)!
-- pending -> expired, once its time is over.
UPDATE orders SET status = 'expired', closed_at = now()
WHERE id = :id AND status = 'pending' AND expires_at <= now();

-- name: order_cancel(id)!
-- pending -> cancelled, and preparing -> cancelled while nothing was paid in advance.
UPDATE orders SET status = 'cancelled', closed_at = now()
WHERE id = :id AND (status = 'pending' OR (status = 'preparing' AND payment_method = 'cod'));

-- name: order_change_method(id, method, ttl_seconds)!
-- A pending order is to be paid otherwise: its time is that of the new method from now on, at most twice that
-- since it was placed, so that changing to and fro does not hold stock for ever; it is never cut.
UPDATE orders
SET payment_method = :method,
    expires_at = greatest(expires_at, least(now() + make_interval(secs => :ttl_seconds),
                                            placed_at + make_interval(secs => 2 * :ttl_seconds)))
WHERE id = :id AND status = 'pending';

-- name: order_change_to_cod(id)!
-- pending -> preparing: it is paid at the door instead.
UPDATE orders SET payment_method = 'cod', status = 'preparing', expires_at = NULL
WHERE id = :id AND status = 'pending';

-- name: order_event(order_id, actor, kind, data)!
-- What happened, and who did it.
INSERT INTO order_events (order_id, actor, kind, data) VALUES (:order_id, :actor, :kind, :data::jsonb);

-- name: order_events_list(order_id)
-- The history of an order, oldest first.
SELECT at, actor, kind, data FROM order_events WHERE order_id = :order_id ORDER BY id;

-- name: orders_overdue(limit)
-- Pending orders whose time is over and that no timer is about to look at.
SELECT o.id FROM orders o
WHERE o.status = 'pending' AND o.expires_at <= now()
  AND NOT EXISTS (SELECT 1 FROM outbox t WHERE t.order_id = o.id AND t.status = 'waiting' AND t.kind = 'order.expire')
ORDER BY o.expires_at LIMIT :limit;

-- name: money_move_record(order_id, payment_id, reference, kind, amount, moved_at)!
-- Money that moved; the same reference and kind again changes nothing.
INSERT INTO money_moves (order_id, payment_id, reference, kind, amount, moved_at)
VALUES (:order_id, :payment_id, :reference, :kind, :amount, :moved_at)
ON CONFLICT (reference, kind) DO NOTHING;

-- name: money_balance(order_id)$
-- What the shop holds of an order's money, in TWD.
SELECT coalesce(sum(amount), 0) FROM money_moves WHERE order_id = :order_id;

-- name: case_open(kind, order_id, reference, data)!
-- Something for a human; once while it is open.
INSERT INTO cases (kind, order_id, reference, data) VALUES (:kind, :order_id, :reference, :data::jsonb)
ON CONFLICT DO NOTHING;
