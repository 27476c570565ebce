CREATE TRIGGER due_date_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON open_items_duedate
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER due_date_immutable ON open_items_duedate;
