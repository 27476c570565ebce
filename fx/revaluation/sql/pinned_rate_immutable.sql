CREATE TRIGGER fx_pinned_rate_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON revaluation_pinnedrate
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER fx_pinned_rate_immutable ON revaluation_pinnedrate;
