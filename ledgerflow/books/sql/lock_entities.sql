-- Takes the write lock of each entity named, in id order so that two statements cannot deadlock, and refuses
-- an entity that does not exist. Every guard on the books calls it first: who holds the lock sees all that was
-- committed before, and nobody else can commit into the same books until he is done.
CREATE FUNCTION books_lock_entities(entity_ids uuid[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found bigint;
BEGIN
    PERFORM 1 FROM books_entity WHERE id = ANY (entity_ids) ORDER BY id FOR NO KEY UPDATE;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found <> cardinality(entity_ids) THEN
        RAISE EXCEPTION 'a row names an entity that does not exist'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entity_exists';
    END IF;
END
$$;
-- back --
DROP FUNCTION books_lock_entities(uuid[]);
