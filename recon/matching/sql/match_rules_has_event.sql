-- Rules are set by their event.
CREATE CONSTRAINT TRIGGER match_rules_has_event AFTER INSERT ON matching_matchrules
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^match_rules[.]set$', 'event_sequence', 'id');
-- back --
DROP TRIGGER match_rules_has_event ON matching_matchrules;
