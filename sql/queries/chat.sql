-- name: chat_payment_newest(order_id)^
-- The latest attempt to pay an order by the method that was chosen last.
SELECT p.id, p.order_id, p.attempt, p.method, p.status, p.pay_url, p.account_no, p.expires_at, p.last_error
FROM payments p JOIN orders o ON o.id = p.order_id AND o.payment_method = p.method
WHERE p.order_id = :order_id
ORDER BY p.attempt DESC LIMIT 1;

-- name: chat_payment_is_asked(order_id)$
-- Is the worker about to open a way to pay?
SELECT EXISTS (
    SELECT 1 FROM outbox WHERE order_id = :order_id AND kind = 'payment.create' AND status = 'waiting'
);

-- name: chat_orders_contents(order_ids)
-- What orders are about: the name of the first line, and the number of pieces.
SELECT order_id, (array_agg(product_name ORDER BY sku_id))[1] AS name, sum(quantity)::int AS pieces
FROM order_lines WHERE order_id = ANY (:order_ids::bigint[])
GROUP BY order_id;
