-- The sign on the balance row is the account's normal side, the row stays with its account, and there is one of it.
CREATE FUNCTION accounts_balance_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.normal_sign <> (SELECT CASE normal_side WHEN 'debit' THEN 1 ELSE -1 END
                           FROM accounts_account WHERE id = NEW.account_id) THEN
        RAISE EXCEPTION 'the sign of a balance follows the normal side of its account'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'balance_sign_of_account';
    END IF;
    IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM accounts_balance WHERE account_id = NEW.account_id) THEN
        RAISE EXCEPTION 'an account has one balance'
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'balance_one_per_account';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER balance_guard BEFORE INSERT OR UPDATE OF account_id, normal_sign ON accounts_balance
FOR EACH ROW EXECUTE FUNCTION accounts_balance_guard();
-- back --
DROP TRIGGER balance_guard ON accounts_balance;
DROP FUNCTION accounts_balance_guard();
