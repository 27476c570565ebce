-- A policy of exchange is what its event says.
CREATE CONSTRAINT TRIGGER fx_policy_has_event AFTER INSERT OR UPDATE ON rates_fxpolicy
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_row_has_event('^fx_policy[.]set$', 'revision');
-- back --
DROP TRIGGER fx_policy_has_event ON rates_fxpolicy;
