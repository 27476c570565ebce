CREATE TRIGGER day_cut_off_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON days_daycutoff
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER day_cut_off_immutable ON days_daycutoff;
