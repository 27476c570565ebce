CREATE TRIGGER lot_entry_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON lots_lotentry
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER lot_entry_immutable ON lots_lotentry;
