-- What becomes active or is retired is a version of the same books.
ALTER TABLE operations_templatestep ADD CONSTRAINT template_step_of_version
    FOREIGN KEY (entity_id, code, number) REFERENCES operations_templateversion (entity_id, code, number);
-- back --
ALTER TABLE operations_templatestep DROP CONSTRAINT template_step_of_version;
