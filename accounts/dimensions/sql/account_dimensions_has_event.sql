-- What an account requires is what its last event of that kind says.
CREATE CONSTRAINT TRIGGER account_dimensions_has_event AFTER INSERT OR UPDATE ON dimensions_accountdimensions
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^dimension[.]required_of_account$', 'revision', 'account_id');
-- back --
DROP TRIGGER account_dimensions_has_event ON dimensions_accountdimensions;
