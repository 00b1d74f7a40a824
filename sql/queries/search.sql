-- name: search_sample(match, tier, most)$
-- How many listings of a tier match, counted up to `most`: a cheap guess at how common a word is.
SELECT count(*) FROM (
    SELECT 1 FROM listings WHERE words @@ (SELECT :match::tsquery) AND tiers && (SELECT ARRAY[:tier]) LIMIT :most
) counted;

-- name: search_among(match, tiers, tiered, names, key, begins, rank, sort, any_sku, price_from, price_to, in_stock, fresh, after_rank, after_tier, a, b, c, most, limit)
-- The best of the first `most` listings that match, of all tiers or some. seen counts what matched, matches what of it
-- sells as asked; what does not comes last. The tsquery stands in a subquery so that PostgreSQL plans for a word it
-- does not know: told that a word is common it would read the table from its start in the hope of meeting it soon,
-- and products that are alike may lie together at its end. fresh: there is no place to be behind of.
SELECT product_id, rank, tier, a, b, c, sells AS hit,
       count(*) OVER () AS seen, count(*) FILTER (WHERE sells) OVER () AS matches
FROM (
    SELECT m.*, (:any_sku OR (m.price_from <= :price_to AND m.price_to >= :price_from AND coalesce(
               (SELECT true FROM skus k WHERE k.product_id = m.product_id AND k.active
                AND k.price BETWEEN :price_from AND :price_to AND (k.stock > 0 OR NOT :in_stock) LIMIT 1), false))) AS sells
    FROM (
        SELECT product_id, rank, tier, a, b, c, price_from, price_to
        FROM (
            SELECT l.product_id, l.price_from, l.price_to,
                   CASE WHEN :rank = 4 THEN 4 WHEN :sort <> 'best' THEN 0 WHEN NOT l.words @@ :names::tsquery THEN 3
                        WHEN l.name_key = :key THEN 0 WHEN :begins AND left(l.name_key, length(:key)) = :key THEN 1
                        ELSE 2 END AS rank,
                   CASE WHEN :tiered THEN l.tiers[1] ELSE 0 END AS tier,
                   CASE :sort WHEN 'newest' THEN 0 WHEN 'price_up' THEN l.price_from
                              WHEN 'price_down' THEN -l.price_from ELSE l.standing END AS a,
                   CASE WHEN :sort IN ('best', 'popular') THEN l.position ELSE 0 END AS b,
                   CASE WHEN :sort IN ('newest', 'price_down') THEN -l.product_id ELSE l.product_id END AS c
            FROM listings l
            WHERE l.words @@ (SELECT :match::tsquery) AND (:tiers::int[] IS NULL OR l.tiers && (SELECT :tiers::int[]))
        ) l
        WHERE (:fresh OR (rank, tier, a, b, c) > (:after_rank, :after_tier, :a, :b, :c)) AND (:rank::int IS NULL OR rank = :rank)
        LIMIT :most
    ) m
) s
ORDER BY sells DESC, rank, tier, a, b, c LIMIT :limit;

-- name: search_named(names, key, key_end, category_id, any_sku, price_from, price_to, in_stock, fresh, after_rank, after_tier, a, b, c, most, limit)
-- The best of the first `most` listings whose names are or begin with a key; seen counts them. What is no hit (its name
-- has not the words as they are parted, it is of another category, before the place, not for sale) comes last.
SELECT product_id, rank, tier, a, b, c, hit, seen
FROM (
    SELECT m.*, (:fresh OR (rank, tier, a, b, c) > (:after_rank, :after_tier, :a, :b, :c)) AND words @@ :names::tsquery
           AND (:category_id::bigint IS NULL OR category_id = :category_id)
           AND (:any_sku OR (m.price_from <= :price_to AND m.price_to >= :price_from AND coalesce(
               (SELECT true FROM skus k WHERE k.product_id = m.product_id AND k.active
                AND k.price BETWEEN :price_from AND :price_to AND (k.stock > 0 OR NOT :in_stock) LIMIT 1), false))) AS hit
    FROM (
        SELECT l.*, CASE WHEN name_key = :key THEN 0 ELSE 1 END AS rank, tiers[1] AS tier, standing AS a, position AS b,
               product_id AS c, count(*) OVER () AS seen
        FROM (
            SELECT * FROM listings WHERE name_key >= :key AND name_key < :key_end ORDER BY name_key LIMIT :most
        ) l
    ) m
) n
ORDER BY hit DESC, rank, tier, a, b, c LIMIT :limit;

