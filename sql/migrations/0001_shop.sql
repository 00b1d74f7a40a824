-- The shop itself: what is sold, to whom, and what lies in their carts.

CREATE TABLE pictures (
    digest      text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    media_type  text NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png')),
    content     bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pictures IS
    'Product pictures, named by the SHA-256 of their bytes so that an address never changes its meaning. Kept here because a dyno forgets its disk.';

CREATE TABLE categories (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text NOT NULL CHECK (name <> ''),
    position  integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE categories IS 'Shelves of the shop, shown in the order of position.';
CREATE UNIQUE INDEX categories_name ON categories (name);
COMMENT ON INDEX categories_name IS 'A category is known by its name in the catalogue file, so the name decides.';

CREATE TABLE products (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category_id  bigint NOT NULL REFERENCES categories (id),
    name         text NOT NULL CHECK (name <> ''),
    description  text NOT NULL DEFAULT '',
    picture      text NOT NULL DEFAULT '',
    position     integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE products IS
    'What a customer sees as one thing; sold as one or more SKUs. picture is an https address or the digest of a row of pictures.';
CREATE UNIQUE INDEX products_category_name ON products (category_id, name);
COMMENT ON INDEX products_category_name IS
    'Rows of the catalogue file with the same category and product are one product; also serves the shelf of one category.';

CREATE TABLE skus (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id  bigint NOT NULL REFERENCES products (id),
    code        text NOT NULL CHECK (code <> ''),
    option      text NOT NULL DEFAULT '',
    price       integer NOT NULL CHECK (price >= 0),
    list_price  integer CHECK (list_price >= 0),
    stock       integer NOT NULL DEFAULT 0,
    active      boolean NOT NULL DEFAULT true,
    position    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT skus_stock_is_never_negative CHECK (stock >= 0)
);
COMMENT ON TABLE skus IS
    'What is priced and counted: one option of a product. Prices in whole TWD; stock is what can still be sold (orders have already taken theirs).';
CREATE UNIQUE INDEX skus_code ON skus (code);
COMMENT ON INDEX skus_code IS 'The merchant''s own number names the SKU in files and reports.';
CREATE UNIQUE INDEX skus_product_option ON skus (product_id, option);
COMMENT ON INDEX skus_product_option IS 'A product cannot offer the same option twice; also finds the SKUs of a product.';

CREATE TABLE customers (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_user_id       text NOT NULL,
    display_name       text NOT NULL DEFAULT '',
    language           text NOT NULL DEFAULT 'zh-TW',
    friend             boolean NOT NULL DEFAULT true,
    dialog             jsonb,
    recipient_name     text NOT NULL DEFAULT '',
    phone              text NOT NULL DEFAULT '',
    address            text NOT NULL DEFAULT '',
    reply_token        text,
    reply_token_until  timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now(),
    last_seen_at       timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE customers IS
    'People who talk to the shop. dialog is an unfinished question to them; recipient_name, phone and address are remembered for next time; reply_token is the latest one nobody has used (a free way to answer).';
CREATE UNIQUE INDEX customers_line_user_id ON customers (line_user_id);
COMMENT ON INDEX customers_line_user_id IS 'LINE names a customer by this id in every event.';

CREATE TABLE carts (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id     bigint NOT NULL REFERENCES customers (id),
    status          text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'ordered')),
    payment_method  text,
    created_at      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE carts IS
    'What a customer means to buy. A cart holds no stock. Once ordered it stays as it was, so that a second tap on its button finds its order.';
CREATE UNIQUE INDEX carts_one_open_per_customer ON carts (customer_id) WHERE status = 'open';
COMMENT ON INDEX carts_one_open_per_customer IS 'Two taps at once cannot open two carts.';

CREATE TABLE cart_lines (
    cart_id      bigint NOT NULL REFERENCES carts (id),
    sku_id       bigint NOT NULL REFERENCES skus (id),
    quantity     integer NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    seen_price   integer NOT NULL CHECK (seen_price >= 0),
    added_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cart_id, sku_id)
);
COMMENT ON TABLE cart_lines IS
    'One SKU in a cart (the key merges the same SKU added twice). seen_price is the unit price in TWD the customer was last shown, so that a change can be asked about.';
