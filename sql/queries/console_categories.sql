-- name: console_shelves()
-- Every category in the shop's order, hidden ones too, with how many products it has and how many are for sale.
SELECT c.id, c.name, c.hidden, coalesce(p.products, 0) AS products, coalesce(l.listed, 0) AS listed
FROM categories c
LEFT JOIN (SELECT category_id, count(*) AS products FROM products GROUP BY category_id) p ON p.category_id = c.id
LEFT JOIN (SELECT category_id, count(*) AS listed FROM listings GROUP BY category_id) l ON l.category_id = c.id
ORDER BY c.position, c.id;

-- name: console_shelf_lock(id)^
-- One category, held until the end of the transaction: nobody puts a product on it meanwhile.
SELECT id, name, hidden FROM categories WHERE id = :id FOR NO KEY UPDATE;

-- name: console_shelves_lock()
-- All categories that are not hidden, in the shop's order, held until the end of the transaction.
SELECT id, name, position FROM categories WHERE NOT hidden ORDER BY position, id FOR NO KEY UPDATE;

-- name: console_shelves_place(ids)!
-- Number categories in this order, those that have another number.
UPDATE categories SET position = n.place
FROM unnest(:ids::bigint[]) WITH ORDINALITY AS n (id, place)
WHERE categories.id = n.id AND categories.position <> n.place;

-- name: console_shelf_rename(id, name)!
-- Another name.
UPDATE categories SET name = :name WHERE id = :id;

-- name: console_shelf_products(id)$
-- The ids of everything on a category, for sale or not.
SELECT coalesce(array_agg(id), '{}') FROM products WHERE category_id = :id;

-- name: console_shelf_hide(id, hidden)!
-- Out of the way, or back.
UPDATE categories SET hidden = :hidden WHERE id = :id;
