-- A change of the base currency has its event.
CREATE CONSTRAINT TRIGGER base_change_has_event AFTER INSERT ON bases_basechange
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^base_currency[.]changed$', 'event_sequence', 'starts_on');
-- back --
DROP TRIGGER base_change_has_event ON bases_basechange;
