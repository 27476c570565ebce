CREATE TRIGGER period_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON journals_period
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER period_immutable ON journals_period;
