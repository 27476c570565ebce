-- A series is made by its event.
CREATE CONSTRAINT TRIGGER number_series_has_event AFTER INSERT ON series_numberseries
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^series[.]made$', 'event_sequence', 'code');
-- back --
DROP TRIGGER number_series_has_event ON series_numberseries;
