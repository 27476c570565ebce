CREATE TRIGGER recurring_run_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON schedules_recurringrun
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER recurring_run_immutable ON schedules_recurringrun;
