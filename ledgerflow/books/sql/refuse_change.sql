-- Nothing posted is ever changed or deleted. One function for every table that is history.
CREATE FUNCTION books_refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: history is immutable', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'history_is_immutable';
END
$$;
-- back --
DROP FUNCTION books_refuse_change();
