-- A rejection is made by its event.
CREATE CONSTRAINT TRIGGER match_rejection_has_event AFTER INSERT ON matching_matchrejection
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^match[.]rejected$', 'event_sequence', 'id');
-- back --
DROP TRIGGER match_rejection_has_event ON matching_matchrejection;
