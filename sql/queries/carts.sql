-- name: cart_open_lock(customer_id)
-- The open cart of a customer, held until the end of the transaction, with the invoice they are used to and one
-- row for each line at today's price and stock, or one without a line. The customer is held already by whoever
-- comes here, so nobody changes the lines while the cart is waited for.
SELECT c.id, c.payment_method, c.coupon_id, c.delivery, c.note, u.invoice_kind, u.invoice_value, u.invoice_title,
       l.sku_id, p.id AS product_id, p.name, s.option, p.picture, l.quantity, s.price, l.seen_price, s.stock, s.active,
       l.selected
FROM carts c JOIN customers u ON u.id = c.customer_id
LEFT JOIN (cart_lines l JOIN skus s ON s.id = l.sku_id JOIN products p ON p.id = s.product_id) ON l.cart_id = c.id
WHERE c.customer_id = :customer_id AND c.status = 'open'
ORDER BY l.added_at, l.sku_id
FOR NO KEY UPDATE OF c;

-- name: cart_create(customer_id)!
-- An empty cart; somebody with an open one keeps it.
INSERT INTO carts (customer_id) VALUES (:customer_id) ON CONFLICT (customer_id) WHERE status = 'open' DO NOTHING;

-- name: cart_line_set(cart_id, sku_id, quantity)!
-- So many of a SKU, at the price of now. What is new or changed is meant to be bought this time.
INSERT INTO cart_lines (cart_id, sku_id, quantity, seen_price)
SELECT :cart_id, id, :quantity, price FROM skus WHERE id = :sku_id
ON CONFLICT (cart_id, sku_id) DO UPDATE SET quantity = excluded.quantity, selected = true;

-- name: cart_line_remove(cart_id, sku_id)!
-- None of it.
DELETE FROM cart_lines WHERE cart_id = :cart_id AND sku_id = :sku_id;

-- name: cart_clear(cart_id)!
-- Nothing at all.
DELETE FROM cart_lines WHERE cart_id = :cart_id;

-- name: cart_prices_seen(cart_id)!
-- The customer has now been shown today's prices of what is bought this time.
UPDATE cart_lines l SET seen_price = s.price
FROM skus s WHERE l.cart_id = :cart_id AND l.selected AND s.id = l.sku_id AND l.seen_price <> s.price;

-- name: cart_set_payment_method(cart_id, method)!
-- How the customer means to pay.
UPDATE carts SET payment_method = :method WHERE id = :cart_id;

-- name: cart_set_coupon(cart_id, coupon_id)!
-- The coupon the customer means to use, or none.
UPDATE carts SET coupon_id = :coupon_id WHERE id = :cart_id;

-- name: cart_select(cart_id, sku_id, selected)!
-- Buy a line this time, or keep it for later.
UPDATE cart_lines SET selected = :selected WHERE cart_id = :cart_id AND sku_id = :sku_id;

-- name: cart_select_all(cart_id)!
-- Buy everything this time.
UPDATE cart_lines SET selected = true WHERE cart_id = :cart_id AND NOT selected;

-- name: cart_set_delivery(cart_id, delivery)!
-- How the parcel shall travel.
UPDATE carts SET delivery = :delivery WHERE id = :cart_id;

-- name: cart_set_note(cart_id, note)!
-- What the shop shall know.
UPDATE carts SET note = :note WHERE id = :cart_id;

-- name: cart_keep_rest(cart_id)!
-- What was not selected moves on to a new cart. The old one has just been ordered, so it is the only open one.
WITH fresh AS (
    INSERT INTO carts (customer_id, delivery) SELECT customer_id, delivery FROM carts WHERE id = :cart_id RETURNING id
)
UPDATE cart_lines SET cart_id = fresh.id FROM fresh WHERE cart_lines.cart_id = :cart_id AND NOT selected;
