-- Parents lead upwards and end, as those of accounts do. Under the entity's lock, because two changes that are fine
-- alone can make a circle together.
CREATE FUNCTION dimensions_value_parent_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    IF EXISTS (
        WITH RECURSIVE above (id) AS (
            SELECT NEW.parent_id
            UNION SELECT v.parent_id FROM dimensions_dimensionvalue v JOIN above ON v.id = above.id
            WHERE v.parent_id IS NOT NULL
        )
        SELECT FROM above WHERE above.id = NEW.id
    ) THEN
        RAISE EXCEPTION 'a value cannot be its own ancestor'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dimension_value_parents_in_no_circle';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER dimension_value_parent_guard AFTER INSERT OR UPDATE OF parent_id ON dimensions_dimensionvalue
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION dimensions_value_parent_guard();
-- back --
DROP TRIGGER dimension_value_parent_guard ON dimensions_dimensionvalue;
DROP FUNCTION dimensions_value_parent_guard();
