-- name: payment_insert(order_id, attempt, provider, method, amount, provider_order_no, callback_key, expires_at)^
-- A new attempt to pay; the database refuses a second live one.
INSERT INTO payments (order_id, attempt, provider, method, amount, status, provider_order_no, callback_key, expires_at)
VALUES (:order_id, :attempt, :provider, :method, :amount, 'creating', :provider_order_no, :callback_key, :expires_at)
RETURNING id, order_id, attempt, provider, method, amount, status, provider_order_no, provider_ref,
          callback_key, pay_url, account_no, expires_at, last_error;

-- name: payment_by_id(id)^
-- One attempt.
SELECT id, order_id, attempt, provider, method, amount, status, provider_order_no, provider_ref,
       callback_key, pay_url, account_no, expires_at, last_error
FROM payments WHERE id = :id;

-- name: payment_by_callback_key(callback_key)^
-- The attempt a callback is about.
SELECT id, order_id, attempt, provider, method, amount, status, provider_order_no, provider_ref,
       callback_key, pay_url, account_no, expires_at, last_error
FROM payments WHERE callback_key = :callback_key;

-- name: payments_of_order(order_id)
-- All attempts of an order, newest first.
SELECT id, order_id, attempt, provider, method, amount, status, provider_order_no, provider_ref,
       callback_key, pay_url, account_no, expires_at, last_error
FROM payments WHERE order_id = :order_id ORDER BY attempt DESC;

-- name: payment_set_waiting(id, provider_ref, pay_url, account_no)!
-- creating -> waiting: the provider knows it, the customer can pay.
UPDATE payments
SET status = 'waiting', provider_ref = :provider_ref, pay_url = :pay_url, account_no = :account_no,
    last_error = '', updated_at = now()
WHERE id = :id AND status = 'creating';

-- name: payment_set_paid(id, provider_ref)!
-- Money of this attempt has arrived, whatever was thought of it before.
UPDATE payments SET status = 'paid', provider_ref = coalesce(provider_ref, :provider_ref), updated_at = now()
WHERE id = :id AND status <> 'paid';

-- name: payment_close(id, status, error)!
-- A live attempt ends unpaid: failed, expired or cancelled.
UPDATE payments SET status = :status, last_error = :error, updated_at = now()
WHERE id = :id AND status IN ('creating', 'waiting');

-- name: payment_note_error(id, error)!
-- Why the last try to pay did not work; the attempt lives on.
UPDATE payments SET last_error = :error, updated_at = now() WHERE id = :id;

-- name: money_arrived(reference)^
-- What is on record of the money with this number of the provider.
SELECT amount, moved_at FROM money_moves WHERE reference = :reference AND kind = 'PayOut';
