-- Orders, their payments, and the three ledgers that are only ever added to.

CREATE TABLE orders (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code            text NOT NULL CHECK (code ~ '^[A-Z0-9]{8}$'),
    customer_id     bigint NOT NULL REFERENCES customers (id),
    cart_id         bigint NOT NULL REFERENCES carts (id),
    status          text NOT NULL CHECK (status IN (
                        'pending',    -- waits for money and holds its stock; -> paid, cancelled, expired
                        'paid',       -- the whole amount has arrived; -> preparing, shipped, refunding
                        'preparing',  -- being packed; cash on delivery starts here; -> shipped, cancelled
                        'shipped',    -- with the carrier; -> completed, refunding
                        'completed',  -- received; the end, unless refunding
                        'cancelled',  -- given up before it was paid; the end, late money goes back
                        'expired',    -- not paid in time; -> paid when late money finds stock
                        'refunding',  -- money is on its way back; -> refunded
                        'refunded'    -- all money is back
                    )),
    payment_method  text NOT NULL,
    subtotal        integer NOT NULL CHECK (subtotal >= 0),
    shipping_fee    integer NOT NULL CHECK (shipping_fee >= 0),
    total           integer NOT NULL CHECK (total >= 0),
    recipient_name  text NOT NULL,
    phone           text NOT NULL,
    address         text NOT NULL,
    stock_round     integer NOT NULL DEFAULT 1 CHECK (stock_round >= 1),
    placed_at       timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz,
    paid_at         timestamptz,
    closed_at       timestamptz,
    CONSTRAINT orders_total_adds_up CHECK (total = subtotal + shipping_fee),
    CONSTRAINT orders_pending_expires CHECK (status <> 'pending' OR expires_at IS NOT NULL)
);
COMMENT ON TABLE orders IS
    'One row per order; amounts in whole TWD. Who changes status: only store/orders.py, each change guarded in its WHERE. stock_round counts how often the order has taken stock (a revived order takes it again).';
CREATE UNIQUE INDEX orders_code ON orders (code);
COMMENT ON INDEX orders_code IS 'The short number people read out; drawn at random and retried when taken.';
CREATE UNIQUE INDEX orders_cart_id ON orders (cart_id);
COMMENT ON INDEX orders_cart_id IS 'A cart becomes one order, however often checkout is tapped.';
CREATE INDEX orders_customer ON orders (customer_id, id DESC);
COMMENT ON INDEX orders_customer IS 'My orders, newest first; the trailing id keeps a long history cheap.';
CREATE INDEX orders_pending_expiry ON orders (expires_at) WHERE status = 'pending';
COMMENT ON INDEX orders_pending_expiry IS 'The sweep for overdue orders reads only the pending ones, however many orders there are.';

CREATE TABLE order_lines (
    order_id      bigint NOT NULL REFERENCES orders (id),
    sku_id        bigint NOT NULL REFERENCES skus (id),
    product_name  text NOT NULL,
    option        text NOT NULL,
    unit_price    integer NOT NULL CHECK (unit_price >= 0),
    quantity      integer NOT NULL CHECK (quantity >= 1),
    PRIMARY KEY (order_id, sku_id)
);
COMMENT ON TABLE order_lines IS 'What was bought, with the name, option and price of that moment: a later edit of the product changes no order.';
CREATE INDEX order_lines_sku ON order_lines (sku_id);
COMMENT ON INDEX order_lines_sku IS 'How much of a SKU orders hold, asked when the catalogue sets a new count.';

CREATE TABLE payments (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id       bigint NOT NULL REFERENCES orders (id),
    attempt        integer NOT NULL CHECK (attempt BETWEEN 1 AND 26),
    provider       text NOT NULL,
    method         text NOT NULL,
    amount         integer NOT NULL CHECK (amount > 0),
    status         text NOT NULL CHECK (status IN (
                       'creating',   -- the provider is being told, or may have been; -> waiting, failed, cancelled
                       'waiting',    -- the customer can pay; -> paid, failed, expired, cancelled
                       'paid',       -- money of this attempt has arrived
                       'failed',     -- the provider refused it
                       'expired',    -- its time ran out unpaid
                       'cancelled'   -- no longer wanted
                   )),
    provider_order_no  text NOT NULL,
    provider_ref   text,
    callback_key   text NOT NULL,
    pay_url        text,
    account_no     text,
    expires_at     timestamptz NOT NULL,
    last_error     text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payments_waiting_can_be_paid CHECK (status <> 'waiting' OR pay_url IS NOT NULL OR account_no IS NOT NULL)
);
COMMENT ON TABLE payments IS
    'One row per attempt to pay an order. provider_order_no is our number at the provider, provider_ref its number for us (TSNo); callback_key is the unguessable part of the callback addresses. pay_url: a hosted page; account_no: a virtual account.';
