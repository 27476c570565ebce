CREATE TRIGGER allocation_undo_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON open_items_allocationundo
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER allocation_undo_immutable ON open_items_allocationundo;
