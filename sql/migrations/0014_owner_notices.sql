-- What the shop's own people are told of in LINE: which kinds they want, and what they were told of already.

CREATE TABLE owner_notices (
    kind     text PRIMARY KEY CHECK (kind IN ('order', 'case', 'low_stock', 'daily')),
    wanted   boolean NOT NULL DEFAULT true,
    told_at  timestamptz
);
COMMENT ON TABLE owner_notices IS
    'What the shop''s owners are told of in LINE: one row per kind. wanted: switched on, by the owner in the console or in LINE. told_at: when there was something of the kind last; it sets the pace at which more of it is gathered into one message, and a day has one summary.';
COMMENT ON INDEX owner_notices_pkey IS 'A kind is switched on or off once for the whole shop.';
INSERT INTO owner_notices (kind) VALUES ('order'), ('case'), ('low_stock'), ('daily');

CREATE TABLE owner_news (
    kind      text NOT NULL REFERENCES owner_notices (kind),
    thing     bigint NOT NULL,
    found_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, thing)
);
COMMENT ON TABLE owner_news IS
    'What is no news to the shop''s owners any more: thing is the id of an order, a case or a SKU, written in the transaction that puts the message about it (or that would, were the kind switched on). Orders and cases are forgotten once they are too old to be looked at; a SKU stands here until it has more than the low-stock threshold again.';
COMMENT ON INDEX owner_news_pkey IS 'A thing is told of once, however many processes look for news.';

-- What is there when the shop learns to tell is no news.
INSERT INTO owner_news (kind, thing) SELECT 'order', id FROM orders WHERE status IN ('paid', 'preparing');
INSERT INTO owner_news (kind, thing) SELECT 'case', id FROM cases WHERE closed_at IS NULL;
INSERT INTO owner_news (kind, thing) SELECT 'low_stock', id FROM skus WHERE active AND stock <= 3;
