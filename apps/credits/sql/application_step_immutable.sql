CREATE TRIGGER application_step_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON credits_applicationstep
FOR EACH STATEMENT EXECUTE FUNCTION books_refuse_change();
-- back --
DROP TRIGGER application_step_immutable ON credits_applicationstep;
