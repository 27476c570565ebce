-- A settlement names two journals of its own books that were posted as one, on its date.
CREATE FUNCTION fx_settlement_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM journals_journal j
        WHERE j.id IN (NEW.sell_journal_id, NEW.buy_journal_id) AND j.entity_id = NEW.entity_id
          AND j.kind = 'fx_settlement' AND j.effective_date = NEW.effective_date) <> 2
       OR (SELECT count(*) FROM journals_posting p
           WHERE p.entity_id = NEW.entity_id
             AND ((p.journal_id = NEW.sell_journal_id AND p.account_id = NEW.sell_account_id
                   AND p.currency = NEW.sell_currency
                   AND p.amount = CASE NEW.sell_side WHEN 'debit' THEN NEW.sell_amount ELSE -NEW.sell_amount END)
               OR (p.journal_id = NEW.buy_journal_id AND p.account_id = NEW.buy_account_id
                   AND p.currency = NEW.buy_currency
                   AND p.amount = CASE NEW.sell_side WHEN 'debit' THEN -NEW.buy_amount ELSE NEW.buy_amount END))) <> 2
    THEN
        RAISE 'The journals of settlement % do not say what it says.', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fx_settlement_of_journals';
    END IF;
    IF NEW.fee_amount IS NOT NULL
       AND (SELECT count(DISTINCT p.account_id) FROM journals_posting p
            WHERE p.entity_id = NEW.entity_id AND p.journal_id = NEW.buy_journal_id AND p.currency = NEW.fee_currency
              AND p.amount = CASE WHEN (p.account_id = NEW.fee_account_id) = (NEW.fee_side = 'debit')
                             THEN NEW.fee_amount ELSE -NEW.fee_amount END
              AND p.account_id IN (NEW.fee_account_id, NEW.fee_counter_account_id)) <> 2
    THEN
        RAISE 'The second journal of settlement % does not hold its fee.', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fx_settlement_of_journals';
    END IF;
    IF NEW.quote_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM deals_fxquote q
        WHERE q.id = NEW.quote_id AND q.entity_id = NEW.entity_id AND q.expires_at >= NEW.recorded_at
          AND (q.sell_currency, q.sell_amount, q.buy_currency, q.buy_amount)
              = (NEW.sell_currency, NEW.sell_amount, NEW.buy_currency, NEW.buy_amount))
    THEN
        RAISE 'Settlement % is not at the price that was quoted, in time.', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fx_settlement_as_quoted';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER fx_settlement_guard AFTER INSERT ON deals_settlement
FOR EACH ROW EXECUTE FUNCTION fx_settlement_guard();
-- back --
DROP TRIGGER fx_settlement_guard ON deals_settlement;
DROP FUNCTION fx_settlement_guard();
