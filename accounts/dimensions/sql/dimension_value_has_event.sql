-- A value is declared and changed by its events, whose sequence is its revision.
CREATE CONSTRAINT TRIGGER dimension_value_has_event AFTER INSERT OR UPDATE ON dimensions_dimensionvalue
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION books_row_has_event('^dimension[.]value_', 'revision', 'id');
-- back --
DROP TRIGGER dimension_value_has_event ON dimensions_dimensionvalue;
