-- What came in and what must go out. Both are queues that many workers may share.

CREATE TABLE inbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text NOT NULL,
    event_key     text NOT NULL,
    lane          text NOT NULL,
    payload       jsonb NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    status        text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'dead')),
    available_at  timestamptz NOT NULL DEFAULT now(),
    attempts      integer NOT NULL DEFAULT 0,
    lease         uuid,
    leased_until  timestamptz,
    finished_at   timestamptz,
    last_error    text NOT NULL DEFAULT ''
);
COMMENT ON TABLE inbox IS
    'Events of LINE and callbacks of the bank, stored before they are answered. Events of one lane (a customer) are handled in order, one at a time; dead ones failed for good and wait for a human.';
CREATE UNIQUE INDEX inbox_event_key ON inbox (source, event_key);
COMMENT ON INDEX inbox_event_key IS 'LINE and the bank both repeat themselves; an event is taken in once.';
CREATE INDEX inbox_waiting ON inbox (id) WHERE status = 'waiting';
COMMENT ON INDEX inbox_waiting IS 'The next event to handle; holds only unfinished rows, so it does not grow with history.';
CREATE INDEX inbox_waiting_lane ON inbox (lane, id) WHERE status = 'waiting';
COMMENT ON INDEX inbox_waiting_lane IS 'Is an earlier event of this lane still unfinished?';

CREATE TABLE outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key           uuid NOT NULL DEFAULT gen_random_uuid(),
    kind          text NOT NULL,
    lane          text,
    order_id      bigint REFERENCES orders (id),
    payload       jsonb NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    status        text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'dead', 'dropped')),
    available_at  timestamptz NOT NULL DEFAULT now(),
    attempts      integer NOT NULL DEFAULT 0,
    lease         uuid,
    leased_until  timestamptz,
    finished_at   timestamptz,
    outcome       text NOT NULL DEFAULT '',
    last_error    text NOT NULL DEFAULT ''
);
COMMENT ON TABLE outbox IS
    'What the shop still has to do outside, written in the transaction that wants it: messages, calls to the bank, timers. Rows of one lane go out in order; a row without a lane waits for nobody. key is the retry key at LINE. dropped: no longer worth doing, outcome says why.';
CREATE UNIQUE INDEX outbox_key ON outbox (key);
COMMENT ON INDEX outbox_key IS 'LINE drops a second push with the same key, so it must be one row''s alone.';
CREATE INDEX outbox_waiting ON outbox (available_at, id) WHERE status = 'waiting';
COMMENT ON INDEX outbox_waiting IS 'The next thing due; timers far ahead sort behind and are not read.';
CREATE INDEX outbox_waiting_lane ON outbox (lane, id) WHERE status = 'waiting' AND lane IS NOT NULL;
COMMENT ON INDEX outbox_waiting_lane IS 'Is an earlier message of this lane still unsent?';
CREATE INDEX outbox_waiting_order ON outbox (order_id) WHERE status = 'waiting' AND order_id IS NOT NULL;
COMMENT ON INDEX outbox_waiting_order IS 'Timers of an order that has ended are dropped at once.';
