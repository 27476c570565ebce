-- A statement is what its file said. It can be undone, and balances that the file did not have can be stated once.
CREATE FUNCTION statements_statement_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a statement is not deleted: its import is undone'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'statement_is_kept';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.bank_account_id, NEW.number, NEW.format, NEW.file_name, NEW.file_sha256, NEW.place,
        NEW.label, NEW.currency, NEW.first_day, NEW.last_day, NEW.line_count, NEW.lines_total, NEW.seen_count,
        NEW.seen_total, NEW.lines_sha256, NEW.event_sequence, NEW.recorded_at, NEW.actor)
        IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.bank_account_id, OLD.number, OLD.format, OLD.file_name,
        OLD.file_sha256, OLD.place, OLD.label, OLD.currency, OLD.first_day, OLD.last_day, OLD.line_count,
        OLD.lines_total, OLD.seen_count, OLD.seen_total, OLD.lines_sha256, OLD.event_sequence, OLD.recorded_at,
        OLD.actor)
    THEN
        RAISE EXCEPTION 'what the file said of a statement never changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'statement_identity_is_fixed';
    END IF;
    IF OLD.status <> 'imported' THEN
        RAISE EXCEPTION 'a statement that is undone stays as it is'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'statement_undone_for_good';
    END IF;
    IF (NEW.is_proven, NEW.opening_day, NEW.opening_balance, NEW.closing_day, NEW.closing_balance)
        IS DISTINCT FROM (OLD.is_proven, OLD.opening_day, OLD.opening_balance, OLD.closing_day, OLD.closing_balance)
       AND (OLD.is_proven OR NOT NEW.is_proven OR NEW.status <> 'imported')
    THEN
        RAISE EXCEPTION 'balances are stated where the file proved none, and once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'statement_proven_once';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER statement_guard BEFORE UPDATE OR DELETE ON statements_statement
FOR EACH ROW EXECUTE FUNCTION statements_statement_guard();
-- back --
DROP TRIGGER statement_guard ON statements_statement;
DROP FUNCTION statements_statement_guard();
