-- What an account is never changes: entity, code, type, currency, normal side, the moment it was opened.
CREATE FUNCTION accounts_account_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.entity_id, NEW.code, NEW.type, NEW.currency, NEW.normal_side, NEW.opened_at)
        IS DISTINCT FROM (OLD.id, OLD.entity_id, OLD.code, OLD.type, OLD.currency, OLD.normal_side, OLD.opened_at)
    THEN
        RAISE EXCEPTION 'entity, code, type, currency and normal side of an account are fixed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_identity_is_fixed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER account_guard BEFORE UPDATE ON accounts_account
FOR EACH ROW EXECUTE FUNCTION accounts_account_guard();
-- back --
DROP TRIGGER account_guard ON accounts_account;
DROP FUNCTION accounts_account_guard();
