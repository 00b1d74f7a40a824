-- The bytes of a picture may lie in object storage; a category that is empty may be put out of the way.

ALTER TABLE pictures ALTER COLUMN content DROP NOT NULL;
COMMENT ON TABLE pictures IS
    'Product pictures, named by the SHA-256 of their bytes so that an address never changes its meaning. content is NULL where the bytes lie in object storage under the same name; without one they are kept here, because a dyno forgets its disk.';

ALTER TABLE categories ADD COLUMN hidden boolean NOT NULL DEFAULT false;
COMMENT ON TABLE categories IS
    'Shelves of the shop, shown in the order of position. A hidden one has no products and is not offered in the console; putting a product on it shows it again.';