-- name: search_by_standing(category_id, match, any_sku, price_from, price_to, in_stock, a, b, c, walk, limit)
-- The walks: listings in one order from behind a place on, at most `walk` of them looked at, those that match (hit)
-- and the last one looked at, where the next walk can begin. This one: most popular first.
SELECT product_id, standing AS a, position AS b, product_id AS c, place, hit
FROM (
    SELECT w.*, (:match::tsquery IS NULL OR w.words @@ :match::tsquery)
           AND (:any_sku OR (w.price_from <= :price_to AND w.price_to >= :price_from AND coalesce(
               (SELECT true FROM skus k WHERE k.product_id = w.product_id AND k.active
                AND k.price BETWEEN :price_from AND :price_to AND (k.stock > 0 OR NOT :in_stock) LIMIT 1), false))) AS hit
    FROM (
        SELECT product_id, standing, position, price_from, price_to, words,
               row_number() OVER (ORDER BY standing, position, product_id) AS place
        FROM listings
        WHERE (:category_id::bigint IS NULL OR category_id = :category_id) AND (standing, position, product_id) > (:a, :b, :c)
        ORDER BY standing, position, product_id LIMIT :walk
    ) w
) f
WHERE hit OR place = :walk
ORDER BY standing, position, product_id LIMIT :limit;

-- name: search_by_position(category_id, match, any_sku, price_from, price_to, in_stock, a, c, walk, limit)
-- The shop's own order.
SELECT product_id, position AS a, 0 AS b, product_id AS c, place, hit
FROM (
    SELECT w.*, (:match::tsquery IS NULL OR w.words @@ :match::tsquery)
           AND (:any_sku OR (w.price_from <= :price_to AND w.price_to >= :price_from AND coalesce(
               (SELECT true FROM skus k WHERE k.product_id = w.product_id AND k.active
                AND k.price BETWEEN :price_from AND :price_to AND (k.stock > 0 OR NOT :in_stock) LIMIT 1), false))) AS hit
    FROM (
        SELECT product_id, position, price_from, price_to, words,
               row_number() OVER (ORDER BY position, product_id) AS place
        FROM listings
        WHERE (:category_id::bigint IS NULL OR category_id = :category_id) AND (position, product_id) > (:a, :c)
        ORDER BY position, product_id LIMIT :walk
    ) w
) f
WHERE hit OR place = :walk
ORDER BY position, product_id LIMIT :limit;

-- name: search_by_age(category_id, match, any_sku, price_from, price_to, in_stock, c, walk, limit)
-- Newest first.
SELECT product_id, 0 AS a, 0 AS b, -product_id AS c, place, hit
FROM (
    SELECT w.*, (:match::tsquery IS NULL OR w.words @@ :match::tsquery)
           AND (:any_sku OR (w.price_from <= :price_to AND w.price_to >= :price_from AND coalesce(
               (SELECT true FROM skus k WHERE k.product_id = w.product_id AND k.active
                AND k.price BETWEEN :price_from AND :price_to AND (k.stock > 0 OR NOT :in_stock) LIMIT 1), false))) AS hit
    FROM (
        SELECT product_id, price_from, price_to, words,
               row_number() OVER (ORDER BY product_id DESC) AS place
        FROM listings
        WHERE (:category_id::bigint IS NULL OR category_id = :category_id) AND product_id < (- :c::bigint)
        ORDER BY product_id DESC LIMIT :walk
    ) w
) f
WHERE hit OR place = :walk
ORDER BY product_id DESC LIMIT :limit;

