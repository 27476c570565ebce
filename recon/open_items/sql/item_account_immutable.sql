CREATE TRIGGER item_account_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON open_items_itemaccount
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER item_account_immutable ON open_items_itemaccount;
