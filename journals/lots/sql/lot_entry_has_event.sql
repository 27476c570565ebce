-- Each movement of a lot is told by the event of its journal.
CREATE CONSTRAINT TRIGGER lot_entry_has_event AFTER INSERT ON lots_lotentry
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^journal[.]posted$', 'event_sequence', 'journal_id');
-- back --
DROP TRIGGER lot_entry_has_event ON lots_lotentry;
