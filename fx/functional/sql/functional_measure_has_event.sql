-- What a close measured has its event.
CREATE CONSTRAINT TRIGGER functional_measure_has_event AFTER INSERT ON functional_basemeasure
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^functional[.]measured$', 'event_sequence', 'day');
-- back --
DROP TRIGGER functional_measure_has_event ON functional_basemeasure;
