-- A run over the foreign accounts has its event: its journals pass a cut-off because of it.
CREATE CONSTRAINT TRIGGER revaluation_has_event AFTER INSERT ON revaluation_revaluation
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^fx[.]revalued$', 'event_sequence', 'id');
-- back --
DROP TRIGGER revaluation_has_event ON revaluation_revaluation;
