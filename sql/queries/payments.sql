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

-- name: payment_hints(arrivals, order_id, look_ups)$
-- How many tokens posted to an attempt's own address wait, or came to nothing.
SELECT (SELECT count(*) FROM inbox WHERE lane = :arrivals AND status = 'waiting')
     + (SELECT count(*) FROM outbox WHERE order_id = :order_id AND lane = :look_ups
                                      AND kind = 'payment.look_up' AND status IN ('waiting', 'dropped'));

-- name: payments_undecided(provider)
-- Attempts that may be paid, oldest first.
SELECT id, order_id, attempt, provider, method, amount, status, provider_order_no, provider_ref,
       callback_key, pay_url, account_no, expires_at, last_error
FROM payments
WHERE status IN ('creating', 'waiting') AND provider = :provider
ORDER BY id;

-- name: payments_unwatched(limit)
-- Attempts that may be paid and that no job is about to look at.
SELECT p.id, p.order_id, p.status FROM payments p
WHERE p.status IN ('creating', 'waiting')
  AND NOT EXISTS (SELECT 1 FROM outbox t
                  WHERE t.order_id = p.order_id AND t.status = 'waiting'
                    AND t.kind IN ('payment.create', 'payment.check'))
ORDER BY p.id LIMIT :limit;

-- name: payment_by_order_no(provider, provider_order_no)^
-- The attempt with this number of ours at the provider.
SELECT id, order_id, attempt, provider, method, amount, status, provider_order_no, provider_ref,
       callback_key, pay_url, account_no, expires_at, last_error
FROM payments WHERE provider = :provider AND provider_order_no = :provider_order_no;

-- name: moves_between(provider, since, until)
-- Money of one provider that moved in a span of time.
SELECT p.provider_order_no, m.kind = 'Refund' AS refund, abs(m.amount) AS amount, m.reference, m.moved_at
FROM money_moves m JOIN payments p ON p.id = m.payment_id
WHERE m.moved_at >= :since AND m.moved_at < :until AND p.provider = :provider AND left(m.reference, 5) <> 'hand:'
ORDER BY m.id;

-- name: moves_of_order_nos(provider, order_nos)
-- All money on record of some attempts, by our numbers at the provider.
SELECT p.provider_order_no, m.kind = 'Refund' AS refund, abs(m.amount) AS amount, m.reference, m.moved_at
FROM payments p JOIN money_moves m ON m.order_id = p.order_id AND m.payment_id = p.id
WHERE p.provider = :provider AND p.provider_order_no = ANY (:order_nos::text[]) AND left(m.reference, 5) <> 'hand:'
ORDER BY m.id;

-- name: case_was_opened(kind, reference)$
-- Whether a difference was found before, be it settled or not.
SELECT EXISTS (SELECT 1 FROM cases WHERE kind = :kind AND reference = :reference);

-- name: daily_put(payload, delay_seconds)!
-- The comparison of a day, unless it has a job.
INSERT INTO outbox (kind, payload, available_at)
VALUES ('reconcile.daily', :payload::jsonb, now() + make_interval(secs => :delay_seconds))
ON CONFLICT ((payload ->> 'day')) WHERE kind = 'reconcile.daily' DO NOTHING;

-- name: daily_waits()$
-- Whether the comparison of some day is still to come.
SELECT EXISTS (SELECT 1 FROM outbox WHERE kind = 'reconcile.daily' AND status = 'waiting');
