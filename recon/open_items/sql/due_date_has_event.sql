-- A due date is set by its event.
CREATE CONSTRAINT TRIGGER due_date_has_event AFTER INSERT ON open_items_duedate
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^open_items[.]due_date_set$', 'event_sequence', 'journal_id');
-- back --
DROP TRIGGER due_date_has_event ON open_items_duedate;
