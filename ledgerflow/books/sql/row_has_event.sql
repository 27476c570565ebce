-- A row that decides or explains something has its event, recorded in the same transaction: the log tells of it, so
-- that whoever changes the row alone is refused, and whoever forges the event as well is found by the proof. One
-- function for many tables: its arguments are a pattern of the types, the column of the sequence, and that of the
-- subject where there is one. The refusal bears the name of the trigger. Events are written last, so it is looked
-- for at commit.
CREATE FUNCTION books_row_has_event() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given jsonb := to_jsonb(NEW);
    told record;
BEGIN
    SELECT e.subject INTO told FROM books_event e
    WHERE e.entity_id = (given ->> 'entity_id')::uuid AND e.sequence = (given ->> TG_ARGV[1])::bigint
      AND e.type ~ TG_ARGV[0] AND books_is_ours(e.xmin);
    IF NOT FOUND OR (TG_NARGS > 2 AND told.subject <> given ->> TG_ARGV[2]) THEN
        RAISE EXCEPTION 'no event of this transaction tells of a row of %', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$;
-- back --
DROP FUNCTION books_row_has_event();
