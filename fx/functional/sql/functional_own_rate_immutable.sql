CREATE TRIGGER functional_own_rate_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON functional_ownrate
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER functional_own_rate_immutable ON functional_ownrate;
