-- Rates need no currency of the books, only its code: one that has rates already is money when it is added.
CREATE FUNCTION fx_unit_without_rates() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM rates_pair p WHERE p.entity_id = NEW.entity_id AND NEW.code IN (p.base, p.quote)) THEN
        RAISE EXCEPTION 'a currency with rates is money'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fx_unit_without_rates';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER fx_unit_without_rates BEFORE INSERT ON accounts_currency
FOR EACH ROW WHEN (NOT NEW.is_money) EXECUTE FUNCTION fx_unit_without_rates();
-- back --
DROP TRIGGER fx_unit_without_rates ON accounts_currency;
DROP FUNCTION fx_unit_without_rates();
