-- What was posted to a valuation account belongs to its account: from the first revaluation on, the pair stays, until the
-- base currency is another one than that of its valuation account.
CREATE FUNCTION fx_valuation_pair_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM revaluation_revaluationline l WHERE l.account_id = OLD.account_id)
       AND (TG_OP = 'DELETE' OR (SELECT a.currency FROM accounts_account a WHERE a.id = OLD.valuation_id) IS NOT DISTINCT
            FROM (SELECT bases_currency_on(e.id, e.business_date) FROM books_entity e WHERE e.id = OLD.entity_id))
    THEN
        RAISE 'This account has been revalued: its pair stays.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'fx_valuation_pair_in_use';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER fx_valuation_pair_guard BEFORE UPDATE OR DELETE ON revaluation_valuationpair
FOR EACH ROW EXECUTE FUNCTION fx_valuation_pair_guard();
-- back --
DROP TRIGGER fx_valuation_pair_guard ON revaluation_valuationpair;
DROP FUNCTION fx_valuation_pair_guard();
