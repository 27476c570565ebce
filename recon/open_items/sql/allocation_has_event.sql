-- An allocation is made by its event.
CREATE CONSTRAINT TRIGGER allocation_has_event AFTER INSERT ON open_items_allocation
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^open_items[.]allocated$', 'event_sequence', 'account_id');
-- back --
DROP TRIGGER allocation_has_event ON open_items_allocation;
