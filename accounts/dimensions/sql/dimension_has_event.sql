-- What a dimension takes is what its last event says.
CREATE CONSTRAINT TRIGGER dimension_has_event AFTER INSERT OR UPDATE ON dimensions_dimension
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^dimension[.]changed$', 'revision', 'id');
-- back --
DROP TRIGGER dimension_has_event ON dimensions_dimension;
