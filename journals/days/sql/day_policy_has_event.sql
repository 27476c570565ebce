-- A policy of days is what its event says.
CREATE CONSTRAINT TRIGGER day_policy_has_event AFTER INSERT OR UPDATE ON days_daypolicy
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION books_row_has_event('^day_policy[.]set$', 'revision');
-- back --
DROP TRIGGER day_policy_has_event ON days_daypolicy;