CREATE UNIQUE INDEX payments_order_attempt ON payments (order_id, attempt);
COMMENT ON INDEX payments_order_attempt IS 'Attempts are numbered; the number is part of the provider''s order number.';
CREATE UNIQUE INDEX payments_one_live_per_order ON payments (order_id) WHERE status IN ('creating', 'waiting');
COMMENT ON INDEX payments_one_live_per_order IS 'A customer is never offered two ways to pay the same order at once.';
CREATE UNIQUE INDEX payments_provider_order_no ON payments (provider, provider_order_no);
COMMENT ON INDEX payments_provider_order_no IS 'The provider takes a number once, for ever.';
CREATE UNIQUE INDEX payments_callback_key ON payments (callback_key);
COMMENT ON INDEX payments_callback_key IS 'A callback finds its attempt by this key alone.';

CREATE TABLE money_moves (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id    bigint NOT NULL REFERENCES orders (id),
    payment_id  bigint NOT NULL REFERENCES payments (id),
    reference   text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('PayOut', 'Refund')),
    amount      integer NOT NULL CHECK (amount <> 0),
    moved_at    timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT money_moves_sign CHECK ((kind = 'PayOut') = (amount > 0))
);
COMMENT ON TABLE money_moves IS
    'Append-only: money that came (positive TWD) or went back (negative). Recorded whatever state the order is in; sums are queries.';
CREATE UNIQUE INDEX money_moves_once ON money_moves (reference, kind);
COMMENT ON INDEX money_moves_once IS 'A card payment is reported twice and callbacks repeat: the provider''s number counts once.';
CREATE INDEX money_moves_order ON money_moves (order_id);
COMMENT ON INDEX money_moves_order IS 'The balance of one order.';

CREATE TABLE stock_moves (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku_id       bigint NOT NULL REFERENCES skus (id),
    order_id     bigint REFERENCES orders (id),
    round        integer NOT NULL DEFAULT 1,
    reason       text NOT NULL CHECK (reason IN ('count', 'placed', 'returned')),
    delta        integer NOT NULL CHECK (delta <> 0),
    stock_after  integer NOT NULL CHECK (stock_after >= 0),
    actor        text NOT NULL,
    moved_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stock_moves_of_orders CHECK ((order_id IS NULL) = (reason = 'count'))
);
COMMENT ON TABLE stock_moves IS
    'Append-only: every change of skus.stock, so that stock is always the sum of its moves. stock_after is taken from the guarded UPDATE itself: where that found too little there is no value, and the NOT NULL undoes the whole order.';
CREATE UNIQUE INDEX stock_moves_once_per_order ON stock_moves (order_id, sku_id, round, reason) WHERE order_id IS NOT NULL;
COMMENT ON INDEX stock_moves_once_per_order IS 'An order takes its stock once a round and gives it back once: a second return is impossible, not merely unlikely.';
CREATE INDEX stock_moves_sku ON stock_moves (sku_id, id);
COMMENT ON INDEX stock_moves_sku IS 'The history of one SKU, newest last (moves at the same moment may have changed places: a number is drawn before the row is locked).';

CREATE TABLE order_events (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id  bigint NOT NULL REFERENCES orders (id),
    at        timestamptz NOT NULL DEFAULT now(),
    actor     text NOT NULL,
    kind      text NOT NULL,
    data      jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE order_events IS 'Append-only: what happened to an order, who did it, written in the transaction that did it.';
CREATE INDEX order_events_order ON order_events (order_id, id);
COMMENT ON INDEX order_events_order IS 'The history of one order, in order.';

CREATE TABLE cases (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL,
    order_id    bigint REFERENCES orders (id),
    reference   text NOT NULL DEFAULT '',
    data        jsonb NOT NULL DEFAULT '{}',
    opened_at   timestamptz NOT NULL DEFAULT now(),
    closed_at   timestamptz,
    closed_by   text,
    resolution  text,
    CONSTRAINT cases_are_closed_by_someone CHECK ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (resolution IS NULL))
);
COMMENT ON TABLE cases IS 'What needs a human: money that cannot be matched, a refund due, a bank that disagrees. Closed with who and why.';
CREATE UNIQUE INDEX cases_open_once ON cases (kind, order_id, reference) WHERE closed_at IS NULL;
COMMENT ON INDEX cases_open_once IS 'The same trouble found twice is one case.';
