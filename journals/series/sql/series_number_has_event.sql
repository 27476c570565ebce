-- Numbers are given by an event of their series.
CREATE CONSTRAINT TRIGGER series_number_has_event AFTER INSERT ON series_seriesnumber
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^series[.]assigned$', 'event_sequence', 'series');
-- back --
DROP TRIGGER series_number_has_event ON series_seriesnumber;
