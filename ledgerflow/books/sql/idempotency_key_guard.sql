-- A key is bound to an event of its own transaction: nobody makes an old event, or one that is not there, the answer to a
-- request that is still to come. The events of a transaction have no gap, so the lowest and the highest stand for all.
CREATE FUNCTION books_idempotency_key_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    run record;
BEGIN
    FOR run IN
        SELECT entity_id, min(event_sequence) AS lowest, max(event_sequence) AS highest,
               bool_or(octet_length(fingerprint) <> 33) AS odd_fingerprint
        FROM new_rows GROUP BY entity_id
    LOOP
        IF run.odd_fingerprint THEN
            RAISE EXCEPTION 'a fingerprint has 33 bytes'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'books_idempotencykey_bounds';
        END IF;
        IF (SELECT count(*) FROM books_event e
            WHERE e.entity_id = run.entity_id AND e.sequence IN (run.lowest, run.highest)
              AND books_is_ours(e.xmin)) <> 1 + (run.lowest <> run.highest)::integer THEN
            RAISE EXCEPTION 'a key is bound to an event that was not recorded with it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'idempotency_key_of_its_event';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER idempotency_key_guard AFTER INSERT ON books_idempotencykey
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION books_idempotency_key_guard();
-- back --
DROP TRIGGER idempotency_key_guard ON books_idempotencykey;
DROP FUNCTION books_idempotency_key_guard();
