-- Lots are kept from the first posting on or never: what is there already is of no lot.
CREATE FUNCTION accounts_account_lots_guard() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_balance b WHERE b.account_id = NEW.id AND (b.version > 0 OR b.held > 0)) THEN
        RAISE EXCEPTION 'whether an account keeps lots is settled by its first posting or hold'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_lots_are_fixed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER account_lots_guard BEFORE UPDATE OF keeps_lots ON accounts_account
FOR EACH ROW WHEN (NEW.keeps_lots <> OLD.keeps_lots) EXECUTE FUNCTION accounts_account_lots_guard();
-- back --
DROP TRIGGER account_lots_guard ON accounts_account;
DROP FUNCTION accounts_account_lots_guard();
