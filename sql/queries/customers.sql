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

-- name: customer_language(line_user_id)$
-- The language of somebody at LINE, if they were ever met.
SELECT language FROM customers WHERE line_user_id = :line_user_id;

-- name: customer_create(line_user_id)!
-- Somebody new; two events at once make one row.
INSERT INTO customers (line_user_id) VALUES (:line_user_id) ON CONFLICT (line_user_id) DO NOTHING;

-- name: customer_set_friend(id, friend)!
-- Follows the account, or no longer.
UPDATE customers SET friend = :friend WHERE id = :id;

-- name: customer_set_dialog(id, dialog)!
-- The question waiting for an answer.
UPDATE customers SET dialog = :dialog::jsonb WHERE id = :id;

-- name: customer_dialog_said_in(line_user_id, line_message_id)$
-- The dialog of a customer of which some part came from this message, held until the end of the transaction.
SELECT dialog FROM customers
WHERE line_user_id = :line_user_id
  AND jsonb_path_exists(dialog, '$.said_in.*[*] ? (@ == $id)', jsonb_build_object('id', :line_message_id::text))
FOR NO KEY UPDATE;

-- name: customer_forget_dialog(line_user_id, dialog)!
-- The dialog without what was taken back.
UPDATE customers SET dialog = :dialog::jsonb WHERE line_user_id = :line_user_id;

-- name: customer_remember_details(id, name, phone, address)!
-- Where parcels go at home, for next time too.
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

-- name: customer_set_invoice(id, kind, value, title)!
-- How the customer wants the invoice, for next time too.
UPDATE customers SET invoice_kind = :kind, invoice_value = :value, invoice_title = :title WHERE id = :id;

-- name: address_keep(customer_id, delivery, name, phone, address, store_brand, store_code, store_name)!
-- An address that was given, or used again. clock_timestamp, because two may be kept in one transaction.
INSERT INTO addresses (customer_id, delivery, name, phone, address, store_brand, store_code, store_name, used_at)
VALUES (:customer_id, :delivery, :name, :phone, :address, :store_brand, :store_code, :store_name, clock_timestamp())
ON CONFLICT (customer_id, delivery, name, phone, address) DO UPDATE SET used_at = excluded.used_at;

-- name: addresses_trim(customer_id, keep)!
-- Only the few used last are kept.
DELETE FROM addresses WHERE id IN (
    SELECT id FROM addresses WHERE customer_id = :customer_id ORDER BY used_at DESC, id DESC OFFSET :keep
);

-- name: addresses_of(customer_id)
-- Where a customer has had parcels sent, the one used last first.
SELECT id, delivery, name, phone, address, store_brand, store_code, store_name
FROM addresses WHERE customer_id = :customer_id ORDER BY used_at DESC, id DESC;

-- name: address_latest_pickup(customer_id)^
-- Where they picked up a parcel last.
SELECT id, delivery, name, phone, address, store_brand, store_code, store_name
FROM addresses WHERE customer_id = :customer_id AND delivery = 'cvs' ORDER BY used_at DESC, id DESC LIMIT 1;

-- name: address_forget(customer_id, id)!
-- One of a customer's addresses, no more.
DELETE FROM addresses WHERE customer_id = :customer_id AND id = :id;

-- name: addresses_forget_all(customer_id)!
-- None of them.
DELETE FROM addresses WHERE customer_id = :customer_id;
