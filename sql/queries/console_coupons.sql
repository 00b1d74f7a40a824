-- name: console_coupons(before_id, limit)
-- Coupons, newest first, from before an id on.
SELECT c.id, c.code, c.kind, c.value, c.cap, c.minimum, c.starts_at, c.ends_at, c.uses_limit, c.uses_per_customer,
       c.used, c.active, now() AS now
FROM coupons c WHERE c.id < :before_id ORDER BY c.id DESC LIMIT :limit;

-- name: console_coupon_lock(id)^
-- A coupon, held until the end of the transaction: no order uses it meanwhile.
SELECT id, code, kind, value, cap, minimum, starts_at, ends_at, uses_limit, uses_per_customer, used, active
FROM coupons WHERE id = :id FOR NO KEY UPDATE;

-- name: console_coupon_update(id, starts_at, ends_at, uses_limit, uses_per_customer, active)!
-- What may be changed of a coupon that was given out: when and how often it is good, and whether at all.
UPDATE coupons
SET starts_at = :starts_at, ends_at = :ends_at, uses_limit = :uses_limit, uses_per_customer = :uses_per_customer,
    active = :active
WHERE id = :id;

-- name: console_coupon_uses(coupon_id, before_id, limit)
-- The uses of a coupon, newest first, from before an id on.
SELECT u.id, u.reason, u.at, u.order_id, o.code, o.status, o.discount, o.total, u.customer_id, c.display_name
FROM coupon_uses u JOIN orders o ON o.id = u.order_id JOIN customers c ON c.id = u.customer_id
WHERE u.coupon_id = :coupon_id AND u.id < :before_id ORDER BY u.id DESC LIMIT :limit;
