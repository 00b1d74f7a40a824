-- name: handoff_begin(id, order_id, seconds)!
-- The bot is quiet for this customer from now on.
UPDATE customers SET human_until = now() + make_interval(secs => :seconds), human_order_id = :order_id WHERE id = :id;

-- name: handoff_goes_on(id, seconds)!
-- Somebody said something: the silence begins anew.
UPDATE customers SET human_until = now() + make_interval(secs => :seconds) WHERE id = :id AND human_until > now();

-- name: handoff_end(id)!
-- The bot talks again.
UPDATE customers SET human_until = NULL, human_order_id = NULL WHERE id = :id;

-- name: case_is_open(kind, reference)$
-- Is there an open case of this kind about this thing?
SELECT EXISTS (SELECT 1 FROM cases WHERE kind = :kind AND reference = :reference AND closed_at IS NULL);

-- name: cases_close(kind, reference, closed_by, resolution)!
-- What the cases were about has come to an end.
UPDATE cases SET closed_at = now(), closed_by = :closed_by, resolution = :resolution
WHERE kind = :kind AND reference = :reference AND closed_at IS NULL;

-- name: owners_greet(line_user_ids)!
-- The merchant's own LINE accounts are customers too; those that never wrote are made known.
INSERT INTO customers (line_user_id) SELECT unnest(:line_user_ids::text[]) ON CONFLICT (line_user_id) DO NOTHING;

-- name: owners_list(line_user_ids)
-- The merchant's own LINE accounts, not locked: they may be talking to the shop themselves.
SELECT id, line_user_id, language FROM customers WHERE line_user_id = ANY (:line_user_ids::text[]) ORDER BY id;

-- name: message_keep(customer_id, order_id, direction, kind, body, line_message_id, actor)$
-- Something that was said while the bot was quiet; its id.
INSERT INTO messages (customer_id, order_id, direction, kind, body, line_message_id, actor)
VALUES (:customer_id, :order_id, :direction, :kind, :body, :line_message_id, :actor)
RETURNING id;

-- name: messages_of_customer(customer_id, before_id, limit)
-- One customer's talk, newest first, from before an id on.
SELECT id, customer_id, order_id, direction, kind, body, actor, at, unsent_at
FROM messages WHERE customer_id = :customer_id AND id < :before_id ORDER BY id DESC LIMIT :limit;

-- name: messages_unsend(lane, line_message_id)!
-- A message of the talk that was taken back.
UPDATE messages m SET body = '', unsent_at = now()
FROM customers c
WHERE c.line_user_id = :lane AND m.customer_id = c.id AND m.line_message_id = :line_message_id
  AND m.unsent_at IS NULL;

-- name: reviews_unsend(lane, line_message_id)!
-- A review whose words were taken back; its stars were tapped and stay.
UPDATE reviews r SET words = '', line_message_id = ''
FROM customers c
WHERE c.line_user_id = :lane AND r.customer_id = c.id AND r.line_message_id = :line_message_id;

-- name: inbox_unsend(lane, line_message_id)!
-- The stored event of a message that was taken back loses its words.
UPDATE inbox SET payload = payload #- '{message,text}'
WHERE source = 'line' AND status <> 'waiting' AND lane = :lane
  AND payload #>> '{message,id}' = :line_message_id;

-- name: messages_forget_old(days, limit)!
-- The talk that is older than it is kept.
DELETE FROM messages WHERE id IN (
    SELECT id FROM messages WHERE at < now() - make_interval(days => :days) ORDER BY at LIMIT :limit
    FOR UPDATE SKIP LOCKED
);

-- name: inbox_has_newer(id, lane)$
-- Does a later event of the same customer wait?
SELECT EXISTS (SELECT 1 FROM inbox WHERE lane = :lane AND id > :id AND status = 'waiting');

-- name: inbox_put_off(id, seconds)!
-- The same event again, a little later; it keeps its place before whatever comes now.
INSERT INTO inbox (source, event_key, lane, payload, received_at, available_at)
SELECT source, event_key || '+', lane, payload, received_at, now() + make_interval(secs => :seconds)
FROM inbox WHERE id = :id
ON CONFLICT (source, event_key) DO NOTHING;

-- name: customer_slow_down(id, seconds)!
-- May they be asked to slow down (again)? Once in so many seconds.
UPDATE customers SET slowed_at = now()
WHERE id = :id AND (slowed_at IS NULL OR slowed_at <= now() - make_interval(secs => :seconds));

