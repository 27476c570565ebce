CREATE TRIGGER hold_entry_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON holds_holdentry
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER hold_entry_immutable ON holds_holdentry;
