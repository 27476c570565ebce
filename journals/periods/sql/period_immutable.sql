CREATE TRIGGER period_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON periods_period
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER period_immutable ON periods_period;
