-- name: refund_insert(order_id, payment_id, key, amount, restock, reason, actor)^
-- A wish to give money back, unless more would be promised than is held of that payment.
INSERT INTO refunds (order_id, payment_id, key, amount, restock, reason, actor)
SELECT :order_id, p.id, :key, :amount, :restock, :reason, :actor
FROM payments p
WHERE p.id = :payment_id AND p.order_id = :order_id
  AND (SELECT coalesce(sum(m.amount), 0) FROM money_moves m
       WHERE m.order_id = p.order_id AND m.payment_id = p.id)
    - (SELECT coalesce(sum(r.amount), 0) FROM refunds r
       WHERE r.payment_id = p.id AND r.status IN ('asked', 'sending', 'accepted')) >= :amount
RETURNING id, order_id, payment_id, key, amount, restock, reason, actor, status, seen, sent_at, provider_ref,
          problem_code, problem, created_at;

-- name: refund_by_id(id)^
-- A refund.
SELECT id, order_id, payment_id, key, amount, restock, reason, actor, status, seen, sent_at, provider_ref,
       problem_code, problem, created_at
FROM refunds WHERE id = :id;

-- name: refund_by_key(order_id, key)^
-- The refund that this wish has become.
SELECT id, order_id, payment_id, key, amount, restock, reason, actor, status, seen, sent_at, provider_ref,
       problem_code, problem, created_at
FROM refunds WHERE order_id = :order_id AND key = :key;

-- name: refunds_of_order(order_id)
-- The refunds of an order, oldest first.
SELECT id, order_id, payment_id, key, amount, restock, reason, actor, status, seen, sent_at, provider_ref,
       problem_code, problem, created_at
FROM refunds WHERE order_id = :order_id ORDER BY id;

-- name: refunds_of_payment(payment_id)
-- The refunds of a payment, oldest first.
SELECT id, order_id, payment_id, key, amount, restock, reason, actor, status, seen, sent_at, provider_ref,
       problem_code, problem, created_at
FROM refunds WHERE payment_id = :payment_id ORDER BY id;

-- name: refunds_open(provider)
-- Refunds the bank was told of whose end is open, oldest first.
SELECT r.id FROM refunds r JOIN payments p ON p.id = r.payment_id
WHERE r.status IN ('sending', 'accepted') AND p.provider = :provider
ORDER BY r.created_at;

-- name: refunds_unwatched(limit)
-- Refunds under way that no job is about to look at, oldest first.
SELECT r.id, r.order_id, r.payment_id, r.status FROM refunds r
WHERE r.status IN ('asked', 'sending', 'accepted')
  AND NOT EXISTS (SELECT 1 FROM outbox t
                  WHERE t.order_id = r.order_id AND t.status = 'waiting' AND t.kind IN ('refund.send', 'refund.check')
                    AND t.payload ->> 'refund_id' = r.id::text)
ORDER BY r.created_at LIMIT :limit;

-- name: refund_holdings(order_id)
-- What is held of each payment of an order, and what of it is promised to refunds under way, in TWD.
SELECT p.id AS payment_id, p.method, p.amount, p.provider_ref,
       (SELECT coalesce(sum(m.amount), 0) FROM money_moves m
        WHERE m.order_id = p.order_id AND m.payment_id = p.id)::int AS held,
       (SELECT coalesce(sum(r.amount), 0) FROM refunds r
        WHERE r.payment_id = p.id AND r.status IN ('asked', 'sending', 'accepted'))::int AS promised
FROM payments p WHERE p.order_id = :order_id ORDER BY p.attempt;

-- name: refund_set_sending(id, seen)!
-- asked -> sending, or sending once more after a look: from here on the bank may know of it.
UPDATE refunds SET status = 'sending', seen = :seen, sent_at = now(), updated_at = now()
WHERE id = :id AND status IN ('asked', 'sending');

-- name: refund_put_back(id)!
-- sending -> asked: the bank was not told after all.
UPDATE refunds SET status = 'asked', updated_at = now() WHERE id = :id AND status = 'sending';

-- name: refund_accept(id)!
-- sending -> accepted.
UPDATE refunds SET status = 'accepted', updated_at = now() WHERE id = :id AND status = 'sending';

-- name: refund_finish(id, provider_ref)!
-- The money is back.
UPDATE refunds SET status = 'done', provider_ref = :provider_ref, updated_at = now()
WHERE id = :id AND status IN ('sending', 'accepted');

-- name: refund_fail(id, code, problem, provider_ref)!
-- The bank said no, at once or later.
UPDATE refunds
SET status = 'failed', problem_code = :code, problem = :problem, provider_ref = :provider_ref, updated_at = now()
WHERE id = :id AND status IN ('asked', 'sending', 'accepted');

-- name: refund_by_hand(id, provider_ref)!
-- failed -> done, as long as the money it is about is still held and promised to nobody else.
UPDATE refunds r SET status = 'done', provider_ref = coalesce(r.provider_ref, :provider_ref), updated_at = now()
WHERE r.id = :id AND r.status = 'failed'
  AND (SELECT coalesce(sum(m.amount), 0) FROM money_moves m
       WHERE m.order_id = r.order_id AND m.payment_id = r.payment_id)
    - (SELECT coalesce(sum(o.amount), 0) FROM refunds o
       WHERE o.payment_id = r.payment_id AND o.status IN ('asked', 'sending', 'accepted')) >= r.amount;

-- name: order_set_refunding(id)!
-- paid, preparing, shipped or completed -> refunding: everything that was paid goes back.
UPDATE orders SET status = 'refunding', closed_at = coalesce(closed_at, now())
WHERE id = :id AND status IN ('paid', 'preparing', 'shipped', 'completed') AND payment_method <> 'cod';

-- name: order_set_refunded(id)!
-- refunding -> refunded: all money is back.
UPDATE orders SET status = 'refunded' WHERE id = :id AND status = 'refunding';

-- name: stock_is_back(order_id, round)$
-- Whether an order has given its stock of this round back.
SELECT EXISTS (SELECT 1 FROM stock_moves WHERE order_id = :order_id AND round = :round AND reason = 'returned');

-- name: case_note(kind, order_id, reference, data)!
-- Something new about a case that is open, or a new case.
INSERT INTO cases (kind, order_id, reference, data) VALUES (:kind, :order_id, :reference, :data::jsonb)
ON CONFLICT (kind, order_id, reference) WHERE closed_at IS NULL DO UPDATE SET data = cases.data || excluded.data;

-- name: cases_close_paid_back(order_id, reference, closed_by, resolution)!
-- Money that was due back is back.
UPDATE cases SET closed_at = now(), closed_by = :closed_by, resolution = :resolution
WHERE order_id = :order_id AND reference = :reference AND kind IN ('refund_due', 'amount_mismatch')
  AND closed_at IS NULL;
