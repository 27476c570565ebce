CREATE TRIGGER fx_revaluation_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON revaluation_revaluation
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_revaluation_immutable ON revaluation_revaluation;
