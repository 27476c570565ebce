CREATE TRIGGER fx_rate_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON rates_rate
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_rate_immutable ON rates_rate;
