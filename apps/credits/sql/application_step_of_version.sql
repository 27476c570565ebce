-- What becomes active or is retired is a version of the same books.
ALTER TABLE credits_applicationstep ADD CONSTRAINT application_step_of_version
    FOREIGN KEY (entity_id, code, number) REFERENCES credits_applicationversion (entity_id, code, number);
-- back --
ALTER TABLE credits_applicationstep DROP CONSTRAINT application_step_of_version;
