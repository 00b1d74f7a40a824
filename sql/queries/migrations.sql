-- name: migrations_lock()$
-- Take turns with any other migration of this database; freed by the end of the transaction.
SELECT pg_advisory_xact_lock(7241560931);

-- name: migrations_create_table()#
-- The table that remembers what has been applied.
CREATE TABLE IF NOT EXISTS schema_migrations (
    name        text PRIMARY KEY,
    checksum    text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE schema_migrations IS 'Which files of sql/migrations this database has seen, and the SHA-256 of their text then.';

-- name: migrations_applied()
-- Every applied migration with its checksum.
SELECT name, checksum FROM schema_migrations ORDER BY name;

-- name: migrations_record(name, checksum)!
-- Remember an applied migration.
INSERT INTO schema_migrations (name, checksum) VALUES (:name, :checksum);

-- name: migrations_table_exists()$
-- Whether any migration has ever run here.
SELECT to_regclass('schema_migrations') IS NOT NULL;
