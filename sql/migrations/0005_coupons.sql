-- Coupons in money: what they take off an order, and the ledger of their uses.

CREATE TABLE coupons (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code               text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{2,19}$'),
    kind               text NOT NULL CHECK (kind IN ('amount', 'percent', 'free_shipping')),
    value              integer NOT NULL,
    cap                integer CHECK (cap >= 1),
    minimum            integer NOT NULL DEFAULT 0 CHECK (minimum >= 0),
    starts_at          timestamptz NOT NULL DEFAULT now(),
    ends_at            timestamptz,
    uses_limit         integer CHECK (uses_limit >= 1),
    uses_per_customer  integer CHECK (uses_per_customer >= 1),
    used               integer NOT NULL DEFAULT 0,
    active             boolean NOT NULL DEFAULT true,
    created_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT coupons_value_fits_kind CHECK (CASE kind
        WHEN 'amount' THEN value >= 1
        WHEN 'percent' THEN value BETWEEN 1 AND 99
        ELSE value = 0 END),
    CONSTRAINT coupons_cap_is_for_percent CHECK (cap IS NULL OR kind = 'percent'),
    CONSTRAINT coupons_end_after_start CHECK (ends_at > starts_at),
    CONSTRAINT coupons_used_within_limit CHECK (used >= 0 AND (uses_limit IS NULL OR used <= uses_limit))
);
COMMENT ON TABLE coupons IS
    'What a customer may take off one order by typing a code. value is whole TWD for amount, percent off for percent (15 is 85 折), 0 for free_shipping; cap is the most TWD a percentage takes off; minimum is the least subtotal in TWD. Good from starts_at until before ends_at. A limit that is NULL is none. used is the sum of coupon_uses; the terms of a coupon that was used are not edited.';
CREATE UNIQUE INDEX coupons_code ON coupons (code);
COMMENT ON INDEX coupons_code IS 'A customer names a coupon by its code alone; kept in upper case, so that case makes no second one.';

CREATE TABLE coupon_uses (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    coupon_id    bigint NOT NULL REFERENCES coupons (id),
    order_id     bigint NOT NULL REFERENCES orders (id),
    customer_id  bigint NOT NULL REFERENCES customers (id),
    round        integer NOT NULL CHECK (round >= 1),
    reason       text NOT NULL CHECK (reason IN ('used', 'returned')),
    used_after   integer NOT NULL CHECK (used_after >= 0),
    actor        text NOT NULL,
    at           timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE coupon_uses IS
    'Append-only: every change of coupons.used. used_after is taken from the guarded UPDATE itself: where the limit was reached there is no value, and the NOT NULL undoes the whole order. round is the stock_round of the order.';
CREATE UNIQUE INDEX coupon_uses_once_per_order ON coupon_uses (order_id, round, reason);
COMMENT ON INDEX coupon_uses_once_per_order IS 'An order uses its one coupon once a round and gives it back once: a second return is impossible, not merely unlikely.';
CREATE INDEX coupon_uses_customer ON coupon_uses (coupon_id, customer_id);
COMMENT ON INDEX coupon_uses_customer IS 'How often a customer has used a coupon, asked whenever its cart is looked at; also finds the uses of a coupon.';

ALTER TABLE carts ADD coupon_id bigint REFERENCES coupons (id);
COMMENT ON TABLE carts IS
    'What a customer means to buy. A cart holds no stock and no use of a coupon: coupon_id is only what was chosen. Once ordered it stays as it was, so that a second tap on its button finds its order.';

ALTER TABLE orders
    ADD discount  integer NOT NULL DEFAULT 0,
    ADD coupon_id bigint REFERENCES coupons (id),
    ADD CONSTRAINT orders_discount_within_subtotal CHECK (discount BETWEEN 0 AND subtotal),
    ADD CONSTRAINT orders_discount_has_coupon CHECK (discount = 0 OR coupon_id IS NOT NULL),
    DROP CONSTRAINT orders_total_adds_up,
    ADD CONSTRAINT orders_total_adds_up CHECK (total = subtotal - discount + shipping_fee);
