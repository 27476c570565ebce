-- Whether a currency is money is fixed: what was left out of a statement would be in the next one.
CREATE FUNCTION accounts_currency_money_guard() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'whether a currency is money is fixed'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'currency_identity_is_fixed';
END
$$;
CREATE TRIGGER currency_money_guard BEFORE UPDATE ON accounts_currency
FOR EACH ROW WHEN (NEW.is_money IS DISTINCT FROM OLD.is_money) EXECUTE FUNCTION accounts_currency_money_guard();
-- back --
DROP TRIGGER currency_money_guard ON accounts_currency;
DROP FUNCTION accounts_currency_money_guard();
