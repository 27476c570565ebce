-- Amounts were accepted at a currency's scale: the scale stays.
CREATE FUNCTION accounts_currency_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.entity_id, NEW.code, NEW.minor_units) IS DISTINCT FROM (OLD.entity_id, OLD.code, OLD.minor_units) THEN
        RAISE EXCEPTION 'code and minor units of a currency are fixed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'currency_identity_is_fixed';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER currency_guard BEFORE UPDATE ON accounts_currency
FOR EACH ROW EXECUTE FUNCTION accounts_currency_guard();
-- back --
DROP TRIGGER currency_guard ON accounts_currency;
DROP FUNCTION accounts_currency_guard();
