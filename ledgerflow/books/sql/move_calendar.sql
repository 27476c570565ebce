-- Changes the entity's row, which every guard on the books locks. A transaction at REPEATABLE READ or SERIALIZABLE whose
-- snapshot is older than the change cannot lock the row: it fails with 40001 instead of deciding by what was open then.
CREATE FUNCTION books_move_calendar(of_entity uuid) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE books_entity SET calendar_version = calendar_version + 1 WHERE id = of_entity;
END
$$;
-- back --
DROP FUNCTION books_move_calendar(uuid);
