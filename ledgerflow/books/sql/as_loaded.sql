-- What was loaded under the lock must be what is changed. Otherwise the transaction starts again, as after any conflict.
CREATE FUNCTION books_as_loaded(changed bigint, loaded bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF changed <> loaded THEN
        RAISE EXCEPTION 'only % of % rows are as they were loaded', changed, loaded
            USING ERRCODE = 'serialization_failure', CONSTRAINT = 'rows_as_loaded';
    END IF;
END
$$;
-- back --
DROP FUNCTION books_as_loaded(bigint, bigint);
