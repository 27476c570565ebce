CREATE TRIGGER number_series_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON series_numberseries
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER number_series_immutable ON series_numberseries;
