-- A line of the bank that is in a match is neither undone nor split. With the entity's lock, so that no match comes
-- between looking and writing. What was matched since the snapshot of a transaction at REPEATABLE READ is not seen here; but
-- splitting and undoing have their events, and no older snapshot has the number that the next event must have.
CREATE FUNCTION matching_matched_line_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM books_lock_entities(ARRAY[NEW.entity_id]);
    IF EXISTS (SELECT FROM matching_matchitem i WHERE i.line_id = NEW.id AND i.is_active) THEN
        RAISE EXCEPTION 'A line that is in a match is neither undone nor split: unmatch it first.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'matched_line_is_locked';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER matched_line_guard BEFORE UPDATE OF is_undone, is_split ON statements_statementline
FOR EACH ROW WHEN ((NEW.is_undone AND NOT OLD.is_undone) OR (NEW.is_split AND NOT OLD.is_split))
EXECUTE FUNCTION matching_matched_line_guard();
-- back --
DROP TRIGGER matched_line_guard ON statements_statementline;
DROP FUNCTION matching_matched_line_guard();
