-- Each step of a hold has its event.
CREATE CONSTRAINT TRIGGER hold_entry_has_event AFTER INSERT ON holds_holdentry
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^hold[.]', 'event_sequence', 'hold_id');
-- back --
DROP TRIGGER hold_entry_has_event ON holds_holdentry;
