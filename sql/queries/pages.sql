-- name: details_of_customer(id)^
-- What the page for delivery details shows of a customer and their open cart; read without a lock.
SELECT u.line_user_id, u.recipient_name, u.phone, u.address,
       coalesce(c.delivery, 'home') AS delivery, coalesce(c.note, '') AS note,
       u.invoice_kind, u.invoice_value, u.invoice_title
FROM customers u LEFT JOIN carts c ON c.customer_id = u.id AND c.status = 'open'
WHERE u.id = :id;

-- name: result_of_payment(id)^
-- How an attempt to pay went, as far as the shop knows. asking: a callback about it is being looked up;
-- outcome: what its (latest) money has done to the order; received, returned: TWD in and back again.
SELECT o.code, o.status AS order_status, c.line_user_id,
       p.method, p.amount, p.account_no, p.status, p.expires_at, p.last_error,
       EXISTS (SELECT 1 FROM inbox i
               WHERE i.lane = 'payment:' || p.id AND i.source = p.provider AND i.status = 'waiting')
       OR EXISTS (SELECT 1 FROM outbox b
                  WHERE b.order_id = p.order_id AND b.kind = 'payment.look_up' AND b.status = 'waiting'
                    AND b.payload ->> 'payment_id' = p.id::text) AS asking,
       (SELECT e.data ->> 'outcome'
        FROM money_moves m
        JOIN order_events e ON e.order_id = m.order_id AND e.kind = 'money_arrived'
                           AND e.data ->> 'reference' = m.reference
        WHERE m.order_id = p.order_id AND m.payment_id = p.id AND m.kind = 'PayOut'
        ORDER BY m.id DESC LIMIT 1) AS outcome,
       money.received, money.returned, money.received_at
FROM payments p
JOIN orders o ON o.id = p.order_id
JOIN customers c ON c.id = o.customer_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(m.amount) FILTER (WHERE m.kind = 'PayOut'), 0) AS received,
           -coalesce(sum(m.amount) FILTER (WHERE m.kind = 'Refund'), 0) AS returned,
           max(m.moved_at) FILTER (WHERE m.kind = 'PayOut') AS received_at
    FROM money_moves m WHERE m.order_id = p.order_id AND m.payment_id = p.id
) money
WHERE p.id = :id;
