-- name: categories_list()
-- The shelves that have something to sell, in the shop's order.
SELECT c.id, c.name, count(DISTINCT p.id) AS products
FROM categories c
JOIN products p ON p.category_id = c.id
WHERE EXISTS (SELECT 1 FROM skus s WHERE s.product_id = p.id AND s.active)
GROUP BY c.id
ORDER BY c.position, c.id;

-- name: category_by_id(id)^
-- One shelf.
SELECT c.id, c.name, count(p.id) AS products
FROM categories c LEFT JOIN products p ON p.category_id = c.id
WHERE c.id = :id GROUP BY c.id;

-- name: products_of_category(category_id, limit, offset)
-- A page of a shelf.
SELECT p.id, p.name, p.picture, p.description, p.category_id,
       min(s.price) AS price_from, max(s.price) AS price_to,
       (array_agg(s.list_price ORDER BY s.price, s.id))[1] AS list_price, sum(s.stock) AS stock, count(*) AS options
FROM products p JOIN skus s ON s.product_id = p.id AND s.active
WHERE p.category_id = :category_id
GROUP BY p.id
ORDER BY p.position, p.id
LIMIT :limit OFFSET :offset;

-- name: products_search(pattern, exact, limit, offset)
-- Products with the words in name, option, category or description; the exact name first.
SELECT p.id, p.name, p.picture, p.description, p.category_id,
       min(s.price) AS price_from, max(s.price) AS price_to,
       (array_agg(s.list_price ORDER BY s.price, s.id))[1] AS list_price, sum(s.stock) AS stock, count(*) AS options
FROM products p
JOIN categories c ON c.id = p.category_id
JOIN skus s ON s.product_id = p.id AND s.active
WHERE p.name ILIKE :pattern OR c.name ILIKE :pattern OR p.description ILIKE :pattern
   OR EXISTS (SELECT 1 FROM skus o WHERE o.product_id = p.id AND o.active AND o.option ILIKE :pattern)
GROUP BY p.id
ORDER BY (p.name = :exact) DESC, (p.name ILIKE :pattern) DESC, p.position, p.id
LIMIT :limit OFFSET :offset;

-- name: products_in_stock(limit)
-- Something to look at when nothing was found: what was bought most in the last orders, else the first.
SELECT p.id, p.name, p.picture, p.description, p.category_id,
       min(s.price) AS price_from, max(s.price) AS price_to,
       (array_agg(s.list_price ORDER BY s.price, s.id))[1] AS list_price, sum(s.stock) AS stock, count(*) AS options
FROM products p
JOIN skus s ON s.product_id = p.id AND s.active
LEFT JOIN (
    SELECT recent.sku_id, sum(recent.quantity) AS bought
    FROM (SELECT sku_id, quantity FROM order_lines ORDER BY order_id DESC LIMIT 500) recent
    GROUP BY recent.sku_id
) b ON b.sku_id = s.id
GROUP BY p.id
HAVING sum(s.stock) > 0
ORDER BY coalesce(sum(b.bought), 0) DESC, p.position, p.id
LIMIT :limit;

-- name: product_by_id(id)^
-- One product with its shelf.
SELECT p.id, p.name, p.picture, p.description, p.category_id, c.name AS category
FROM products p JOIN categories c ON c.id = p.category_id
WHERE p.id = :id;

-- name: skus_of_product(product_id)
-- What a product can be bought as.
SELECT id, code, option, price, list_price, stock, active
FROM skus WHERE product_id = :product_id AND active
ORDER BY position, id;

-- name: sku_by_id(id)^
-- One SKU with the name of its product.
SELECT s.id, s.code, s.option, s.price, s.list_price, s.stock, s.active, p.id AS product_id, p.name AS product_name
FROM skus s JOIN products p ON p.id = s.product_id
WHERE s.id = :id;

-- name: picture_store(digest, media_type, content)!
-- Keep a picture under its digest; the same bytes again change nothing.
INSERT INTO pictures (digest, media_type, content) VALUES (:digest, :media_type, :content)
ON CONFLICT (digest) DO NOTHING;

-- name: picture_by_digest(digest)^
-- The bytes of a picture.
SELECT media_type, content FROM pictures WHERE digest = :digest;

-- name: import_lock()$
-- Imports take turns.
SELECT pg_advisory_xact_lock(7241560932);
