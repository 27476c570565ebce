-- A version of a tax code is set by its event.
CREATE CONSTRAINT TRIGGER tax_rate_has_event AFTER INSERT ON taxes_taxrate
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^tax[.]code_set$', 'event_sequence', 'code');
-- back --
DROP TRIGGER tax_rate_has_event ON taxes_taxrate;
