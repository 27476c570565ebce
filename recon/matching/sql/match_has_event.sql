-- A match is made and taken back by its events.
CREATE CONSTRAINT TRIGGER match_has_event AFTER INSERT ON matching_match
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^match[.]confirmed$', 'event_sequence', 'id');
CREATE CONSTRAINT TRIGGER match_end_has_event AFTER UPDATE ON matching_match
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^match[.]unmatched$', 'changed_sequence', 'id');
-- back --
DROP TRIGGER match_end_has_event ON matching_match;
DROP TRIGGER match_has_event ON matching_match;
