-- A turn is taken by its event.
CREATE CONSTRAINT TRIGGER credit_turn_has_event AFTER INSERT ON credits_turn
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^credits[.]turn_taken$', 'event_sequence', 'id');
-- back --
DROP TRIGGER credit_turn_has_event ON credits_turn;