-- name: search_by_price_up(category_id, match, any_sku, price_from, price_to, in_stock, a, c, walk, limit)
-- Cheapest first.
SELECT product_id, price_from AS a, 0 AS b, product_id AS c, place, hit
FROM (
    SELECT w.*, (:match::tsquery IS NULL OR w.words @@ :match::tsquery)
           AND (:any_sku OR (w.price_from <= :price_to AND w.price_to >= :price_from AND coalesce(
               (SELECT true FROM skus k WHERE k.product_id = w.product_id AND k.active
                AND k.price BETWEEN :price_from AND :price_to AND (k.stock > 0 OR NOT :in_stock) LIMIT 1), false))) AS hit
    FROM (
        SELECT product_id, price_from, price_to, words,
               row_number() OVER (ORDER BY price_from, product_id) AS place
        FROM listings
        WHERE (:category_id::bigint IS NULL OR category_id = :category_id) AND (price_from, product_id) > (:a, :c)
        ORDER BY price_from, product_id LIMIT :walk
    ) w
) f
WHERE hit OR place = :walk
ORDER BY price_from, product_id LIMIT :limit;

-- name: search_by_price_down(category_id, match, any_sku, price_from, price_to, in_stock, a, c, walk, limit)
-- Dearest first.
SELECT product_id, -price_from AS a, 0 AS b, -product_id AS c, place, hit
FROM (
    SELECT w.*, (:match::tsquery IS NULL OR w.words @@ :match::tsquery)
           AND (:any_sku OR (w.price_from <= :price_to AND w.price_to >= :price_from AND coalesce(
               (SELECT true FROM skus k WHERE k.product_id = w.product_id AND k.active
                AND k.price BETWEEN :price_from AND :price_to AND (k.stock > 0 OR NOT :in_stock) LIMIT 1), false))) AS hit
    FROM (
        SELECT product_id, price_from, price_to, words,
               row_number() OVER (ORDER BY price_from DESC, product_id DESC) AS place
        FROM listings
        WHERE (:category_id::bigint IS NULL OR category_id = :category_id) AND (price_from, product_id) < (- :a::bigint, - :c::bigint)
        ORDER BY price_from DESC, product_id DESC LIMIT :walk
    ) w
) f
WHERE hit OR place = :walk
ORDER BY price_from DESC, product_id DESC LIMIT :limit;

-- name: search_count(category_id, most)$
-- How many products a category (or the shop) lists, counted up to `most`.
SELECT count(*) FROM (
    SELECT 1 FROM listings WHERE (:category_id::bigint IS NULL OR category_id = :category_id) LIMIT :most
) counted;

-- name: search_cards(product_ids)
-- The products as they show in a list, in the order of their ids here.
SELECT p.id, p.name, p.picture, p.description, p.category_id,
       min(s.price) AS price_from, max(s.price) AS price_to,
       (array_agg(s.list_price ORDER BY s.price, s.id))[1] AS list_price, sum(s.stock) AS stock, count(*) AS options
FROM unnest(:product_ids::bigint[]) WITH ORDINALITY AS n (id, place)
JOIN products p ON p.id = n.id
JOIN skus s ON s.product_id = p.id AND s.active
GROUP BY n.place, p.id
ORDER BY n.place;

-- name: search_near(pieces, most, limit)
-- Products in stock that share pieces of their name with what was typed: longer pieces count for more. Of each piece
-- only the first `most` products are looked at.
SELECT l.product_id
FROM (
    SELECT near.product_id, sum(length(n.piece)) AS shared
    FROM unnest(:pieces::text[]) AS n (piece)
    CROSS JOIN LATERAL (
        SELECT product_id FROM listings WHERE words @@ quote_literal('=' || n.piece)::tsquery LIMIT :most
    ) near
    GROUP BY near.product_id
) alike
JOIN listings l ON l.product_id = alike.product_id
WHERE coalesce((SELECT true FROM skus k WHERE k.product_id = l.product_id AND k.active AND k.stock > 0 LIMIT 1), false)
ORDER BY alike.shared DESC, l.standing, l.position, l.product_id
LIMIT :limit;
