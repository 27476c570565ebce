CREATE TRIGGER period_status_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON periods_periodstatus
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER period_status_immutable ON periods_periodstatus;