-- name: review_stars(order_id, sku_id, customer_id, stars, name)!
-- Stars for a line of a completed order of this customer; given again, they are changed.
INSERT INTO reviews (order_id, sku_id, customer_id, stars, name)
SELECT o.id, l.sku_id, o.customer_id, :stars, :name
FROM orders o JOIN order_lines l ON l.order_id = o.id
WHERE o.id = :order_id AND l.sku_id = :sku_id AND o.customer_id = :customer_id AND o.status = 'completed'
ON CONFLICT (order_id, sku_id) DO UPDATE
SET stars = excluded.stars, name = excluded.name, written_at = now();

-- name: review_words(order_id, sku_id, customer_id, words, line_message_id)!
-- Words to the stars, or none.
UPDATE reviews SET words = :words, line_message_id = :line_message_id, written_at = now()
WHERE order_id = :order_id AND sku_id = :sku_id AND customer_id = :customer_id;

-- name: reviews_of_order(order_id)
-- What was said of an order's lines.
SELECT id, order_id, sku_id, customer_id, stars, words, name, written_at, hidden_at IS NOT NULL AS hidden
FROM reviews WHERE order_id = :order_id ORDER BY sku_id;

-- name: reviews_of_product(product_id, limit)
-- How a product is rated (the same in every row) and the latest reviews that have words; no row without reviews.
SELECT a.count, a.average, r.stars, r.words, r.name, r.written_at
FROM (
    SELECT count(*)::int AS count, avg(v.stars)::float8 AS average
    FROM skus s JOIN reviews v ON v.sku_id = s.id AND v.hidden_at IS NULL
    WHERE s.product_id = :product_id
) a
LEFT JOIN LATERAL (
    SELECT v.id, v.stars, v.words, v.name, v.written_at
    FROM skus s JOIN reviews v ON v.sku_id = s.id AND v.hidden_at IS NULL
    WHERE s.product_id = :product_id AND v.words <> ''
    ORDER BY v.id DESC LIMIT :limit
) r ON true
WHERE a.count > 0
ORDER BY r.id DESC;

-- name: reviews_list(before_id, limit)
-- All reviews for the console, newest first, from before an id on, with what they are about.
SELECT r.id, r.order_id, r.sku_id, r.customer_id, r.stars, r.words, r.name, r.written_at,
       r.hidden_at IS NOT NULL AS hidden, l.product_name, l.option, o.code
FROM reviews r
JOIN order_lines l ON l.order_id = r.order_id AND l.sku_id = r.sku_id
JOIN orders o ON o.id = r.order_id
WHERE r.id < :before_id ORDER BY r.id DESC LIMIT :limit;

-- name: review_set_hidden(id, hidden)!
-- Shown to customers, or not; how it was already changes nothing.
UPDATE reviews SET hidden_at = CASE WHEN :hidden THEN now() END
WHERE id = :id AND (hidden_at IS NOT NULL) <> :hidden;

-- name: wish_make(customer_id, sku_id)!
-- Wait for a SKU; who waits already keeps the place in the queue.
INSERT INTO wishes (customer_id, sku_id) VALUES (:customer_id, :sku_id)
ON CONFLICT (customer_id, sku_id) DO UPDATE SET wished_at = now(), told_at = NULL
WHERE wishes.told_at IS NOT NULL;

-- name: wish_drop(customer_id, sku_id)!
-- No longer wanted.
DELETE FROM wishes WHERE customer_id = :customer_id AND sku_id = :sku_id;

-- name: wish_wait_again(customer_id, sku_id)!
-- It was gone again before they could be told: back to the old place in the queue.
UPDATE wishes SET told_at = NULL WHERE customer_id = :customer_id AND sku_id = :sku_id;

