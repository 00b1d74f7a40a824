-- name: console_products(words, category_id, shown, most, limit, offset)
-- Products for the console, in the shop's order; words are looked for in name and SKU codes. A product is shown (on),
-- hidden (off: no active SKU), or nearly gone (low: an active SKU of at most `most`).
SELECT p.id, p.name, p.picture, p.position, c.name AS category, k.price_from, k.price_to, k.stock, k.options, k.active
FROM products p
JOIN categories c ON c.id = p.category_id
CROSS JOIN LATERAL (
    SELECT min(s.price) AS price_from, max(s.price) AS price_to, coalesce(sum(s.stock) FILTER (WHERE s.active), 0) AS stock,
           count(*) AS options, count(*) FILTER (WHERE s.active) AS active,
           coalesce(bool_or(s.active AND s.stock <= :most), false) AS low
    FROM skus s WHERE s.product_id = p.id
) k
WHERE (:words::text IS NULL OR p.name ILIKE :words
       OR EXISTS (SELECT 1 FROM skus s WHERE s.product_id = p.id AND s.code ILIKE :words))
  AND (:category_id::bigint IS NULL OR p.category_id = :category_id)
  AND CASE :shown WHEN 'on' THEN k.active > 0 WHEN 'off' THEN k.active = 0 WHEN 'low' THEN k.low ELSE true END
ORDER BY c.position, c.id, p.position, p.id
LIMIT :limit OFFSET :offset;

-- name: console_categories()
-- All shelves but the hidden, empty ones too, in the shop's order.
SELECT id, name FROM categories WHERE NOT hidden ORDER BY position, id;

-- name: console_product(id)^
-- A product for the console.
SELECT p.id, p.name, p.description, p.picture, p.position, p.category_id, c.name AS category
FROM products p JOIN categories c ON c.id = p.category_id WHERE p.id = :id;

-- name: console_product_lock(id)^
-- The same, held until the end of the transaction.
SELECT p.id, p.name, p.description, p.picture, p.position, p.category_id, c.name AS category
FROM products p JOIN categories c ON c.id = p.category_id WHERE p.id = :id FOR NO KEY UPDATE OF p;

-- name: console_skus(product_id)
-- All SKUs of a product with what orders that have not left the house hold of them.
SELECT s.id, s.product_id, s.code, s.option, s.price, s.list_price, s.stock, s.active, s.position,
       (SELECT coalesce(sum(l.quantity), 0) FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.sku_id = s.id AND o.status IN ('pending', 'paid', 'preparing'))::int AS held
FROM skus s WHERE s.product_id = :product_id ORDER BY s.position, s.id;

-- name: console_sku_lock(id)^
-- A SKU, held until the end of the transaction: no order takes of it meanwhile.
SELECT id, product_id, code, option, price, list_price, stock, active, position
FROM skus WHERE id = :id FOR NO KEY UPDATE;

-- name: console_product_insert(category_id, name, description)$
-- A new product, behind the others of its shelf.
INSERT INTO products (category_id, name, description, position)
VALUES (:category_id, :name, :description,
        (SELECT coalesce(max(position), 0) + 1 FROM products WHERE category_id = :category_id))
RETURNING id;

-- name: console_product_update(id, category_id, name, description, position)!
-- What a product is called, and where it stands.
UPDATE products SET category_id = :category_id, name = :name, description = :description, position = :position
WHERE id = :id;

-- name: console_product_picture(id, picture)!
-- Another picture.
UPDATE products SET picture = :picture WHERE id = :id;

-- name: console_product_active(product_id, active)!
-- All options of a product on sale, or none.
UPDATE skus SET active = :active WHERE product_id = :product_id AND active <> :active;

-- name: console_sku_insert(product_id, code, option, price, list_price)$
-- A new option, behind the others.
INSERT INTO skus (product_id, code, option, price, list_price, position)
VALUES (:product_id, :code, :option, :price, :list_price,
        (SELECT coalesce(max(position), 0) + 1 FROM skus WHERE product_id = :product_id))
