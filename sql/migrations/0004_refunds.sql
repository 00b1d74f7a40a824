-- Money on its way back, and what the daily comparison with the bank needs to be quick and to happen once.

CREATE TABLE refunds (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id      bigint NOT NULL REFERENCES orders (id),
    payment_id    bigint NOT NULL REFERENCES payments (id),
    key           text NOT NULL CHECK (key <> ''),
    amount        integer NOT NULL CHECK (amount > 0),
    restock       boolean NOT NULL,
    reason        text NOT NULL,
    actor         text NOT NULL,
    status        text NOT NULL DEFAULT 'asked' CHECK (status IN (
                      'asked',     -- somebody wants it; -> sending, failed
                      'sending',   -- the bank is being told, or may have been; -> asked, accepted, done, failed
                      'accepted',  -- the bank has taken it on; -> done, failed
                      'done',      -- the money is back; the end
                      'failed'     -- the bank said no, or could not; -> done when it is given back by hand
                  )),
    seen          text[] NOT NULL DEFAULT '{}',
    sent_at       timestamptz,
    provider_ref  text,
    problem_code  text NOT NULL DEFAULT '',
    problem       text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT refunds_sent_before_accepted CHECK (status NOT IN ('sending', 'accepted') OR sent_at IS NOT NULL),
    CONSTRAINT refunds_fail_for_a_reason CHECK (status <> 'failed' OR problem <> '')
);
COMMENT ON TABLE refunds IS
    'Wishes to give money (whole TWD) of one payment back, and how far the bank is with each. key names the wish, so that it is granted once however often it is sent; seen are the refunds the bank knew of when it was told, sent_at when that was: what it lists besides is this one. provider_ref is the bank''s number; problem is what the bank refused and what to do, for the merchant. Who changes status: only store/refunds.py.';
CREATE UNIQUE INDEX refunds_key ON refunds (order_id, key);
COMMENT ON INDEX refunds_key IS 'A form that is sent twice, and a rule that is applied twice, ask for one refund; also finds the refunds of an order.';
CREATE UNIQUE INDEX refunds_one_sending_per_payment ON refunds (payment_id) WHERE status = 'sending';
COMMENT ON INDEX refunds_one_sending_per_payment IS 'The bank is told of one refund of a payment at a time, so that what is new in its list can only be that one.';
CREATE UNIQUE INDEX refunds_provider_ref ON refunds (payment_id, provider_ref);
COMMENT ON INDEX refunds_provider_ref IS 'A refund at the bank is one of ours only once; also finds the refunds of a payment.';
CREATE INDEX refunds_open ON refunds (created_at) WHERE status IN ('asked', 'sending', 'accepted');
COMMENT ON INDEX refunds_open IS 'What is still under way, asked about by the daily comparison; holds only those rows.';

CREATE INDEX money_moves_moved ON money_moves (moved_at);
COMMENT ON INDEX money_moves_moved IS 'The money of one day, compared with the bank''s bill of that day.';

CREATE UNIQUE INDEX cases_open_once_without_order ON cases (kind, reference) WHERE closed_at IS NULL AND order_id IS NULL;
COMMENT ON INDEX cases_open_once_without_order IS 'The same trouble found twice is one case, also where it is about no order: two nulls never meet in cases_open_once.';
CREATE INDEX cases_reference ON cases (kind, reference);
COMMENT ON INDEX cases_reference IS 'Whether a difference was found before, open or settled: a day may be compared again without asking a human twice.';

CREATE UNIQUE INDEX outbox_one_comparison_per_day ON outbox ((payload ->> 'day')) WHERE kind = 'reconcile.daily';
COMMENT ON INDEX outbox_one_comparison_per_day IS 'However many processes start, a day is compared with the bank by one job.';