-- name: wishes_tell(per_piece, limit)
-- Those who are to be told now, marked as told: first come first served, of each SKU that is back at most
-- `per_piece` for each piece since its stock last rose from nothing.
WITH RECURSIVE wanted AS (
    (SELECT sku_id FROM wishes WHERE told_at IS NULL ORDER BY sku_id LIMIT 1)
    UNION ALL
    SELECT next.sku_id
    FROM wanted CROSS JOIN LATERAL (
        SELECT sku_id FROM wishes WHERE told_at IS NULL AND sku_id > wanted.sku_id ORDER BY sku_id LIMIT 1
    ) AS next
), back AS (
    SELECT s.id, s.stock::bigint * :per_piece - (
        SELECT count(*) FROM wishes t
        WHERE t.sku_id = s.id AND t.told_at >= coalesce((
            SELECT m.moved_at FROM stock_moves m
            WHERE m.sku_id = s.id AND m.delta > 0 AND m.stock_after = m.delta ORDER BY m.id DESC LIMIT 1
        ), '-infinity')
    ) AS room
    FROM wanted JOIN skus s ON s.id = wanted.sku_id
    WHERE s.stock > 0 AND s.active
), next_in_line AS MATERIALIZED (
    SELECT first.id
    FROM back CROSS JOIN LATERAL (
        SELECT w.id FROM wishes w JOIN customers c ON c.id = w.customer_id
        WHERE w.sku_id = back.id AND w.told_at IS NULL AND c.friend
        ORDER BY w.wished_at, w.id LIMIT greatest(back.room, 0)
        FOR UPDATE OF w SKIP LOCKED
    ) AS first
    LIMIT :limit
)
UPDATE wishes SET told_at = now() WHERE id IN (SELECT id FROM next_in_line)
RETURNING id, customer_id, sku_id;

-- name: erase_customer(id, line_user_id)!
-- Nothing of a person is left in the row. A new line_user_id cuts the tie to LINE; NULL keeps it.
UPDATE customers
SET display_name = '', recipient_name = '', phone = '', address = '', dialog = NULL,
    invoice_kind = 'paper', invoice_value = '', invoice_title = '',
    reply_token = NULL, reply_token_until = NULL, human_until = NULL, human_order_id = NULL,
    no_promotions_since = coalesce(no_promotions_since, now()), erased_at = now(), line_user_id = coalesce(:line_user_id, line_user_id),
    friend = friend AND :line_user_id::text IS NULL
WHERE id = :id;

-- name: erase_messages(customer_id)!
-- The talk.
DELETE FROM messages WHERE customer_id = :customer_id;

-- name: erase_wishes(customer_id)!
-- What they waited for.
DELETE FROM wishes WHERE customer_id = :customer_id;

-- name: erase_cart_lines(customer_id)!
-- What they meant to buy. What they bought is in the orders.
DELETE FROM cart_lines USING carts
WHERE carts.id = cart_lines.cart_id AND carts.customer_id = :customer_id AND carts.status = 'open';

-- name: erase_carts(customer_id)!
-- The cart itself.
DELETE FROM carts WHERE customer_id = :customer_id AND status = 'open';

-- name: erase_cart_notes(customer_id)!
-- Notes in carts that were ordered; the orders keep their own.
UPDATE carts SET note = '' WHERE customer_id = :customer_id AND note <> '';

-- name: erase_review_names(customer_id)!
-- Their reviews stay without a name.
UPDATE reviews SET name = '', line_message_id = '' WHERE customer_id = :customer_id;

-- name: erase_inbox(lane)!
-- What LINE told us of them. The keys stay, so that a repeated event is still known.
UPDATE inbox SET payload = '{}', lane = 'erased', status = 'done'
WHERE source = 'line' AND status <> 'waiting' AND lane = :lane;

-- name: erase_outbox(lane)!
-- What was sent to them.
UPDATE outbox
SET payload = '{}', status = CASE WHEN status = 'dead' THEN 'dropped' ELSE status END
WHERE kind = 'line.message' AND status <> 'waiting' AND lane = :lane;

-- name: erase_held(lane)!
-- News kept for a customer whose tie to LINE is cut will find nobody.
UPDATE outbox SET payload = '{}', status = 'dropped', outcome = 'the customer was erased', finished_at = now()
WHERE status = 'waiting' AND lane = :lane AND (leased_until IS NULL OR leased_until < now());

-- name: erase_order_events(customer_id, actor)!
-- The history of each of their orders says that the tie to the person was cut.
INSERT INTO order_events (order_id, actor, kind)
SELECT id, :actor, 'customer_erased' FROM orders WHERE customer_id = :customer_id ORDER BY id;

-- name: orders_under_way(customer_id)$
-- How many orders still need word to be sent about them.
SELECT count(*) FROM orders o
WHERE o.customer_id = :customer_id
  AND (o.status IN ('pending', 'paid', 'preparing', 'shipped', 'refunding')
       OR EXISTS (SELECT 1 FROM cases c
                  WHERE c.kind = 'return_asked' AND c.order_id = o.id AND c.closed_at IS NULL));
