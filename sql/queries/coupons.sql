-- name: coupon_insert(code, kind, value, cap, minimum, starts_at, ends_at, uses_limit, uses_per_customer)^
-- A new coupon, unless its code is taken; without starts_at it is good from now on.
INSERT INTO coupons (code, kind, value, cap, minimum, starts_at, ends_at, uses_limit, uses_per_customer)
VALUES (:code, :kind, :value, :cap, :minimum, coalesce(:starts_at, now()), :ends_at, :uses_limit, :uses_per_customer)
ON CONFLICT (code) DO NOTHING
RETURNING id, code, kind, value, cap, minimum, starts_at, ends_at, uses_limit, uses_per_customer, used, active;

-- name: coupon_by_id(id)^
-- A coupon.
SELECT id, code, kind, value, cap, minimum, starts_at, ends_at, uses_limit, uses_per_customer, used, active
FROM coupons WHERE id = :id;

-- name: coupon_by_code(code)^
-- A coupon by what people type, in its normal form.
SELECT id, code, kind, value, cap, minimum, starts_at, ends_at, uses_limit, uses_per_customer, used, active
FROM coupons WHERE code = :code;

-- name: coupon_used_by(coupon_id, customer_id)^
-- How many uses of a coupon a customer holds, and the time by which its period is judged.
SELECT count(*) FILTER (WHERE reason = 'used') - count(*) FILTER (WHERE reason = 'returned') AS uses, now() AS now
FROM coupon_uses WHERE coupon_id = :coupon_id AND customer_id = :customer_id;

-- name: coupon_take(coupon_id, order_id, customer_id, round, actor)!
-- Use a coupon for an order. Where its limit is reached there is no used_after, and its NOT NULL undoes
-- the transaction: the ledger cannot hold a use that did not happen.
WITH taken AS (
    UPDATE coupons SET used = used + 1
    WHERE id = :coupon_id AND (uses_limit IS NULL OR used < uses_limit) RETURNING used
)
INSERT INTO coupon_uses (coupon_id, order_id, customer_id, round, reason, used_after, actor)
VALUES (:coupon_id, :order_id, :customer_id, :round, 'used', (SELECT used FROM taken), :actor);

-- name: coupon_return(coupon_id, order_id, customer_id, round, actor)!
-- Give the use of a coupon back; a second time breaks coupon_uses_once_per_order.
WITH given AS (
    UPDATE coupons SET used = used - 1 WHERE id = :coupon_id RETURNING used
)
INSERT INTO coupon_uses (coupon_id, order_id, customer_id, round, reason, used_after, actor)
VALUES (:coupon_id, :order_id, :customer_id, :round, 'returned', (SELECT used FROM given), :actor);
