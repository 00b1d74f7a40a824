-- name: categories_page(offset, limit, most)
-- A part of the shelves that have something on them, their products counted up to `most`. The inner OFFSET 0 keeps
-- PostgreSQL from looking into every shelf of the shop before it takes the few that are shown.
SELECT c.id, c.name, (SELECT count(*) FROM (SELECT 1 FROM listings l WHERE l.category_id = c.id LIMIT :most) n) AS products
FROM (
    SELECT a.id, a.name, a.position
    FROM (SELECT id, name, position FROM categories ORDER BY position, id OFFSET 0) a
    WHERE coalesce((SELECT true FROM listings l WHERE l.category_id = a.id LIMIT 1), false)
    LIMIT :limit OFFSET :offset
) c
ORDER BY c.position, c.id;

-- name: category_by_id(id, most)^
-- One shelf, its products counted up to `most`.
SELECT c.id, c.name, (SELECT count(*) FROM (SELECT 1 FROM listings l WHERE l.category_id = c.id LIMIT :most) n) AS products
FROM categories c WHERE c.id = :id;

-- name: category_by_name(name)^
-- The shelf of this name, if something is on it.
SELECT c.id FROM categories c
WHERE c.name = :name AND EXISTS (SELECT 1 FROM listings l WHERE l.category_id = c.id);

-- name: categories_names(ids)
-- What shelves are called.
SELECT id, name FROM categories WHERE id = ANY (:ids::bigint[]);

-- name: products_named(key, name)
-- Two products for sale with this folded name (of the first 200 such); exact: the same letter by letter, these first.
SELECT p.id, p.name = :name AS exact
FROM (SELECT product_id FROM listings WHERE name_key = :key LIMIT 200) l JOIN products p ON p.id = l.product_id
ORDER BY exact DESC, p.id LIMIT 2;

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
-- Keep a picture under its digest. The same bytes again change nothing, but that a row without bytes gets them:
-- they were put into a storage that is no longer there.
INSERT INTO pictures (digest, media_type, content) VALUES (:digest, :media_type, :content::bytea)
ON CONFLICT (digest) DO UPDATE SET content = excluded.content
WHERE pictures.content IS NULL AND excluded.content IS NOT NULL;

-- name: picture_by_digest(digest)^
-- A picture; its bytes are NULL where they lie in the storage.
SELECT media_type, content FROM pictures WHERE digest = :digest;

-- name: import_lock()$
-- Imports take turns.
SELECT pg_advisory_xact_lock(7241560932);

-- name: pictures_here(after, limit)$
-- A part of the pictures whose bytes are in the database, from behind a digest on.
SELECT coalesce(array_agg(digest ORDER BY digest), '{}') FROM (
    SELECT digest FROM pictures WHERE content IS NOT NULL AND digest > :after ORDER BY digest LIMIT :limit
) p;

-- name: pictures_elsewhere(after, limit)$
-- A part of the pictures whose bytes are in the storage, from behind a digest on.
SELECT coalesce(array_agg(digest ORDER BY digest), '{}') FROM (
    SELECT digest FROM pictures WHERE content IS NULL AND digest > :after ORDER BY digest LIMIT :limit
) p;

-- name: picture_move_out(digest)!
-- The bytes are in the storage now, and were read back from there.
UPDATE pictures SET content = NULL WHERE digest = :digest;

-- name: picture_move_in(digest, content)!
-- The bytes are here again.
UPDATE pictures SET content = :content WHERE digest = :digest AND content IS NULL;

-- name: picture_forget(digest)$
-- Forget a picture that no product shows; answers its digest where that is so.
DELETE FROM pictures
WHERE digest = :digest AND NOT EXISTS (SELECT 1 FROM products WHERE picture = :digest)
RETURNING digest;

-- name: pictures_counted()^
-- How many pictures are here, how many elsewhere, and the newest of each.
SELECT count(*) FILTER (WHERE content IS NOT NULL) AS here, count(*) FILTER (WHERE content IS NULL) AS elsewhere,
       (array_agg(digest ORDER BY created_at DESC) FILTER (WHERE content IS NOT NULL))[1] AS newest_here,
       (array_agg(digest ORDER BY created_at DESC) FILTER (WHERE content IS NULL))[1] AS newest_elsewhere
FROM pictures;
