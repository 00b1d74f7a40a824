-- name: import_categories(names)
-- Shelves of a file: new ones go behind the known ones, and hidden ones are shown again. Answers all of them.
INSERT INTO categories (name, position)
SELECT n.name, (SELECT coalesce(max(position), 0) FROM categories) + n.place
FROM unnest(:names::text[]) WITH ORDINALITY AS n (name, place)
ON CONFLICT (name) DO UPDATE SET name = excluded.name, hidden = false
RETURNING id, name;

-- name: import_products(category_ids, names, descriptions, pictures)
-- Products of a file, new or updated in place. Answers all of them.
INSERT INTO products (category_id, name, description, picture, position)
SELECT n.category_id, n.name, n.description, n.picture, n.place
FROM unnest(:category_ids::bigint[], :names::text[], :descriptions::text[], :pictures::text[])
    WITH ORDINALITY AS n (category_id, name, description, picture, place)
ON CONFLICT (category_id, name) DO UPDATE
SET description = excluded.description, picture = excluded.picture, position = excluded.position
RETURNING id, category_id, name;

-- name: import_skus_lock(codes)
-- Hold the SKUs of a file, in one order for everybody, so that no order changes their stock meanwhile.
SELECT id, code, product_id FROM skus WHERE code = ANY (:codes::text[]) ORDER BY id FOR NO KEY UPDATE;

-- name: import_skus_held(sku_ids)
-- How many of each SKU are promised to orders that have not left the house.
SELECT l.sku_id, sum(l.quantity) AS held
FROM order_lines l JOIN orders o ON o.id = l.order_id
WHERE l.sku_id = ANY (:sku_ids::bigint[]) AND o.status IN ('pending', 'paid', 'preparing')
GROUP BY l.sku_id;

-- name: import_skus_park_options(product_ids, codes, options)!
-- Make way for options that change places between SKUs of one file. Only for those: a new value in a unique
-- index locks the row against every order line that refers to it.
UPDATE skus SET option = '~' || skus.code
FROM unnest(:product_ids::bigint[], :codes::text[], :options::text[]) AS n (product_id, code, option)
WHERE skus.code = n.code AND (skus.product_id, skus.option) IS DISTINCT FROM (n.product_id, n.option);

-- name: import_skus_update(product_ids, codes, options, prices, list_prices, actives)!
-- Known SKUs of a file; stock is counted separately. No upsert: that would lock the rows as a new key does.
UPDATE skus
SET product_id = n.product_id, option = n.option, price = n.price, list_price = n.list_price,
    active = n.active, position = n.place
FROM unnest(:product_ids::bigint[], :codes::text[], :options::text[], :prices::int[], :list_prices::int[],
            :actives::boolean[])
    WITH ORDINALITY AS n (product_id, code, option, price, list_price, active, place)
WHERE skus.code = n.code;

-- name: import_skus_insert(product_ids, codes, options, prices, list_prices, actives)!
-- New SKUs of a file; those that are known are passed over.
INSERT INTO skus (product_id, code, option, price, list_price, active, position)
SELECT n.product_id, n.code, n.option, n.price, n.list_price, n.active, n.place
FROM unnest(:product_ids::bigint[], :codes::text[], :options::text[], :prices::int[], :list_prices::int[],
            :actives::boolean[])
    WITH ORDINALITY AS n (product_id, code, option, price, list_price, active, place)
ON CONFLICT (code) DO NOTHING;

-- name: import_skus_ids(codes)
-- The ids of the SKUs of a file.
SELECT id, code FROM skus WHERE code = ANY (:codes::text[]);

-- name: import_stock(sku_ids, counts, actor)$
-- Set what can be sold and write the difference into the ledger. Answers how many SKUs changed.
WITH counted AS (
    SELECT s.id, n.available, n.available - s.stock AS delta
    FROM unnest(:sku_ids::bigint[], :counts::int[]) AS n (id, available)
    JOIN skus s ON s.id = n.id
    WHERE n.available <> s.stock
), changed AS (
    UPDATE skus SET stock = counted.available FROM counted WHERE skus.id = counted.id
    RETURNING skus.id, counted.delta, skus.stock
), moved AS (
    INSERT INTO stock_moves (sku_id, reason, delta, stock_after, actor)
    SELECT id, 'count', delta, stock, :actor FROM changed
    RETURNING 1
)
SELECT count(*) FROM moved;

-- name: import_skus_taken(product_ids, options, codes)
-- SKUs outside the file that hold an option the file wants.
SELECT s.product_id, s.option, s.code
FROM unnest(:product_ids::bigint[], :options::text[]) AS n (product_id, option)
JOIN skus s ON s.product_id = n.product_id AND s.option = n.option
WHERE s.code <> ALL (:codes::text[])
ORDER BY s.id;
