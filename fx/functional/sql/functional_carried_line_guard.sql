-- A line that is carried at a rate of its own comes with that rate, in its transaction, and is of its journal.
CREATE FUNCTION functional_carried_line_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM functional_ownrate r
        WHERE r.journal_id = NEW.journal_id AND r.currency = NEW.currency AND r.entity_id = NEW.entity_id
          AND r.effective_date = NEW.effective_date AND r.event_sequence = NEW.event_sequence AND books_is_ours(r.xmin))
       OR NEW.amount IS DISTINCT FROM (
        SELECT sum(p.amount) FROM journals_posting p
        WHERE p.journal_id = NEW.journal_id AND p.account_id = NEW.account_id AND p.currency = NEW.currency)
    THEN
        RAISE EXCEPTION 'a carried line comes with the rate of its journal'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'functional_carried_line_of_rate';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER functional_carried_line_guard BEFORE INSERT ON functional_carriedline
FOR EACH ROW EXECUTE FUNCTION functional_carried_line_guard();
-- back --
DROP TRIGGER functional_carried_line_guard ON functional_carriedline;
DROP FUNCTION functional_carried_line_guard();
