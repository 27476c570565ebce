CREATE TRIGGER scheduled_reversal_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON schedules_scheduledreversal
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER scheduled_reversal_immutable ON schedules_scheduledreversal;
