-- Messages to many customers at once, and who does not want them.

ALTER TABLE customers ADD no_promotions_since timestamptz;
COMMENT ON COLUMN customers.no_promotions_since IS
    'When the customer said that they want no advertising, or was erased; NULL: they are sent it (Personal Data Protection Act of Taiwan, article 20: it stops when they say so, free of charge).';
CREATE INDEX customers_reachable ON customers (id) INCLUDE (language) WHERE friend AND no_promotions_since IS NULL;
COMMENT ON INDEX customers_reachable IS 'Whom a broadcast may reach, counted from the index alone and walked in order, a part at a time.';

CREATE TABLE broadcasts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state           text NOT NULL DEFAULT 'draft' CHECK (state IN (
                        'draft',    -- being written; -> sending, or deleted
                        'sending',  -- to go out from send_at on; -> done, stopped
                        'stopped',  -- by a human, or for lack of quota; what was not sent is not sent
                        'done'      -- everybody it was meant for was tried
                    )),
    body            text NOT NULL CHECK (body <> ''),
    product_id      bigint REFERENCES products (id),
    segment         text NOT NULL CHECK (segment IN ('everybody', 'recent', 'lapsed', 'never', 'product', 'category', 'wished', 'language')),
    segment_value   text NOT NULL DEFAULT '',
    version         integer NOT NULL DEFAULT 1,
    created_by      bigint REFERENCES staff_users (id),
    created_at      timestamptz NOT NULL DEFAULT now(),
    planned         integer CHECK (planned >= 1),
    send_at         timestamptz,
    started_at      timestamptz,
    ended_at        timestamptz,
    stopped_why     text NOT NULL DEFAULT '',
    reached_to      bigint NOT NULL DEFAULT 0,
    parts           integer NOT NULL DEFAULT 0,
    CONSTRAINT broadcasts_are_sent_as_planned CHECK ((state = 'draft') = (send_at IS NULL) AND (state = 'draft') = (planned IS NULL)),
    CONSTRAINT broadcasts_end_once CHECK ((state IN ('stopped', 'done')) = (ended_at IS NOT NULL)),
    CONSTRAINT broadcasts_stop_for_a_reason CHECK ((state = 'stopped') = (stopped_why <> ''))
);
COMMENT ON TABLE broadcasts IS
    'Messages of the merchant to a segment of the customers. segment_value is the number of days, the id of a product or category, or a language, as the segment asks for. version counts the edits, so that what is sent is what was seen. planned is how many people were to be reached when the sending was decided. Customers are taken in ascending id; reached_to is the last one, parts how many broadcast_parts there are. Who changes state: only store/broadcasts.py.';
COMMENT ON INDEX broadcasts_pkey IS 'One broadcast, by its number.';
CREATE INDEX broadcasts_sending ON broadcasts (id) WHERE state = 'sending';
COMMENT ON INDEX broadcasts_sending IS 'What is promised of this month''s messages already; holds only broadcasts under way.';

CREATE TABLE broadcast_parts (
    broadcast_id  bigint NOT NULL REFERENCES broadcasts (id),
    number        integer NOT NULL CHECK (number >= 1),
    language      text NOT NULL,
    recipients    integer NOT NULL CHECK (recipients BETWEEN 1 AND 500),
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    sent          integer NOT NULL DEFAULT 0 CHECK (sent BETWEEN 0 AND recipients),
    tried_at      timestamptz,
    finished_at   timestamptz,
    problem       text NOT NULL DEFAULT '',
    PRIMARY KEY (broadcast_id, number)
);
COMMENT ON TABLE broadcast_parts IS
    'What goes to LINE in one request: up to 500 customers who are spoken to in one language. tried_at is the first attempt, from when on the part is counted in the quota and LINE may know its retry key. Those who left or wanted no more in the meantime are recipients and not sent.';
COMMENT ON INDEX broadcast_parts_pkey IS 'The parts of a broadcast, in the order of sending.';

CREATE TABLE broadcast_recipients (
    broadcast_id  bigint NOT NULL REFERENCES broadcasts (id),
    customer_id   bigint NOT NULL REFERENCES customers (id),
    part          integer NOT NULL,
    PRIMARY KEY (broadcast_id, customer_id)
);
COMMENT ON TABLE broadcast_recipients IS
    'Who a broadcast goes to. Kept 180 days after its end, then deleted; deleted at once when the customer asks to be forgotten.';
COMMENT ON INDEX broadcast_recipients_pkey IS 'A customer gets a broadcast once, whatever happens.';
CREATE INDEX broadcast_recipients_part ON broadcast_recipients (broadcast_id, part);
COMMENT ON INDEX broadcast_recipients_part IS 'The customers of one part, when it is sent.';
CREATE INDEX broadcast_recipients_customer ON broadcast_recipients (customer_id);
COMMENT ON INDEX broadcast_recipients_customer IS 'What one customer was sent, when they ask to be forgotten.';
