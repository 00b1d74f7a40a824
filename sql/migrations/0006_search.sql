-- What searching and browsing read: one flat row per product that is for sale.

CREATE TABLE listings (
    product_id   bigint PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
    category_id  bigint NOT NULL,
    position     integer NOT NULL,
    price_from   integer NOT NULL,
    price_to     integer NOT NULL,
    popularity   integer NOT NULL DEFAULT 0 CHECK (popularity >= 0),
    in_stock     boolean NOT NULL,
    standing     integer NOT NULL GENERATED ALWAYS AS (-(2 * popularity + in_stock::integer)) STORED,
    tiers        integer[] NOT NULL GENERATED ALWAYS AS (ARRAY[
                     CASE WHEN popularity > 0 THEN 0
                          WHEN product_id % 2147483648 * 1327217885 % 2147483648 < 2097152 THEN 1    -- 1 of 1024
                          WHEN product_id % 2147483648 * 1327217885 % 2147483648 < 8388608 THEN 2    -- with those: 1 of 256
                          WHEN product_id % 2147483648 * 1327217885 % 2147483648 < 33554432 THEN 3   -- 1 of 64
                          WHEN product_id % 2147483648 * 1327217885 % 2147483648 < 134217728 THEN 4  -- 1 of 16
                          WHEN product_id % 2147483648 * 1327217885 % 2147483648 < 536870912 THEN 5  -- 1 of 4
                          ELSE 6 END]) STORED,
    edition      integer NOT NULL,
    name_key     text COLLATE "C" NOT NULL,
    words        tsvector NOT NULL
);
COMMENT ON TABLE listings IS
    'A product as search sees it, written by store/listings.py in the transaction that changes the product; one without an active SKU has no row. Prices in whole TWD over the active SKUs. popularity and in_stock are hints for the order of results, refreshed now and then: an order must not wait for a row here, so what is in stock is asked of skus. edition says by which rules of store/search_terms.py the row was made.';
COMMENT ON COLUMN listings.standing IS 'Popularity, then stock, smaller is better: so that one ascending row comparison pages through (standing, position, product_id).';
COMMENT ON COLUMN listings.tiers IS 'One number: 0 for a best seller, else a fixed draw by the product''s id (a golden section spreads neighbours). Of a word that very many products have, the products of low tiers are read first: so a page costs the same however many have it. An array, because the index of words knows those.';
COMMENT ON COLUMN listings.name_key IS 'The folded name without gaps: finds a product by its exact name or by how it begins. Compared byte by byte.';
COMMENT ON COLUMN listings.words IS 'Pieces of the text as plain lexemes: 茶葉 stands anywhere, =茶葉 in the name, ~olong is a name''s word with a letter left out, @7 is the category. Namespaces instead of weights, because the index knows lexemes only: a weight would be looked up in every row that has the word.';

CREATE INDEX listings_words ON listings USING gin (words, tiers) WITH (gin_pending_list_limit = 256);
COMMENT ON INDEX listings_words IS 'Finds the rows that have all the pieces of what was typed, all of them or those of some tiers. Every search reads the list of pending entries, so it is kept short (256 kB).';
CREATE INDEX listings_name_key ON listings (name_key);
COMMENT ON INDEX listings_name_key IS 'Exact names and beginnings of names, which come first.';
CREATE INDEX listings_standing ON listings (standing, position, product_id);
COMMENT ON INDEX listings_standing IS 'Most popular first.';
CREATE INDEX listings_position ON listings (position, product_id);
COMMENT ON INDEX listings_position IS 'All products in the shop''s own order.';
CREATE INDEX listings_price ON listings (price_from, product_id);
COMMENT ON INDEX listings_price IS 'By price, in both directions.';
CREATE INDEX listings_category_standing ON listings (category_id, standing, position, product_id);
COMMENT ON INDEX listings_category_standing IS 'One category, most popular first.';
CREATE INDEX listings_category_position ON listings (category_id, position, product_id);
COMMENT ON INDEX listings_category_position IS 'One category in the shop''s own order.';
CREATE INDEX listings_category_price ON listings (category_id, price_from, product_id);
COMMENT ON INDEX listings_category_price IS 'One category by price, in both directions.';
CREATE INDEX listings_category_newest ON listings (category_id, product_id);
COMMENT ON INDEX listings_category_newest IS 'One category, newest first: ids only grow.';
