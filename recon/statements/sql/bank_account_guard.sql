-- What a bank account stands for never changes: its statements would be those of another account. What it mirrors
-- changes only while no statement stands: lines of two accounts, or of a file and an account, would be put together.
CREATE FUNCTION statements_bank_account_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a bank account is not deleted: its statements refer to it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bank_account_is_kept';
    END IF;
    IF (NEW.id, NEW.entity_id, NEW.account_id, NEW.currency)
        IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.account_id, OLD.currency)
    THEN
        RAISE EXCEPTION 'what a bank account stands for never changes'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bank_account_identity_is_fixed';
    END IF;
    IF NEW.mirror_id IS DISTINCT FROM OLD.mirror_id
       AND EXISTS (SELECT FROM statements_statement s WHERE s.bank_account_id = NEW.id AND s.status = 'imported')
    THEN
        RAISE EXCEPTION 'what a bank account mirrors changes only while no statement stands'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bank_account_mirror_is_fixed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER bank_account_guard BEFORE UPDATE OR DELETE ON statements_bankaccount
FOR EACH ROW EXECUTE FUNCTION statements_bank_account_guard();
-- back --
DROP TRIGGER bank_account_guard ON statements_bankaccount;
DROP FUNCTION statements_bank_account_guard();
