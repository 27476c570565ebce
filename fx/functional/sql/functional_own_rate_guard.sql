-- A journal has a rate of its own while its day is open, and not beside the rates of a settlement. Its reversal has the
-- same one, and none of its own beside it.
CREATE FUNCTION functional_own_rate_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM journals_journal j LEFT JOIN journals_journal o ON o.id = j.reverses_id
        WHERE j.id = NEW.journal_id AND j.entity_id = NEW.entity_id AND j.effective_date = NEW.effective_date
          AND j.layer = 'ordinary' AND 'fx_settlement' NOT IN (j.kind, coalesce(o.kind, '')))
       OR EXISTS (
        SELECT FROM journals_journal j JOIN functional_ownrate o ON o.currency = NEW.currency
          AND o.journal_id IN (j.reverses_id, (SELECT b.id FROM journals_journal b WHERE b.reverses_id = j.id))
        WHERE j.id = NEW.journal_id)
       OR NEW.effective_date <= (
        SELECT f.ordinary_through FROM days_daycutoff f
        WHERE f.entity_id = NEW.entity_id ORDER BY f.number DESC LIMIT 1)
    THEN
        RAISE EXCEPTION 'this journal cannot be given a rate of its own'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'functional_own_rate_in_time';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER functional_own_rate_guard BEFORE INSERT ON functional_ownrate
FOR EACH ROW EXECUTE FUNCTION functional_own_rate_guard();
-- back --
DROP TRIGGER functional_own_rate_guard ON functional_ownrate;
DROP FUNCTION functional_own_rate_guard();
