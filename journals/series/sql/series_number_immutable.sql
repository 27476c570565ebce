CREATE TRIGGER series_number_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON series_seriesnumber
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER series_number_immutable ON series_seriesnumber;
