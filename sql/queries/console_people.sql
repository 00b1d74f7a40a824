-- name: console_customer(id)^
-- A customer for the console, not locked.
SELECT id, display_name, friend, language, recipient_name, phone, address, created_at, last_seen_at, erased_at,
       no_promotions_since, coalesce(human_until > now(), false) AS with_human,
       (SELECT count(*) FROM orders WHERE customer_id = :id) AS orders
FROM customers WHERE id = :id;

-- name: console_customers(name, phone, before_id, limit)
-- A page of customers, newest first, all or by the beginning of a name or number.
SELECT id, display_name, friend, recipient_name, phone, created_at, last_seen_at, erased_at,
       coalesce(human_until > now(), false) AS with_human,
       (SELECT count(*) FROM orders o WHERE o.customer_id = c.id) AS orders
FROM customers c
WHERE (:name::text IS NULL OR display_name LIKE :name OR recipient_name LIKE :name OR phone LIKE :phone)
  AND (:before_id::bigint IS NULL OR id < :before_id)
ORDER BY id DESC LIMIT :limit;

-- name: review_reason(id, reason)!
-- Why a review is hidden; empty when it is shown.
UPDATE reviews SET hidden_reason = :reason WHERE id = :id;

-- name: review_lock(id)^
-- A review, held until the end of the transaction.
SELECT id, stars, words, hidden_at IS NOT NULL AS hidden, hidden_reason FROM reviews WHERE id = :id FOR NO KEY UPDATE;

-- name: reviews_reasons(ids)
-- Why some reviews are hidden.
SELECT id, hidden_reason FROM reviews WHERE id = ANY (:ids::bigint[]) AND hidden_reason <> '';

-- name: staff_list()
-- Everybody of the console.
SELECT id, login, name, role, language, active, totp_confirmed_at IS NOT NULL AS totp, created_at,
       (SELECT max(s.last_seen_at) FROM staff_sessions s WHERE s.user_id = u.id AND s.stage = 'open') AS seen_at
FROM staff_users u ORDER BY active DESC, id;

-- name: staff_lock(id)^
-- One person of the console, held until the end of the transaction.
SELECT id, login, name, role, active FROM staff_users WHERE id = :id FOR NO KEY UPDATE;

-- name: staff_lock_owners()
-- Everybody who owns the console and may come in, held in one order, so that the last one stays.
SELECT id FROM staff_users WHERE role = 'owner' AND active ORDER BY id FOR NO KEY UPDATE;

-- name: staff_edit(id, name, role, active)!
-- What the owner may change of somebody.
UPDATE staff_users SET name = :name, role = :role, active = :active WHERE id = :id;

-- name: staff_password_once(id, once)!
-- Whether the password must be replaced at the next log-in.
UPDATE staff_users SET password_once = :once WHERE id = :id;
