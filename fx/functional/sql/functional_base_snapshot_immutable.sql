CREATE TRIGGER functional_base_snapshot_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON functional_basesnapshot
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER functional_base_snapshot_immutable ON functional_basesnapshot;