RETURNING id;

-- name: console_sku_update(id, option, price, list_price, active, position)!
-- What an option costs, and whether it is sold.
UPDATE skus SET option = :option, price = :price, list_price = :list_price, active = :active, position = :position
WHERE id = :id;

-- name: console_sku_count(sku_id, delta, actor, note)$
-- Stock changed by a human, with the reason; what can be sold afterwards, or nothing where that would be less than none.
WITH changed AS (
    UPDATE skus SET stock = stock + :delta WHERE id = :sku_id AND stock + :delta >= 0 RETURNING stock
)
INSERT INTO stock_moves (sku_id, reason, delta, stock_after, actor, note)
SELECT :sku_id, 'count', :delta, stock, :actor, :note FROM changed
RETURNING stock_after;

-- name: console_sku_moves(sku_id, before_id, limit)
-- The history of a SKU's stock, newest first, from before an id on.
SELECT m.id, m.reason, m.delta, m.stock_after, m.actor, m.moved_at, m.note, m.order_id, o.code, u.name AS staff
FROM stock_moves m
LEFT JOIN orders o ON o.id = m.order_id
LEFT JOIN staff_users u ON m.actor = 'staff:' || u.id
WHERE m.sku_id = :sku_id AND m.id < :before_id ORDER BY m.id DESC LIMIT :limit;

-- name: catalogue_products()
-- All products of a catalogue file, in the shop's order: importing the file numbers them in the order it has.
SELECT p.id FROM products p JOIN categories c ON c.id = p.category_id ORDER BY c.position, c.id, p.position, p.id;

-- name: catalogue_rows(product_ids)
-- All SKUs of these products in the shop's order, with what lies in the house of them.
SELECT s.code AS sku, p.name AS product, s.option, c.name AS category, s.price, s.list_price,
       s.stock + (SELECT coalesce(sum(l.quantity), 0) FROM order_lines l JOIN orders o ON o.id = l.order_id
                  WHERE l.sku_id = s.id AND o.status IN ('pending', 'paid', 'preparing'))::int AS stock,
       p.description, p.picture, s.active
FROM skus s JOIN products p ON p.id = s.product_id JOIN categories c ON c.id = p.category_id
WHERE p.id = ANY (:product_ids::bigint[])
ORDER BY array_position(:product_ids::bigint[], p.id), s.position, s.id;

-- name: catalogue_of(codes)
-- Chosen SKUs as they stand in a catalogue file.
SELECT s.code AS sku, p.name AS product, s.option, c.name AS category, s.price, s.list_price,
       s.stock + (SELECT coalesce(sum(l.quantity), 0) FROM order_lines l JOIN orders o ON o.id = l.order_id
                  WHERE l.sku_id = s.id AND o.status IN ('pending', 'paid', 'preparing'))::int AS stock,
       p.description, p.picture, s.active
FROM skus s JOIN products p ON p.id = s.product_id JOIN categories c ON c.id = p.category_id
WHERE s.code = ANY (:codes::text[]);

-- name: draft_put(user_id, content)!
-- Keep an uploaded file until its sender says yes; also forgets what nobody wanted.
WITH swept AS (DELETE FROM catalogue_drafts WHERE uploaded_at < now() - interval '1 day' AND user_id <> :user_id)
INSERT INTO catalogue_drafts (user_id, content) VALUES (:user_id, :content)
ON CONFLICT (user_id) DO UPDATE SET content = excluded.content, uploaded_at = now();

-- name: draft_of(user_id)$
-- The file somebody has uploaded.
SELECT content FROM catalogue_drafts WHERE user_id = :user_id;

-- name: draft_forget(user_id)!
-- It was taken over, or is not wanted any more.
DELETE FROM catalogue_drafts WHERE user_id = :user_id;

-- name: pictures_known(digests)
-- Which of these pictures are kept here.
SELECT digest FROM pictures WHERE digest = ANY (:digests::text[]);
