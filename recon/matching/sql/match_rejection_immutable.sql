CREATE TRIGGER match_rejection_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_matchrejection
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER match_rejection_immutable ON matching_matchrejection;
