-- name: customer_lock(line_user_id)^
-- A customer by LINE user id, held until the end of the transaction; also notes that they were seen, and
-- charges their token bucket: 20 at once, one more each second. Below 0 it was refused, and cost nothing.
UPDATE customers
SET last_seen_at = now(),
    pace_left = least(20, pace_left + (pace_left < 0)::int
                          + greatest(0, extract(epoch FROM now() - last_seen_at))::float8) - 1
WHERE line_user_id = :line_user_id
RETURNING id, line_user_id, display_name, language, friend, dialog, recipient_name, phone, address,
          human_until, human_order_id, pace_left;

-- name: customer_lock_by_id(id)^
-- A customer by our id, held until the end of the transaction.
SELECT id, line_user_id, display_name, language, friend, dialog, recipient_name, phone, address,
       human_until, human_order_id, pace_left
FROM customers WHERE id = :id FOR NO KEY UPDATE;

-- name: customer_create(line_user_id)!
-- Somebody new; two events at once make one row.
INSERT INTO customers (line_user_id) VALUES (:line_user_id) ON CONFLICT (line_user_id) DO NOTHING;

-- name: customer_set_friend(id, friend)!
-- Follows the account, or no longer.
UPDATE customers SET friend = :friend WHERE id = :id;

-- name: customer_set_dialog(id, dialog)!
-- The question waiting for an answer.
UPDATE customers SET dialog = :dialog::jsonb WHERE id = :id;

-- name: customer_remember_details(id, name, phone, address)!
-- Where parcels go, for next time too.
UPDATE customers SET recipient_name = :name, phone = :phone, address = :address WHERE id = :id;

-- name: customer_keep_token(id, token, until)!
-- A reply token nobody has used yet; the newest lives longest.
UPDATE customers SET reply_token = :token, reply_token_until = :until WHERE id = :id;

-- name: customer_take_token(id)^
-- Hand out the kept reply token once. The self-join shows the values from before the update.
UPDATE customers c
SET reply_token = NULL, reply_token_until = NULL
FROM customers before
WHERE c.id = :id AND before.id = c.id AND c.reply_token IS NOT NULL AND c.reply_token_until > now()
RETURNING before.reply_token AS token, before.reply_token_until AS until;
