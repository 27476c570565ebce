CREATE TRIGGER match_rules_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_matchrules
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER match_rules_immutable ON matching_matchrules;
