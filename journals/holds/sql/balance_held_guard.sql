-- What is held on an account is what its last step of a hold has left.
CREATE FUNCTION holds_balance_held_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.held IS DISTINCT FROM (SELECT s.held_after FROM holds_holdentry s WHERE s.account_id = NEW.account_id
                                  ORDER BY s.account_version DESC, s.event_sequence DESC LIMIT 1)
       AND NEW.held = (SELECT b.held FROM accounts_balance b WHERE b.account_id = NEW.account_id
                       ORDER BY b.version DESC LIMIT 1)
    THEN
        RAISE EXCEPTION 'what is held is not what the last step of a hold has left'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'balance_held_by_holds';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER balance_held_guard AFTER UPDATE OF held ON accounts_balance
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.held <> OLD.held) EXECUTE FUNCTION holds_balance_held_guard();
-- back --
DROP TRIGGER balance_held_guard ON accounts_balance;
DROP FUNCTION holds_balance_held_guard();
