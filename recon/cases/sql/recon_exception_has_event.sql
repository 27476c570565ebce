-- An exception is what its last event says: each change of it is told.
CREATE CONSTRAINT TRIGGER recon_exception_has_event AFTER INSERT OR UPDATE ON cases_reconexception
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^exception[.]', 'changed_sequence', 'id');
-- back --
DROP TRIGGER recon_exception_has_event ON cases_reconexception;
