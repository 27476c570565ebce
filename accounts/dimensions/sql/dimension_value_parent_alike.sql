-- A parent is of the same dimension of the same entity.
ALTER TABLE dimensions_dimensionvalue ADD CONSTRAINT dimension_value_parent_alike
    FOREIGN KEY (entity_id, dimension, parent_id) REFERENCES dimensions_dimensionvalue (entity_id, dimension, id);
-- back --
ALTER TABLE dimensions_dimensionvalue DROP CONSTRAINT dimension_value_parent_alike;
