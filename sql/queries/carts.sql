-- name: cart_open_lock(customer_id)^
-- The open cart of a customer, held until the end of the transaction.
SELECT id, payment_method, coupon_id FROM carts WHERE customer_id = :customer_id AND status = 'open' FOR NO KEY UPDATE;

-- name: cart_create(customer_id)!
-- An empty cart; somebody with an open one keeps it.
INSERT INTO carts (customer_id) VALUES (:customer_id) ON CONFLICT (customer_id) WHERE status = 'open' DO NOTHING;

-- name: cart_lines_list(cart_id)
-- What lies in a cart, with today's price and stock.
SELECT l.sku_id, p.id AS product_id, p.name, s.option, p.picture, l.quantity, s.price, l.seen_price, s.stock, s.active
FROM cart_lines l JOIN skus s ON s.id = l.sku_id JOIN products p ON p.id = s.product_id
WHERE l.cart_id = :cart_id
ORDER BY l.added_at, l.sku_id;

-- name: cart_line_set(cart_id, sku_id, quantity)!
-- So many of a SKU, at the price of now.
INSERT INTO cart_lines (cart_id, sku_id, quantity, seen_price)
SELECT :cart_id, id, :quantity, price FROM skus WHERE id = :sku_id
ON CONFLICT (cart_id, sku_id) DO UPDATE SET quantity = excluded.quantity;

-- name: cart_line_remove(cart_id, sku_id)!
-- None of it.
DELETE FROM cart_lines WHERE cart_id = :cart_id AND sku_id = :sku_id;

-- name: cart_clear(cart_id)!
-- Nothing at all.
DELETE FROM cart_lines WHERE cart_id = :cart_id;

-- name: cart_prices_seen(cart_id)!
-- The customer has now been shown today's prices.
UPDATE cart_lines l SET seen_price = s.price
FROM skus s WHERE l.cart_id = :cart_id AND s.id = l.sku_id AND l.seen_price <> s.price;

-- name: cart_set_payment_method(cart_id, method)!
-- How the customer means to pay.
UPDATE carts SET payment_method = :method WHERE id = :cart_id;

-- name: cart_set_coupon(cart_id, coupon_id)!
-- The coupon the customer means to use, or none.
UPDATE carts SET coupon_id = :coupon_id WHERE id = :cart_id;

-- name: cart_mark_ordered(cart_id)!
-- The cart has become an order, if nobody was faster.
UPDATE carts SET status = 'ordered' WHERE id = :cart_id AND status = 'open';
