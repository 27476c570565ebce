-- The last closed day of an entity, NULL when none is. It follows from insert-only rows: there is no column to set back.
CREATE FUNCTION days_closed_through(of_entity uuid) RETURNS date
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT closed_through FROM days_daycutoff WHERE entity_id = of_entity ORDER BY number DESC LIMIT 1
$$;
-- back --
DROP FUNCTION days_closed_through(uuid);
