CREATE TRIGGER day_close_step_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON days_dayclosestep
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER day_close_step_immutable ON days_dayclosestep;
