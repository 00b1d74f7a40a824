-- name: quota_now()^
-- What is known of this month's messages.
SELECT monthly, used, read_at, refused_at FROM line_quota;

-- name: quota_take(count, spare, pause_seconds)!
-- Count so many messages, if `spare` are left after them and LINE has not just refused one. What is not known is tried.
UPDATE line_quota SET used = used + :count
WHERE (read_at IS NULL OR monthly IS NULL OR monthly - used >= :spare + :count)
  AND (refused_at IS NULL OR refused_at < now() - make_interval(secs => :pause_seconds));

-- name: quota_claim_reading(every_seconds)!
-- Whose turn it is to ask LINE: one caller's, every so often.
UPDATE line_quota SET asked_at = now()
WHERE asked_at IS NULL OR asked_at < now() - make_interval(secs => :every_seconds);

-- name: quota_store(monthly, used)!
-- What LINE has just said.
UPDATE line_quota SET monthly = :monthly, used = :used, read_at = now(), asked_at = now();

-- name: quota_refused()!
-- LINE has refused a push for lack of quota; ask anew before the next one.
UPDATE line_quota SET refused_at = now(), asked_at = NULL;

-- name: held_any()$
-- Is there news for anybody that could not be sent?
SELECT EXISTS (SELECT 1 FROM outbox WHERE status = 'waiting' AND left(lane, 5) = 'held:');

-- name: held_list(lane, except_id, slots)
-- The news kept for one customer, oldest first, held until the end of the transaction.
SELECT id, kind, order_id, payload FROM outbox
WHERE status = 'waiting' AND lane = :lane AND id <> :except_id AND (leased_until IS NULL OR leased_until < now())
ORDER BY id LIMIT :slots
FOR UPDATE SKIP LOCKED;

-- name: held_close(ids, status, outcome)!
-- The news goes out with another message, or is none any more.
UPDATE outbox SET status = :status, outcome = :outcome, finished_at = now(), lease = NULL, leased_until = NULL
WHERE id = ANY (:ids::bigint[]) AND status = 'waiting';

-- name: profile_ask(id)!
-- Ask LINE about a customer, once.
UPDATE customers SET profile_asked_at = now() WHERE id = :id AND profile_asked_at IS NULL;

-- name: profile_store(id, display_name, language)!
-- What LINE knows of a customer; a language they chose themselves stays.
UPDATE customers
SET display_name = :display_name,
    language = CASE WHEN language_chosen THEN language ELSE coalesce(:language, language) END
WHERE id = :id;

-- name: language_choose(id, language)!
-- The customer wants to be spoken to in this language from now on.
UPDATE customers SET language = :language, language_chosen = true WHERE id = :id;

-- name: payment_is_being_opened(customer_id)$
-- Is the bank being asked, for one of the customer's orders, for a way to pay?
SELECT EXISTS (
    SELECT 1 FROM orders o JOIN outbox j ON j.order_id = o.id
    WHERE o.customer_id = :customer_id AND o.status = 'pending'
      AND j.kind = 'payment.create' AND j.status = 'waiting'
);

-- name: customers_of_language(language)
-- Who follows the shop and is spoken to in this language.
SELECT line_user_id FROM customers WHERE language = :language AND friend ORDER BY id;
