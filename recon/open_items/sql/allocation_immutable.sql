CREATE TRIGGER allocation_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON open_items_allocation
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER allocation_immutable ON open_items_allocation;
