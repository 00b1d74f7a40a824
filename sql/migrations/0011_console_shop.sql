-- The rest of the console: why stock was changed, catalogue files waiting for a yes, hidden reviews, one-time
-- passwords; and what customers, sales and refunds are looked up and added up by.

ALTER TABLE stock_moves ADD note text NOT NULL DEFAULT '';
COMMENT ON TABLE stock_moves IS
    'Append-only: every change of skus.stock, so that stock is always the sum of its moves. stock_after is taken from the guarded UPDATE itself: where that found too little there is no value, and the NOT NULL undoes the whole order. note is why a human changed it.';

ALTER TABLE reviews ADD hidden_reason text NOT NULL DEFAULT '';
COMMENT ON TABLE reviews IS
    'What buyers say of what they received. name is how they are shown (a first letter), empty once they asked to be forgotten; line_message_id is the message the words came in, so that taking it back takes them back. hidden_at: the merchant does not show it, and it does not count; hidden_reason is why.';

ALTER TABLE staff_users ADD password_once boolean NOT NULL DEFAULT false;
COMMENT ON TABLE staff_users IS
    'People who work in the console; never deleted, so that the audit log can name them. password_hash is argon2id; password_once: it was made by the owner and must be replaced at the next log-in. totp_secret is encrypted with a key made from SECRET_KEY and counts once it is confirmed; totp_step is the latest 30-second step whose code was used, so that no code works twice.';

CREATE TABLE catalogue_drafts (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id      bigint NOT NULL REFERENCES staff_users (id),
    content      text NOT NULL,
    uploaded_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE catalogue_drafts IS
    'Catalogue files that were uploaded and not yet taken over: what they would change is shown first. One per person; forgotten after a day.';
CREATE UNIQUE INDEX catalogue_drafts_user ON catalogue_drafts (user_id);
COMMENT ON INDEX catalogue_drafts_user IS 'A second upload takes the place of the first.';

CREATE INDEX customers_display_name ON customers (display_name text_pattern_ops);
COMMENT ON INDEX customers_display_name IS 'Customers by the beginning of their name at LINE.';
CREATE INDEX customers_recipient_name ON customers (recipient_name text_pattern_ops);
COMMENT ON INDEX customers_recipient_name IS 'Customers by the beginning of the name on their parcels.';
CREATE INDEX customers_phone ON customers (phone text_pattern_ops);
COMMENT ON INDEX customers_phone IS 'Customers by the beginning of their telephone number.';
CREATE INDEX customers_created ON customers (created_at);
COMMENT ON INDEX customers_created IS 'Those who came for the first time in some days: how many of them ordered and paid.';

CREATE INDEX orders_paid ON orders (paid_at) INCLUDE (id, total, payment_method) WHERE paid_at IS NOT NULL;
COMMENT ON INDEX orders_paid IS 'What was sold and paid in some days, added up from the index alone. An order is paid once, so a day that is over does not change.';
CREATE INDEX orders_paid_at_the_door ON orders (closed_at) INCLUDE (id, total) WHERE status = 'completed' AND payment_method = 'cod';
COMMENT ON INDEX orders_paid_at_the_door IS 'Cash on delivery counts as sold once the customer has the parcel; added up from the index alone.';
CREATE INDEX money_moves_back ON money_moves (recorded_at) INCLUDE (amount) WHERE kind = 'Refund';
COMMENT ON INDEX money_moves_back IS 'What went back in some days; holds only refunds.';
CREATE INDEX cases_opened ON cases (opened_at) INCLUDE (kind, closed_at);
COMMENT ON INDEX cases_opened IS 'What needed a human in some days, counted from the index alone.';
CREATE INDEX coupon_uses_coupon ON coupon_uses (coupon_id, id);
COMMENT ON INDEX coupon_uses_coupon IS 'The uses of one coupon, newest first, for its page.';

CREATE TABLE report_days (
    day     date NOT NULL,
    method  text NOT NULL,
    orders  integer NOT NULL,
    amount  bigint NOT NULL,
    PRIMARY KEY (day, method)
);
COMMENT ON TABLE report_days IS
    'What was sold on a day of Taiwan that is over, by payment method, in whole TWD: a year is then read from some hundred rows. An order is paid once, so these sums never change; they can be deleted at any time and are counted again. The row with an empty method says that the day was counted.';
