CREATE TRIGGER fx_pair_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON rates_pair
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_pair_immutable ON rates_pair;
