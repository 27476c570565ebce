-- Books are kept in money: a unit that is worth nothing in any currency cannot be their base currency.
CREATE FUNCTION bases_change_of_money() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_currency c
               WHERE c.entity_id = NEW.entity_id AND c.code = NEW.currency AND NOT c.is_money) THEN
        RAISE EXCEPTION 'a base currency is money'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'base_change_of_money';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER base_change_of_money BEFORE INSERT ON bases_basechange
FOR EACH ROW EXECUTE FUNCTION bases_change_of_money();
-- back --
DROP TRIGGER base_change_of_money ON bases_basechange;
DROP FUNCTION bases_change_of_money();
