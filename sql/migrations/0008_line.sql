-- What LINE has told us: how many messages are left this month, and what language a customer reads.

CREATE TABLE line_quota (
    id          integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    monthly     integer CHECK (monthly >= 0),
    used        integer NOT NULL DEFAULT 0 CHECK (used >= 0),
    read_at     timestamptz,
    asked_at    timestamptz,
    refused_at  timestamptz
);
COMMENT ON TABLE line_quota IS
    'One row: the messages the account may push this month (monthly; null is no limit) and has pushed (used), as LINE said at read_at plus what was pushed since. read_at is null until LINE has said anything; asked_at keeps all processes from asking at once; refused_at is when LINE last refused a push for lack of quota.';
INSERT INTO line_quota DEFAULT VALUES;

ALTER TABLE customers
    ADD profile_asked_at  timestamptz,
    ADD language_chosen   boolean NOT NULL DEFAULT false;
COMMENT ON TABLE customers IS
    'People who talk to the shop. dialog is an unfinished question to them; recipient_name, phone and address are remembered for next time; reply_token is the latest one nobody has used (a free way to answer). profile_asked_at is when LINE was asked for name and language; language_chosen: they chose the language themselves, and LINE''s word counts no more.';

CREATE INDEX outbox_held ON outbox (lane, id) WHERE status = 'waiting' AND left(lane, 5) = 'held:';
COMMENT ON INDEX outbox_held IS
    'News that could not be sent (no quota, or not a friend), kept in a lane per customer until the customer''s next message: is there any at all? Holds only those rows.';
