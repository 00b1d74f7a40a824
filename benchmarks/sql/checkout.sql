-- name: forget()#
-- An empty shop, whose tables are as small as on the first day.
TRUNCATE pictures, categories, products, skus, customers, carts, cart_lines, orders, order_lines, payments,
         money_moves, stock_moves, order_events, cases, inbox, outbox RESTART IDENTITY CASCADE;

-- name: stock_up(skus, stock)!
-- So many SKUs of one price, numbered from 1, each with `stock` pieces.
WITH category AS (
    INSERT INTO categories (name) VALUES ('茶葉') RETURNING id
), product AS (
    INSERT INTO products (category_id, name) SELECT id, '高山烏龍' FROM category RETURNING id
), sku AS (
    INSERT INTO skus (product_id, code, option, price, stock)
    SELECT product.id, 'B-' || n, n || ' 克', 380, :stock FROM product, generate_series(1, :skus) n ORDER BY n
    RETURNING id
)
INSERT INTO stock_moves (sku_id, reason, delta, stock_after, actor) SELECT id, 'count', :stock, :stock, 'benchmark' FROM sku;

-- name: fill_carts(carts, skus, lines)!
-- Customers 1, 2, 3 … with a filled cart of the same number. Line k of a cart is a random SKU of the k-th
-- part of the range; in what order the lines were put in is random too.
WITH customer AS (
    INSERT INTO customers (line_user_id) SELECT 'U' || lpad(n::text, 32, '0') FROM generate_series(1, :carts) n ORDER BY n
    RETURNING id
), cart AS (
    INSERT INTO carts (customer_id) SELECT id FROM customer ORDER BY id RETURNING id
)
INSERT INTO cart_lines (cart_id, sku_id, quantity, seen_price, added_at)
SELECT cart.id, 1 + k * (:skus / :lines) + floor(random() * (:skus / :lines))::int, 1, 380, now() - random() * interval '1 hour'
FROM cart, generate_series(0, :lines - 1) k;

-- name: settle_down()#
-- Fresh statistics, and everything on disk before the clock starts.
VACUUM ANALYZE;

-- name: outcome(stock)^
-- Orders made, pieces they promise, and pieces that left the shelves.
SELECT (SELECT count(*) FROM orders) AS orders,
       (SELECT coalesce(sum(quantity), 0) FROM order_lines) AS promised,
       (SELECT coalesce(sum(:stock - stock), 0) FROM skus) AS taken;

-- name: deadlocks()$
-- Deadlocks PostgreSQL has broken in this database.
SELECT deadlocks FROM pg_stat_database WHERE datname = current_database();

-- name: cart(cart_id)
-- What lies in a cart, as it was put in.
SELECT l.sku_id, l.quantity, s.price FROM cart_lines l JOIN skus s ON s.id = l.sku_id
WHERE l.cart_id = :cart_id ORDER BY l.added_at;

-- name: stock(sku_id)$
-- A look at the shelf.
SELECT stock FROM skus WHERE id = :sku_id;

-- name: stock_for_update(sku_id)$
-- A look at the shelf, with the row locked.
SELECT stock FROM skus WHERE id = :sku_id FOR UPDATE;

-- name: set_stock(sku_id, stock)!
-- What was computed outside is written.
UPDATE skus SET stock = :stock WHERE id = :sku_id;

-- name: swap_stock(sku_id, seen, stock)!
-- Written only where it still is as it was seen.
UPDATE skus SET stock = :stock WHERE id = :sku_id AND stock = :seen;

-- name: add_order(code, cart_id, total)$
-- An order; of the shop's own rows a usual project has this one, its lines and the cart.
INSERT INTO orders (code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee, total,
                    recipient_name, phone, address, expires_at)
VALUES (:code, :cart_id, :cart_id, 'pending', 'card', :total, 0, :total, '王小明', '0912345678',
        '台北市信義區信義路五段7號', now() + interval '40 minutes')
RETURNING id;

-- name: add_line(order_id, sku_id, price, quantity)!
-- A line of an order.
INSERT INTO order_lines (order_id, sku_id, product_name, option, unit_price, quantity)
VALUES (:order_id, :sku_id, '高山烏龍', '75 克', :price, :quantity);

-- name: close_cart(cart_id)!
-- The cart has become an order.
UPDATE carts SET status = 'ordered' WHERE id = :cart_id;
