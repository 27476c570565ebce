-- How an account keeps open items is told by its event.
CREATE CONSTRAINT TRIGGER item_account_has_event AFTER INSERT ON open_items_itemaccount
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^open_items[.]account_set$', 'event_sequence', 'account_id');
-- back --
DROP TRIGGER item_account_has_event ON open_items_itemaccount;
