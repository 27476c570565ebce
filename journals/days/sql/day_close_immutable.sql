CREATE TRIGGER day_close_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON days_dayclose
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER day_close_immutable ON days_dayclose;
