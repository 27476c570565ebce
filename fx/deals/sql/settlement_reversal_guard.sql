-- Both journals are taken back, each by its own reversal.
CREATE FUNCTION fx_settlement_reversal_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM deals_settlement s
        JOIN journals_journal sold ON sold.id = NEW.sell_journal_id AND sold.reverses_id = s.sell_journal_id
        JOIN journals_journal bought ON bought.id = NEW.buy_journal_id AND bought.reverses_id = s.buy_journal_id
        WHERE s.id = NEW.settlement_id
          AND sold.effective_date = NEW.effective_date AND bought.effective_date = NEW.effective_date)
    THEN
        RAISE 'These journals do not take settlement % back.', NEW.settlement_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fx_settlement_reversed_as_a_pair';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER fx_settlement_reversal_guard AFTER INSERT ON deals_settlementreversal
FOR EACH ROW EXECUTE FUNCTION fx_settlement_reversal_guard();
-- back --
DROP TRIGGER fx_settlement_reversal_guard ON deals_settlementreversal;
DROP FUNCTION fx_settlement_reversal_guard();
