-- Limits are those of the account's last event; looked at where one of them was changed, which no posting does.
CREATE FUNCTION accounts_balance_limits_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts_account a JOIN books_event e ON e.entity_id = a.entity_id AND e.sequence = a.revision
        WHERE a.id = NEW.account_id
          AND (e.data::jsonb ->> 'min_balance')::numeric IS NOT DISTINCT FROM NEW.min_balance
          AND (e.data::jsonb ->> 'max_balance')::numeric IS NOT DISTINCT FROM NEW.max_balance)
    THEN
        RAISE EXCEPTION 'the limits of a balance are not those of the last event of its account'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'balance_limits_of_event';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER balance_limits_guard AFTER UPDATE OF min_balance, max_balance ON accounts_balance
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION accounts_balance_limits_guard();
-- back --
DROP TRIGGER balance_limits_guard ON accounts_balance;
DROP FUNCTION accounts_balance_limits_guard();
