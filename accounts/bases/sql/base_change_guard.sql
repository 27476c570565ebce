-- The base currency changes before its day begins, after the last change, from the currency that it is: what is dated
-- before stays as it was measured, and nothing stands on the day in the old one.
CREATE FUNCTION bases_change_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.before IS DISTINCT FROM bases_currency_on(NEW.entity_id, NEW.starts_on)
       OR NEW.starts_on <= (SELECT e.first_business_date FROM books_entity e WHERE e.id = NEW.entity_id)
       OR NOT EXISTS (SELECT FROM accounts_currency c WHERE c.entity_id = NEW.entity_id AND c.code = NEW.currency)
       OR EXISTS (SELECT FROM bases_basechange b WHERE b.entity_id = NEW.entity_id AND b.starts_on >= NEW.starts_on)
    THEN
        RAISE EXCEPTION 'one change of the base currency follows the other'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'base_change_in_order';
    END IF;
    IF NEW.starts_on <= (SELECT f.ordinary_through FROM days_daycutoff f
                         WHERE f.entity_id = NEW.entity_id ORDER BY f.number DESC LIMIT 1) THEN
        RAISE EXCEPTION 'the day is closed or closing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'base_change_day_open';
    END IF;
    IF EXISTS (SELECT FROM journals_journal j
               WHERE j.entity_id = NEW.entity_id AND j.effective_date >= NEW.starts_on) THEN
        RAISE EXCEPTION 'there are journals of the day'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'base_change_day_unused';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER base_change_guard BEFORE INSERT ON bases_basechange
FOR EACH ROW EXECUTE FUNCTION bases_change_guard();
-- back --
DROP TRIGGER base_change_guard ON bases_basechange;
DROP FUNCTION bases_change_guard();
