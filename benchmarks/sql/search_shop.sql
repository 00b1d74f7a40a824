-- A shop of `products` products. Categories lie together in the shop's order and have two kinds of product each, as
-- in a real catalogue: the hard case for a walk in that order. Makers and adjectives are spread over the whole shop.
INSERT INTO categories (name, position)
SELECT c.name, c.n FROM unnest(%(categories)s::text[]) WITH ORDINALITY AS c (name, n);

INSERT INTO products (category_id, name, description, position)
SELECT c.id, p.maker || ' ' || p.adjective || p.kind || ' ' || p.n,
       p.adjective || '的' || p.kind || '，' || p.maker || '在' || p.place || '製作。' || p.quality || '，適合' || p.occasion || '。',
       p.n
FROM (
    SELECT n, 1 + s.shelf AS shelf,
           v.latin[1 + n * 31 %% array_length(v.latin, 1)] || ' ' ||
           v.first[1 + n * 7919 %% array_length(v.first, 1)] ||
           v.second[1 + n * 104729 %% array_length(v.second, 1)] AS maker,
           v.adjectives[1 + n * 193 %% array_length(v.adjectives, 1)] AS adjective,
           v.kinds[1 + 2 * s.shelf + n %% 2] AS kind,
           v.places[1 + n * 389 %% array_length(v.places, 1)] AS place,
           v.qualities[1 + n * 769 %% array_length(v.qualities, 1)] AS quality,
           v.occasions[1 + n * 1543 %% array_length(v.occasions, 1)] AS occasion
    FROM generate_series(1, %(products)s::bigint) n
    CROSS JOIN LATERAL (SELECT ((n - 1) * %(shelves)s / %(products)s)::integer AS shelf) s
    CROSS JOIN (SELECT %(latin)s::text[] AS latin, %(first)s::text[] AS first, %(second)s::text[] AS second,
                       %(adjectives)s::text[] AS adjectives, %(kinds)s::text[] AS kinds, %(places)s::text[] AS places,
                       %(qualities)s::text[] AS qualities, %(occasions)s::text[] AS occasions) v
) p
JOIN categories c ON c.position = p.shelf;

INSERT INTO skus (product_id, code, option, price, stock, position)
SELECT p.id, 'S' || lpad(p.id::text, 7, '0') || '-' || o.n, (ARRAY['小包', '中包', '大包', '禮盒'])[o.n],
       50 + p.position::bigint * 7907 %% 3000 + 20 * o.n,
       CASE WHEN (p.position + o.n) %% 5 = 0 OR p.position %% 7 = 0 THEN 0 ELSE 20 END, o.n
FROM products p
CROSS JOIN LATERAL generate_series(1, CASE WHEN p.position %% 3 = 0 THEN 4 ELSE 3 END) AS o (n);

ANALYZE;
