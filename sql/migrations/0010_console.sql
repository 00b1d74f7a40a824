-- The merchant's console: who works in it, what they changed, what they sent, and the way to old orders.

CREATE TABLE staff_users (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login              text NOT NULL CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    name               text NOT NULL CHECK (name <> ''),
    password_hash      text NOT NULL,
    role               text NOT NULL CHECK (role IN ('owner', 'staff', 'viewer')),
    language           text NOT NULL DEFAULT 'zh-TW' CHECK (language IN ('zh-TW', 'en')),
    active             boolean NOT NULL DEFAULT true,
    totp_secret        text,
    totp_confirmed_at  timestamptz,
    totp_step          bigint NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT staff_users_confirm_a_secret CHECK (totp_confirmed_at IS NULL OR totp_secret IS NOT NULL)
);
COMMENT ON TABLE staff_users IS
    'People who work in the console; never deleted, so that the audit log can name them. password_hash is argon2id. totp_secret is encrypted with a key made from SECRET_KEY and counts once it is confirmed; totp_step is the latest 30-second step whose code was used, so that no code works twice.';
CREATE UNIQUE INDEX staff_users_login ON staff_users (login);
COMMENT ON INDEX staff_users_login IS 'One person per login; logins are kept in lower case.';

CREATE TABLE staff_recovery_codes (
    user_id    bigint NOT NULL REFERENCES staff_users (id),
    code_hash  bytea NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (user_id, code_hash)
);
COMMENT ON TABLE staff_recovery_codes IS
    'Ways past a lost telephone, each good once. SHA-256 is enough: the codes are random and long, so there is nothing to guess from.';

CREATE TABLE staff_sessions (
    id            bytea PRIMARY KEY,
    user_id       bigint NOT NULL REFERENCES staff_users (id),
    stage         text NOT NULL CHECK (stage IN (
                      'code',  -- the password was right, the second factor is still asked for; -> deleted, a new row opens
                      'open'   -- logged in
                  )),
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL
);
COMMENT ON TABLE staff_sessions IS
    'Who is logged in. id is the SHA-256 of the random token in the browser''s cookie: a copy of this table opens nothing. A session ends when it is idle, at expires_at, or when its row is deleted.';
CREATE INDEX staff_sessions_user ON staff_sessions (user_id);
COMMENT ON INDEX staff_sessions_user IS 'Log out everywhere ends all sessions of one person.';
CREATE INDEX staff_sessions_expires ON staff_sessions (expires_at);
COMMENT ON INDEX staff_sessions_expires IS 'Ended sessions are swept out at the next log-in without reading the living ones.';

CREATE TABLE login_attempts (
    key    bytea PRIMARY KEY,
    since  timestamptz NOT NULL DEFAULT now(),
    count  integer NOT NULL
);
COMMENT ON TABLE login_attempts IS
    'How often somebody tried to log in since a moment, per login and per network address. key is a keyed hash, because people type passwords into the wrong field and addresses are personal.';
CREATE INDEX login_attempts_since ON login_attempts (since);
COMMENT ON INDEX login_attempts_since IS 'What is too old to count is swept out.';

CREATE TABLE audit_log (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    user_id  bigint REFERENCES staff_users (id),
    action   text NOT NULL CHECK (action <> ''),
    subject  text NOT NULL CHECK (subject <> ''),
    before   jsonb,
    after    jsonb
);
COMMENT ON TABLE audit_log IS
    'Append-only: every change made in the console, written in the transaction that made it. subject is a kind and an id (order:7); before and after hold what changed, never a secret; user_id is null for what was done from a shell.';
CREATE INDEX audit_log_subject ON audit_log (subject, id DESC);
COMMENT ON INDEX audit_log_subject IS 'What was done to one thing, newest first.';
CREATE INDEX audit_log_user ON audit_log (user_id, id DESC);
COMMENT ON INDEX audit_log_user IS 'What one person did, newest first.';

CREATE TABLE shipments (
    order_id    bigint PRIMARY KEY REFERENCES orders (id),
    carrier     text NOT NULL CHECK (carrier <> ''),
    tracking    text NOT NULL,
    shipped_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE shipments IS
    'How an order went out: one parcel per order. tracking is the carrier''s number, empty where the shop delivers itself; a correction is kept in order_events.';

COMMENT ON TABLE orders IS
    'One row per order; amounts in whole TWD. Who changes status: store/orders.py up to paid, store/fulfilment.py from there to the parcel''s end, each change guarded in its WHERE. stock_round counts how often the order has taken stock (a revived order takes it again).';
CREATE INDEX orders_placed ON orders (placed_at, id);
COMMENT ON INDEX orders_placed IS 'The console''s list, newest first, and any range of days in it; id makes the order exact where two orders share a moment.';
CREATE INDEX orders_status_placed ON orders (status, placed_at, id);
COMMENT ON INDEX orders_status_placed IS 'One state''s orders, newest first: a rare state among a million orders is found without reading the others.';
CREATE INDEX orders_method_placed ON orders (payment_method, placed_at, id);
COMMENT ON INDEX orders_method_placed IS 'One payment method''s orders, newest first: a method hardly anybody uses is found as fast as a common one.';
CREATE INDEX orders_to_ship ON orders (placed_at, id) WHERE status IN ('paid', 'preparing');
COMMENT ON INDEX orders_to_ship IS 'What must be sent, oldest first, and how many there are, on every visit to the first page; holds only those orders.';
CREATE INDEX orders_recipient ON orders (recipient_name text_pattern_ops, placed_at);
COMMENT ON INDEX orders_recipient IS 'Search by the beginning of a name, whatever the database''s collation; Chinese names begin with the family name.';
CREATE INDEX orders_phone ON orders (phone text_pattern_ops, placed_at);
COMMENT ON INDEX orders_phone IS 'Search by the beginning of a telephone number.';
CREATE INDEX orders_phone_end ON orders (reverse(phone) text_pattern_ops);
COMMENT ON INDEX orders_phone_end IS 'Search by the last digits of a telephone number, which is how people name themselves at a counter.';

CREATE INDEX outbox_order ON outbox (order_id, id) WHERE order_id IS NOT NULL;
COMMENT ON INDEX outbox_order IS 'All messages and calls about one order, sent ones included, for its page in the console.';
CREATE INDEX inbox_dead ON inbox (id) WHERE status = 'dead';
COMMENT ON INDEX inbox_dead IS 'What failed for good, shown until a human decides; holds only those rows.';
CREATE INDEX outbox_dead ON outbox (id) WHERE status = 'dead';
COMMENT ON INDEX outbox_dead IS 'What failed for good, shown until a human decides; holds only those rows.';
CREATE INDEX cases_order ON cases (order_id) WHERE order_id IS NOT NULL;
COMMENT ON INDEX cases_order IS 'The cases of one order, closed ones included, for its page in the console.';
