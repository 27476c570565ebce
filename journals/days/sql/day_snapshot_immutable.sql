CREATE TRIGGER day_snapshot_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON days_daysnapshot
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER day_snapshot_immutable ON days_daysnapshot;
