-- name: listings_lock_products(product_ids)
-- Hold these products, in one order for everybody, so that two changes of one product are listed in turn.
SELECT id FROM products WHERE id = ANY (:product_ids::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: listings_read(product_ids)
-- What is to be listed of these products: those with an active SKU, in ascending id.
SELECT p.id, p.name, p.description, p.category_id, p.position, c.name AS category,
       min(s.price) AS price_from, max(s.price) AS price_to, bool_or(s.stock > 0) AS in_stock,
       array_agg(s.option ORDER BY s.position, s.id) AS options,
       array_agg(s.code ORDER BY s.position, s.id) AS codes
FROM products p
JOIN categories c ON c.id = p.category_id
JOIN skus s ON s.product_id = p.id AND s.active
WHERE p.id = ANY (:product_ids::bigint[])
GROUP BY p.id, c.id
ORDER BY p.id;

-- name: listings_write(product_ids, category_ids, positions, prices_from, prices_to, in_stock, name_keys, words, edition)!
-- List products or change their listings; popularity stays as it is, and a listing that would not change is not written.
INSERT INTO listings AS l (product_id, category_id, position, price_from, price_to, in_stock, name_key, words, edition)
SELECT n.product_id, n.category_id, n.position, n.price_from, n.price_to, n.in_stock, n.name_key, n.words::tsvector, :edition
FROM unnest(:product_ids::bigint[], :category_ids::bigint[], :positions::int[], :prices_from::int[], :prices_to::int[],
            :in_stock::boolean[], :name_keys::text[], :words::text[])
    AS n (product_id, category_id, position, price_from, price_to, in_stock, name_key, words)
ON CONFLICT (product_id) DO UPDATE
SET category_id = excluded.category_id, position = excluded.position, price_from = excluded.price_from,
    price_to = excluded.price_to, in_stock = excluded.in_stock, name_key = excluded.name_key,
    words = excluded.words, edition = excluded.edition
WHERE (l.category_id, l.position, l.price_from, l.price_to, l.in_stock, l.name_key, l.words, l.edition)
   IS DISTINCT FROM (excluded.category_id, excluded.position, excluded.price_from, excluded.price_to,
                     excluded.in_stock, excluded.name_key, excluded.words, excluded.edition);

-- name: listings_delete(product_ids)!
-- Take products off the list.
DELETE FROM listings WHERE product_id = ANY (:product_ids::bigint[]);

-- name: listings_missing(edition, after, limit)
-- Products from behind an id on that are for sale and not listed, or listed by other rules.
SELECT p.id
FROM products p LEFT JOIN listings l ON l.product_id = p.id
WHERE p.id > :after AND (l.edition <> :edition
   OR (l.product_id IS NULL AND EXISTS (SELECT 1 FROM skus s WHERE s.product_id = p.id AND s.active)))
ORDER BY p.id LIMIT :limit;

-- name: listings_refresh_popularity(orders, sellers)!
-- Count the latest orders by product and keep the count of the best sellers, in steps that widen; forget the others'.
WITH recent AS (
    SELECT id, status FROM orders ORDER BY id DESC LIMIT :orders
), bought AS (
    SELECT s.product_id, round(8 * log(2, 1 + count(DISTINCT r.id)))::integer AS popularity
    FROM recent r
    JOIN order_lines o ON o.order_id = r.id
    JOIN skus s ON s.id = o.sku_id
    WHERE r.status NOT IN ('cancelled', 'expired')
    GROUP BY s.product_id
    ORDER BY count(DISTINCT r.id) DESC, s.product_id
    LIMIT :sellers
), different AS (
    SELECT l.product_id, coalesce(b.popularity, 0) AS popularity
    FROM (SELECT product_id FROM bought
          UNION SELECT product_id FROM listings WHERE standing <= -2) known
    JOIN listings l ON l.product_id = known.product_id
    LEFT JOIN bought b ON b.product_id = l.product_id
    WHERE l.popularity <> coalesce(b.popularity, 0)
    ORDER BY l.product_id FOR NO KEY UPDATE OF l
)
UPDATE listings SET popularity = different.popularity
FROM different WHERE listings.product_id = different.product_id;

-- name: listings_refresh_stock_hint(moves)!
-- Put the hint about stock right for what moved lately.
WITH moved AS (
    SELECT DISTINCT s.product_id
    FROM (SELECT sku_id FROM stock_moves ORDER BY id DESC LIMIT :moves) m JOIN skus s ON s.id = m.sku_id
), now_so AS (
    SELECT s.product_id, bool_or(s.stock > 0) AS in_stock
    FROM moved JOIN skus s ON s.product_id = moved.product_id AND s.active
    GROUP BY s.product_id
), different AS (
    SELECT l.product_id, n.in_stock
    FROM listings l JOIN now_so n ON n.product_id = l.product_id
    WHERE l.in_stock <> n.in_stock
    ORDER BY l.product_id FOR NO KEY UPDATE OF l
)
UPDATE listings SET in_stock = different.in_stock
FROM different WHERE listings.product_id = different.product_id;
