-- The events of an entity are numbered 1, 2, 3 … in commit order, and their moments rise with their numbers.
-- What one transaction records in several statements carries one moment.
-- What a row can hold at all is looked at here and in no CHECK, because a CHECK is made ready anew for each statement.
CREATE FUNCTION books_event_order() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    run record;
    last record;
BEGIN
    PERFORM books_lock_entities(array_agg(DISTINCT entity_id)) FROM new_rows HAVING count(*) > 0;
    FOR run IN
        SELECT entity_id, min(sequence) AS lowest, max(sequence) AS highest, count(*) AS rows,
               min(recorded_at) AS earliest, max(recorded_at) AS latest, bool_or(octet_length(hash) <> 32) AS odd_hash
        FROM new_rows GROUP BY entity_id
    LOOP
        IF run.odd_hash OR run.earliest < '1900-01-01 00:00:00+00' OR run.latest >= '3000-01-01 00:00:00+00' THEN
            RAISE EXCEPTION 'an event has a hash of 32 bytes and a moment in the years 1900 to 2999'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'books_event_bounds';
        END IF;
        SELECT sequence, recorded_at, xmin = pg_current_xact_id()::xid AS is_ours INTO last
        FROM books_event WHERE entity_id = run.entity_id AND sequence < run.lowest
        ORDER BY sequence DESC LIMIT 1;
        IF run.lowest <> coalesce(last.sequence, 0) + 1 OR run.highest - run.lowest + 1 <> run.rows THEN
            RAISE EXCEPTION 'event sequence must go on without a gap after %', coalesce(last.sequence, 0)
                USING ERRCODE = 'check_violation', CONSTRAINT = 'event_gap_free';
        END IF;
        IF run.earliest < last.recorded_at OR (run.earliest = last.recorded_at AND NOT last.is_ours) THEN
            RAISE EXCEPTION 'an event cannot be recorded at or before the one it follows'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'event_moments_rise';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER event_order AFTER INSERT ON books_event
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION books_event_order();
-- back --
DROP TRIGGER event_order ON books_event;
DROP FUNCTION books_event_order();
