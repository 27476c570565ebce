-- An allocation is undone by its event.
CREATE CONSTRAINT TRIGGER allocation_undo_has_event AFTER INSERT ON open_items_allocationundo
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^open_items[.]allocation_undone$', 'event_sequence', 'allocation_id');
-- back --
DROP TRIGGER allocation_undo_has_event ON open_items_allocationundo;
