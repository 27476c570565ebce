-- A rate of its own is given by its event.
CREATE CONSTRAINT TRIGGER functional_own_rate_has_event AFTER INSERT ON functional_ownrate
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^functional[.]carried_at$', 'event_sequence', 'journal_id');
-- back --
DROP TRIGGER functional_own_rate_has_event ON functional_ownrate;
