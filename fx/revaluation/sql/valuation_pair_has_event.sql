-- A pair is made by its event.
CREATE CONSTRAINT TRIGGER valuation_pair_has_event AFTER INSERT OR UPDATE ON revaluation_valuationpair
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^fx[.]valuation_paired$', 'event_sequence', 'account_id');
-- back --
DROP TRIGGER valuation_pair_has_event ON revaluation_valuationpair;
