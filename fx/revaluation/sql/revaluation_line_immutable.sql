CREATE TRIGGER fx_revaluation_line_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON revaluation_revaluationline
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_revaluation_line_immutable ON revaluation_revaluationline;
