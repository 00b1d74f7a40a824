-- After the sale: talking to a human, reviews, wishes; and what it takes to forget somebody.

ALTER TABLE customers
    ADD human_until     timestamptz,
    ADD human_order_id  bigint REFERENCES orders (id),
    ADD pace_left       double precision NOT NULL DEFAULT 20,
    ADD slowed_at       timestamptz,
    ADD erased_at       timestamptz;
COMMENT ON TABLE customers IS
    'People who talk to the shop. dialog is an unfinished question to them; recipient_name, phone and address are remembered for next time; reply_token is the latest one nobody has used (a free way to answer). profile_asked_at is when LINE was asked for name and language; language_chosen: they chose the language themselves, and LINE''s word counts no more. Until human_until the bot is quiet and a human talks, about human_order_id if that is set. pace_left is what the customer''s token bucket held at last_seen_at: below 0, that event came too fast; slowed_at is when they were last asked to slow down. erased_at: their data were erased on request and line_user_id is a random word.';

CREATE TABLE messages (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id      bigint NOT NULL REFERENCES customers (id),
    order_id         bigint REFERENCES orders (id),
    direction        text NOT NULL CHECK (direction IN ('in', 'out')),
    kind             text NOT NULL CHECK (kind <> ''),
    body             text NOT NULL,
    line_message_id  text NOT NULL DEFAULT '',
    actor            text NOT NULL,
    at               timestamptz NOT NULL DEFAULT now(),
    unsent_at        timestamptz
);
COMMENT ON TABLE messages IS
    'What customers and the shop''s people said to each other while the bot was quiet, about order_id if the talk began there. kind is LINE''s word for it (text, image, …); body is empty for what has no words and for what was taken back. Kept 180 days, then deleted by store/handoff.py; deleted at once when the customer asks to be forgotten.';
CREATE INDEX messages_customer ON messages (customer_id, id);
COMMENT ON INDEX messages_customer IS 'One customer''s talk, in order; also finds what one customer takes back among the few it has.';
CREATE INDEX messages_order ON messages (order_id, id) WHERE order_id IS NOT NULL;
COMMENT ON INDEX messages_order IS 'The talk about one order, for its page in the console.';
CREATE INDEX messages_at ON messages (at);
COMMENT ON INDEX messages_at IS 'What is older than 180 days is found without reading the rest.';

CREATE TABLE reviews (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id         bigint NOT NULL,
    sku_id           bigint NOT NULL,
    customer_id      bigint NOT NULL REFERENCES customers (id),
    stars            smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
    words            text NOT NULL DEFAULT '',
    name             text NOT NULL DEFAULT '',
    line_message_id  text NOT NULL DEFAULT '',
    written_at       timestamptz NOT NULL DEFAULT now(),
    hidden_at        timestamptz,
    FOREIGN KEY (order_id, sku_id) REFERENCES order_lines (order_id, sku_id)
);
COMMENT ON TABLE reviews IS
    'What buyers say of what they received. name is how they are shown (a first letter), empty once they asked to be forgotten; line_message_id is the message the words came in, so that taking it back takes them back. hidden_at: the merchant does not show it, and it does not count.';
CREATE UNIQUE INDEX reviews_once_per_line ON reviews (order_id, sku_id);
COMMENT ON INDEX reviews_once_per_line IS 'One review per order line; writing again changes it.';
CREATE INDEX reviews_sku ON reviews (sku_id, id DESC) INCLUDE (stars) WHERE hidden_at IS NULL;
COMMENT ON INDEX reviews_sku IS 'The average and the latest of a product are read from the index, for every view of the product.';
CREATE INDEX reviews_customer ON reviews (customer_id);
COMMENT ON INDEX reviews_customer IS 'What one customer wrote, when they take a message back or ask to be forgotten.';

CREATE TABLE wishes (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  bigint NOT NULL REFERENCES customers (id),
    sku_id       bigint NOT NULL REFERENCES skus (id),
    wished_at    timestamptz NOT NULL DEFAULT now(),
    told_at      timestamptz
);
COMMENT ON TABLE wishes IS
    'Who wants to be told when a SKU is back. told_at: they were told, once; they wait again when they wish again.';
CREATE UNIQUE INDEX wishes_once ON wishes (customer_id, sku_id);
COMMENT ON INDEX wishes_once IS 'A second tap makes no second wish; also finds all wishes of a customer.';
CREATE INDEX wishes_waiting ON wishes (sku_id, wished_at, id) WHERE told_at IS NULL;
COMMENT ON INDEX wishes_waiting IS 'First come, first served; walked from SKU to SKU, so that a long queue for one costs nothing.';
CREATE INDEX wishes_told ON wishes (sku_id, told_at) WHERE told_at IS NOT NULL;
COMMENT ON INDEX wishes_told IS 'How many were told since a SKU came back: no more than three for each piece.';

CREATE INDEX inbox_heard ON inbox (lane, (payload #>> '{message,id}')) WHERE source = 'line' AND status <> 'waiting';
COMMENT ON INDEX inbox_heard IS 'Finds a message that was taken back, or all that one customer sent, to forget it. Written when an event is finished, so that taking events in stays as quick as it was.';
CREATE INDEX outbox_said ON outbox (lane) WHERE kind = 'line.message' AND status <> 'waiting' AND lane IS NOT NULL;
COMMENT ON INDEX outbox_said IS 'All that was sent to one customer, to forget it on request; written when a message is finished.';
