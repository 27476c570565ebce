-- A unit that is not money has no price.
CREATE FUNCTION fx_pair_of_money() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_currency c
               WHERE c.entity_id = NEW.entity_id AND c.code IN (NEW.base, NEW.quote) AND NOT c.is_money) THEN
        RAISE EXCEPTION 'a rate is a price of money in money'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fx_pair_of_money';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER fx_pair_of_money BEFORE INSERT ON rates_pair
FOR EACH ROW EXECUTE FUNCTION fx_pair_of_money();
-- back --
DROP TRIGGER fx_pair_of_money ON rates_pair;
DROP FUNCTION fx_pair_of_money();
