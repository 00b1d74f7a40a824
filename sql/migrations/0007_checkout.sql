-- A wider checkout: pick-up in a convenience store, saved addresses, the invoice, a note, and lines kept for later.

ALTER TABLE cart_lines ADD selected boolean NOT NULL DEFAULT true;
COMMENT ON TABLE cart_lines IS
    'One SKU in a cart (the key merges the same SKU added twice). seen_price is the unit price in TWD the customer was last shown, so that a change can be asked about. What is not selected is not bought this time: it moves on to the next cart.';

ALTER TABLE carts
    ADD delivery  text NOT NULL DEFAULT 'home' CHECK (delivery IN ('home', 'cvs')),
    ADD note      text NOT NULL DEFAULT '' CHECK (char_length(note) <= 100);
COMMENT ON TABLE carts IS
    'What a customer means to buy. A cart holds no stock and no use of a coupon: coupon_id is only what was chosen. delivery is the way the parcel shall travel (cvs: picked up in a convenience store), note what the shop shall know. Once ordered it stays as it was, so that a second tap on its button finds its order.';

ALTER TABLE customers
    ADD invoice_kind   text NOT NULL DEFAULT 'paper',
    ADD invoice_value  text NOT NULL DEFAULT '',
    ADD invoice_title  text NOT NULL DEFAULT '',
    ADD CONSTRAINT customers_invoice CHECK (CASE invoice_kind
        WHEN 'paper' THEN invoice_value = '' AND invoice_title = ''
        WHEN 'mobile' THEN invoice_value ~ '^/[0-9A-Z+.-]{7}$' AND invoice_title = ''
        WHEN 'citizen' THEN invoice_value ~ '^[A-Z]{2}[0-9]{14}$' AND invoice_title = ''
        WHEN 'donation' THEN invoice_value ~ '^[0-9]{3,7}$' AND invoice_title = ''
        WHEN 'company' THEN invoice_value ~ '^[0-9]{8}$' AND invoice_title <> ''
        ELSE false END);
COMMENT ON CONSTRAINT customers_invoice ON customers IS
    'How the customer wants the uniform invoice, remembered: on paper, in a mobile barcode, in a citizen digital certificate, donated, or for a company (its number in invoice_value, its name in invoice_title).';

CREATE TABLE addresses (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id  bigint NOT NULL REFERENCES customers (id),
    delivery     text NOT NULL,
    name         text NOT NULL CHECK (name <> ''),
    phone        text NOT NULL CHECK (phone <> ''),
    address      text NOT NULL CHECK (address <> ''),
    store_brand  text NOT NULL DEFAULT '',
    store_code   text NOT NULL DEFAULT '',
    store_name   text NOT NULL DEFAULT '',
    used_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT addresses_delivery CHECK (CASE delivery
        WHEN 'home' THEN store_brand = '' AND store_code = '' AND store_name = ''
        WHEN 'cvs' THEN store_brand IN ('7-ELEVEN', '全家', '萊爾富', 'OK') AND store_code ~ '^[0-9A-Z]{4,6}$' AND store_name <> ''
        ELSE false END)
);
COMMENT ON TABLE addresses IS
    'Where a customer has had parcels sent, remembered by itself; the few used last are kept. For pick-up (cvs) address is the store in words. customers.recipient_name, phone and address are those of the home delivery used last.';
CREATE UNIQUE INDEX addresses_once ON addresses (customer_id, delivery, name, phone, address);
COMMENT ON INDEX addresses_once IS 'The same address given again is the same row, used anew; also finds all of a customer.';

INSERT INTO addresses (customer_id, delivery, name, phone, address)
SELECT id, 'home', recipient_name, phone, address FROM customers
WHERE recipient_name <> '' AND phone <> '' AND address <> '';

ALTER TABLE orders
    ADD delivery_method  text NOT NULL DEFAULT 'home',
    ADD store_brand      text NOT NULL DEFAULT '',
    ADD store_code       text NOT NULL DEFAULT '',
    ADD store_name       text NOT NULL DEFAULT '',
    ADD invoice_kind     text NOT NULL DEFAULT 'paper',
    ADD invoice_value    text NOT NULL DEFAULT '',
    ADD invoice_title    text NOT NULL DEFAULT '',
    ADD note             text NOT NULL DEFAULT '' CHECK (char_length(note) <= 100),
    ADD CONSTRAINT orders_delivery CHECK (CASE delivery_method
        WHEN 'home' THEN store_brand = '' AND store_code = '' AND store_name = ''
        WHEN 'cvs' THEN store_brand IN ('7-ELEVEN', '全家', '萊爾富', 'OK') AND store_code ~ '^[0-9A-Z]{4,6}$' AND store_name <> ''
        ELSE false END),
    ADD CONSTRAINT orders_pickup_within_limit CHECK (delivery_method <> 'cvs' OR total <= 20000),
    ADD CONSTRAINT orders_invoice CHECK (CASE invoice_kind
        WHEN 'paper' THEN invoice_value = '' AND invoice_title = ''
        WHEN 'mobile' THEN invoice_value ~ '^/[0-9A-Z+.-]{7}$' AND invoice_title = ''
        WHEN 'citizen' THEN invoice_value ~ '^[A-Z]{2}[0-9]{14}$' AND invoice_title = ''
        WHEN 'donation' THEN invoice_value ~ '^[0-9]{3,7}$' AND invoice_title = ''
        WHEN 'company' THEN invoice_value ~ '^[0-9]{8}$' AND invoice_title <> ''
        ELSE false END);
COMMENT ON TABLE orders IS
    'One row per order; amounts in whole TWD. Who changes status: only store/orders.py and store/fulfilment.py, each change guarded in its WHERE. stock_round counts how often the order has taken stock (a revived order takes it again). For pick-up (cvs) address is the store in words. invoice_kind and note are as the customer left them with the order.';
