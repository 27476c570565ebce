-- At commit a statement has the lines that it says, and all of them are undone where it is. Lines that come or are undone
-- without a change of their statement are refused by statement_line_of_import.
CREATE FUNCTION statements_statement_lines_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stored record;
BEGIN
    SELECT count(*) FILTER (WHERE l.part = 0) AS lines, coalesce(sum(l.amount) FILTER (WHERE l.part = 0), 0) AS total,
           coalesce(bool_or(l.is_undone) FILTER (WHERE l.part = 0), false) AS any_undone,
           coalesce(bool_and(l.is_undone), true) AS all_undone INTO stored
    FROM statements_statementline l WHERE l.statement_id = NEW.id;
    IF stored.lines <> NEW.line_count - NEW.seen_count OR stored.total <> NEW.lines_total - NEW.seen_total THEN
        RAISE EXCEPTION 'the lines of a statement are not those that it says'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_has_its_lines';
    END IF;
    IF (NEW.status = 'imported' AND stored.any_undone) OR (NEW.status = 'undone' AND NOT stored.all_undone) THEN
        RAISE EXCEPTION 'a statement and its lines are undone together'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_undone_with_lines';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER statement_lines_guard AFTER INSERT OR UPDATE ON statements_statement
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION statements_statement_lines_guard();
-- back --
DROP TRIGGER statement_lines_guard ON statements_statement;
DROP FUNCTION statements_statement_lines_guard();
